import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
} from "@std/assert";
import { PluginError } from "@semantik/plugins";
import type { ServeContext } from "../../../src/runners/subprocess/channel.ts";
import { connect } from "./connect.ts";

type Callback = (...args: unknown[]) => Promise<unknown>;

function asCallback(value: unknown): Callback {
  assert(typeof value === "function");
  return async (...args) => await value(...args);
}

function asIterable(value: unknown): AsyncGenerator<unknown> {
  assert(typeof value === "object" && value !== null);
  assert(Symbol.asyncIterator in value && "next" in value);
  return value as AsyncGenerator<unknown>;
}

/** Waits until something that needs some turns is so. */
async function eventually(isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1_000 && !isSo(); turn++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assert(isSo());
}

function deferred(): PromiseWithResolvers<unknown> {
  const given = Promise.withResolvers<unknown>();
  given.promise.catch(() => {});
  return given;
}

Deno.test("Channel greets with data of its own", async () => {
  using connection = connect({ info: { role: "host" } }, { info: [1n] });
  assertEquals(await connection.host.peerInfo, [1n]);
  assertEquals(await connection.plugin.peerInfo, { role: "host" });
});

Deno.test("Channel.call() passes arguments, results and errors", async () => {
  using connection = connect({}, {
    serve(method, args) {
      if (method === "throw") throw new RangeError("no", { cause: args[0] });
      if (method === "reject") return Promise.reject(args[0]);
      return method === "7" ? undefined : Promise.resolve(args);
    },
  });
  const { host } = connection;
  const args = [undefined, new Map([[1, 2n]]), new Float32Array(40_000)];
  assertEquals(await host.call("list", args), args);
  assertEquals(await host.call("7", []), undefined);
  const error = await assertRejects(() => host.call("throw", [7]), RangeError);
  assertEquals([error.message, error.cause], ["no", 7]);
  const thrown = await host.call("reject", ["text"]).catch((text) => text);
  assertEquals(thrown, "text");
});

Deno.test("Channel.call() sends the arguments as they are at the call", async () => {
  using connection = connect({ limits: { calls: 1 } }, {
    serve: (_method, args) => args,
  });
  const numbers = new Uint8Array([1]);
  const list = [1];
  const calls = [1, 2, 3].map(() => connection.host.call("x", [numbers, list]));
  numbers[0] = 2;
  list.push(2);
  assertEquals(connection.host.load.waiting, 2);
  for (const call of calls) {
    assertEquals(await call, [new Uint8Array([1]), [1]]);
  }
});

Deno.test("Channel.call() ends at once by its signal, there as well", async () => {
  const reasons: unknown[] = [];
  using connection = connect({}, {
    serve: (_method, _args, { signal }: ServeContext) =>
      new Promise(() => {
        signal.addEventListener("abort", () => reasons.push(signal.reason));
      }),
  });
  const controller = new AbortController();
  const { signal } = controller;
  const call = connection.host.call("wait", [], { signal });
  await eventually(() => connection.plugin.load.serving === 1);
  const reason = new DOMException("enough", "AbortError");
  controller.abort(reason);
  assertEquals(await call.catch((error) => error), reason);
  await eventually(() => reasons.length === 1);
  assertInstanceOf(reasons[0], DOMException);
  assertEquals(reasons[0].name, "AbortError");
  const late = connection.host.call("wait", [], { signal });
  assertEquals(await late.catch((error) => error), reason);
});

Deno.test("Channel.call() ends after its time limit, even while it waits to be sent", async () => {
  using connection = connect({ limits: { calls: 1 } }, {
    serve: (_method, _args, { signal }: ServeContext) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
      }),
  });
  const calls = [1, 2].map(() =>
    assertRejects(
      () => connection.host.call("wait", [() => {}], { timeout: 20 }),
      PluginError,
    )
  );
  for (const error of await Promise.all(calls)) {
    assertEquals(error.code, "PLUGIN_TIMEOUT");
  }
  await eventually(() => connection.host.load.calling === 0);
  assertEquals(connection.host.load.waiting, 0);
});

Deno.test("Channel passes functions in both directions, and each as itself", async () => {
  const kept: unknown[] = [];
  using connection = connect({}, {
    async serve(method, args) {
      if (method === "make") return { add: (a: number) => a + 1, list: [kept] };
      kept.push(args[0]);
      return [await asCallback(args[0])(1, 2), args[0]];
    },
  });
  const { host } = connection;
  const add = (a: number, b: number) => a + b;
  assertEquals(await host.call("use", [add]), [3, add]);
  await host.call("use", [add]);
  assert(kept[0] === kept[1]);
  const made = await host.call("make", []);
  assert(typeof made === "object" && made !== null && "add" in made);
  assertEquals(await asCallback(made.add)(1), 2);
});

Deno.test("Channel rejects a call of a function that was disposed", async () => {
  using connection = connect({}, {
    serve: (_method, [callback]) => {
      assert(typeof callback === "function" && Symbol.dispose in callback);
      {
        using _callback = callback as Callback & Disposable;
      }
      return asCallback(callback)();
    },
  });
  await assertRejects(
    () => connection.host.call("x", [() => 1]),
    TypeError,
    "disposed",
  );
  await eventually(() => connection.host.load.exported === 0);
  assertEquals(connection.plugin.load.imported, 0);
});

Deno.test("Channel forgets functions of messages that are not sent", async () => {
  using connection = connect({}, { serve: () => [() => {}, Symbol()] });
  const { host, plugin } = connection;
  const controller = new AbortController();
  const fail = [() => {}, controller.signal, Symbol()];
  await assertRejects(() => host.call("x", fail), PluginError);
  await assertRejects(() => host.call("x", []), PluginError);
  assertEquals([host.load.exported, plugin.load.exported], [0, 0]);
});

Deno.test("Channel passes abort signals, aborted or not", async () => {
  const seen: unknown[] = [];
  using connection = connect({}, {
    serve(_method, [signal]) {
      assert(signal instanceof AbortSignal);
      if (signal.aborted) return signal.reason;
      return new Promise((resolve) => {
        signal.addEventListener("abort", () => {
          seen.push(signal.reason);
          resolve(signal);
        });
      });
    },
  });
  const { host } = connection;
  assertEquals(await host.call("x", [AbortSignal.abort("over")]), "over");
  const controller = new AbortController();
  const call = host.call("x", [controller.signal]);
  await eventually(() => connection.plugin.load.imported === 1);
  controller.abort(new TypeError("stop"));
  const returned = await call;
  assert(returned instanceof AbortSignal);
  assert(returned.aborted);
  assertInstanceOf(seen[0], TypeError);
});

Deno.test("Channel passes what a generator yields, returns and throws", async () => {
  using connection = connect({}, {
    async *serve(method, [count]) {
      for (let index = 0; index < Number(count); index++) yield { index };
      if (method === "throw") throw new RangeError("broken");
      return "the end";
    },
  });
  const { host } = connection;
  for (const count of [0, 1, 15, 16, 17, 1_000]) {
    const items = asIterable(await host.call("count", [count]));
    for (let index = 0; index < count; index++) {
      assertEquals(await items.next(), { done: false, value: { index } });
    }
    assertEquals(await items.next(), { done: true, value: "the end" });
    assertEquals(await items.next(), { done: true, value: undefined });
  }
  const broken = host.iterate("throw", [1]);
  assertEquals(await broken.next(), { done: false, value: { index: 0 } });
  await assertRejects(() => broken.next(), RangeError, "broken");
  await eventually(() => connection.plugin.load.exported === 0);
  assertEquals(host.load.calling, 0);
});

Deno.test("Channel runs the finally of a generator whose loop is left", async () => {
  const ran: string[] = [];
  async function* count(name: string): AsyncGenerator<number> {
    try {
      for (let index = 0;; index++) yield index;
    } finally {
      await Promise.resolve();
      ran.push(name);
    }
  }
  using connection = connect({
    serve: async (_method, [items]) => {
      for await (const item of asIterable(items)) if (item === 3) break;
      return ran.length;
    },
  }, { serve: (_method, [name]) => count(String(name)) });
  const { host, plugin } = connection;
  const seen: unknown[] = [];
  for await (const item of host.iterate("count", ["there"])) {
    seen.push(item);
    if (seen.length === 40) break;
  }
  // The loop ends after the finally, as it does in one process.
  assertEquals(ran, ["there"]);
  assertEquals(seen, Array.from({ length: 40 }, (_, index) => index));
  assertEquals(await plugin.call("take", [count("here")]), 2);
  assertEquals(ran, ["there", "here"]);
});

Deno.test("Channel starts a generator at the first step, and reads ahead no more than its credit", async () => {
  let made = 0;
  using connection = connect({}, {
    serve: () =>
      (async function* () {
        for (;;) yield ++made;
      })(),
  });
  const items = asIterable(await connection.host.call("x", []));
  await new Promise((resolve) => setTimeout(resolve, 20));
  assertEquals(made, 0);
  await items.next();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert(made >= 2 && made <= 17, `${made}`);
  await items.return(undefined);
});

Deno.test("Channel leaves a generator that waits inside a step", async () => {
  using connection = connect({}, {
    async *serve() {
      yield 1;
      await new Promise(() => {});
    },
  });
  const items = connection.host.iterate("x", []);
  await items.next();
  await items.return(undefined);
  await eventually(() => connection.plugin.load.serving === 0);
});

Deno.test("Channel passes iterables that are no generators", async () => {
  let runs = 0;
  const rows = {
    async *[Symbol.asyncIterator]() {
      yield ++runs;
    },
  };
  const source = () =>
    new ReadableStream({
      start(controller) {
        controller.enqueue("a");
        controller.close();
      },
    });
  using connection = connect({}, {
    serve: () => ({ rows, stream: source(), steps: [1, 2].values() }),
  });
  const result = await connection.host.call("x", []);
  assert(typeof result === "object" && result !== null);
  const collect = async (name: string) => {
    const all: unknown[] = [];
    for await (const one of asIterableOnly(Reflect.get(result, name))) {
      all.push(one);
    }
    return all;
  };
  assertEquals(await collect("rows"), [1]);
  assertEquals(await collect("rows"), [2]);
  assertEquals(await collect("stream"), ["a"]);
  assertEquals(await collect("steps"), [1, 2]);
});

function asIterableOnly(value: unknown): AsyncIterable<unknown> {
  assert(typeof value === "object" && value !== null);
  assert(Symbol.asyncIterator in value);
  return value as AsyncIterable<unknown>;
}

Deno.test("Channel ends an iteration whose item cannot cross, and runs its finally", async () => {
  let hasEnded = false;
  using connection = connect({}, {
    async *serve() {
      try {
        yield { when: Symbol() };
      } finally {
        hasEnded = true;
      }
    },
  });
  const items = connection.host.iterate("x", []);
  const error = await assertRejects(() => items.next(), PluginError);
  assertEquals(error.code, "PLUGIN_NOT_TRANSFERABLE");
  assert(error.message.includes("item.when"), error.message);
  assert(hasEnded);
});

Deno.test("Channel sends no more calls or iterations at once than the other end allows", async () => {
  let most = 0;
  let open = 0;
  using connection = connect({}, {
    limits: { calls: 3, references: 100 },
    async serve(method) {
      most = Math.max(most, ++open);
      await Promise.resolve();
      open--;
      if (method !== "list") return;
      return (async function* () {
        yield* [1, 2];
      })();
    },
  });
  const { host } = connection;
  await host.peerInfo;
  await Promise.all(Array.from({ length: 50 }, () => host.call("x", [])));
  assertEquals(most, 3);
  const read = async () => {
    const seen: unknown[] = [];
    for await (const one of host.iterate("list", [])) seen.push(one);
    return seen;
  };
  const all = await Promise.all(Array.from({ length: 50 }, read));
  assertEquals(all.flat().length, 100);
  // One that waits for its turn can be left as well.
  const waiting = Array.from({ length: 8 }, () => host.iterate("list", []));
  await Promise.all(waiting.map((one) => one.next()));
  await Promise.all(waiting.map((one) => one.return(undefined)));
  assert(!connection.plugin.isClosed && !host.isClosed);
});

Deno.test("Channel takes the smaller limits of both ends", async () => {
  using connection = connect({ limits: { frameBytes: 8_192, depth: 16 } }, {
    trusts: true,
    serve: (_method, [size]) => "x".repeat(Number(size)),
  });
  const { host } = connection;
  assertEquals(await host.call("x", [8_000]), "x".repeat(8_000));
  const error = await assertRejects(() => host.call("x", [9_000]), PluginError);
  assertEquals(error.code, "PLUGIN_NOT_TRANSFERABLE");
  assert(!host.isClosed);
});

Deno.test("Channel.close() ends everything on both sides of it", async () => {
  const there = deferred();
  const aborted: unknown[] = [];
  let hasLeft = false;
  const connection = connect({
    serve: (_method, [signal]) => {
      assert(signal instanceof AbortSignal);
      signal.addEventListener("abort", () => aborted.push(signal.reason));
      return there.promise;
    },
  }, {
    serve(method) {
      if (method === "never") return there.promise;
      return (async function* () {
        try {
          for (;;) yield 1;
        } finally {
          hasLeft = true;
        }
      })();
    },
  });
  const { host, plugin } = connection;
  const items = host.iterate("x", []);
  await items.next();
  const { signal } = new AbortController();
  const calls = [host.call("never", []), plugin.call("y", [signal])];
  await eventually(() => host.load.serving === 1);
  const reason = new Error("the process ended");
  host.close(reason);
  host.close(new Error("once"));
  plugin.close(reason);
  assertEquals(
    await Promise.allSettled(calls),
    calls.map(() => ({ status: "rejected" as const, reason })),
  );
  const rest = async () => {
    for await (const _ of items);
  };
  assertEquals(await rest().catch((error) => error), reason);
  assertEquals(await host.call("x", []).catch((error) => error), reason);
  assertEquals(aborted, [reason]);
  await eventually(() => hasLeft);
  for (const { load } of [host, plugin]) {
    assertEquals(new Set(Object.values(load)), new Set([0]));
  }
});

Deno.test("Channel.notify() passes data alone", async () => {
  const notices: unknown[] = [];
  using connection = connect({
    onNotice: (method, args) => notices.push([method, ...args]),
  });
  const { plugin } = connection;
  plugin.notify("log", ["info", { at: new Date(1) }]);
  for (const value of [() => {}, new AbortController().signal, Symbol()]) {
    const error = await assertRejects(
      () => Promise.resolve().then(() => plugin.notify("log", [value])),
      PluginError,
    );
    assertEquals(error.code, "PLUGIN_NOT_TRANSFERABLE");
  }
  await eventually(() => notices.length === 1);
  assertEquals(notices, [["log", "info", { at: new Date(1) }]]);
});

Deno.test("Channel says that it cannot write, and lets calls wait for the reason", async () => {
  const failed = Promise.withResolvers<unknown>();
  using connection = connect({
    send: () => Promise.reject(new Deno.errors.BrokenPipe("EPIPE")),
    onUnwritable: failed.resolve,
  });
  const call = connection.host.call("x", []);
  assertInstanceOf(await failed.promise, Deno.errors.BrokenPipe);
  const reason = new Error("the process ended");
  connection.host.close(reason);
  assertEquals(await call.catch((error) => error), reason);
});
