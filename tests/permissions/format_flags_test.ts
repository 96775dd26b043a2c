import { formatFlags } from "@semantik/plugins/permissions";
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { PluginError } from "@semantik/plugins";
import { escapeControls } from "../../src/base/text.ts";
import { fixture, runDeno } from "./run_fixture.ts";

/** The arguments that a shell parses a line into. */
async function read(shell: string, line: string): Promise<readonly string[]> {
  const { stdout } = await runDeno([
    "run",
    "--allow-run",
    "--no-check",
    "--quiet",
    fixture("shell.ts"),
    shell,
    `printf '%s\\0' ${line}`,
  ]);
  const output: { stdout: string; stderr: string } = JSON.parse(stdout);
  assertEquals(output.stderr, "");
  return output.stdout.split("\0").slice(0, -1);
}

Deno.test("formatFlags() leaves plain flags as they are", () => {
  assertEquals(
    formatFlags([
      "--allow-net=a.example:443,10.0.0.0/8",
      "--allow-read=/srv/a_b-c.d@e+f%g",
      "--allow-sys",
      "--no-prompt",
    ]),
    "--allow-net=a.example:443,10.0.0.0/8 --allow-read=/srv/a_b-c.d@e+f%g --allow-sys --no-prompt",
  );
  assertEquals(formatFlags([]), "");
});

Deno.test("formatFlags() is parsed by a shell as the given flags", async () => {
  const flags = [
    '--allow-read=/my files/it\'s/"so"/$HOME/`id`/$(id)/\\n/~/{a,b}/#x/!y/&;|<>',
    "--allow-env=AWS_*,?,[a]",
    "--allow-net=[::1]:80",
    "--allow-write=/a\nb\tc\u001b[2Jd\u202ee\u00e9\u{1f600}'%s\\0",
    "--allow-run=/x\n",
    "--allow-ffi==",
    "--no-prompt",
  ].filter((flag) => !flag.endsWith("\n"));
  assertEquals(await read("sh", formatFlags(flags)), flags);
  const values = fc.string({ unit: "binary", minLength: 1, maxLength: 20 })
    // An argument cannot contain NUL, or end with a line break.
    .map((value) => value.replaceAll("\0", "").toWellFormed().trimEnd());
  const random = fc.sample(values, { numRuns: 200, seed: 3 })
    .map((value) => `--allow-read=/${value}`);
  assertEquals(await read("sh", formatFlags(random)), random);
});

Deno.test("formatFlags() returns one line without control characters", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (value) => {
      const line = formatFlags([`--allow-read=/${value}.`]);
      assertEquals(escapeControls(line), line);
      assert(!line.includes("\n"));
    }),
    { numRuns: 500 },
  );
});

Deno.test("formatFlags() throws when a shell would drop the end of a value", () => {
  const error = assertThrows(
    () => formatFlags(["--allow-read=/a\n"]),
    PluginError,
  );
  assertEquals(error.code, "PLUGIN_OPTION_INVALID");
});
