import {
  assert,
  assertEquals,
  assertFalse,
  assertStringIncludes,
} from "@std/assert";
import { makeSymlink } from "../make_symlink.ts";
import { findTask } from "../../src/cli/deno_command/read_deno_command.ts";
import { runCli, runJson } from "./run_cli.ts";
import { runDeno } from "./run_deno.ts";
import {
  type Files,
  manifest,
  pluginFiles,
  withFolder,
} from "./with_plugins.ts";

const CLI = new URL("../../cli.ts", import.meta.url).href;
const HOST = new URL("../fixtures/cli/host.ts", import.meta.url).href;

const ASKING: Files = {
  ...pluginFiles("asks", {
    permissions: { net: ["a.example:443"], env: ["TOKEN"] },
    optionalPermissions: { sys: ["hostname"] },
  }),
  ...pluginFiles("also", { permissions: { net: ["a.example:443"] } }),
};

/** A plugin for each kind of permission that loading may need. */
const DEMANDING: Files = {
  ...pluginFiles("plain"),
  ...pluginFiles("first", { requires: [{ id: "plain", version: "*" }] }),
  ...pluginFiles(
    "imports",
    {},
    'import { A } from "./deep/a.ts"; export default { setup: () => ({ A }) };',
  ),
  "imports/deep/a.ts": 'export { A } from "./b.ts";',
  "imports/deep/b.ts": "export const A = 1;",
  ...pluginFiles(
    "uses",
    {
      permissions: {
        read: ["./models", "$DATA"],
        write: ["$DATA"],
        env: ["SOME_VARIABLE", "OTHER_*"],
        net: ["127.0.0.1:65000", "*.example.com"],
        sys: ["hostname"],
        import: ["code.example:443"],
      },
      optionalPermissions: { run: ["some-program"], ffi: true },
    },
    `export default {
      setup({ dataDir }) {
        Deno.readTextFileSync(new URL("./models/a.txt", import.meta.url));
        Deno.writeTextFileSync(dataDir + "/x", "");
        Deno.env.get("SOME_VARIABLE");
        Deno.env.get("OTHER_ONE");
        Deno.hostname();
        return {};
      },
    };`,
  ),
  "uses/models/a.txt": "",
};

/** Splits a flag line without quoted paths. */
function wordsOf(line: string): readonly string[] {
  return line.trimEnd().replaceAll("'", "").split(" ");
}

Deno.test("permissions --format=flags prints flags with which a host loads every plugin", async () => {
  await withFolder(DEMANDING, async (folder) => {
    const data = `${folder}/data`;
    const { code, stdout } = await runCli([
      "permissions",
      "--format=flags",
      `--data-directory=${data}`,
      folder,
    ]);
    assertEquals(code, 0);
    const flags = wordsOf(stdout);
    const ran = await runDeno(["run", ...flags, HOST, folder, data]);
    assertEquals(JSON.parse(ran.stdout), {
      loaded: ["first", "imports", "plain", "uses"],
      rest: [],
    }, ran.stderr);
  });
});

Deno.test("permissions keeps the default import hosts that plugins use", async (t) => {
  const others = {
    ...pluginFiles(
      "silent",
      {},
      'import "https://esm.sh/x"; import { y } from "./y.ts"; export default y;',
    ),
    "silent/y.ts":
      'import "https://raw.githubusercontent.com/y"; import type { T } from "https://deno.land/t.ts"; import "https://unheard.example/z"; export const y = 1 as T;',
  };
  await t.step("if a flag would block them", async () => {
    const files = {
      ...others,
      ...pluginFiles("asks", { permissions: { import: ["code.example:443"] } }),
    };
    await withFolder(files, async (folder) => {
      const kept = [
        "code.example:443",
        "esm.sh:443",
        "jsr.io:443",
        "raw.githubusercontent.com:443",
      ];
      const { code, result } = await runJson(["permissions", folder]);
      assertEquals(code, 0);
      const flags: readonly string[] = Reflect.get(Object(result), "flags");
      assert(flags.includes(`--allow-import=${kept}`), flags.join(" "));
      const { denoJson } = Object(result);
      assertEquals(denoJson.permissions.plugins.import, kept);
      const check = async (hosts: readonly string[]) =>
        await runCli([
          ...["permissions", folder, "--no-switches", "--check"],
          ...["--", "deno", "run"],
          ...[`--allow-read=${folder}`, `--allow-import=${hosts}`, "main.ts"],
        ]);
      assertEquals((await check(kept)).code, 0);
      const { code: lacks, stdout } = await check(kept.slice(0, 1));
      assertEquals(lacks, 1);
      assertStringIncludes(stdout, 'missing  import to "esm.sh:443"');
    });
  });
  await t.step("and asks for no flag if none does", async () => {
    await withFolder(others, async (folder) => {
      const args = ["permissions", "--no-switches", folder];
      const { result } = await runJson(args);
      assertEquals(Reflect.get(Object(result), "flags"), [
        `--allow-read=${folder}`,
        "--no-prompt",
      ]);
    });
  });
});

Deno.test("permissions --ignore-env makes undeclared variables read as unset", async (t) => {
  const files = {
    ...pluginFiles(
      "probes",
      {
        permissions: { env: ["TOKEN"] },
        optionalPermissions: { env: ["PROBED"] },
      },
      `export default {
      setup() {
        const { TOKEN, ...others } = Deno.env.toObject();
        const unset = [Deno.env.get("PROBED"), Deno.env.get("OTHER")];
        if (TOKEN !== "t" || Object.keys(others).length > 0 || unset.some(Boolean)) {
          throw new Error(JSON.stringify([TOKEN, others, unset]));
        }
        return {};
      },
    };`,
    ),
  };
  await withFolder(files, async (folder) => {
    const args = ["permissions", "--ignore-env", folder];
    const { code, stdout } = await runCli([...args, "--format=flags"]);
    assertEquals(code, 0);
    const line = wordsOf(stdout).join(" ");
    await t.step("with the flags that it prints", async () => {
      const ran = await runDeno(
        ["run", ...line.split(" "), HOST, folder, folder],
        { env: { TOKEN: "t", PROBED: "p", OTHER: "o" } },
      );
      assertEquals(JSON.parse(ran.stdout), { loaded: ["probes"], rest: [] });
    });
    await t.step("in deno.json", async () => {
      const { result } = await runJson(args);
      const { env } = Reflect.get(Object(result), "denoJson").permissions
        .plugins;
      assertEquals([env.ignore, env.allow.includes("TOKEN")], [true, true]);
      assert(!env.allow.includes("PROBED"));
    });
    await t.step("and --check asks for it", async () => {
      const rows: readonly (readonly [string, number, string])[] = [
        [line, 0, "grants exactly what is needed"],
        [`${line} --allow-env=PROBED`, 0, "exactly"],
        [line.replace(" --ignore-env", ""), 1, "missing  --ignore-env"],
        [`${line} --allow-env=OTHER`, 1, 'surplus  env to "OTHER"'],
        [
          line.replace(/--allow-env=\S+/, "--allow-env"),
          1,
          'missing  env to "TOKEN"',
        ],
        [line.replace(",TOKEN", ",OTHER"), 1, 'missing  env to "TOKEN"'],
      ];
      for (const [flags, code, said] of rows) {
        const command = ["deno", "run", ...flags.split(" "), "main.ts"];
        const checked = await runCli([...args, "--check", "--", ...command]);
        assertEquals(checked.code, code, `${flags}: ${checked.stdout}`);
        assertStringIncludes(checked.stdout, said);
      }
    });
  });
});

Deno.test("permissions quotes paths in flags and resolves links", async () => {
  await withFolder(DEMANDING, async (outer) => {
    const folder = `${outer}/it's $HOME & "more"`;
    await Deno.mkdir(`${folder}/real`, { recursive: true });
    await Deno.rename(`${outer}/plain`, `${folder}/real/plain`);
    await makeSymlink("real/plain", `${folder}/linked`);
    const { code, result } = await runJson(["permissions", folder]);
    assertEquals(code, 0);
    const flags: readonly string[] = Reflect.get(Object(result), "flags");
    const ran = await runDeno(["run", ...flags, HOST, folder, outer]);
    assertEquals(JSON.parse(ran.stdout), { loaded: ["plain"], rest: [] });
  });
});

Deno.test("permissions prints who needs what, and the flags", async () => {
  await withFolder(ASKING, async (folder) => {
    const { code, stdout } = await runCli(["permissions", folder]);
    assertEquals(code, 0);
    const lines = stdout.split("\n").map((line) => line.replaceAll(/ +/g, " "));
    assertEquals(lines, [
      "KIND VALUE NEEDED BY",
      `read ${folder} the host`,
      "net a.example:443 also, asks",
      "env SEMANTIK_ENABLE_* the host",
      "env TOKEN asks",
      "sys hostname asks (optional)",
      "",
      "EACH PLUGIN",
      "also",
      " net a.example:443",
      "asks",
      " net a.example:443; env TOKEN",
      " optional: sys hostname",
      "",
      "FLAGS",
      `deno run --allow-env='SEMANTIK_ENABLE_*,TOKEN' --allow-net=a.example:443 --allow-read=${folder} --no-prompt main.ts`,
      "",
      "FLAGS WITH OPTIONAL PERMISSIONS",
      `deno run --allow-env='SEMANTIK_ENABLE_*,TOKEN' --allow-net=a.example:443 --allow-read=${folder} --allow-sys=hostname --no-prompt main.ts`,
      "",
      "2 plugins, 5 permissions, 0 hazards",
      "",
    ]);
  });
});

Deno.test("permissions prints the same result with --json and with --format=json", async () => {
  await withFolder(ASKING, async (folder) => {
    const one = await runCli(["permissions", folder, "--json"]);
    const other = await runCli(["permissions", folder, "--format=json"]);
    assertEquals(one, other);
    const { schema, command, result } = JSON.parse(one.stdout);
    assertEquals([schema, command], [1, "permissions"]);
    assertEquals(result.declared, {
      read: [folder],
      net: ["a.example:443"],
      env: ["SEMANTIK_ENABLE_*", "TOKEN"],
    });
    assertEquals(result.denoJson.permissions.plugins, result.declared);
    assertEquals(wordsOf(result.flagLine), result.flags);
  });
});

Deno.test("permissions --format=deno-json prints a permission set that Deno accepts", async () => {
  await withFolder({
    "plugins/plain/plugin.json": manifest("plain"),
    "plugins/plain/mod.ts": "",
  }, async (folder) => {
    const source = `${folder}/plugins`;
    const printed = await runCli(["permissions", "--format=deno-json", source]);
    assertEquals(printed.code, 0);
    assertStringIncludes(printed.stderr, "-P=plugins --no-prompt");
    const config = `${folder}/deno.json`;
    await Deno.writeTextFile(config, printed.stdout);
    const script = `${folder}/main.ts`;
    await Deno.writeTextFile(
      script,
      "console.log(Deno.readTextFileSync(Deno.args[0]).length > 0);" +
        "console.log(Deno.permissions.querySync({ name: 'read' }).state);",
    );
    const file = `${source}/plain/plugin.json`;
    const ran = await runDeno(
      ["run", `-c=${config}`, "-P=plugins", "--no-prompt", script, file],
    );
    assertEquals(ran.stdout, "true\nprompt\n", ran.stderr);
  });
});

Deno.test("permissions reports a path that no flag can name", async () => {
  await withFolder({
    "a,b/comma/plugin.json": manifest("comma"),
    "a,b/comma/mod.ts": "",
  }, async (folder) => {
    const { code, stdout, stderr } = await runCli(
      ["permissions", "--format=flags", `${folder}/a,b`],
    );
    assertEquals([code === 0, stdout], [false, ""]);
    assertStringIncludes(stderr, "contains a comma");
  });
});

Deno.test("permissions prints hazards", async () => {
  const permissions = { run: true } as const;
  await withFolder(pluginFiles("runner", { permissions }), async (folder) => {
    const { code, stdout } = await runCli(["permissions", folder]);
    assertEquals(code, 0);
    assertStringIncludes(stdout, "critical  runner: run as a whole");
    const { result } = await runJson(["permissions", folder]);
    const [hazard] = Reflect.get(Object(result), "hazards");
    assertEquals([hazard.id, hazard.level, hazard.kind], [
      "runner",
      "critical",
      "run",
    ]);
  });
});

Deno.test("permissions makes a critical hazard stand out from a high one", async () => {
  const files = {
    ...pluginFiles("runner", { permissions: { run: true } }),
    ...pluginFiles("writer", { permissions: { env: true } }),
  };
  await withFolder(files, async (folder) => {
    const { stdout } = await runCli(["permissions", folder], {
      terminal: true,
    });
    assertStringIncludes(stdout, "\x1b[1m\x1b[38;5;160mcritical\x1b[0m");
    assertStringIncludes(stdout, "\n\x1b[38;5;160mhigh    \x1b[0m  writer");
  });
});

Deno.test("permissions covers loadable plugins and names the others", async () => {
  const files = { ...ASKING, "bad/plugin.json": "{" };
  await withFolder(files, async (folder) => {
    const { code, stdout, stderr } = await runCli([
      "permissions",
      "--format=flags",
      folder,
    ]);
    assertEquals(code, 1);
    assertEquals(
      wordsOf(stdout)[0],
      "--allow-env=SEMANTIK_ENABLE_*,TOKEN",
    );
    assertEquals(stderr.split("\n").slice(0, 2), [
      `refuse  ${folder}/bad`,
      "  The manifest is not JSON: line 1, column 2",
    ]);
  });
});

Deno.test("permissions --check finds missing and surplus permissions", async (t) => {
  await withFolder(ASKING, async (folder) => {
    const { stdout } = await runCli(["permissions", "--format=flags", folder]);
    const needed = wordsOf(stdout).join(" ");
    const named = needed.replace(
      "SEMANTIK_ENABLE_*",
      "SEMANTIK_ENABLE_PLUGINS,SEMANTIK_ENABLE_READER_PLUGINS",
    );
    const rows: readonly Readonly<
      { line: string; missing?: string[]; surplus?: string[] }
    >[] = [
      { line: `${needed} main.ts` },
      { line: `${needed} --allow-sys=hostname main.ts` },
      { line: `${needed} --allow-env=TOKEN,SEMANTIK_ENABLE_PLUGINS main.ts` },
      { line: `${named} main.ts` },
      {
        line: named.replace("_READER_", "_OTHER_") + " main.ts",
        missing: ["env"],
      },
      {
        line: needed.replace("SEMANTIK_ENABLE_*,", "") + " main.ts",
        missing: ["env"],
      },
      { line: "main.ts", missing: ["read", "net", "env", "env"] },
      {
        line: "-A main.ts",
        surplus: ["read", "write", "net", "env", "sys", "run", "ffi", "import"],
      },
      { line: `${needed} --allow-env=OTHER main.ts`, surplus: ["env OTHER"] },
      { line: `${needed} --allow-run=git main.ts`, surplus: ["run git"] },
      { line: `${needed} --deny-net=a.example main.ts` },
      { line: `${needed} --deny-net=a.example:443 main.ts`, missing: ["net"] },
      {
        line: `${needed} --ignore-env=SEMANTIK_ENABLE_READER_PLUGINS main.ts`,
        missing: ["env"],
      },
      {
        line: `${needed} --deny-read=${folder}/asks main.ts`,
        missing: ["read"],
      },
      { line: `${needed} --deny-read=/etc --deny-env main.ts` },
      { line: `${needed} main.ts --allow-run` },
    ];
    for (const { line, missing = [], surplus = [] } of rows) {
      await t.step(line, async () => {
        const words = [
          "permissions",
          folder,
          "--json",
          "--check",
          "--",
          "deno",
          "run",
          ...line.split(" "),
        ];
        const { code, stdout } = await runCli(words);
        const { check } = JSON.parse(stdout).result;
        const kinds = (
          entries: readonly { kind: string; value?: string }[],
          full: boolean,
        ) =>
          entries.map(({ kind, value }) =>
            full && value ? `${kind} ${value}` : kind
          );
        assertEquals(kinds(check.missing, false), missing);
        assertEquals(kinds(check.surplus, true), surplus);
        assertEquals(code, missing.length + surplus.length === 0 ? 0 : 1);
      });
    }
  });
});

Deno.test("permissions --check fails on unknown parts of a command line", async (t) => {
  await withFolder(ASKING, async (folder) => {
    const { stdout } = await runCli(["permissions", "--format=flags", folder]);
    const needed = wordsOf(stdout);
    const lines = [
      ["run", ...needed, "-P", "main.ts"],
      ["run", ...needed, "-P=all", "main.ts"],
      ["run", ...needed, "--permission-set=all", "main.ts"],
      ["run", ...needed, "dev"],
      ["run", ...needed, "--allow-reed", "main.ts"],
      ["run", ...needed, "--allow-scripts", "main.ts"],
      ["run", "-A", ...needed, "main.ts"],
      ["task", "dev"],
      ["dev", ...needed],
    ];
    for (const line of lines) {
      await t.step(line.join(" "), async () => {
        const { code, stdout } = await runCli(
          ["permissions", folder, "--check", "--", "deno", ...line],
        );
        assertEquals(code, 1);
        assertFalse(stdout.includes("and no more"), stdout);
      });
    }
    const planned = await runCli(
      ["plan", folder, "--", "deno", "run", ...needed, "dev"],
    );
    assertEquals(planned.code, 1);
    assertStringIncludes(planned.stderr, 'the command and flags of "dev"');
  });
});

Deno.test("findTask() finds a task as Deno does", async (t) => {
  await withFolder(ASKING, async (folder) => {
    const inner = `${folder}/inner`;
    const path = `${folder}/deno.jsonc`;
    const run = '"deno run -A other.ts"';
    // If an import is missing, Deno runs the task although the file exists.
    await Deno.writeTextFile(`${folder}/main.ts`, "");
    for (
      const [text, isTask] of [
        [`// tasks\n{ "tasks": { "main.ts" : ${run} } }`, true],
        [`{ "tasks": { "main.ts" /* : */ // "\n: ${run} } }`, true],
        [`{ "tasks": { "\\u006dain.ts": ${run} } }`, true],
        [`{ 'tasks': { 'main.ts': ${run} } }`, true],
        [`{ /* 5" */ "tasks": { "main.ts": ${run} } }`, true],
        [`{ "exports": "main.ts", "tasks": { "x": ${run} } }`, false],
        [`{ "include": ["main.ts"], "tasks": {} }`, false],
        [`{ /* "main.ts": */ "tasks": {} }`, false],
      ] as const
    ) {
      await t.step(text, async () => {
        await Deno.writeTextFile(path, text);
        const expected = isTask ? { path, isRead: true } : undefined;
        assertEquals(findTask("main.ts", inner), expected);
      });
    }
    await Deno.writeTextFile(`${folder}/other.json`, `{ "b.ts": ${run} }`);
    assertEquals(findTask("b.ts", inner), undefined);
    assertEquals(findTask("b.ts", inner, ["../other.json"]), {
      path: `${folder}/other.json`,
      isRead: true,
    });
  });
});

Deno.test("permissions --check reports an unreadable file that may define a task", async () => {
  await withFolder(ASKING, async (folder) => {
    const flags = ["--allow-env=SEMANTIK_ENABLE_*", `--allow-read=${folder}`];
    const { code, stdout } = await runDeno([
      ...["run", "--no-prompt", `--allow-read=${folder}`, CLI],
      ...["permissions", folder, "--check", "--"],
      ...["deno", "run", ...flags, "main.ts"],
    ]);
    assertEquals(code, 1);
    assertStringIncludes(stdout, "this process may not read it");
  });
});

Deno.test("permissions --check names the denying flag and whether a narrower one wins", async () => {
  await withFolder(ASKING, async (folder) => {
    const { stdout } = await runCli([
      ...["permissions", folder, "--check", "--"],
      ...["deno", "run", "--ignore-env", "--deny-net=a.example:443", "main.ts"],
    ]);
    assertStringIncludes(
      stdout,
      'missing  env to "TOKEN", for asks; --ignore-env denies it, and the ' +
        "narrower --allow-env wins",
    );
    assertStringIncludes(stdout, "; remove --deny-net=a.example:443\n");
  });
});

Deno.test("permissions --check prints the command line to run instead", async () => {
  await withFolder(ASKING, async (folder) => {
    const { stdout } = await runCli([
      "permissions",
      folder,
      "--check",
      "--",
      "deno",
      "run",
      "-N",
      "-P=mine",
      "app.ts",
    ]);
    assertStringIncludes(stdout, 'missing  env to "TOKEN", for asks');
    assertStringIncludes(
      stdout,
      "surplus  net as a whole, of which only a part is declared",
    );
    assertStringIncludes(
      stdout,
      'unknown  the grants of the permission set "mine"',
    );
    assertStringIncludes(stdout, "Add --no-prompt");
    assertStringIncludes(stdout, `--allow-read=${folder} --no-prompt app.ts`);
  });
});

Deno.test("permissions includes the needs of the host, its state and its audit log", async () => {
  await withFolder(ASKING, async (folder) => {
    const { result } = await runJson([
      "permissions",
      folder,
      '--host-permissions={"net":["0.0.0.0:8000"],"read":["./public"]}',
      `--state=${folder}/state.json`,
      `--audit-log=${folder}/audit.jsonl`,
      "--audit-files=2",
    ]);
    const declared = Reflect.get(Object(result), "declared");
    assertEquals(declared.net, ["0.0.0.0:8000", "a.example:443"]);
    assertEquals(declared.read, [folder, `${Deno.cwd()}/public`].sort());
    assertEquals(
      declared.write.map((path: string) => path.slice(folder.length + 1)),
      [
        "audit.jsonl",
        "audit.jsonl.1",
        "audit.jsonl.lock",
        "state.json",
        "state.json.lock",
        "state.json.tmp",
      ],
    );
  });
});
