import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { isRecord } from "../../src/base/errors.ts";
import { runCli, runJson } from "../cli/run_cli.ts";
import { type Files, manifest, withFolder } from "../cli/with_plugins.ts";
import { testUnless, withoutPosix } from "../test_unless.ts";

const reason = withoutPosix("unix sockets");
const SECRET = "planted-a1b2c3d4";

/** A plugin that reads what the application names, and starts a program. */
const PLUGIN = `export default {
  setup() {
    return {
      read(path: string) { return Deno.readTextFileSync(path); },
      name() { try { return Deno.hostname(); } catch { return "denied"; } },
      try(path: string) { try { Deno.statSync(path); } catch { return "denied"; } },
    };
  },
};
`;

/** An application that uses the plugin, and permissions of its own. */
const APPLICATION = `import plugin from "./plugins/p/mod.ts";
const api = plugin.setup();
const here = import.meta.dirname;
api.read(here + "/declared.txt");
const tried = api.try(here + "/undeclared.txt");
Deno.readTextFileSync(here + "/own.txt");
Deno.env.get("HOME");
let own = "allowed";
try { Deno.hostname(); } catch { own = "denied"; }
try { new Deno.Command("true").outputSync(); } catch { own += ", no program"; }
await fetch("http://127.0.0.1:9/?token=${SECRET}").catch(() => {});
console.log("plugin: " + tried + "; own: " + own);
`;

function filesOf(permissions: object): Files {
  return {
    "plugins/p/plugin.json": manifest("p", { permissions }),
    "plugins/p/mod.ts": PLUGIN,
    "plugins/p/mod_test.ts": `import plugin from "./mod.ts";
Deno.test("it reads", () => {
  try { Deno.env.get("OF_THE_TEST"); } catch { /* denied */ }
  plugin.setup().name();
});
`,
    "main.ts": APPLICATION,
    "declared.txt": "",
    "undeclared.txt": "",
    "own.txt": "",
  };
}

function entriesIn(result: unknown, name: string): readonly string[] {
  const plugins: unknown = Reflect.get(Object(result), "plugins");
  const [first]: readonly unknown[] = Array.isArray(plugins) ? plugins : [];
  const list: unknown = Reflect.get(Object(first), name);
  return (Array.isArray(list) ? list : []).filter(isRecord).map((one) => {
    const { kind, value } = isRecord(one.use) ? one.use : one;
    return `${kind} ${value}`;
  });
}

testUnless(
  reason,
  "observe tells a plugin from its application, and denies each what is not its own",
  async () => {
    await withFolder(filesOf({ sys: ["uid"] }), async (folder) => {
      const path = `${folder}/plugins/p/plugin.json`;
      await Deno.writeTextFile(
        path,
        manifest("p", {
          permissions: { read: [`${folder}/declared.txt`], sys: ["uid"] },
        }),
      );
      const evidence = `${folder}/evidence.json`;
      const args = [
        `--merge=${evidence}`,
        `--plugin=${folder}/plugins/p`,
        "--",
        "deno",
        "run",
      ];
      const flags = [`--allow-read=${folder}`, "--allow-env=HOME"];
      const one = await runCli(
        ["observe", "--json", ...args, ...flags, `${folder}/main.ts`],
      );
      const { result } = JSON.parse(one.stdout);
      assertStringIncludes(
        one.stderr,
        "plugin: denied; own: denied, no program",
      );
      assertEquals(entriesIn(result, "undeclared"), []);
      assertEquals(entriesIn(result, "notProposed"), [
        `read ${folder}/undeclared.txt`,
      ]);
      assertEquals(entriesIn(result, "unused"), ["sys uid"]);
      assert(
        result.nobodys.some((entry: unknown) =>
          isRecord(entry) && entry.kind === "run" && entry.value === "true"
        ),
      );
      const outputs = one.stdout + one.stderr +
        await Deno.readTextFile(evidence);
      assert(!outputs.includes(SECRET));
    });
  },
);

testUnless(
  reason,
  "observe adds the tests of a plugin, and --check fails until --write wrote it",
  async () => {
    await withFolder(filesOf({ sys: ["uid"] }), async (folder) => {
      const directory = `${folder}/plugins/p`;
      const before = await runCli(["observe", "--check", directory]);
      assertEquals(before.code, 1, before.stderr);
      assertStringIncludes(before.stderr, "This runs the code of");
      assertStringIncludes(before.stderr, "its manifest declares");
      assertMatch(
        before.stdout,
        /^undeclared .*hostname.*mod\.ts:5; denied/m,
      );
      assertMatch(before.stdout, /^unused .*sys to "uid"$/m);
      assert(!before.stdout.includes("OF_THE_TEST"));

      const written = await runCli(["observe", "--write", directory]);
      assertEquals(written.code, 0, written.stderr);
      assertStringIncludes(written.stdout, "Wrote the manifest");
      const text = await Deno.readTextFile(`${directory}/plugin.json`);
      assertEquals(JSON.parse(text).permissions, { sys: ["hostname"] });
    });
  },
);

Deno.test("observe --report compares a manifest with what a host knows", async () => {
  const files = filesOf({ net: ["a.example"], env: ["A"], sys: ["uid"] });
  await withFolder(files, async (folder) => {
    const report = `${folder}/report.json`;
    await Deno.writeTextFile(
      report,
      JSON.stringify({
        plugins: [{ id: "p", used: { net: ["a.example"], env: ["A"] } }],
      }),
    );
    const directory = `${folder}/plugins/p`;
    const args = ["observe", `--report=${report}`, directory];
    const { code, result } = await runJson([...args, "--check"]);
    assertEquals(code, 1);
    assertEquals(entriesIn(result, "unused"), ["sys uid"]);
    assertEquals(entriesIn(result, "undeclared"), []);
    assertEquals((await runCli([...args, "--write"])).code, 0);
    assertEquals((await runCli([...args, "--check"])).code, 0);
    assertEquals(
      JSON.parse(await Deno.readTextFile(`${directory}/plugin.json`))
        .permissions,
      { net: ["a.example"], env: ["A"] },
    );
  });
});

Deno.test("observe refuses wrong arguments with a remedy", async () => {
  await withFolder(filesOf({}), async (folder) => {
    const directory = `${folder}/plugins/p`;
    const invalid = `${folder}/invalid.json`;
    await Deno.writeTextFile(invalid, "{}");
    const rows: readonly (readonly string[])[] = [
      [folder],
      [`${folder}/missing`],
      [directory, "--plugin", directory],
      ["--plugin", directory],
      [directory, "--", "deno", "run", "main.ts"],
      ["--plugin", directory, "--", "node", "main.ts"],
      ["--plugin", directory, "--"],
      [
        "--plugin",
        directory,
        "--plugin",
        directory,
        "--",
        "deno",
        "run",
        "x.ts",
      ],
      [directory, `--report=${invalid}`],
      ["--report", invalid, "--plugin", directory, "--", "deno", "run", "x.ts"],
    ];
    for (const args of rows) {
      const { code, stdout, stderr } = await runCli(["observe", ...args]);
      assertEquals([code, stdout], [2, ""], args.join(" "));
      assertMatch(stderr, /Error: [^\n]+\n {2}\S/, args.join(" "));
    }
  });
});
