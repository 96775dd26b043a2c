/**
 * Compares docs/authoring.md with what `deno task test:published` follows, step by
 * step.
 */

import { assertEquals } from "@std/assert";
import { readSteps, withoutSteps } from "./page_steps.ts";

const ROOT = new URL("../../", import.meta.url);
const PAGE = await Deno.readTextFile(new URL("docs/authoring.md", ROOT));
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
