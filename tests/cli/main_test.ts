import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { main } from "@semantik/plugins/cli";
import { KeptStream, runCli, runJson } from "./run_cli.ts";
import { manifest, pluginFiles, withFolder } from "./with_plugins.ts";

const STACK_REGEXP = /^\s+at .*:\d+/m;

Deno.test("main() prints help and the version on standard output", async (t) => {
  for (
    const args of [["--help"], ["help"], ["list", "--help"], ["help", "audit"]]
  ) {
    await t.step(args.join(" "), async () => {
      const { code, stdout, stderr } = await runCli(args);
      assertEquals([code, stderr], [0, ""]);
      assertStringIncludes(stdout, "Usage: semantik-plugin");
    });
  }
  const { version } = JSON.parse(
    await Deno.readTextFile(new URL("../../deno.json", import.meta.url)),
  );
  assertEquals((await runCli(["--version"])).stdout, `${version}\n`);
});

Deno.test("main() lists every command in its help, and each command has its own help", async () => {
  const { stdout } = await runCli(["--help"]);
  for (
    const command of [
      "list",
      "plan",
      "permissions",
      "validate",
      "new",
      "env",
      "audit",
    ]
  ) {
    assertMatch(stdout, new RegExp(`^  ${command} `, "m"));
    assertStringIncludes((await runCli([command, "--help"])).stdout, "--json");
  }
  const verify = await runCli(["audit", "verify", "--help"]);
  assertStringIncludes(verify.stdout, "--key-env");
});

Deno.test("main() reports a usage error with a message, a remedy and exit code 2", async (t) => {
  const rows: readonly (readonly [readonly string[], string, string])[] = [
    [["lsit", "."], 'Unknown command "lsit"', "Did you mean list?"],
    [
      ["list", "--jsno", "."],
      'Unknown option "--jsno"',
      "Did you mean --json?",
    ],
    [["help", "adit"], 'Unknown command "adit"', "Did you mean audit?"],
    [["help", "audit", "x\ny"], 'Unknown command "x\\ny"', "--help"],
    [["list"], 'Missing required argument "source"', "--help"],
    [["audit"], 'Missing required argument "file"', "--help"],
    [["audit", "verify"], 'Missing required argument "file"', "--help"],
    [["audit", "a", "b"], "Too many arguments", "--help"],
    [["audit", "a", "--level", "loud"], '"loud" for --', "Use one of: "],
    [
      ["audit", "a", "--since", "yesterday"],
      'Invalid value "yesterday" for --since',
      "2h",
    ],
    [
      ["audit", "a", "--follow", "--summary"],
      "cannot be combined",
      "Remove one",
    ],
    [
      ["audit", "verify", "a", "--anchor", "7"],
      'Invalid value "7" for --anchor',
      "<sequence>:<hash>",
    ],
    [
      ["audit", "verify", "a", "--key-env", "A=B"],
      '"A=B" for --key-env',
      "not the key",
    ],
    [["permissions", ".", "--format", "xml"], '"xml" for --', "Use one of: "],
    [
      ["permissions", ".", "--check"],
      "--check needs a command line",
      "-- deno run",
    ],
    [
      ["permissions", ".", "--", "deno", "run", "a.ts"],
      "needs the option --check",
      "--check",
    ],
    [
      ["permissions", ".", "--check", "--"],
      "No command line follows",
      "deno run",
    ],
    [
      ["permissions", ".", "--check", "--", "npm", "start"],
      'begins with "npm"',
      "deno run",
    ],
    [
      ["permissions", ".", "--check", "--", "deno", "run"],
      "has no script",
      "deno run",
    ],
    [
      ["plan", ".", "--", "deno", "run", "--allow-read=", "a.ts"],
      "empty value",
      "equals sign",
    ],
    [
      ["plan", ".", "--host-version", "one"],
      '"one" for --host-version',
      "1.4.0",
    ],
    [
      ["plan", ".", "--data-directory", ""],
      '"" for --data-directory',
      "./plugin_data",
    ],
    [
      ["plan", ".", "--host-permissions", "{"],
      "is not valid JSON",
      "--host-permissions=",
    ],
    [
      ["plan", ".", "--host-permissions", '{"nett":true}'],
      '"nett"',
      'Did you mean "net"?',
    ],
    [
      ["plan", ".", "--config", "no/such.json"],
      "does not exist",
      "JSON file",
    ],
    [
      ["plan", ".", "--config", "LICENSE"],
      "is not valid JSON",
      "Correct the file",
    ],
    [
      ["plan", ".", "--config", "."],
      '"." of --config cannot be read: IsADirectory',
      "file",
    ],
    [
      ["plan", ".", "--host-permissions", "LICENSE"],
      "is not valid JSON",
      "Correct the file",
    ],
    [
      ["validate", ".", "--timeout", "soon"],
      '"soon" for --timeout',
      "from 1 to",
    ],
    [["plan", ".", "--state", "a\0b"], "state", "path"],
    [
      ["plan", ".", "--audit-log", "a", "--audit-files", "0"],
      '"0" for --audit-files',
      "from 1",
    ],
    [["plan", ".", "--granted", "all"], '"all" for --granted', "Use one of"],
  ];
  for (const [args, message, remedy] of rows) {
    await t.step(args.join(" "), async () => {
      const { code, stdout, stderr } = await runCli(args);
      assertEquals([code, stdout], [2, ""]);
      const lines = stderr.trimEnd().split("\n");
      assertEquals(lines.length, 2, stderr);
      assertMatch(lines[0] ?? "", /^Error: [A-Z-]/);
      assertStringIncludes(lines[0] ?? "", message);
      assertStringIncludes(lines[1] ?? "", remedy);
    });
  }
});

Deno.test("main() prints its usage when called without arguments", async () => {
  const { code, stdout, stderr } = await runCli([]);
  assertEquals([code, stdout], [2, ""]);
  assertStringIncludes(stderr, "Usage: semantik-plugin");
});

Deno.test("main() escapes control characters in arguments", async () => {
  const { stderr } = await runCli(["li\x1b[2Jst\nError: forged"]);
  assert(!stderr.includes("\x1b"));
  assertEquals(stderr.split("\n").length, 3);
});

Deno.test("main() reports unusable sources with a message and without a stack", async (t) => {
  const binary = Uint8Array.from({ length: 2_000 }, (_, index) => index * 7);
  const files = {
    "broken/no-json/plugin.json": "{ id: 1, }",
    "broken/binary/plugin.json": binary,
    "broken/empty/plugin.json": "",
    "broken/list/plugin.json": "[]",
    "broken/null/plugin.json": "null",
    "broken/huge/plugin.json": `"${"x".repeat(300_000)}"`,
    "broken/escape/plugin.json": manifest("escape", { entry: "../../etc" }),
    "broken/no-entry/plugin.json": manifest("no-entry"),
    "broken/wrong/plugin.json": manifest("wrong", { permissions: { net: [] } }),
    "broken/folder/plugin.json/x": "",
    "text.txt": "text",
    "other/readme.txt": "no plugin",
    ...pluginFiles("good"),
  };
  await withFolder(files, async (folder) => {
    const sources = [
      `${folder}/broken`,
      `${folder}/missing`,
      `${folder}/text.txt`,
      `${folder}/other`,
      "http://example.com/plugin.json",
      "ftp://example.com/",
      "jsr:no-scope",
      "",
      "a\0b",
      "/not/permitted",
    ];
    for (const command of ["list", "plan", "permissions", "validate"]) {
      for (const source of sources) {
        await t.step(`${command} ${JSON.stringify(source)}`, async () => {
          const { code, stdout, stderr } = await runCli([command, source]);
          assertEquals(code, 1, stderr);
          const said = stdout + stderr;
          assert(!STACK_REGEXP.test(said), said);
          assertMatch(said, /Cannot read source|manifest|entry|plugin\.json/);
        });
      }
    }
    const { result } = await runJson(["list", `${folder}/broken`]);
    assertEquals(Reflect.get(Object(result), "unusable").length, 10);
  });
});

Deno.test("main() does not throw when a stream cannot be written to", async () => {
  const broken = {
    isTerminal: () => true,
    writeSync: (): number => {
      throw new Deno.errors.BrokenPipe("closed");
    },
  };
  const stderr = new KeptStream();
  assertEquals(await main(["--help"], { stdout: broken, stderr }), 0);
  assertEquals(stderr.text, "");

  const full = {
    isTerminal: () => false,
    writeSync: (): number => {
      throw new Error("no space");
    },
  };
  assertEquals(await main(["--help"], { stdout: full, stderr: full }), 2);
});

Deno.test("main() uses colors only on a terminal, and never under NO_COLOR", async () => {
  await withFolder(pluginFiles("one"), async (folder) => {
    const list = ["list", folder];
    const ESCAPE = "\x1b[1m";
    assertStringIncludes(
      (await runCli(list, { terminal: true })).stdout,
      ESCAPE,
    );
    for (const options of [{}, { terminal: true, noColor: true }]) {
      assert(!(await runCli(list, options)).stdout.includes(ESCAPE));
    }
    const json = await runCli([...list, "--json"], { terminal: true });
    assert(!json.stdout.includes("\x1b"));
  });
});

Deno.test("main() suggests the nearest command, option and value", async (t) => {
  const rows: readonly (readonly [string, string])[] = [
    ["lst", "Did you mean list?"],
    ["verfy", "Did you mean verify?"],
    ["help lst", "Did you mean list?"],
    ["help audit verfy", "Did you mean audit verify?"],
    ["audit verfy audit.jsonl", "Did you mean audit verify?"],
    ["audit verfy", "Did you mean audit verify?"],
    ["list . --jsn", "Did you mean --json?"],
    ["audit verify x --anchr=y", "Did you mean --anchor?"],
    ["audit x --level inof", "Did you mean info? Use one of: debug, info, "],
    ["plan . --granted=procss", "Did you mean process? Use one of: "],
    ["permissions . --format zzzz", "Use one of: table, "],
    ["permissions . --format", "Use one of: table, "],
    ["zzzzzzzz", "See --help"],
    [`list . --${"x".repeat(100_000)}`, "See --help"],
  ];
  for (const [line, remedy] of rows) {
    await t.step(line.slice(0, 40), async () => {
      const { code, stdout, stderr } = await runCli(line.split(" "));
      assertEquals([code, stdout], [2, ""]);
      const [message = "", shown = "", ...rest] = stderr.split("\n");
      assertMatch(message, /^Error: .*[^.]$/);
      assertStringIncludes(shown, remedy);
      assertEquals(rest, [""]);
    });
  }
});

Deno.test("main() groups the commands in its help, and wraps it to the terminal", async () => {
  const { stdout } = await runCli(["--help"]);
  const headings = stdout.match(/^[A-Z].*:$/gm);
  assertEquals(headings, [
    "Options:",
    "Look before anything runs:",
    "Operate a host:",
    "Verify where plugins come from:",
    "Write a plugin:",
    "This program:",
    "For example:",
  ]);
  for (const args of [["--help"], ["plan", "--help"], ["audit", "--help"]]) {
    const narrow = await runCli(args, { terminal: true, columns: 60 });
    for (const line of narrow.stdout.split("\n")) {
      assert(line.length <= 60 || line.startsWith("Usage:"), line);
    }
  }
  const plan = await runCli(["plan", "--help"]);
  assert(
    plan.stdout.indexOf("Options:") < plan.stdout.indexOf("The host, as it"),
  );
});
