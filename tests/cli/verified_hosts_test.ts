/** Commands about a host with a lock judge its plugins as the host does. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { writeLock } from "../provenance/lock_plugins.ts";
import { makeFolder } from "../provenance/plugin_folder.ts";
import { runCli } from "./run_cli.ts";

const MANIFEST = '{ "id": "b", "type": "thing", "version": "1.0.0" }';
const FILES = {
  "plugins/b/plugin.json": MANIFEST,
  "plugins/b/mod.ts": "export default { setup: () => ({}) };\n",
};

Deno.test("list, plan, permissions and inspect take the lock of a host, and write nothing", async () => {
  await using folder = await makeFolder(FILES);
  const { path } = folder;
  const lock = `${path}/plugins.lock.json`;
  await writeLock(lock, [`${path}/plugins/b`]);
  const run = (command: string, ...args: readonly string[]) =>
    runCli([command, ...args, `${path}/plugins`, "--lock", lock]);

  assertStringIncludes((await run("list")).stdout, "local");
  const plan = await run("plan", "--no-switches");
  assertStringIncludes(plan.stdout, "load");
  assertStringIncludes(
    (await run("permissions", "--no-switches", "--format=flags")).stdout,
    `--allow-write=${path}/plugin_store`,
  );
  assertStringIncludes((await run("inspect", "b")).stdout, `${path}/plugins/b`);
  assertEquals(
    [...Deno.readDirSync(path)].map(({ name }) => name).sort(),
    ["plugins", "plugins.lock.json"],
  );

  await Deno.writeTextFile(`${path}/plugins/b/mod.ts`, "");
  const changed = await run("plan", "--no-switches");
  assertEquals(changed.code, 1);
  assertStringIncludes(changed.stdout, '"mod.ts" was edited');
  assertStringIncludes((await run("list")).stdout, "unverified");
});

Deno.test("the options of a host that verifies sources name files", async () => {
  const lone = await runCli(["plan", ".", "--store", "x"]);
  assertEquals(lone.code, 2);
  assertStringIncludes(lone.stderr, "--store has no use");
  assertEquals((await runCli(["plan", ".", "--lock="])).code, 2);
});
