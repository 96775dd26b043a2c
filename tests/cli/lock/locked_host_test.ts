/** A host accepts exactly what the commands locked. */

import { assertEquals } from "@std/assert";
import { PluginHost } from "@semantik/plugins";
import { manifest, pluginFiles } from "../with_plugins.ts";
import { type LockFolder, withLockFolder } from "./lock_folder.ts";

/** Loads the plugins in a folder by its lock, and returns the code of each refusal. */
async function load({ path }: LockFolder): Promise<readonly string[]> {
  await using host = new PluginHost({
    name: "test",
    version: "1.0.0",
    sources: [`${path}/plugins`],
    lock: `${path}/plugins.lock.json`,
    switches: false,
  });
  const { refused } = await host.load();
  return refused.map(({ code }) => code);
}

Deno.test("a host loads what add and update locked, and refuses it after remove", async () => {
  const files = {
    ...pluginFiles("plugins/search"),
    "plugins/search/plugin.json": manifest("search"),
  };
  await withLockFolder(files, async (folder) => {
    const { path, run, write } = folder;
    assertEquals((await run("add", [`${path}/plugins`, "--yes"])).code, 0);
    assertEquals(await load(folder), []);
    await write({ "plugins/search/more.ts": "" });
    assertEquals(await load(folder), ["PLUGIN_INTEGRITY_BROKEN"]);
    assertEquals((await run("update", ["--yes"])).code, 0);
    assertEquals(await load(folder), []);
    assertEquals((await run("remove", ["search"])).code, 0);
    assertEquals(await load(folder), ["PLUGIN_INTEGRITY_UNLOCKED"]);
  });
});
