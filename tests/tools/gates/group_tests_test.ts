import { assert, assertEquals } from "@std/assert";
import { groupTests } from "../../../tools/gates/group_tests.ts";

const ROOT = await Deno.realPath(`${import.meta.dirname}/../../..`);

async function filesIn(folder: string): Promise<readonly string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    files.push(...isDirectory ? await filesIn(path) : [path]);
  }
  return files;
}

Deno.test("groupTests() leaves no file of tests out, and runs none twice", async () => {
  const folder = await Deno.makeTempDir();
  const groups = `${folder}/groups`;
  const found = await groupTests(ROOT, groups);
  const alone = found.filter((one) => /^(?:tests|examples)\b/.test(one));
  const run: string[] = [];
  for (const file of await filesIn(groups)) {
    const text = await Deno.readTextFile(file);
    run.push(
      ...[...text.matchAll(/"file:\/\/(.+)"/g)].map(([, one = ""]) => one),
    );
  }
  for (const one of alone) run.push(...await filesIn(`${ROOT}/${one}`));
  const isTest = (file: string) =>
    file.endsWith("_test.ts") && !/\/tests\/(?:fixtures|hostile)\//.test(file);
  const all = [
    ...await filesIn(`${ROOT}/tests`),
    ...await filesIn(`${ROOT}/examples`),
  ];
  assert((await filesIn(groups)).length < all.filter(isTest).length / 4);
  assertEquals(run.filter(isTest).sort(), all.filter(isTest).sort());
  await Deno.remove(folder, { recursive: true });
});
