import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { FileStateStore } from "@semantik/plugins/state";
import { createFakeProcess } from "../../src/testing/fake_process.ts";
import { createTestHost } from "../host/test_host.ts";
import { readEvents, readMarks, readStates } from "./change_state.ts";
import { runCli, runJson } from "./run_cli.ts";
import { type Files, manifest, withFolder } from "./with_plugins.ts";

const CODE = "export default { setup: () => ({}) };";

const PLUGINS: Files = {
  "plugins/a/plugin.json": manifest("a", {
    permissions: { net: ["a.example:443"], read: ["./models", "$DATA"] },
    optionalPermissions: { env: ["HOME"] },
  }),
  "plugins/a/mod.ts": CODE,
  "plugins/plain/plugin.json": manifest("plain"),
  "plugins/plain/mod.ts": CODE,
};

/** A host on the same state, in a process that was granted everything. */
function hostOn(folder: string) {
  return createTestHost({
    consent: "required",
    sources: [`${folder}/plugins`],
    dataDirectory: `${folder}/data`,
    state: new FileStateStore(`${folder}/state.json`),
    powers: createFakeProcess({}).system,
  });
}

async function loadedBy(folder: string): Promise<readonly string[]> {
  await using test = hostOn(folder);
  const { loaded } = await test.host.load();
  return loaded.map(({ id }) => id);
}

function within(folder: string) {
  return [
    `${folder}/plugins`,
    `--state=${folder}/state.json`,
    `--data-directory=${folder}/data`,
  ];
}

Deno.test("consent grant lets a host run a plugin, and records who agreed", async () => {
  await withFolder(PLUGINS, async (folder) => {
    const of = within(folder);
    assertEquals(await loadedBy(folder), []);
    const waits = await runCli(["consent", "diff", ...of]);
    assertEquals(waits.code, 1);
    assertStringIncludes(
      waits.stdout.replaceAll(/\s+/g, " "),
      'a: nobody agreed to it yet, and it requires read to "',
    );
    // The line can be copied into a shell as it is.
    assertStringIncludes(
      waits.stdout.replaceAll(/\s+/g, " "),
      `consent grant plain ${folder}/plugins --state ${folder}/state.json ` +
        `--data-directory ${folder}/data`,
    );

    const log = `${folder}/audit.jsonl`;
    const granted = await runCli([
      ...["consent", "grant", "a", ...of],
      ...["--by=alice", `--audit=${log}`],
    ]);
    assertEquals(granted.code, 0, granted.stderr);
    assertStringIncludes(granted.stdout, 'Granted to plugin "a": read to');
    assertEquals(await readEvents(log), [
      ["a", "plugin.consent.granted", "alice"],
    ]);
    assertEquals(await readMarks(`${folder}/state.json`), []);
    assertEquals(await loadedBy(folder), ["a"]);

    const again = await runJson(["consent", "grant", "a", ...of, "--by=bob"]);
    assertEquals(again.code, 0);
    assertEquals(again.result, {
      id: "a",
      permissions: {},
      lifted: {},
      waiting: null,
      revision: 1,
      recorded: false,
    });
    await runCli(["consent", "grant", "plain", ...of]);
    assertEquals(await readMarks(`${folder}/state.json`), ["plain"]);
    const done = await runCli(["consent", "diff", ...of]);
    assertEquals([done.code, done.stdout], [
      0,
      "No plugin waits for a yes\n",
    ]);
  });
});

Deno.test("consent diff shows what an update asks for beyond the yes", async () => {
  await withFolder(PLUGINS, async (folder) => {
    const of = within(folder);
    await runCli(["consent", "grant", "a", ...of, "--by=alice"]);
    await Deno.writeTextFile(
      `${folder}/plugins/a/plugin.json`,
      manifest("a", {
        version: "1.1.0",
        permissions: { net: ["a.example:443", "b.example:443"] },
      }),
    );
    const { code, result } = await runJson(["consent", "diff", ...of]);
    assertEquals(code, 1);
    const { waiting } = result as {
      waiting: readonly Readonly<Record<string, unknown>>[];
    };
    const [first] = waiting;
    assertEquals([first?.id, first?.reason, first?.added, first?.flags], [
      "a",
      "permissions",
      { net: ["b.example:443"] },
      ["--allow-net=b.example:443"],
    ]);
    const { stdout } = await runCli(["consent", "list", ...of]);
    assertStringIncludes(
      stdout.replaceAll(/\s+/g, " "),
      'by "alice": net to "b.example:443" (--allow-net=b.example:443)',
    );
  });
});

Deno.test("consent --digest agrees to the files as they are", async () => {
  await withFolder(PLUGINS, async (folder) => {
    const of = [...within(folder), "--digest"];
    await runCli(["consent", "grant", "plain", ...of, "--by=alice"]);
    const grant = ["consent", "grant", "a", ...of, "--by=alice"];
    assertEquals((await runCli(grant)).code, 0);
    assertEquals((await runCli(["consent", "diff", ...of])).code, 0);
    await Deno.writeTextFile(`${folder}/plugins/a/mod.ts`, `${CODE} `);
    const changed = await runCli(["consent", "diff", ...of]);
    assertEquals(changed.code, 1);
    const shown = changed.stdout.replaceAll(/\s+/g, " ");
    assertStringIncludes(shown, "a: its files changed since the consent on");
    assertStringIncludes(shown, "/data --digest");
    const without = await runCli(["consent", "diff", ...within(folder)]);
    assertEquals(without.code, 0);
    assertEquals((await runCli(grant)).code, 0);
    assertEquals((await runCli(["consent", "diff", ...of])).code, 0);
  });
});

Deno.test("consent grant agrees to a part, and says what is still missing", async () => {
  await withFolder(PLUGINS, async (folder) => {
    const of = within(folder);
    const part = await runCli([
      ...["consent", "grant", "a", ...of],
      '--permissions={"read":["./models","$DATA"]}',
    ]);
    assertEquals(part.code, 1, part.stderr);
    assertStringIncludes(
      part.stdout.replaceAll(/\s+/g, " "),
      "It still waits: it requires more than was agreed to",
    );
    assertEquals(await loadedBy(folder), []);
    const rest = await runCli([
      ...["consent", "grant", "a", ...of],
      '--permissions={"net":["a.example"]}',
    ]);
    assertEquals(rest.code, 2);
    assertStringIncludes(rest.stderr, "it does not declare that");
    await runCli([
      ...["consent", "grant", "a", ...of],
      '--permissions={"net":["a.example:443"]}',
    ]);
    assertEquals(await loadedBy(folder), ["a"]);
  });
});

Deno.test("consent revoke takes permissions from one plugin, or from all", async () => {
  await withFolder(PLUGINS, async (folder) => {
    const of = within(folder);
    const state = `--state=${folder}/state.json`;
    await runCli(["consent", "grant", "a", ...of]);
    await runCli(["consent", "grant", "plain", ...of]);
    await using running = hostOn(folder);
    await running.host.load();
    assert(running.host.get("a"));

    const all = await runCli([
      ...["consent", "revoke", "*", state, "--by=bob"],
      '--permissions={"net":true}',
    ]);
    assertEquals(all.code, 0, all.stderr);
    assertStringIncludes(all.stdout, "Revoked of all plugins: net as a whole");
    assertEquals(await loadedBy(folder), ["plain"]);
    // A running host follows at its next change of any plugin.
    await running.host.enable("plain");
    assertEquals(running.host.get("a"), undefined);

    const vain = await runCli(["consent", "grant", "a", ...of]);
    assertStringIncludes(
      vain.stderr.replaceAll(/\s+/g, " "),
      "revoked of all plugins",
    );
    const { stdout } = await runCli(["consent", "list", ...of]);
    assertStringIncludes(
      stdout,
      "Revoked of all plugins: net (all) by bob on ",
    );
    await runCli(["consent", "grant", "*", state]);
    assertEquals(await loadedBy(folder), ["a", "plain"]);

    const whole = await runCli(["consent", "revoke", "plain", ...of]);
    assertStringIncludes(
      whole.stdout,
      'Revoked of plugin "plain": everything\n',
    );
    assertEquals(await loadedBy(folder), ["a"]);
  });
});

Deno.test("consent decides about builtins by their permissions, as a host knows them", async () => {
  await withFolder({}, async (folder) => {
    const state = `${folder}/state.json`;
    const of = ["--builtin", `--state=${state}`];
    const unknown = await runCli(["consent", "grant", "a", ...of]);
    assertEquals(unknown.code, 2);
    assertStringIncludes(unknown.stderr, "--permissions");
    await runCli([
      ...["consent", "grant", "a", ...of],
      '--permissions={"net":["a.example:443"]}',
    ]);
    await using test = createTestHost({
      consent: "required",
      powers: createFakeProcess({}).system,
      state: new FileStateStore(state),
      builtins: [{
        manifest: {
          id: "a",
          type: "thing",
          version: "1.0.0",
          permissions: { net: ["a.example:443"] },
        },
        plugin: { setup: () => ({}) },
      }],
    });
    assertEquals((await test.host.load()).loaded.length, 1);
    await runCli(["consent", "revoke", "a", ...of]);
    const states = await readStates(state);
    assert(Object.keys(Object(states)).includes("a"));
    assertEquals(Object(states).a.consent, undefined);
  });
});

Deno.test("consent escapes what a state and a manifest say, and refuses what is no use", async () => {
  await withFolder(PLUGINS, async (folder) => {
    const of = within(folder);
    await new FileStateStore(`${folder}/state.json`).update(() =>
      new Map([["a", {
        revoked: { env: true },
        revocation: {
          by: "\u001b[2Jmallory\u202e",
          at: "2026-01-02T03:04:05.000Z",
        },
      }]])
    );
    const { stdout } = await runCli(["consent", "list", ...of]);
    assertStringIncludes(stdout, "\\u001b[2Jmallory\\u202e");
    assert(!stdout.includes("\u202e"));
    const wrong: readonly (readonly [readonly string[], string])[] = [
      [["consent", "grant", "a", `--state=${folder}/state.json`], "No source"],
      [["consent", "grant", "nobody", ...of], "no source contains it"],
      [["consent", "revoke", "a", ...of, "--permissions={}"], "no permission"],
      [["consent", "revoke", "a", ...of, '--permissions={"x":1}'], "x"],
      [["consent", "revoke", "a", ...of, "--by="], "--by"],
      [["consent", "list"], "--state"],
      [["consent", "gant", "a"], "grant"],
    ];
    for (const [args, part] of wrong) {
      const { code, stderr } = await runCli(args);
      assertEquals(code, 2, args.join(" "));
      assertStringIncludes(stderr, part);
    }
    await Deno.writeTextFile(`${folder}/plugins/a/plugin.json`, "{");
    const broken = await runCli(["consent", "revoke", "a", ...of]);
    assertEquals(broken.code, 0, broken.stderr);
    assertStringIncludes(broken.stdout, "net as a whole");
  });
});
