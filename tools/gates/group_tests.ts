/** Puts the files of the tests into fewer modules. */

import { toFileHref } from "../../src/base/path.ts";
import config from "../../deno.json" with { type: "json" };

const TEST_FILE = /_test\.ts$/;
/** Everything with examples in its documentation. */
const DOCUMENTED = [
  "README.md",
  "docs",
  "mod.ts",
  "plugin.ts",
  "src",
  "testing.ts",
] as const;
/**
 * Folders whose tests change the engine that they run in: they load plugins,
 * give permissions up, and measure memory.
 */
const ALONE = [
  "examples",
  "tests/fuzz",
  "tests/host",
  "tests/page",
  "tests/runners",
  "tests/scorecard",
  "tests/testing",
] as const;
/**
 * Deno starts an engine for each module of tests, which takes as long as three
 * starts of a program. Many files to an engine make long waits at the end.
 */
const FILES_IN_MODULE = 8;

/**
 * Returns what `deno test` has to run for all tests and all examples. Writes
 * modules that import many files of tests, each file once, into a folder.
 */
export async function groupTests(
  root: string,
  folder: string,
): Promise<readonly string[]> {
  const excluded = [...config.test.exclude, ...ALONE];
  const tests: string[] = [];
  for await (const file of testFiles(root, "tests")) {
    if (!excluded.some((one) => file.startsWith(one))) tests.push(file);
  }
  tests.sort();
  const count = Math.ceil(tests.length / FILES_IN_MODULE);
  await Deno.mkdir(folder);
  for (let index = 0; index < count; index++) {
    // Neighbors take as long as each other: they come into different modules.
    const imports = tests
      .filter((_, place) => place % count === index)
      .map((file) => `import "${toFileHref(`${root}/${file}`)}";\n`);
    const name = String(index + 1).padStart(2, "0");
    await Deno.writeTextFile(`${folder}/${name}_test.ts`, imports.join(""));
  }
  return [folder, ...ALONE, ...DOCUMENTED];
}

async function* testFiles(
  root: string,
  folder: string,
): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(`${root}/${folder}`)) {
    const path = `${folder}/${name}`;
    if (isDirectory) yield* testFiles(root, path);
    else if (TEST_FILE.test(name)) yield path;
  }
}
