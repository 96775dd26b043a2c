import { assert, assertEquals, assertRejects } from "@std/assert";
import { PluginError, PluginHost } from "@semantik/plugins";
import { builtin, requires } from "./builtin.ts";
import { createTestHost } from "./test_host.ts";

function throwing(value: unknown): { dispose(): never } {
  return {
    dispose() {
      throw value;
    },
  };
}

Deno.test("PluginHost disposes dependents before their dependencies, each once", async () => {
  const ended: string[] = [];
  const ending = (id: string) => ({
    async dispose() {
      ended.push(`${id} begins`);
      await Promise.resolve();
      ended.push(`${id} ends`);
    },
  });
  const test = createTestHost({
    builtins: [
      builtin("app", ending("app"), requires("store", "net")),
      builtin("net", ending("net")),
      builtin("store", ending("store"), requires("net")),
    ],
  });
  await test.host.load();
  await Promise.all([
    test.host[Symbol.asyncDispose](),
    test.host[Symbol.asyncDispose](),
  ]);
  await test.host[Symbol.asyncDispose]();
  assertEquals(
    ended,
    ["app", "store", "net"].flatMap((id) => [`${id} begins`, `${id} ends`]),
  );
  assertEquals(test.actions().slice(-3), [
    "app plugin.disposed",
    "store plugin.disposed",
    "net plugin.disposed",
  ]);
});

Deno.test("PluginHost disposes independent plugins in the reverse order of the plan", async () => {
  const ended: string[] = [];
  const later = Promise.withResolvers<object>();
  const test = createTestHost({
    builtins: [
      builtin("first", {
        setup: () => later.promise,
        dispose: () => ended.push("first"),
      }),
      builtin("second", {
        setup() {
          later.resolve({});
          return {};
        },
        dispose: () => ended.push("second"),
      }),
    ],
  });
  await test.host.load();
  await test.host[Symbol.asyncDispose]();
  assertEquals(ended, ["second", "first"]);
});

Deno.test("PluginHost continues after a dispose that throws, and rethrows the error", async () => {
  const ended: string[] = [];
  const cause = new Error("still open");
  const test = createTestHost({
    builtins: [
      builtin("a", { dispose: () => ended.push("a") }),
      builtin("bad", throwing(cause)),
      builtin("z", { dispose: () => ended.push("z") }),
    ],
  });
  await test.host.load();
  const error = await assertRejects(
    () => test.host[Symbol.asyncDispose](),
    PluginError,
    'Cannot dispose plugin "bad": Error: still open',
  );
  assertEquals(
    [error.code, error.pluginId, error.cause],
    ["PLUGIN_DISPOSE_FAILED", "bad", cause],
  );
  assertEquals(ended, ["z", "a"]);
  const event = test.events().find(({ plugin_id, action }) =>
    plugin_id === "bad" && action === "plugin.disposed"
  );
  assertEquals(
    [event?.level, event?.error],
    ["error", 'Cannot dispose plugin "bad": Error: still open'],
  );
});

Deno.test("PluginHost collects every error of its disposal", async () => {
  const hostile = {
    toString() {
      throw new Error("no");
    },
  };
  const test = createTestHost({
    builtins: [
      builtin("null", throwing(null)),
      builtin("text", throwing("some text")),
      builtin("hostile", throwing(hostile)),
      builtin("rejects", { dispose: () => Promise.reject(undefined) }),
    ],
  });
  await test.host.load();
  const error = await assertRejects(
    () => test.host[Symbol.asyncDispose](),
    AggregateError,
    "Cannot dispose all plugins",
  );
  assertEquals(error.errors.map(({ message }) => message), [
    'Cannot dispose plugin "rejects": the value undefined',
    'Cannot dispose plugin "hostile": a value that cannot be shown',
    'Cannot dispose plugin "text": the text "some text"',
    'Cannot dispose plugin "null": the value null',
  ]);
});

Deno.test("PluginHost aborts the signal of a plugin before it disposes the plugin", async () => {
  let wasAborted: boolean | undefined;
  let signal: AbortSignal | undefined;
  const test = createTestHost({
    builtins: [builtin("a", {
      setup(context) {
        signal = context.signal;
        return {};
      },
      dispose() {
        wasAborted = signal?.aborted;
      },
    })],
  });
  await test.host.load();
  assertEquals(signal?.aborted, false);
  await test.host[Symbol.asyncDispose]();
  assertEquals(wasAborted, true);
  assert(signal?.reason instanceof PluginError);
});

Deno.test("PluginHost waits for a running load before it disposes", async () => {
  const release = Promise.withResolvers<object>();
  const began = Promise.withResolvers<void>();
  let isDisposed = false;
  const test = createTestHost({
    builtins: [builtin("a", {
      setup() {
        began.resolve();
        return release.promise;
      },
      dispose() {
        isDisposed = true;
      },
    })],
  });
  const loading = test.host.load();
  await began.promise;
  const disposal = test.host[Symbol.asyncDispose]();
  release.resolve({});
  await disposal;
  assertEquals((await loading).loaded.length, 1);
  assert(isDisposed);
  assertEquals(test.host.get("a"), undefined);
});

Deno.test("PluginHost rejects pending changes when it is disposed", async () => {
  const release = Promise.withResolvers<object>();
  const began = Promise.withResolvers<void>();
  const test = createTestHost({
    builtins: [builtin("a", {
      setup() {
        began.resolve();
        return release.promise;
      },
    })],
  });
  const loading = test.host.load();
  await began.promise;
  const disposal = test.host[Symbol.asyncDispose]();
  const late = assertRejects(() => test.host.disable("a"), PluginError);
  release.resolve({});
  const [error] = await Promise.all([late, loading, disposal]);
  assertEquals(error.code, "PLUGIN_HOST_DISPOSED");
});

Deno.test("PluginHost disposed at any moment of its first operation leaves no plugin live", async () => {
  for (const operation of ["load", "enable"] as const) {
    for (let steps = 0; steps < 12; steps++) {
      const live: string[] = [];
      const { host } = createTestHost({
        builtins: [builtin("a", {
          setup: () => ({ at: live.push("a") }),
          dispose: () => live.pop(),
        })],
      });
      const operated = host[operation]("a").catch(() => {});
      for (let step = 0; step < steps; step++) await undefined;
      await host[Symbol.asyncDispose]();
      await operated;
      assertEquals(live, [], `${operation}, ${steps} steps`);
      assertEquals(host.get("a"), undefined);
    }
  }
});

Deno.test("PluginHost that never loaded disposes nothing", async () => {
  const host = new PluginHost({ name: "test", version: "1.0.0" });
  await host[Symbol.asyncDispose]();
});

Deno.test("PluginHost waits for calls under a lease within the limit of dispose", async () => {
  const order: string[] = [];
  const call = Promise.withResolvers<void>();
  const test = createTestHost({
    builtins: [builtin("a", { dispose: () => order.push("disposed") })],
  });
  const { host } = test;
  await host.load();
  const using = host.use("a", "thing", async () => {
    await call.promise;
    order.push("called");
  });
  const disposal = host[Symbol.asyncDispose]();
  call.resolve();
  await Promise.all([using, disposal]);
  assertEquals(order, ["called", "disposed"]);
});
