/**
 * Loads every plugin that misbehaves into one host, each in a process of its own,
 * and prints a line of JSON about what came of it. Its arguments are the
 * directory of the sockets for live mode, or an empty text, and the sources.
 */

import { contract, PluginHost } from "@semantik/plugins";
import { subprocess } from "@semantik/plugins/subprocess";
import { collectAudit } from "@semantik/plugins/testing";
import { TABLE } from "./table.ts";

interface Thing {
  run(): unknown;
}

// Its object is never awaited in another process.
const SETTLES = "default-thenable";

/** Those that never settle get little time, all others much: they start at once. */
const HANGING = 1_500;
const plugins = Object.fromEntries(
  TABLE.filter(([folder, one]) => one.hangs === true && folder !== SETTLES)
    .map(([folder]) => [
      folder.split("/").at(-1) ?? "",
      { load: HANGING, setup: HANGING, health: HANGING, dispose: HANGING },
    ]),
);

const [sockets = "", ...sources] = Deno.args;
const host = new PluginHost({
  name: "survivor",
  version: "1.0.0",
  sources,
  contracts: { thing: contract<Thing>("run") },
  runner: sockets === "" ? subprocess() : subprocess({ mode: "live", sockets }),
  switches: false,
  timeouts: { load: 60_000, setup: 60_000, health: 5_000, dispose: 1_000, plugins },
  audit: collectAudit(),
  log() {},
});
const { loaded, failed, refused } = await host.load();
const said: Record<string, unknown> = {};
for (const { id, type } of loaded) {
  if (type !== "thing") continue;
  said[id] = await host.use(id, "thing", (one) => one.run())
    .catch((error) => `${error?.code ?? error?.name}`);
}
await host[Symbol.asyncDispose]().catch(() => {});
const found = Object.fromEntries([
  ...loaded.map(({ source }) => [source, "loaded"]),
  ...failed.map(({ source, code }) => [source, `failed ${code}`]),
  ...refused.map(({ source, code }) => [source, `refused ${code}`]),
]);
console.log(JSON.stringify({ found, said }));
