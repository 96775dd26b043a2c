/**
 * Loads every plugin that misbehaves into one host, and prints a line of JSON
 * about what came of it. Its arguments are the sources, in their order.
 */

import { contract, PluginError, PluginHost } from "@semantik/plugins";
import { AuditConsoleHandler, createAuditLogger } from "@semantik/plugins/audit";
import { createFakeClock } from "@semantik/plugins/testing";
import { Collector } from "../audit/collector.ts";
import { TABLE } from "./table.ts";

interface Thing {
  run(): unknown;
}

const clock = createFakeClock();
const collector = new Collector();
const late = Promise.withResolvers<void>();

const audit = createAuditLogger({
  handlers: [collector, new AuditConsoleHandler()],
});
const host = new PluginHost({
  name: "survivor",
  version: "1.0.0",
  sources: Deno.args,
  builtins: [{
    manifest: { id: "ours", type: "thing", version: "1.0.0" },
    plugin: { setup: () => ({ run: () => "ours" }) },
  }],
  contracts: { thing: contract<Thing>("run") },
  clock,
  audit,
});
// What the worst of them have got hold of.
const leaked = { host, late: late.promise, disposals: 0 };
Reflect.set(globalThis, Symbol.for("hostile"), leaked);

async function turn(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
}

/** Says what the run waited for, where it waits for ever. */
let waitsFor: () => unknown = () => "nothing";
const giveUp = setTimeout(() => {
  console.error("gave up waiting for", waitsFor());
  Deno.exit(2);
}, 60_000);

async function until(left: () => readonly string[]): Promise<void> {
  waitsFor = left;
  while (left().length > 0) await turn();
}

/** Lets time pass until something is over. */
async function letPass<Value>(promise: Promise<Value>): Promise<Value> {
  let isOver = false;
  waitsFor = () => "the end of a time limit";
  promise.then(() => isOver = true, () => isOver = true);
  while (!isOver) {
    clock.advance(60_000);
    await turn();
  }
  return await promise;
}

const expected = TABLE.map(([folder, one]) => ({
  ...one,
  id: "id" in one ? one.id : folder.split("/").at(-1),
}));

function idsOf(
  isOne: (one: typeof expected[number]) => boolean | undefined,
): readonly string[] {
  return expected.filter((one) => isOne(one) === true)
    .map(({ id }) => id).filter((id) => id !== undefined);
}

const settled = new Set<string>();
const ended = new Set<string>();
host.events.addEventListener("statuschange", ({ detail }) => {
  settled.add(detail.id);
  if (detail.status === "failed") ended.add(detail.id);
});
const health = new Map<string, string>();
host.events.addEventListener("healthchange", ({ detail }) => {
  health.set(detail.id, detail.health.status);
});

// 1. All of them at once. Time passes when who can settle has done so.
const settling = idsOf((one) => one.outcome !== "refused" && !one.hangs);
const loading = host.load();
await until(() => settling.filter((id) => !settled.has(id)));
const report = await letPass(loading);

// 2. Those that go wrong later.
late.resolve();
const ending = idsOf((one) => one.ends);
await until(() => ending.filter((id) => !ended.has(id)));
const isUnclear = (action: unknown) => action === "plugin.crash.unclear";
await until(() =>
  collector.events.some(({ action }) => isUnclear(action)) ? [] : ["unclear"]
);

// 3. Who is there does its work.
async function callAll(): Promise<Record<string, unknown>> {
  const said: Record<string, unknown> = {};
  for (const id of ["ours", ...idsOf((one) => one.outcome === "loaded")]) {
    if (host.get(id, "thing") === undefined) continue;
    said[id] = await host.use(id, "thing", (plugin) => plugin.run())
      .catch(() => null);
  }
  return said;
}
const said = await callAll();

// 4. Health. Time passes when who can answer has done so.
const hanging = new Set(idsOf((one) => one.hangsInHealth));
const checking = host.health();
await until(() =>
  Object.keys(said).filter((id) => !hanging.has(id) && !health.has(id))
);
await letPass(checking);
const crashing = idsOf((one) => one.crashesInHealth);
await until(() => crashing.filter((id) => !ended.has(id)));

// 5. The good ones can be taken out of use and back into it.
await host.disable("good", { dependents: "disable" });
const without = host.get("good-dependent") === undefined;
await host.enable("good");
await host.enable("good-dependent");
await host.configure("good-counter", { anything: 1 });
const saidAgain = await callAll();

// 6. The end.
const thrown = await letPass(
  host[Symbol.asyncDispose]().then(() => undefined, (error) => error),
);
const errors: unknown[] = thrown instanceof AggregateError
  ? thrown.errors
  : [thrown];

console.log(JSON.stringify({
  loaded: report.loaded.map(({ id, source }) => [source, id]),
  refused: report.refused.map(({ id, source, code }) => [source, id, code]),
  failed: report.failed.map(({ id, source, code }) => [source, id, code]),
  problems: [...report.refused, ...report.failed].flatMap(({ problems }) =>
    problems
  ),
  crashed: collector.events.filter(({ action }) => action === "plugin.crashed")
    .map(({ plugin_id }) => plugin_id),
  unclear: collector.events.filter(({ action }) => isUnclear(action))
    .map(({ ids }) => ids),
  said,
  saidAgain,
  without,
  health: Object.fromEntries(health),
  disposal: errors.map((error) =>
    error instanceof PluginError
      ? [error.pluginId, error.code]
      : [String(error)]
  ),
  disposals: leaked.disposals,
  dropped: audit.dropped,
}));
clearTimeout(giveUp);
// Modules that never settle would have Deno end with another code.
Deno.exit(0);
