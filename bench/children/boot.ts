/** Boots imported plugins with ours, avvio and cordis, in turns. */

import { PluginHost } from "@semantik/plugins";
import { createAuditLogger } from "@semantik/plugins/audit";
import avvio from "avvio";
import { Context } from "cordis";
import { pluginManifest } from "../fixtures/plugin_manifest.ts";
import { alternate, type Rounds } from "../measure/alternate.ts";
import { answer, readRequest } from "./child.ts";

const { count, ...rounds } = readRequest<{ count: number } & Rounds>();

interface Echo {
  embed(text: string): Promise<string>;
}

function setUp(): Echo {
  return { embed: (text) => Promise.resolve(text) };
}

const manifests = Array.from(
  { length: count },
  (_, index) => pluginManifest(index),
);

function check(made: number): void {
  if (made !== count) throw new Error(`It set up ${made} of ${count}`);
}

const builtins = manifests.map((manifest) => ({
  manifest,
  plugin: { setup: () => setUp(), dispose() {} },
  directory: "/srv/plugins",
}));

async function bootHost(): Promise<number> {
  const start = performance.now();
  const host = new PluginHost({
    name: "bench",
    version: "1.4.0",
    builtins,
    // The peers keep no trail.
    audit: createAuditLogger({ handlers: [] }),
  });
  const { loaded } = await host.load();
  const elapsed = performance.now() - start;
  check(loaded.length);
  await host[Symbol.asyncDispose]();
  return elapsed;
}

async function bootAvvio(): Promise<number> {
  const start = performance.now();
  const live = new Map<string, Echo>();
  const app = avvio({});
  for (const { id } of manifests) {
    app.use(() => {
      live.set(id, setUp());
      return Promise.resolve();
    });
  }
  await app.ready();
  const elapsed = performance.now() - start;
  check(live.size);
  await new Promise<void>((resolve) => app.close(() => resolve()));
  return elapsed;
}

async function bootCordis(): Promise<number> {
  const start = performance.now();
  const live = new Map<string, Echo>();
  const context = new Context();
  for (const { id } of manifests) {
    context.plugin({
      name: id,
      apply: () => {
        live.set(id, setUp());
      },
    });
  }
  await context.start();
  const elapsed = performance.now() - start;
  check(live.size);
  await context.stop();
  return elapsed;
}

answer(
  await alternate(
    { ours: bootHost, avvio: bootAvvio, cordis: bootCordis },
    rounds,
  ),
);
