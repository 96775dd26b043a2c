/** Shows what a channel keeps alive: run with `--v8-flags=--expose-gc`. */

import { assert, assertEquals } from "@std/assert";
import { connect } from "./connect.ts";

/** Collects garbage until something is so. */
async function collect(isSo: () => boolean = () => false): Promise<void> {
  for (let turn = 0; turn < 20 && !isSo(); turn++) {
    Reflect.apply(Reflect.get(globalThis, "gc"), undefined, []);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

const aborted: unknown[] = [];
let kept: unknown;
const { host, plugin } = connect({}, {
  serve(method, [value]) {
    if (method === "keep") kept = value;
    if (value instanceof AbortSignal) {
      // Nothing but the channel holds the signal.
      value.addEventListener("abort", (event) => aborted.push(event.type));
    }
  },
});

for (let count = 0; count < 100; count++) {
  await host.call("forget", [() => count, (async function* () {})()]);
}
await host.call("keep", [() => 7]);
await collect(() => host.load.exported === 1);
assertEquals([host.load.exported, plugin.load.imported], [1, 1]);
assert(typeof kept === "function");
assertEquals(await kept(), 7);
kept = undefined;
await collect(() => host.load.exported === 0);
assertEquals([host.load.exported, plugin.load.imported], [0, 0]);

const controller = new AbortController();
await host.call("listen", [controller.signal]);
for (let count = 0; count < 10; count++) {
  await host.call("listen", [new AbortController().signal]);
}
await collect(() => host.load.exported === 1);
assertEquals([host.load.exported, plugin.load.imported], [1, 1]);
controller.abort();
await collect(() => aborted.length > 0 && host.load.exported === 0);
assertEquals(aborted, ["abort"]);
assertEquals([host.load.exported, plugin.load.imported], [0, 0]);
host.close(new Error("over"));
plugin.close(new Error("over"));
