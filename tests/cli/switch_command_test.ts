import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { verifyAuditLog } from "@semantik/plugins/audit";
import { FileStateStore } from "@semantik/plugins/state";
import { builtin } from "../host/builtin.ts";
import { createTestHost } from "../host/test_host.ts";
import { writeLog } from "./audit_log.ts";
import {
  CHANGED_PLUGINS,
  readEvents,
  readMarks,
  readStates,
} from "./change_state.ts";
import { runCli, runJson } from "./run_cli.ts";
import { withFolder } from "./with_plugins.ts";

Deno.test("disable and enable change the state file, and nothing a second time", async () => {
  await withFolder(CHANGED_PLUGINS, async (folder) => {
    const state = `${folder}/state.json`;
    const of = [`${folder}/plugins`, "--state", state];
    const first = await runCli(["disable", "user", ...of]);
    assertEquals(first.code, 0, first.stderr);
    assertStringIncludes(first.stderr, "No state was stored in");
    assertStringIncludes(first.stdout, 'Plugin "user" is now disabled\n');
    assertStringIncludes(first.stdout, "A running host ends it at");
    assertEquals(await readStates(state), { user: { enabled: false } });

    const again = await runJson(["disable", "user", ...of]);
    assertEquals([again.code, again.stderr], [0, ""]);
    assertEquals(again.result, {
      id: "user",
      enabled: false,
      changed: [],
      revision: 1,
      recorded: false,
      problems: [],
    });
    const enabled = await runCli(["enable", "user", ...of]);
    assertEquals(enabled.code, 0);
    assertStringIncludes(enabled.stdout, 'Plugin "user" is now enabled\n');
    assertEquals(await readStates(state), {});
  });
});

Deno.test("disable keeps enabled plugins from losing a plugin that they require, unless --dependents is given", async () => {
  await withFolder(CHANGED_PLUGINS, async (folder) => {
    const state = `${folder}/state.json`;
    const of = [`${folder}/plugins`, "--state", state];
    const refused = await runCli(["disable", "base", ...of]);
    assertEquals([refused.code, refused.stdout], [2, ""]);
    assertStringIncludes(refused.stderr, 'enabled plugins require it: "user"');
    assertStringIncludes(refused.stderr, "add --dependents");
    assertEquals(await readStates(state), {});
    const { code, stdout } = await runCli([
      "disable",
      "base",
      ...of,
      "--dependents",
    ]);
    assertEquals(code, 0);
    assertStringIncludes(stdout, 'now disabled, and so is "user"');
    assertEquals(await readStates(state), {
      base: { enabled: false },
      user: { enabled: false },
    });

    // A host would refuse it now.
    const alone = await runJson(["enable", "user", ...of]);
    assertEquals(alone.code, 1);
    const [problem] = Reflect.get(Object(alone.result), "problems");
    assertEquals(problem.code, "PLUGIN_DEPENDENCY_DISABLED");
    assertStringIncludes(problem.remedy, "--requirements");
    const both = await runJson(["enable", "user", ...of, "--requirements"]);
    assertEquals(both.code, 0);
    assertEquals(Reflect.get(Object(both.result), "changed"), ["base"]);
    assertEquals(await readStates(state), {});
  });
});

Deno.test("enable and disable refuse what a host refuses, and change nothing", async (t) => {
  await withFolder(CHANGED_PLUGINS, async (folder) => {
    const state = `${folder}/state.json`;
    const plugins = `${folder}/plugins`;
    const rows: readonly (readonly [readonly string[], string, string])[] = [
      [["bsae", plugins], "no usable source contains it", ""],
      [["broken", plugins], "its manifest in", ""],
      [["user"], "No source is named", "--builtin"],
      [["Not An Id", "--builtin"], "is not one that a plugin can have", ""],
      [["user", plugins, "--by="], "--by", "1 to 200"],
      [["user", plugins, "--chain"], "--chain needs --audit", ""],
      [["user", plugins, "--audit", plugins], "Cannot open audit log", ""],
      [
        ["user", plugins, "--audit", `${plugins}/base/a.jsonl`],
        "Cannot use audit log",
        "",
      ],
      [["user", plugins, "--state", plugins], "Cannot read plugin state", ""],
    ];
    for (const command of ["enable", "disable"]) {
      for (const [args, message, remedy] of rows) {
        await t.step(`${command} ${args.join(" ")}`, async () => {
          const { code, stdout, stderr } = await runCli(
            [command, "--state", state, ...args],
          );
          assertEquals([code, stdout], [2, ""], stderr);
          assertStringIncludes(stderr, message);
          assertStringIncludes(stderr, remedy);
          assert(!/\n +at /.test(stderr));
        });
      }
    }
    const { stderr } = await runCli([
      "enable",
      "bsae",
      `${plugins}/base`,
      "--state",
      state,
    ]);
    assertStringIncludes(stderr, 'Did you mean "base"?');
    await Deno.stat(state).then(() => assert(false), () => {});
  });
});

Deno.test("enable and disable record who changed what with --audit, in a chained log too", async () => {
  await withFolder(CHANGED_PLUGINS, async (folder) => {
    const state = `${folder}/state.json`;
    const of = [`${folder}/plugins`, "--state", state];
    const plain = `${folder}/plain.jsonl`;
    const audited = [...of, "--audit", plain, "--by=ada"];
    const { result } = await runJson(
      ["disable", "base", "--dependents", ...audited],
    );
    assertEquals(Reflect.get(Object(result), "recorded"), true);
    assertEquals(await readMarks(state), []);
    await runCli(["disable", "base", ...audited]);
    await runCli(["enable", "base", ...audited]);
    await runCli(["enable", "user", ...audited]);
    await runCli(["disable", "base", ...audited]);
    assertEquals(await readEvents(plain), [
      ["user", "plugin.disabled", "ada"],
      ["base", "plugin.disabled", "ada"],
      ["base", "plugin.enabled", "ada"],
      ["user", "plugin.enabled", "ada"],
      ["base", "plugin.disable.failed", "ada", "PLUGIN_DEPENDENTS_LIVE"],
    ]);

    const chained = `${folder}/chained.jsonl`;
    writeLog(chained, [["base", "plugin.loaded", "info"]], { chain: true });
    await runCli(["disable", "user", ...of, "--audit", chained]);
    const { status, head } = await verifyAuditLog(chained);
    assertEquals([status, head?.sequence], ["intact", 2]);
    const fresh = `${folder}/fresh.jsonl`;
    await runCli(["enable", "user", ...of, "--chain", "--audit", fresh]);
    assertEquals((await verifyAuditLog(fresh)).status, "intact");
    const { code, stderr } = await runCli(
      ["disable", "user", ...of, "--chain", "--audit", plain],
    );
    assertEquals(code, 2, stderr);
    assertEquals(await readStates(state), {});
  });
});

Deno.test("a host records what was changed without --audit, and ends what was disabled", async () => {
  await withFolder({}, async (folder) => {
    const state = `${folder}/state.json`;
    const create = () =>
      createTestHost({
        builtins: [builtin("a"), builtin("b")],
        state: new FileStateStore(state),
      });
    {
      await using test = create();
      await test.host.load();
      const { code } = await runCli(
        ["disable", "a", "--builtin", "--state", state, "--by=ada"],
      );
      assertEquals(code, 0);
      assertEquals(await readMarks(state), ["a"]);
      assert(test.host.get("a") !== undefined);
      await test.host.configure("b", { tone: "formal" });
      assertEquals(test.host.get("a"), undefined);
    }
    await using test = create();
    const { skipped } = await test.host.load();
    assertEquals(skipped.map(({ id }) => id), ["a"]);
    assertEquals(test.actions("a"), [
      "plugin.state.reconciled",
      "plugin.load.skipped",
    ]);
    assertEquals(await readMarks(state), []);
  });
});

Deno.test("enable with --audit leaves the mark of what was changed without", async () => {
  await withFolder({}, async (folder) => {
    const state = `${folder}/state.json`;
    const of = ["--builtin", "--state", state];
    const audited = [...of, "--audit", `${folder}/audit.jsonl`];
    await runCli(["disable", "a", ...of]);
    const { result } = await runJson(["enable", "a", ...audited]);
    assertEquals(Reflect.get(Object(result), "recorded"), true);
    await runCli(["disable", "b", ...audited]);
    // The log does not say that it was disabled.
    assertEquals(await readMarks(state), ["a"]);
  });
});
