import { assert, assertEquals, assertRejects } from "@std/assert";
import { PluginError } from "@semantik/plugins";
import { connect } from "./connect.ts";

function echo(_method: string, args: unknown[]): unknown {
  return args[0];
}

Deno.test("Channel passes values of every kind there and back", async () => {
  using connection = connect({}, { serve: echo });
  const values = {
    array: [1, undefined, -0, NaN, Infinity, -Infinity, null],
    big: [2n ** 70n, -5n, 0n],
    dates: [new Date(5), new Date(NaN)],
    map: new Map<unknown, unknown>([[{ key: 1 }, new Set([1, "x"])]]),
    url: new URL("https://example.com/a?b#c"),
    pattern: /a"b\/c/gi,
    floats: new Float32Array([1, 2, 3]),
    part: new Uint8Array([1, 2, 3, 4, 5]).subarray(1, 3),
    view: new DataView(new ArrayBuffer(3)),
    memory: new ArrayBuffer(2),
    "$": "u",
    tagged: { "$": { "$": "date" } },
    ["__proto__"]: { "constructor": 1 },
    text: 'lone \ud800 "quoted" \u2028 é 😀',
  };
  assertEquals(await connection.host.call("echo", [values]), values);
});

Deno.test("Channel passes functions, and gives them back as themselves", async () => {
  using connection = connect({}, {
    serve: async (_method, [callback]) => {
      assert(typeof callback === "function");
      return [await callback(1, 2), callback];
    },
  });
  const add = (a: number, b: number) => a + b;
  assertEquals(await connection.host.call("run", [add]), [3, add]);
});

Deno.test("Channel runs the finally of a generator whose loop is left", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  using connection = connect({}, {
    async *serve() {
      try {
        for (let count = 0; count < 1_000; count++) yield count;
      } finally {
        resolve();
      }
    },
  });
  const seen: unknown[] = [];
  for await (const count of connection.host.iterate("count", [])) {
    seen.push(count);
    if (seen.length === 40) break;
  }
  await promise;
  assertEquals(seen, Array.from({ length: 40 }, (_, index) => index));
});

Deno.test("Channel names the place of what cannot cross", async () => {
  using connection = connect({}, { serve: () => ({ when: [Symbol()] }) });
  const there = await assertRejects(
    () => connection.host.call("x", [{ items: [0, { when: new WeakMap() }] }]),
    PluginError,
  );
  assertEquals(there.code, "PLUGIN_NOT_TRANSFERABLE");
  assert(there.message.includes("args[0].items[1].when"), there.message);
  const back = await assertRejects(
    () => connection.host.call("x", []),
    PluginError,
  );
  assertEquals(back.code, "PLUGIN_NOT_TRANSFERABLE");
  assert(back.message.includes("result.when[0]"), back.message);
});
