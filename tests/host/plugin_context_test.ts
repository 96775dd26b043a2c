import { assert, assertEquals, assertThrows } from "@std/assert";
import { recordEnvironment } from "@semantik/plugins/environment";
import type { PluginContext } from "@semantik/plugins/plugin";
import { builtin } from "./builtin.ts";
import { createTestHost, type TestOptions } from "./test_host.ts";

/** Lets a plugin do something with its context. */
async function withContext(
  body: (context: PluginContext) => unknown,
  options: TestOptions = {},
  permissions: { readonly env?: readonly string[] } = {},
) {
  const test = createTestHost({
    ...options,
    builtins: [builtin("a", {
      async setup(context) {
        await body(context);
        return {};
      },
    }, { permissions })],
  });
  const { failed, refused } = await test.host.load();
  await test.host[Symbol.asyncDispose]();
  assertEquals([failed, refused], [[], []]);
  return test;
}

const unshowable = {
  toString() {
    throw new Error("no");
  },
};

Deno.test("PluginContext cannot be changed by the plugin", async () => {
  await withContext((context) => {
    assert(Object.isFrozen(context));
    assert(Object.isFrozen(context.log));
    assert(Object.isFrozen(context.env));
    assertThrows(() => Reflect.set(context, "id", "b") || fail(), Error);
    assertEquals(context.id, "a");
  });
});

function fail(): never {
  throw new Error("It could not be set");
}

Deno.test("PluginContext.log passes messages on with the plugin's id, and never throws", async () => {
  const { logged } = await withContext(({ log }) => {
    log.debug("d");
    log.info("i");
    log.warn("w");
    log.error("e");
    for (const value of [null, undefined, 1n, Symbol("s"), {}, unshowable]) {
      Reflect.apply(log.info, undefined, [value]);
    }
    const { info } = log;
    info("without this");
  });
  assertEquals(logged, [
    ["a", "debug", "d"],
    ["a", "info", "i"],
    ["a", "warn", "w"],
    ["a", "error", "e"],
    ["a", "info", "null"],
    ["a", "info", "undefined"],
    ["a", "info", "1"],
    ["a", "info", "Symbol(s)"],
    ["a", "info", "[object Object]"],
    ["a", "info", "without this"],
  ]);
});

Deno.test("PluginContext.audit() records any arguments, and never throws", async () => {
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const odd: readonly (readonly unknown[])[] = [
    [],
    [undefined],
    [Symbol("s")],
    [unshowable],
    ["null", null],
    ["a text", "details"],
    ["a circle", circular],
    ["revoked", proxy],
    ["throws", {
      get x(): never {
        throw null;
      },
    }],
    ["unshowable", { unshowable }],
    ["a bigint", { n: 1n }],
    ["", {}],
  ];
  const test = await withContext(({ audit }) => {
    for (const args of odd) Reflect.apply(audit, undefined, args);
  });
  assertEquals(test.host.audit.dropped, 0);
  const own = test.events().filter(({ action }) =>
    !String(action).startsWith("plugin.")
  );
  assertEquals(own.length, odd.length);
  assert(
    own.every(({ plugin_id, plugin_type, version }) =>
      plugin_id === "a" && plugin_type === "thing" && version === "1.0.0"
    ),
  );
});

Deno.test("PluginContext.env contains declared and non-secret variables", async () => {
  await withContext(
    ({ env }) => {
      assertEquals({ ...env }, {
        LANG: "C",
        SERVICE_TOKEN: "for the plugin",
      });
      assertEquals(env.OTHER_TOKEN, undefined);
    },
    {
      environment: recordEnvironment({
        LANG: "C",
        SERVICE_TOKEN: "for the plugin",
        OTHER_TOKEN: "of somebody else",
      }),
    },
    { env: ["SERVICE_TOKEN"] },
  );
});

Deno.test("PluginContext.dataDir is private if the host has a dataDirectory", async () => {
  await withContext(({ dataDir }) => assertEquals(dataDir, undefined));
  await withContext(
    ({ dataDir }) => assertEquals(dataDir, "/somewhere/else/a"),
    { dataDirectory: "/somewhere/else" },
  );
});

Deno.test("PluginContext.signal belongs to one plugin", async () => {
  const signals = new Map<string, AbortSignal>();
  const keeping = (id: string) =>
    builtin(id, {
      setup({ signal }) {
        signals.set(id, signal);
        return {};
      },
    });
  await using test = createTestHost({ builtins: [keeping("a"), keeping("b")] });
  await test.host.load();
  await test.host.disable("a");
  assertEquals(
    [...signals].map(([id, { aborted }]) => [id, aborted]),
    [["a", true], ["b", false]],
  );
  // Set up again, it is given another one.
  await test.host.enable("a");
  assertEquals(signals.get("a")?.aborted, false);
});
