/** Tests the types of a host; most of it is checked and not run. */

import { assertEquals } from "@std/assert";
import {
  contract,
  type Contracts,
  definePlugin,
  PluginHost,
  type PluginHostOptions,
} from "@semantik/plugins";
import { createTestHost } from "@semantik/plugins/testing";
import { z } from "zod";

interface Embedding {
  readonly dimensions: number;
  embed(texts: readonly string[]): Promise<readonly Float32Array[]>;
}

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends
  (<T>() => T extends B ? 1 : 2) ? true : false;

/** Compiles only where the two types are the same one. */
function same<A, B>(..._equal: Equal<A, B> extends true ? [] : [never]): void {}

const counter = z.object({ count: z.number() });

function createHost() {
  return new PluginHost({
    name: "types",
    version: "1.0.0",
    contracts: { embedding: contract<Embedding>("embed"), counter },
  });
}

async function checkTypes(host: ReturnType<typeof createHost>): Promise<void> {
  const embedding = host.get("x", "embedding");
  same<typeof embedding, Embedding | undefined>();
  const vectors = await embedding?.embed(["a"]);
  same<typeof vectors, readonly Float32Array[] | undefined>();
  // @ts-expect-error It may not be there.
  embedding.embed([]);
  // @ts-expect-error It has no such method.
  embedding?.embedAll([]);

  const list = host.byType("embedding");
  same<typeof list, readonly Embedding[]>();
  // @ts-expect-error The list cannot be changed.
  list.push(embedding);

  const count = host.get("x", "counter")?.count;
  same<typeof count, number | undefined>();

  const unknown = host.get("x");
  same<typeof unknown, unknown>();
  // @ts-expect-error The type is misspelled.
  host.get("x", "embeding");
  // @ts-expect-error The host knows no such type.
  host.byType("other");
  const type: string = "embedding";
  // @ts-expect-error Any text may be no type of this host.
  host.get("x", type);
  // @ts-expect-error The same.
  host.byType(type);

  const used = await host.use("x", "embedding", (plugin, { signal }) => {
    same<typeof plugin, Embedding>();
    same<typeof signal, AbortSignal>();
    return plugin.dimensions;
  });
  same<typeof used, number>();
  const awaited = await host.use(
    "x",
    "embedding",
    (plugin) => plugin.embed([]),
  );
  same<typeof awaited, readonly Float32Array[]>();
  // @ts-expect-error The host knows no such type.
  await host.use("x", "other", () => 1);

  host.events.addEventListener("healthchange", ({ detail }) => {
    same<
      typeof detail.health.status,
      "healthy" | "degraded" | "unhealthy" | "unknown"
    >();
    // @ts-expect-error That is a field of another event.
    detail.problems;
  });
}

function checkContracts(): void {
  // @ts-expect-error It is not a method of the interface.
  contract<Embedding>("dimensions");
  // @ts-expect-error It is not a name of the interface.
  contract<Embedding>("embedd");
  // @ts-expect-error It checks no method.
  contract<Embedding>();
  // @ts-expect-error It has no method to check.
  contract();
  // @ts-expect-error It may be empty.
  contract<Embedding>(...([] as "embed"[]));
  contract<Embedding>(...(["embed"] as const));
}

/** A host without contracts knows nothing of its types. */
async function checkUnknownTypes(host: PluginHost): Promise<void> {
  const one = host.get("x", "other");
  same<typeof one, unknown>();
  const list = host.byType("other");
  same<typeof list, readonly unknown[]>();
  const used = await host.use("x", "other", (plugin) => {
    same<typeof plugin, unknown>();
    return 1;
  });
  same<typeof used, number>();
}

/** Code that works with the host of any application. */
function checkAnyHost<Types extends Contracts>(any: PluginHost<Types>): void {
  const host = createHost();
  const plain: PluginHost = host;
  const open: PluginHost<Contracts> = host;
  const test: PluginHost = createTestHost({
    contracts: { embedding: contract<Embedding>("embed") },
  });
  const some: PluginHost<{ counter: typeof counter }> = host;
  same<typeof plain, typeof open>();
  for (const one of [plain, test, some, any]) one.get("x");
  // @ts-expect-error The contracts are none.
  createTestHost({ contracts: {} }).byType("other");
  createTestHost().byType("other");
  const options: PluginHostOptions = { name: "any", version: "1.0.0" };
  new PluginHost(options).byType("other");
}

function checkPlugins(): void {
  definePlugin({
    configSchema: counter,
    setup({ config }) {
      same<typeof config, { count: number }>();
      return { get: () => config.count };
    },
  });
  definePlugin({
    setup({ config, use }) {
      same<typeof config, unknown>();
      const embedding = use<Embedding>("other");
      same<typeof embedding, Embedding | undefined>();
      return {};
    },
  });
  // @ts-expect-error A plugin has a setup.
  definePlugin({ dispose() {} });
  // @ts-expect-error What setup makes is an object.
  definePlugin({ setup: () => 1 });
  // @ts-expect-error A configSchema is a Standard Schema.
  definePlugin({ configSchema: {}, setup: () => ({}) });
}

Deno.test("PluginHost types get, byType and use from its contracts, without a cast", async () => {
  // These compile; running them is not what they are for.
  assertEquals(
    new Set(
      [
        checkTypes,
        checkContracts,
        checkUnknownTypes,
        checkAnyHost,
        checkPlugins,
      ].map((check) => typeof check),
    ),
    new Set(["function"]),
  );
  await using host = createHost();
  assertEquals(host.get("x", "embedding")?.dimensions, undefined);
});
