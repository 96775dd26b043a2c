import { assert, assertEquals } from "@std/assert";
import { contract, type Contracts } from "@semantik/plugins";
import { z } from "zod";
import { builtin } from "./builtin.ts";
import { createTestHost } from "./test_host.ts";

interface Embedding {
  readonly dimensions: number;
  embed(text: string): Promise<readonly number[]>;
  close(): void;
}

/** Loads a plugin that returns `api`, and counts its disposals. */
async function loadWith(expected: Contracts[string], api: object) {
  let disposals = 0;
  await using test = createTestHost({
    contracts: { thing: expected },
    builtins: [builtin("a", { setup: () => api, dispose: () => disposals++ })],
  });
  const { failed } = await test.host.load();
  return {
    api: test.host.get("a"),
    code: failed[0]?.code,
    message: failed[0]?.problems[0]?.message,
    disposals,
  };
}

const EMBEDDING = contract<Embedding>("embed", "close");

Deno.test("contract() accepts own and inherited methods", async (t) => {
  class Base {
    embed() {}
  }
  class Inherits extends Base {
    #count = 0;
    close() {
      return this.#count++;
    }
  }
  const cases: Readonly<Record<string, object>> = {
    "own methods": { embed() {}, close() {} },
    "inherited methods": new Inherits(),
    "methods of a bare object": Object.assign(Object.create(null), {
      embed() {},
      close() {},
    }),
    "methods behind getters": {
      get embed() {
        return () => {};
      },
      close() {},
    },
  };
  for (const [name, api] of Object.entries(cases)) {
    await t.step(name, async () => {
      const result = await loadWith(EMBEDDING, api);
      assertEquals(result.code, undefined);
      assert(result.api === api, "the plugin's own object, with no wrapper");
    });
  }
});

Deno.test("contract() fails and disposes an object with missing methods, and names all of them", async () => {
  const result = await loadWith(EMBEDDING, { embed: "not a function" });
  assertEquals(result, {
    api: undefined,
    code: "PLUGIN_CONTRACT_BROKEN",
    message: 'Cannot load plugin "a": it has no method "embed", ' +
      'it has no method "close", which a plugin of type "thing" must have',
    disposals: 1,
  });
});

Deno.test("contract() fails an object that throws when it is inspected", async (t) => {
  // The one question that is asked before is whether it is a promise.
  const fragile = Proxy.revocable({}, {
    get() {
      fragile.revoke();
      return undefined;
    },
  });
  const cases: Readonly<Record<string, object>> = {
    "a getter that throws null": {
      get embed() {
        throw null;
      },
    },
    "a Proxy that throws": new Proxy({}, {
      get(_, key) {
        if (key === "then") return undefined;
        throw new Error("no");
      },
    }),
    "a Proxy that is revoked by then": fragile.proxy,
  };
  for (const [name, api] of Object.entries(cases)) {
    await t.step(name, async () => {
      const { code, disposals } = await loadWith(EMBEDDING, api);
      assertEquals([code, disposals], ["PLUGIN_CONTRACT_BROKEN", 1]);
    });
  }
});

Deno.test("PluginHost ignores the output of a contract's Standard Schema", async () => {
  class Store {
    readonly size: number = 3;
    get(key: string) {
      return `${key}${this.size}`;
    }
  }
  const schema = z.object({ size: z.number() });
  const store = new Store();
  const { api, code } = await loadWith(schema, store);
  assertEquals(code, undefined);
  assert(api === store);
  assert(api instanceof Store);
  assertEquals(api.get("x"), "x3");
});

Deno.test("PluginHost reports every issue of a contract's Standard Schema", async () => {
  const schema = z.object({
    size: z.number(),
    deep: z.object({ list: z.array(z.string()) }),
  });
  const { code, message, disposals } = await loadWith(schema, {
    deep: { list: ["x", 1] },
  });
  assertEquals(code, "PLUGIN_CONTRACT_BROKEN");
  assert(message?.includes("size: "), message);
  assert(message?.includes("deep.list.1: "), message);
  assertEquals(disposals, 1);
});

Deno.test("PluginHost waits for an asynchronous contract schema", async (t) => {
  const schema = z.object({ id: z.string() }).refine(
    ({ id }) => Promise.resolve(id === "good"),
    "it has a bad id",
  );
  await t.step("that accepts", async () => {
    const { code } = await loadWith(schema, { id: "good" });
    assertEquals(code, undefined);
  });
  await t.step("that does not", async () => {
    const { code, message } = await loadWith(schema, { id: "bad" });
    assertEquals(code, "PLUGIN_CONTRACT_BROKEN");
    assert(message?.includes("it has a bad id"), message);
  });
});

Deno.test("PluginHost fails only the plugin if a contract schema throws or rejects", async (t) => {
  const cases: Readonly<Record<string, () => never | Promise<never>>> = {
    throws: () => {
      throw new Error("broken schema");
    },
    rejects: () => Promise.reject(new Error("broken schema")),
  };
  for (const [name, validate] of Object.entries(cases)) {
    await t.step(name, async () => {
      const schema: Contracts[string] = {
        "~standard": { version: 1, vendor: "test", validate },
      };
      const { code, message, disposals } = await loadWith(schema, {});
      assertEquals([code, disposals], ["PLUGIN_CONTRACT_BROKEN", 1]);
      assert(message?.includes("it cannot be checked"), message);
    });
  }
});

Deno.test("PluginHost does not check a type that has no contract", async () => {
  await using test = createTestHost({
    contracts: { other: contract<Embedding>("embed") },
    builtins: [builtin("a")],
  });
  const { loaded } = await test.host.load();
  assertEquals(loaded.length, 1);
});

Deno.test("contract() returns its own frozen list", () => {
  const made = contract<Embedding>("embed");
  assertEquals(made, { methods: ["embed"] });
  assert(Object.isFrozen(made) && Object.isFrozen(made.methods));
});
