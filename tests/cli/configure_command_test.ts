import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { CHANGED_PLUGINS, readEvents, readStates } from "./change_state.ts";
import { main } from "@semantik/plugins/cli";
import { FileStateStore } from "@semantik/plugins/state";
import { KeptStream, runCli, runJson } from "./run_cli.ts";
import { withFolder } from "./with_plugins.ts";

Deno.test("configure changes keys of the stored configuration, or replaces it", async () => {
  const files = { ...CHANGED_PLUGINS, "config.json": '{ "a": 1, "b": [2] }' };
  await withFolder(files, async (folder) => {
    const state = `${folder}/state.json`;
    const log = `${folder}/audit.jsonl`;
    const configure = [
      "configure",
      "base",
      `${folder}/plugins`,
      ...["--state", state, "--audit", log],
    ];
    const first = await runJson([
      ...configure,
      "--set",
      'tone="formal"',
      '--set=limits.each={ "max": 3 }',
      '--set=api_key_env="BASE_KEY"',
      '--set=password_file="/run/secrets/password"',
    ]);
    assertEquals(first.code, 0, first.stderr);
    assertStringIncludes(first.stderr, "No configuration of");
    assertEquals(first.result, {
      id: "base",
      changed: ["api_key_env", "limits.each", "password_file", "tone"],
      revision: 1,
      recorded: true,
    });
    const next = await runCli(
      [...configure, "--unset=password_file", "--set=tone=null"],
    );
    assertEquals([next.code, next.stderr], [0, ""]);
    assertStringIncludes(next.stdout, "anew: password_file, tone\n");
    assertEquals(await readStates(state), {
      base: {
        config: {
          tone: null,
          "limits.each": { max: 3 },
          api_key_env: "BASE_KEY",
        },
      },
    });
    const same = await runCli([...configure, "--set=tone=null"]);
    assertStringIncludes(same.stdout, "was the same already");

    await runCli([
      ...configure,
      "--config",
      `${folder}/config.json`,
      "--set=c=true",
    ]);
    assertEquals(await readStates(state), {
      base: { config: { a: 1, b: [2], c: true } },
    });
    await runCli([...configure, "--config=-"], { stdin: ['{"d":', '"Ω"}'] });
    assertEquals(await readStates(state), { base: { config: { d: "Ω" } } });
    assertEquals((await readEvents(log)).length, 4);
  });
});

Deno.test("configure refuses secrets and configurations that no host accepts, and shows no value", async (t) => {
  const files = { ...CHANGED_PLUGINS, "list.json": "[]" };
  await withFolder(files, async (folder) => {
    const state = `${folder}/state.json`;
    const log = `${folder}/audit.jsonl`;
    const SECRET = "sk-1234567890abcdefghijklmnop";
    const rows: readonly (readonly [readonly string[], string, string])[] = [
      [[`--set=api_key="${SECRET}"`], "credential in plain text", "BASE_KEY"],
      [[`--set=url="https://u:${SECRET}@x.example"`], "plain text", ""],
      [[`--set=deep={"api_key":"${SECRET}"}`], "deep.api_key", ""],
      [['--set=api_key_env="OTHER"'], "does not declare", ""],
      [['--set=password_file="/etc/shadow"'], "does not declare", ""],
      [
        [`--set=tone=${SECRET}`],
        "The value of --set tone is not valid JSON",
        "quotes",
      ],
      [[`--set=${SECRET}`], "does not begin with a key and =", ""],
      [["--set==1"], "does not begin with a key and =", ""],
      [['--set=__proto__={"a":1}'], "__proto__", ""],
      [["--unset=tone"], 'no key "tone"', ""],
      [[], "No configuration is given", "--set"],
      [["--config", `${folder}/list.json`], "is not an object", ""],
      [["--config", `${folder}/missing.json`], "does not exist", ""],
      [["--config=-"], "is not valid JSON", ""],
    ];
    for (const [args, message, remedy] of rows) {
      await t.step(args.join(" "), async () => {
        const { code, stdout, stderr } = await runCli([
          "configure",
          "base",
          `${folder}/plugins`,
          ...["--state", state, "--audit", log],
          ...args,
        ], { stdin: ["no JSON"] });
        assertEquals([code, stdout], [2, ""], stderr);
        assertStringIncludes(stderr, message);
        assertStringIncludes(stderr, remedy);
        assert(!stderr.includes(SECRET));
        assert(!/\n +at /.test(stderr));
      });
    }
    await Deno.stat(state).then(() => assert(false), () => {});
    const events = await readEvents(log);
    assertEquals(
      new Set(events.map((event) => String(event))),
      new Set([
        "base,plugin.config.failed,semantik-plugin,PLUGIN_CONFIG_INVALID",
      ]),
    );
    assert(!(await Deno.readTextFile(log)).includes(SECRET));
  });
});

Deno.test("configure overwrites no configuration that somebody stored meanwhile", async () => {
  await withFolder(CHANGED_PLUGINS, async (folder) => {
    const state = `${folder}/state.json`;
    const stderr = new KeptStream();
    const text = new TextEncoder().encode('{ "mine": true }');
    let isRead = false;
    const code = await main([
      "configure",
      "base",
      `${folder}/plugins`,
      "--state",
      state,
      "--config=-",
    ], {
      stdout: new KeptStream(),
      stderr,
      stdin: {
        async read(into: Uint8Array) {
          if (isRead) return null;
          isRead = true;
          await new FileStateStore(state).update(() =>
            new Map([["base", { config: { theirs: true } }]])
          );
          into.set(text);
          return text.length;
        },
      },
    });
    assertEquals(code, 2);
    assertStringIncludes(stderr.text, "somebody else did so meanwhile");
    assertEquals(await readStates(state), {
      base: { config: { theirs: true } },
    });
  });
});
