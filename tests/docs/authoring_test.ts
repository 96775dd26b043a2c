/** Follows docs/authoring.md, step by step, in an empty directory. */

import { assert, assertEquals } from "@std/assert";
import { fixture, runDeno } from "../permissions/run_fixture.ts";
import { testUnless, withoutPosix } from "../test_unless.ts";

const ROOT = new URL("../../", import.meta.url);
const PAGE = await Deno.readTextFile(new URL("docs/authoring.md", ROOT));
const BLOCK_REGEXP = /^```(\w+)(?: ignore)?(?: (\S+))?\n(.*?)^```$/gms;

/** The steps of the page. */
type Step =
  | { readonly kind: "file"; readonly path: string; readonly text: string }
  | { readonly kind: "run"; readonly line: string; readonly output: string };

function readSteps(): readonly Step[] {
  return [...PAGE.matchAll(BLOCK_REGEXP)].flatMap(
    ([, language, path, text = ""]): readonly Step[] => {
      if (path !== undefined) return [{ kind: "file", path, text }];
      if (language !== "console") return [];
      return text.split(/^\$ /m).slice(1).map((one) => {
        const [line = "", ...output] = one.split("\n");
        return { kind: "run", line, output: output.join("\n").trim() };
      });
    },
  );
}

/** Builds a pattern of an output in which "…" matches anything. */
function pattern(output: string): RegExp {
  const parts = output.split("…").map((part) =>
    part.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")
  );
  return new RegExp(`^${parts.join("[^]*")}$`);
}

async function runLine(
  line: string,
  directory: string,
): Promise<{ code: number; stdout: string; stderr: string }> {
  // The directory of the Deno that runs this test comes first, as a person's
  // `deno` would.
  const deno = Deno.execPath().replace(/[\\/][^\\/]+$/, "");
  const path = `${deno}:${Deno.env.get("PATH") ?? "/usr/bin:/bin"}`;
  const { stdout } = await runDeno([
    "run",
    "--allow-run",
    "--no-check",
    "--quiet",
    fixture("shell.ts"),
    "sh",
    line,
    directory,
  ], { env: { PATH: path, DENO_NO_UPDATE_CHECK: "1" } });
  return JSON.parse(stdout);
}

/**
 * Makes the directory that the page begins in. The package is this one instead of
 * the one on JSR, and what it imports comes from where the project has it.
 */
async function prepare(directory: string): Promise<void> {
  const root = ROOT.pathname.replace(/\/$/, "");
  await Deno.writeTextFile(
    `${directory}/deno.json`,
    JSON.stringify({
      workspace: ["./*"],
      links: [root],
      vendor: true,
      lock: false,
      nodeModulesDir: "none",
    }),
  );
  const linked = await runLine(`ln -s '${root}/vendor' vendor`, directory);
  assertEquals(linked.code, 0, linked.stderr);
}

testUnless(
  withoutPosix("POSIX shell, for which the commands are written"),
  "docs/authoring.md leads from nothing to a plugin that can be published",
  async (t) => {
    const directory = await Deno.realPath(
      await Deno.makeTempDir({ prefix: "semantik-authoring-" }),
    );
    try {
      await prepare(directory);
      for (const step of readSteps()) {
        if (step.kind === "file") {
          await Deno.writeTextFile(`${directory}/${step.path}`, step.text);
          continue;
        }
        await t.step(step.line, async () => {
          const { code, stderr, stdout } = await runLine(step.line, directory);
          assertEquals(code, 0, stdout + stderr);
          // A table or a report is standard output; what Deno itself says of its
          // work is not.
          const shown = pattern(step.output);
          assert(
            shown.test(stdout.trim()) || shown.test(stderr.trim()),
            stdout + stderr,
          );
        });
      }
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
);

Deno.test("docs/authoring.md shows no file and no command that nobody tries", () => {
  const steps = readSteps();
  assertEquals(
    steps.flatMap((step) => step.kind === "file" ? [step.path] : []),
    [
      "word-count/plugin.json",
      "word-count/mod.ts",
      "word-count/mod_test.ts",
      "host.ts",
      "word-count/deno.json",
    ],
  );
  const rest = PAGE.replaceAll(
    BLOCK_REGEXP,
    (block, language: string, path: string | undefined) =>
      language === "console" || path !== undefined ? "" : block,
  );
  // What is left are examples, which `deno test --doc` runs.
  assertEquals(rest.match(/^```[^t\n].*$/gm), null);
  assertEquals(rest.match(/^\s*\$ .*$/gm), null);
});
