/**
 * One host of a fleet, and beside it a bare watcher of another state. Reads commands
 * from standard input, and prints what each of the two sees.
 */

import { definePlugin, PluginHost } from "@semantik/plugins";
import { createAuditLogger } from "@semantik/plugins/audit";
import type { StateStore } from "@semantik/plugins/state";
import { openStore } from "../../tests/stores/clients.ts";
import type { EngineName } from "../../tests/stores/engines.ts";
import { lines } from "../../tests/stores/lines.ts";
import { readRequest } from "./child.ts";

interface Request {
  readonly engine: EngineName;
  readonly port: number;
}

const { engine, port } = readRequest<Request>();

function print(word: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${word}\n`));
}

/** Repeats what an engine that was restarted may not take at once. */
async function insist(call: () => Promise<unknown>): Promise<void> {
  while (true) {
    try {
      await call();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

async function countUp(store: StateStore, times: number): Promise<void> {
  for (let count = 0; count < times; count++) {
    await store.update(({ plugins }) => {
      const before = Number(plugins.get("counter")?.config?.count ?? 0);
      return new Map(plugins).set("counter", { config: { count: before + 1 } });
    });
  }
}

const { store: state } = await openStore(engine, port, "hosts");
await using host = new PluginHost({
  name: "bench",
  version: "1.0.0",
  state,
  follow: {},
  audit: createAuditLogger({ handlers: [] }),
  builtins: [{
    manifest: { id: "a", type: "thing", version: "1.0.0" },
    plugin: definePlugin({ setup: () => ({}) }),
  }],
});
await host.load();
host.events.addEventListener("statuschange", ({ detail }) => {
  print(detail.status === "live" ? "host live" : "host gone");
});

const { store: bare } = await openStore(engine, port, "bare");
let seen = "";
await bare.watch?.(async () => {
  const read = await bare.read().catch(() => undefined);
  if (read?.ok !== true) return;
  const now = read.snapshot.plugins.get("a")?.enabled === false
    ? "bare gone"
    : "bare live";
  if (now === seen) return;
  seen = now;
  print(now);
});

const { store: contended } = await openStore(engine, port, "contended");
print("ready");
for await (const command of lines(Deno.stdin.readable)) {
  const [word = "", argument = ""] = command.split(" ");
  if (word === "disable") await insist(() => host.disable("a"));
  else if (word === "enable") await insist(() => host.enable("a"));
  else if (word === "bare") {
    await insist(() =>
      bare.update(() => new Map([["a", { enabled: argument === "live" }]]))
    );
  } else await countUp(contended, Number(argument));
  print("done");
}
Deno.exit(0);
