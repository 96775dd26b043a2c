/** Loads a locked plugin while another process swaps its files all the time. */

import { assert, assertEquals } from "@std/assert";
import { PluginHost } from "@semantik/plugins";
import { createAuditLogger } from "@semantik/plugins/audit";
import { readTree } from "@semantik/plugins/provenance";
import { writeLock } from "../provenance/lock_plugins.ts";
import { makeFolder, type PluginFolder } from "../provenance/plugin_folder.ts";
import { spawnProgram } from "../run_deno.ts";

const LOADS = Deno.env.has("PLUGINS_FUZZ_RUNS") ? 1_000 : 20;
/** The control succeeds in about every fourth try. */
const MAX_TRIES = 500;

const SWAPS = new URL("../provenance/swap_files.ts", import.meta.url);

const FILES = {
  "search/plugin.json": '{ "id": "search", "type": "x", "version": "1.0.0" }\n',
  // The first of the texts that are swapped.
  "search/mod.ts": "export default { setup: () => ({}) };\n",
};

/** Runs a test while the module of a locked plugin is swapped. */
async function whileSwapping(
  body: (world: PluginFolder & { readonly lock: string }) => Promise<void>,
): Promise<void> {
  await using folder = await makeFolder(FILES);
  const { path } = folder;
  const lock = `${path}/plugins.lock.json`;
  await writeLock(lock, [`${path}/search`]);
  const swapper = spawnProgram(SWAPS, {
    flags: [`--allow-read=${path}`, `--allow-write=${path}`],
    args: [`${path}/search/mod.ts`, `${path}/next`],
  });
  const output = swapper.output();
  try {
    await body({ ...folder, path, lock });
  } finally {
    swapper.kill("SIGKILL");
    await output;
  }
}

function isForeign(api: unknown): boolean {
  return Reflect.has(Object(api), "evil");
}

Deno.test("no foreign code runs while files are swapped under a locked plugin", async () => {
  await whileSwapping(async ({ path, lock }) => {
    const audit = createAuditLogger({ handlers: [] });
    const counts = { loaded: 0, refused: 0 };
    // At least one load has to succeed, or this would prove little.
    for (let load = 0; load < LOADS || counts.loaded === 0; load++) {
      assert(load < LOADS + MAX_TRIES, JSON.stringify(counts));
      await using host = new PluginHost({
        name: "test",
        version: "1.0.0",
        sources: [`${path}/search`],
        lock,
        // Another place each time, so that Deno reads the code again.
        store: `${path}/stores/${load}`,
        switches: false,
        audit,
      });
      const { failed } = await host.load();
      assertEquals(failed, []);
      const api = host.get("search");
      assertEquals(isForeign(api), false);
      counts[api === undefined ? "refused" : "loaded"]++;
    }
  });
});

Deno.test("foreign code does run if files are hashed and then imported in place", async () => {
  await whileSwapping(async ({ path, lock }) => {
    const { plugins: { search } } = JSON.parse(await Deno.readTextFile(lock));
    for (let count = 0; count < MAX_TRIES; count++) {
      const reading = await readTree(`${path}/search`);
      if (!reading.ok || reading.tree.digest !== search.tree) continue;
      const module = await import(`file://${path}/search/mod.ts?${count}`);
      if (isForeign(module.default.setup())) return;
    }
    throw new Error("The test of swapped files could not fail");
  });
});
