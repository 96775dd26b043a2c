import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { PluginError } from "@semantik/plugins";
import { covers, type PermissionEntry } from "@semantik/plugins/permissions";
import { parseDenoCommand } from "../../src/cli/deno_command/parse_deno_command.ts";
import { DEFAULT_IMPORT_HOSTS } from "../../src/permissions/permission_set.ts";
import { commandSurplus } from "../../src/cli/check_command_line.ts";
import { fixture, runDeno } from "../permissions/run_fixture.ts";

const ASKED: readonly PermissionEntry[] = [
  { kind: "read" },
  { kind: "read", value: "/data/x" },
  { kind: "write" },
  { kind: "write", value: "/data" },
  { kind: "net" },
  { kind: "net", value: "a.example:80" },
  { kind: "net", value: "b.example" },
  { kind: "net", value: "0.0.0.0:8080" },
  { kind: "env" },
  { kind: "env", value: "A" },
  { kind: "env", value: "N" },
  { kind: "sys", value: "uid" },
  { kind: "run" },
  { kind: "ffi" },
  { kind: "import" },
  { kind: "import", value: "jsr.io:443" },
  { kind: "import", value: "unpkg.com:443" },
];

async function answersOf(
  args: readonly string[],
): Promise<readonly string[]> {
  const { code, stdout, stderr } = await runDeno([
    ...args,
    JSON.stringify(ASKED),
    "--allow-all",
  ], { cwd: "/" });
  assertEquals(code, 0, stderr);
  return JSON.parse(stdout);
}

const SCRIPT = fixture("ask.ts");

Deno.test("parseDenoCommand() reads a command line as Deno does", async (t) => {
  const lines: readonly (readonly string[])[] = [
    ["run", SCRIPT],
    [SCRIPT],
    ["--no-prompt", SCRIPT],
    ["run", "-A", SCRIPT],
    ["-A", SCRIPT],
    ["run", "--allow-all=anything", SCRIPT],
    ["run", "-N", SCRIPT],
    ["run", "-NE", SCRIPT],
    ["run", "-N=a.example", SCRIPT],
    ["run", "-Na.example:80", SCRIPT],
    ["run", "-RN=a.example,b.example", SCRIPT],
    ["run", "-EWRNSI", SCRIPT],
    ["run", "-RNx", SCRIPT],
    ["run", "--allow-net", "--allow-net=b.example", SCRIPT],
    ["run", "--allow-net=b.example", "--allow-net=*.example:80", SCRIPT],
    ["run", "--allow-net=:8080", SCRIPT],
    ["run", "--allow-read=data", "--allow-write=./data/", SCRIPT],
    ["run", "--allow-read=..", SCRIPT],
    ["run", "--allow-env=A", "--allow-sys=uid,hostname\r", SCRIPT],
    ["run", "--allow-run", "--allow-ffi", SCRIPT],
    ["run", "--allow-import=unpkg.com:443", SCRIPT],
    ["run", "--allow-import", SCRIPT],
    ["run", "--cached-only", SCRIPT],
    ["run", "--seed", "1", "-q", "--ext", "ts", "--no-lock", "-N", SCRIPT],
    ["run", "--conditions", "x", "--v8-flags=--no-opt", "-E", SCRIPT],
    ["-q", "run", "-N", SCRIPT],
    ["-L", "info", "run", "-S", SCRIPT],
    ["eval", `Deno.args.shift(); await import("${SCRIPT}")`],
  ];
  for (const line of lines) {
    await t.step(line.slice(0, -1).join(" ") || "no flag", async () => {
      const { granted, unknown } = parseDenoCommand(["deno", ...line], "/");
      assertEquals(unknown, []);
      const expected = ASKED.map(({ kind, value }) => {
        const asked = { [kind]: value === undefined ? true : [value] };
        return covers(granted, asked) ? "granted" : "prompt";
      });
      if (line[0] === "eval") {
        assertEquals(expected, ASKED.map(() => "granted"));
        return;
      }
      assertEquals(await answersOf(line), expected);
    });
  }
});

Deno.test("parseDenoCommand() ignores the arguments after the script", () => {
  const read = (line: string) => {
    const { script, subcommand, granted } = parseDenoCommand(line.split(" "));
    return [subcommand, script, Object.keys(granted).join(" ")];
  };
  const rows:
    readonly (readonly [string, string, string | undefined, string])[] = [
      ["deno", "run", undefined, "import"],
      ["deno run --lock x.lock main.ts -A", "run", "main.ts", "import"],
      ["deno run --lock -N main.ts", "run", "main.ts", "net import"],
      ["deno run -c deno.json -N main.ts", "run", "main.ts", "net import"],
      ["deno run -cdeno.json main.ts", "run", "main.ts", "import"],
      ["deno run -r=npm: -E main.ts", "run", "main.ts", "env import"],
      ["deno run -N - -R", "run", "-", "net import"],
      ["deno run -N -- main.ts -R", "run", undefined, "net import"],
      ["C:\\deno.exe run -N main.ts", "run", "main.ts", "net import"],
      ["deno compile -o out -R main.ts", "compile", "main.ts", "read import"],
      ["-N run", "run", "run", "net import"],
    ];
  for (const [line, ...expected] of rows) {
    assertEquals(read(line), expected, line);
  }
});

Deno.test("parseDenoCommand() reads --deny and --ignore flags", () => {
  const command = parseDenoCommand([
    "/usr/bin/deno",
    "run",
    "--allow-net=a.example",
    "--deny-net=b.example",
    "--deny-read",
    "--ignore-env=TOKEN",
    "--ignore-read=/x",
    "--no-prompt",
    "main.ts",
  ]);
  const denied = command.rules.all.filter(({ verdict }) => verdict === "deny");
  assertEquals(denied.map(({ entry }) => entry), [
    { kind: "read" },
    { kind: "net", value: "b.example" },
  ]);
  assertEquals(command.ignored, { read: ["/x"], env: ["TOKEN"] });
  assertEquals(command.noPrompt, true);
  assertEquals(command.script, "main.ts");
  assertEquals(command.subcommand, "run");
});

Deno.test("parseDenoCommand() adds the permissions that need no flag", () => {
  const read = (...line: string[]) => parseDenoCommand(line).granted;
  assertEquals(read("run", "main.ts").import, DEFAULT_IMPORT_HOSTS);
  assertEquals(
    read("run", "https://code.example/main.ts").import,
    [...DEFAULT_IMPORT_HOSTS, "code.example:443"].sort(),
  );
  assertEquals(
    read("run", "http://code.example:81/main.ts").import,
    [...DEFAULT_IMPORT_HOSTS, "code.example:81"].sort(),
  );
  const served = ["0.0.0.0:8000", "127.0.0.1:8000", "localhost:8000"];
  assertEquals(read("serve", "main.ts").net, served);
  assertEquals(read("serve", "--port", "x", "main.ts").net, served);
  assertEquals(
    read("serve", "--host=a.example", "--port", "81", "-N=b", "main.ts").net,
    ["a.example:81", "b"],
  );
  assertEquals(read("serve", "--allow-net", "main.ts").net, true);
});

Deno.test("parseDenoCommand() lists what the command line does not show", () => {
  const unknown = (...line: string[]) => parseDenoCommand(line).unknown;
  assertEquals(unknown("run", "-P=plugins", "main.ts"), [
    'the grants of the permission set "plugins": see "permissions" in deno.json',
  ]);
  assertEquals(unknown("run", "-P", "main.ts"), [
    'the grants of the permission set "default": see "permissions" in deno.json',
  ]);
  assertEquals(unknown("task", "start"), [
    'the command and flags of the subcommand "task": see "tasks" in deno.json',
  ]);
  const task =
    'the command and flags of "dev": if it is a task, see "tasks" in deno.json or "scripts" in package.json';
  assertEquals(unknown("deno", "run", "--allow-read=x", "dev"), [task]);
  assertEquals(unknown("deno", "dev"), []);
  for (const script of ["main.ts", "https://a.example/x", "jsr:@a/b", "-"]) {
    assertEquals(unknown("run", script), [], script);
  }
  const [scripts = ""] = unknown("run", "--allow-scripts=npm:a", "main.ts");
  assertMatch(scripts, /^the effects of npm scripts/);
  const [odd = ""] = unknown("run", "--allow-env=A*B", "main.ts");
  assertMatch(
    odd,
    /^the grant of "A\*B" in the flag "--allow-env": it has a star before/,
  );
});

Deno.test("parseDenoCommand() throws for an empty flag value, as Deno does", async () => {
  for (const flag of ["--allow-read=", "--allow-net=a,", "--allow-env=,A"]) {
    const error = assertThrows(
      () => parseDenoCommand(["run", flag, "main.ts"]),
      PluginError,
    );
    assertEquals(error.code, "PLUGIN_OPTION_INVALID");
    const { code } = await runDeno(["run", "--no-prompt", flag, SCRIPT]);
    assert(code !== 0, flag);
  }
});

Deno.test("commandSurplus() returns the undeclared grants", () => {
  const surplus = (line: string, declared = {}) =>
    commandSurplus(
      parseDenoCommand(["run", ...line.split(" "), "main.ts"], "/srv"),
      { import: DEFAULT_IMPORT_HOSTS, ...declared },
    );
  assertEquals(surplus("--no-prompt"), {});
  assertEquals(surplus("-R=data,/x -E", { read: ["/srv/data/y", "/x"] }), {
    read: ["/srv/data"],
    env: true,
  });
  assertEquals(surplus("-N=a:1,b", { net: ["a"] }), { net: ["b"] });
  assertEquals(surplus("-N --deny-net"), {});
  assertEquals(surplus("-N=a,b --deny-net=a"), { net: ["b"] });
  // The narrower flag wins: a denied directory keeps the grants within it.
  assertEquals(surplus("-R=/x/y --deny-read=/x"), { read: ["/x/y"] });
  assertEquals(surplus("-E=A,B --ignore-env=B", { env: ["A"] }), {});
  assertEquals(
    commandSurplus(parseDenoCommand(["run", "main.ts"]), {}),
    { import: DEFAULT_IMPORT_HOSTS },
  );
});
