import type { Builtin } from "@semantik/plugins";
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "../../src/base/path.ts";
import { runCli, runJson } from "./run_cli.ts";
import { runDeno } from "./run_deno.ts";
import { manifest, pluginFiles, withFolder } from "./with_plugins.ts";

const CLI = new URL("../../cli.ts", import.meta.url).href;

type Decided = Readonly<
  { id: string; kind: string; problems?: readonly { code: string }[] }
>;

async function decide(
  args: readonly string[],
): Promise<
  Readonly<{ code: number; decided: readonly string[]; result: unknown }>
> {
  const { code, result } = await runJson(args);
  const decisions: readonly Decided[] = Reflect.get(
    Object(result),
    "decisions",
  );
  return {
    code,
    result,
    decided: decisions.map(({ id, kind, problems }) =>
      [id, kind, ...(problems ?? []).map((one) => one.code)].join(" ")
    ),
  };
}

function needs(...ids: readonly string[]): Partial<Builtin["manifest"]> {
  return { requires: ids.map((id) => ({ id, version: "^1.0.0" })) };
}

Deno.test("plan prints the decisions in order, with reasons", async () => {
  const files = {
    ...pluginFiles("a-first", needs("z-last")),
    ...pluginFiles("lost", needs("nowhere")),
    ...pluginFiles("old", { host: "^0.1.0" }),
    ...pluginFiles("z-last", {
      host: ">=2.0.0",
      displayName: "The last",
      description: "Comes first",
    }),
  };
  await withFolder(files, async (folder) => {
    const { code, decided } = await decide([
      "plan",
      folder,
      "--host-version",
      "2.1.0",
    ]);
    assertEquals(code, 1);
    assertEquals(decided, [
      "z-last load",
      "a-first load",
      "lost refuse PLUGIN_DEPENDENCY_MISSING",
      "old refuse PLUGIN_HOST_INCOMPATIBLE",
    ]);
    const { stdout } = await runCli([
      "plan",
      folder,
      "--host-version",
      "2.1.0",
    ]);
    const lines = stdout.split("\n");
    assertEquals(lines.slice(0, 5), [
      "refuse  lost     reader  1.0.0",
      '  Cannot load plugin "lost": it requires "nowhere" ^1.0.0, which was not found',
      '    Add a source that contains plugin "nowhere"',
      `  from ${folder}/lost`,
      "refuse  old      reader  1.0.0",
    ]);
    assertEquals(lines.slice(-6), [
      "load    z-last   reader  1.0.0",
      "  The last: Comes first",
      "load    a-first  reader  1.0.0",
      "",
      "4 plugins: 2 refused, 2 to load, in this order",
      "",
    ]);
  });
});

Deno.test("plan assumes a host version that fits the plugins and notes it", async () => {
  const files = {
    ...pluginFiles("a", { host: "^3.2.0" }),
    ...pluginFiles("b"),
  };
  await withFolder(files, async (folder) => {
    const { code, stderr, result } = await runJson(["plan", folder]);
    assertEquals(code, 0);
    assertStringIncludes(stderr, "Assuming host version 3.2.0");
    assertEquals(Reflect.get(Object(result), "hostVersion"), "3.2.0");
    assertEquals(Reflect.get(Object(result), "hostVersionFrom"), "manifests");
    const said = await runJson(["plan", folder, "--host-version=3.4.0"]);
    assertEquals(
      Reflect.get(Object(said.result), "hostVersionFrom"),
      "option",
    );
    const given = await runCli(
      ["plan", folder, "--no-switches", "--host-version=3.4.0"],
    );
    assertEquals([given.code, given.stderr], [0, ""]);
  });
  await withFolder(pluginFiles("d", { host: ">=9" }), async (folder) => {
    const { code, stderr } = await runCli(["plan", folder]);
    assertEquals(code, 0);
    assertStringIncludes(stderr, "Assuming host version 9.0.0");
  });
  await withFolder(pluginFiles("b"), async (folder) => {
    const { stderr } = await runCli(["plan", folder, "--no-switches"]);
    assertEquals(stderr, "");
  });
  await withFolder(
    { ...files, ...pluginFiles("c", { host: "^1.0.0" }) },
    async (folder) => {
      const { code, stderr } = await runCli(["plan", folder]);
      assertEquals(code, 1);
      assertStringIncludes(stderr, "Assuming host version 1.0.0");
    },
  );
});

Deno.test("plan checks plugins against a Deno command line", async (t) => {
  const permissions = { net: ["a.example:443"], env: ["TOKEN"] };
  await withFolder(pluginFiles("asks", { permissions }), async (folder) => {
    const rows: readonly (readonly [string, string])[] = [
      ["deno run -A main.ts", "asks load"],
      ["deno run --allow-net --allow-env main.ts", "asks load"],
      ["/usr/bin/deno run -N=a.example -E=TOKEN main.ts", "asks load"],
      [
        "deno run --allow-net=a.example:80 --allow-env main.ts",
        "asks refuse PLUGIN_PERMISSION_MISSING",
      ],
      [
        "deno run -A --deny-net=a.example main.ts",
        "asks refuse PLUGIN_PERMISSION_MISSING",
      ],
      [
        "deno run -A --ignore-env=TOKEN main.ts",
        "asks refuse PLUGIN_PERMISSION_MISSING",
      ],
      [
        "deno run main.ts --allow-net --allow-env",
        "asks refuse PLUGIN_PERMISSION_MISSING",
      ],
    ];
    for (const [line, expected] of rows) {
      await t.step(line, async () => {
        const words = ["plan", folder, "--json", "--", ...line.split(" ")];
        const { stdout } = await runCli(words);
        const { result } = JSON.parse(stdout);
        assertEquals(result.granted, "command");
        const [{ id, kind, problems = [] }] = result.decisions;
        const codes = problems.map(({ code }: { code: string }) => code);
        assertEquals([id, kind, ...codes].join(" "), expected);
      });
    }
    await t.step("none: declared permissions count as granted", async () => {
      assertEquals((await decide(["plan", folder])).decided, ["asks load"]);
      const { stderr } = await runCli(["plan", folder]);
      assertStringIncludes(stderr, "assumed to be granted");
    });
    await t.step("--granted=process", async () => {
      const { decided } = await decide(["plan", folder, "--granted=process"]);
      assertEquals(decided, ["asks refuse PLUGIN_PERMISSION_MISSING"]);
    });
  });
});

Deno.test("plan applies the stored state and refuses if it is unreadable", async () => {
  const files = {
    "plugins/off/plugin.json": manifest("off"),
    "plugins/off/mod.ts": "",
    "state.json": JSON.stringify({
      schema: 1,
      revision: 1,
      plugins: { off: { enabled: false } },
    }),
    "torn.json": '{"schema":1,"plu',
  };
  await withFolder(files, async (folder) => {
    const plugins = `${folder}/plugins`;
    const off = await decide([
      "plan",
      plugins,
      "--state",
      `${folder}/state.json`,
    ]);
    assertEquals([off.code, off.decided], [0, ["off skip"]]);
    const { stdout } = await runCli([
      "plan",
      plugins,
      "--state",
      `${folder}/state.json`,
    ]);
    assertStringIncludes(stdout, "disabled in the stored state");
    const torn = await decide([
      "plan",
      plugins,
      "--state",
      `${folder}/torn.json`,
    ]);
    assertEquals([torn.code, torn.decided], [1, [
      "off refuse PLUGIN_STATE_CORRUPT",
    ]]);
  });
});

Deno.test("plan assumes a data directory and notes it", async () => {
  const files = pluginFiles("writer", { permissions: { write: ["$DATA"] } });
  await withFolder(files, async (folder) => {
    const { code, stderr } = await runCli(["plan", folder]);
    assertEquals(code, 0);
    assertStringIncludes(stderr, "./plugin_data");
    const said = await runCli(["plan", folder, "--data-directory", folder]);
    assertEquals(said.stderr.includes("dataDirectory"), false);
  });
});

Deno.test("plan applies switches and notes unclear ones", async () => {
  await withFolder(pluginFiles("external"), async (folder) => {
    const plan = (value: string) =>
      runDeno(
        [
          "run",
          "--no-prompt",
          "--allow-read",
          "--allow-env",
          CLI,
          "plan",
          folder,
        ],
        { env: { SEMANTIK_ENABLE_PLUGINS: value } },
      );
    const off = await plan("0");
    assertEquals([off.code, off.stderr], [0, ""]);
    assertStringIncludes(off.stdout, "skip  external");
    const unclear = await plan("perhaps");
    assertStringIncludes(unclear.stdout, "skip  external");
    assertStringIncludes(unclear.stderr, '"perhaps" is neither on nor off');
  });
});

Deno.test("plan reads switches only if the command line allows it", async (t) => {
  const hidden = "the command line does not let the host read them";
  const every = "SEMANTIK_ENABLE_PLUGINS";
  const type = "SEMANTIK_ENABLE_READER_PLUGINS";
  const prefix = "--allow-env=SEMANTIK_ENABLE_*";
  const rows: readonly (readonly [string, string, string])[] = [
    ["-- deno run main.ts", "load", `: ${every}, ${type};`],
    [`-- deno run --allow-env=${type} main.ts`, "load", `: ${every};`],
    [`-- deno run -A --ignore-env=${every} main.ts`, "load", `: ${every};`],
    [`-- deno run ${prefix} --deny-env=${every} main.ts`, "load", hidden],
    [`-- deno run -E --ignore-env=SEMANTIK_* main.ts`, "load", hidden],
    [`-- deno run ${prefix} main.ts`, "skip", ""],
    [`-- deno run ${prefix} --ignore-env --deny-env main.ts`, "skip", ""],
    [`-- deno run --allow-env=${every},${type} main.ts`, "skip", ""],
    ["-- deno run -A main.ts", "skip", ""],
    ["-- deno run -A --env-file=.env main.ts", "skip", "--env-file"],
    ["--no-switches -- deno run main.ts", "load", ""],
    ["--no-switches", "load", ""],
    ["", "skip", ""],
  ];
  await withFolder(pluginFiles("external"), async (folder) => {
    const lines = rows.map(([line]) => [
      "plan",
      folder,
      "--json",
      ...line.split(" ").filter((word) => word !== ""),
    ]);
    const { stdout, stderr } = await runDeno([
      "run",
      "--no-prompt",
      "--allow-read",
      "--allow-env",
      fromFileUrl(new URL("../fixtures/cli/run_commands.ts", import.meta.url)),
      JSON.stringify(lines),
    ], { env: { [every]: "false" } });
    assertEquals(stderr, "");
    const results = JSON.parse(stdout);
    for (const [index, [line, kind, note]] of rows.entries()) {
      await t.step(line, () => {
        const { code, stdout, stderr } = results[index];
        const { decisions, switches } = JSON.parse(stdout).result;
        assertEquals([code, decisions[0].kind], [0, kind]);
        const named = Object.fromEntries(
          switches.map((
            { name, kind }: Record<string, string>,
          ) => [name, kind]),
        );
        if (kind === "skip") assertEquals(named[every], "off");
        if (note === "") return assertEquals(stderr, "");
        assertStringIncludes(stderr, note);
        if (kind === "skip") return;
        assertEquals(named[every], "unreadable");
        assertStringIncludes(stderr, "--allow-env='SEMANTIK_ENABLE_*'");
      });
    }
  });
});

Deno.test("plan refuses an invalid configuration as a host does", async () => {
  const files = {
    ...pluginFiles("p"),
    "config.json": '{"p":{"api_key_env":"NOT_DECLARED"}}',
    "list.json": "[]",
  };
  await withFolder(files, async (folder) => {
    const plan = ["plan", `${folder}/p`, "--config"];
    const { code, decided } = await decide([...plan, `${folder}/config.json`]);
    assertEquals([code, decided], [1, ["p refuse PLUGIN_CONFIG_INVALID"]]);
    const list = await runCli([...plan, `${folder}/list.json`]);
    assertEquals(list.code, 2);
    assertStringIncludes(list.stderr, "does not contain an object");
  });
});

Deno.test("plan --format=mermaid prints the graph of the plan", async () => {
  const files = {
    ...pluginFiles("app", needs("store", "nowhere")),
    ...pluginFiles("store"),
  };
  await withFolder(files, async (folder) => {
    const { code, stdout } = await runCli([
      "plan",
      folder,
      "--format=mermaid",
    ]);
    assertEquals(code, 1);
    assertStringIncludes(stdout, "flowchart LR\n");
    assertStringIncludes(stdout, '  p1 -->|"^1.0.0"| p0\n');
    assertStringIncludes(stdout, '["app reader 1.0.0, refuse"]:::refuse');
    const { stdout: json } = await runCli(["plan", folder, "--format=json"]);
    assertEquals(JSON.parse(json).command, "plan");
  });
});

Deno.test("plan --runner=subprocess says what each plugin's own process takes", async () => {
  await withFolder({
    "a/plugin.json": JSON.stringify({
      id: "a",
      type: "thing",
      version: "1.0.0",
      permissions: { net: ["a.example"], env: ["A_KEY"] },
    }),
    "a/mod.ts": "export default { setup: () => ({}) };",
  }, async (folder) => {
    const args = ["--runner=subprocess", folder];
    const plan = await runCli(["plan", ...args]);
    assertMatch(plan.stdout, /load +a +thing +1\.0\.0 +in its own process/);
    const { stdout } = await runCli(["permissions", "--json", ...args]);
    const { declared, hazards } = JSON.parse(stdout).result;
    assertEquals(Object.keys(declared).sort(), ["env", "read", "run"]);
    const live = await runCli([
      "permissions",
      "--json",
      "--runner=live",
      `--sockets=${folder}/sockets`,
      folder,
    ]);
    const needed = JSON.parse(live.stdout).result.declared;
    assertEquals(needed.net, [`unix:${folder}/sockets/a.sock`]);
    assertEquals(needed.write, [`${folder}/sockets`]);
    // What starts processes is the host's hazard, and no plugin's.
    assertEquals(
      new Set(hazards.map(({ id }: { id?: string }) => id)),
      new Set([undefined]),
    );
  });
});
