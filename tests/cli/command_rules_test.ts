import { assert, assertEquals, assertNotEquals } from "@std/assert";
import type { PermissionEntry } from "@semantik/plugins/permissions";
import { parseDenoCommand } from "../../src/cli/deno_command/parse_deno_command.ts";
import { fixture, runDeno } from "../permissions/run_fixture.ts";

const SCRIPT = fixture("ask.ts");

const ASKED: readonly PermissionEntry[] = [
  { kind: "read", value: "/etc" },
  { kind: "read", value: "/etc/hosts" },
  { kind: "read", value: "/o" },
  { kind: "read", value: "/t/u" },
  { kind: "write" },
  { kind: "net", value: "a.b.example" },
  { kind: "net", value: "a.b.example:80" },
  { kind: "net", value: "10.0.0.1:80" },
  { kind: "net", value: "10.9.0.1" },
  { kind: "env" },
  { kind: "env", value: "AWS_X" },
  { kind: "env", value: "AWS_XY" },
  { kind: "env", value: "X" },
  { kind: "run" },
  { kind: "run", value: "ls" },
  { kind: "import", value: "jsr.io:443" },
];

Deno.test("CommandRules applies the same of two flags as Deno", async (t) => {
  const lines = [
    "--deny-read --allow-read=/etc/hosts",
    "--deny-read=/etc --allow-read=/etc,/etc/hosts",
    "--deny-read=/etc,/etc/hosts --allow-read=/etc/hosts",
    "--deny-read --deny-read=/etc --allow-read",
    "--ignore-env --allow-env=AWS_X --deny-net --allow-net=a.b.example:80",
    "--ignore-env --allow-env --deny-net=10.0.0.1 --allow-net=10.0.0.0/8:80",
    "--deny-env --allow-env --allow-env=X --deny-run=ls --allow-run",
    "--deny-env=AWS_* --allow-env=AWS_X --deny-net=*.example --allow-net=*.b.example",
    "--deny-env=AWS_XY --ignore-env=A* --allow-env=AWS* --allow-net=*.example --deny-net=*.b.example",
    "--allow-env=AWS_X --ignore-env=AWS_X --deny-net=a.b.example --allow-net=*.b.example:80",
    "--deny-net=10.0.0.0/8 --allow-net=10.0.0.0/16 --deny-import --deny-run --allow-run=ls",
    "--deny-net=10.0.0.0/16 --allow-net=10.0.0.0/8 --deny-import=jsr.io:443",
    "--deny-net=10.0.0.0/8 --allow-net=10.0.0.1 --deny-import=jsr.io",
    "-A --deny-net=a.b.example --deny-env=AWS_* --ignore-read=/etc",
    "-Ro",
    "-Rt/u -E=X",
    "-REX",
    "-rqR=/o -W",
    "-RqE",
    "-WRu",
  ];
  for (const line of lines) {
    await t.step(line, async () => {
      const flags = ["run", ...line.split(" "), SCRIPT];
      const { stdout, stderr } = await runDeno(
        [...flags, JSON.stringify(ASKED)],
        { cwd: "/" },
      );
      const answers: readonly string[] = JSON.parse(stdout || "[]");
      assertEquals(answers.length, ASKED.length, stderr);
      const command = parseDenoCommand(flags, "/");
      for (const [index, entry] of ASKED.entries()) {
        const isGranted = command.rules.grants(entry);
        const found = `${entry.kind} ${entry.value}: ${answers[index]}`;
        // A permission granted in part counts as granted.
        const isAnswered = /^(?:granted|partial)/.test(answers[index] ?? "");
        assertEquals(isGranted, isAnswered, found);
      }
      assertEquals(command.unknown, []);
    });
  }
});

Deno.test("CommandRules denies a program in every directory", () => {
  const command = parseDenoCommand(["-A", "--deny-run=ls", "main.ts"]);
  const entry = { kind: "run", value: "/bin/ls" } as const;
  const { rule, yields } = command.rules.decide(entry);
  assertEquals([rule?.verdict, yields], ["deny", true]);
});

Deno.test("parseDenoCommand() reports flags that Deno rejects", async (t) => {
  const lines = [
    "run --alow-read",
    "run --unstable-foo",
    "run --ignore-write",
    "run -Z",
    "run -RAo",
    "run -A=x",
    "run -A --allow-read=/x",
    "serve --filter=x",
    "-R run",
  ];
  for (const line of lines) {
    await t.step(line, async () => {
      const flags = [...line.split(" "), SCRIPT];
      assertNotEquals(parseDenoCommand(flags).unknown, []);
      const { code } = await runDeno([...flags, "[]"], { cwd: "/" });
      assert(code !== 0);
    });
  }
  assertEquals(parseDenoCommand(["run", "-RV", "main.ts"]).unknown, [
    "the effect of the script: Deno does not run it with --version",
  ]);
});
