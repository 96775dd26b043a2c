/**
 * Copies a plugin and exits with 9 before one of its writes: `add_to_store.ts
 * PLUGIN STORE WRITE`.
 */

import { TreeStore } from "../../src/provenance/tree_store.ts";

const [plugin = "", store = "", stopAt = ""] = Deno.args;
const writeFile = Deno.writeFileSync;
let written = 0;
Deno.writeFileSync = (...args) => {
  if (written++ === Number(stopAt)) Deno.exit(9);
  return writeFile(...args);
};
const rename = Deno.renameSync;
Deno.renameSync = (...args) => {
  if (written === Number(stopAt)) Deno.exit(9);
  return rename(...args);
};
const { ok } = await new TreeStore(store).add(plugin);
Deno.exit(ok ? 0 : 1);
