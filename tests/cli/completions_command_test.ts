import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "../../src/base/path.ts";
import { testUnless } from "../test_unless.ts";
import { runCli, runJson } from "./run_cli.ts";
import { runDeno } from "./run_deno.ts";
import { withFolder } from "./with_plugins.ts";

const CLI = fromFileUrl(new URL("../../cli.ts", import.meta.url));

/** Completes a line; returns the completions, and "files" if a file may be meant. */
async function complete(line: string): Promise<string> {
  const [, ...words] = line.split(" ");
  const { code, stdout } = await runCli(["complete", "--", ...words]);
  assertEquals(code, 0);
  const lines = stdout.trimEnd().split("\n");
  const files = lines.pop() === ":0" ? ["files"] : [];
  return [...lines.map((one) => one.split("\t")[0]), ...files].join(" ");
}

Deno.test("complete finishes commands, options, values and files", async () => {
  const rows: readonly (readonly [string, string])[] = [
    ["p audi", "audit"],
    ["p audit ver", "verify files"],
    ["p audit verify --an", "--anchor"],
    ["p help aud", "audit"],
    ["p help audit ", "verify ship"],
    ["p list ", "files"],
    ["p list plugins --js", "--json"],
    ["p list --json ", "files"],
    ["p plan . --granted ", "declared process"],
    ["p plan . --granted=p", "process"],
    ["p plan . --state ", "files"],
    ["p plan . --state=", "files"],
    ["p plan . --host-version ", ""],
    ["p plan --host-version 1.0.0 ", "files"],
    ["p plan . -- deno run ", "files"],
    ["p enable ", ""],
    ["p enable weather ", "files"],
    ["p completions z", "zsh"],
    ["p env ", ""],
    ["p zzz", ""],
    ["p list --no-such=", ""],
    [`p list ${"x".repeat(100_000)}`, "files"],
  ];
  for (const [line, expected] of rows) {
    assertEquals(await complete(line), expected, line.slice(0, 80));
  }
  const all = await complete("p ");
  assert(all.startsWith("list plan "));
  assert(!all.split(" ").includes("complete"), "it is not for people");
});

Deno.test("completions prints a script for each shell, under the name of the program", async () => {
  for (const shell of ["bash", "zsh", "fish", "powershell"]) {
    const { code, stdout } = await runCli([
      "completions",
      shell,
      "--name=my-tool",
    ]);
    assertEquals(code, 0);
    assertStringIncludes(stdout, "my-tool complete ");
    assert(!stdout.includes("semantik"));
    const { result } = await runJson(["completions", shell]);
    assertEquals(Object(result).shell, shell);
  }
  for (const name of ["a;b", "$(id)", "", "-x", "a b"]) {
    const { code } = await runCli(["completions", "bash", "--name", name]);
    assertEquals(code, 2, name);
  }
  const { code, stderr } = await runCli(["completions", "bsh"]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, "Did you mean bash?");
});

/** Calls the function of the script with each line, as bash does for the tab key. */
const BASH = `script=$(semantik-plugin completions bash)
eval "$script"; eval "$script"
for COMP_LINE in "$@"; do
  COMP_POINT=\${#COMP_LINE} COMPREPLY=()
  __semantik_plugin_complete 2>/dev/null
  echo "\${COMPREPLY[*]}"
done
complete -p semantik-plugin`;

/** Replaces the function that shows completions; zsh allows the real one only at the prompt. */
const ZSH = `compdef() { }
_describe() { print -r -- \${\${(P)2}%%:*} }
_arguments() { print files }
source <(semantik-plugin completions zsh)
for line in "$@"; do
  words=("\${(@s: :)line}") CURRENT=$#words
  _semantik-plugin
done`;

const FISH = `semantik-plugin completions fish | source
for line in $argv; echo (complete -C $line | string replace -r '\\t.*' ''); end`;

const SHELLS = [
  ["bash", ["--norc"], BASH],
  ["zsh", ["-f"], ZSH],
  ["fish", ["--no-config"], FISH],
] as const;

/** Runs a program that is not Deno, from a process that may. */
const RUN = new URL("../fixtures/cli/run_program.ts", import.meta.url).href;
const RUN_FLAGS = ["run", "--no-prompt", "--allow-run", "--allow-env"];

/** The shells of this machine. */
const HERE = new Set(
  (await runDeno([...RUN_FLAGS, RUN, ...SHELLS.map(([shell]) => shell)]))
    .stdout.trim().split(" "),
);

const LINES = [
  "semantik-plugin audi",
  "semantik-plugin plan . --granted=pro",
  "semantik-plugin plan $(touch evaluated) --host-v",
];

for (const [shell, flags, script] of SHELLS) {
  const reason = HERE.has(shell) ? undefined : `${shell} is not here`;
  testUnless(reason, `completions work in ${shell}`, async () => {
    const program = `#!/bin/sh
exec ${Deno.execPath()} run --no-prompt --allow-read ${CLI} "$@"
`;
    const files = { "bin/semantik-plugin": program, "data/x": "", script };
    await withFolder(files, async (folder) => {
      await Deno.chmod(`${folder}/bin/semantik-plugin`, 0o755);
      const { stdout, stderr } = await runDeno([
        ...RUN_FLAGS,
        RUN,
        "--",
        shell,
        ...flags,
        `${folder}/script`,
        ...LINES,
      ], {
        cwd: `${folder}/data`,
        env: { PATH: `${folder}/bin:${Deno.env.get("PATH")}` },
      });
      const lines = stdout.split("\n").map((line) => line.trim());
      const message = stdout + stderr;
      assertEquals(lines[0], "audit", message);
      assert(lines[1]?.endsWith("process"), message);
      assertEquals(lines[2], "--host-version", message);
      const names = await Array.fromAsync(
        Deno.readDir(`${folder}/data`),
        ({ name }) => name,
      );
      assertEquals(names, ["x"], "no word is evaluated");
    });
  });
}
