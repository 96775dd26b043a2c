/** Follows docs/authoring.md, step by step, in an empty directory. */

import { assert, assertEquals } from "@std/assert";
import { testUnless, withoutPosix } from "../test_unless.ts";
import {
  outputPattern,
  readSteps,
  runLine,
  withoutSteps,
} from "./page_steps.ts";

const ROOT = new URL("../../", import.meta.url);
const PAGE = await Deno.readTextFile(new URL("docs/authoring.md", ROOT));
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
      for (const step of readSteps(PAGE)) {
        if (step.kind === "file") {
          await Deno.writeTextFile(`${directory}/${step.path}`, step.text);
          continue;
        }
        await t.step(step.line, async () => {
          const { code, stderr, stdout } = await runLine(step.line, directory);
          assertEquals(code, 0, stdout + stderr);
          // A table or a report is standard output; what Deno itself says of its
          // work is not.
          const shown = outputPattern(step.output);
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
  const steps = readSteps(PAGE);
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
  const rest = withoutSteps(PAGE);
  // What is left are examples, which `deno test --doc` runs.
  assertEquals(rest.match(/^```[^t\n].*$/gm), null);
  assertEquals(rest.match(/^\s*\$ .*$/gm), null);
});
