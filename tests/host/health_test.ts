import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { type Health, PluginError } from "@semantik/plugins";
import type { Plugin } from "@semantik/plugins/plugin";
import { createFakeClock } from "@semantik/plugins/testing";
import { builtin } from "./builtin.ts";
import { createTestHost } from "./test_host.ts";

/** Loads a plugin with a health check and returns its health. */
async function check(healthCheck: Plugin["healthCheck"]) {
  await using test = createTestHost({
    builtins: [builtin("a", healthCheck === undefined ? {} : { healthCheck })],
  });
  await test.host.load();
  return await test.host.health("a");
}

type Answer = Readonly<
  { status: Health["status"]; message?: string | undefined }
>;

Deno.test("PluginHost.health() accepts a boolean, a status object or nothing", async (t) => {
  const unknown = "its healthCheck returned an unknown value";
  const noStatus = "its healthCheck returned an unknown status";
  const cases: readonly [name: string, value: unknown, expected: Answer][] = [
    ["true", true, { status: "healthy" }],
    ["nothing", undefined, { status: "healthy" }],
    ["false", false, { status: "unhealthy" }],
    ["healthy", { status: "healthy" }, { status: "healthy" }],
    ["degraded", { status: "degraded", message: "slow" }, {
      status: "degraded",
      message: "slow",
    }],
    ["unhealthy", { status: "unhealthy", message: "down" }, {
      status: "unhealthy",
      message: "down",
    }],
    ["unknown", { status: "unknown" }, { status: "unknown" }],
    ["no message", { status: "healthy", message: "" }, { status: "healthy" }],
    ["no text as message", { status: "healthy", message: { a: 1 } }, {
      status: "healthy",
    }],
    ["null", null, { status: "unknown", message: unknown }],
    ["zero", 0, { status: "unknown", message: unknown }],
    ["one", 1, { status: "unknown", message: unknown }],
    ["a text", "false", { status: "unknown", message: unknown }],
    ["the text of a status", "healthy", {
      status: "unknown",
      message: unknown,
    }],
    ["a bigint", 1n, { status: "unknown", message: unknown }],
    ["a symbol", Symbol("healthy"), { status: "unknown", message: unknown }],
    ["a function", () => true, { status: "unknown", message: unknown }],
    ["an empty object", {}, { status: "unknown", message: noStatus }],
    ["a list", [true], { status: "unknown", message: noStatus }],
    ["another status", { status: "OK" }, {
      status: "unknown",
      message: noStatus,
    }],
    ["a status in other case", { status: "Healthy" }, {
      status: "unknown",
      message: noStatus,
    }],
    ["a status that is true", { status: true }, {
      status: "unknown",
      message: noStatus,
    }],
    ["a status of every object", { status: "constructor" }, {
      status: "unknown",
      message: noStatus,
    }],
    ["a getter that throws", {
      get status(): never {
        throw new Error("no");
      },
    }, { status: "unknown", message: "Error: no" }],
  ];
  for (const [name, value, expected] of cases) {
    for (const how of ["sync", "async"]) {
      await t.step(`${name}, ${how}`, async () => {
        const { latencyMs, checkedAt, ...answer } = await check(() =>
          how === "sync" ? value : Promise.resolve(value)
        );
        assertEquals(answer, expected);
        assert(latencyMs >= 0);
        assertMatch(checkedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      });
    }
  }
});

Deno.test("PluginHost.health() passes the shared health vectors", async (t) => {
  await t.step("absent", async () => {
    const { status, message } = await check(undefined);
    assertEquals([status, message], ["unknown", "it has no healthCheck"]);
  });
  await t.step("not callable: no plugin at all", async () => {
    await using test = createTestHost({
      builtins: [{
        ...builtin("a"),
        plugin: Object.assign({ setup: () => ({}) }, {
          healthCheck: JSON.parse("true"),
        }),
      }],
    });
    const { failed } = await test.host.load();
    assertEquals(failed.map(({ code }) => code), ["PLUGIN_MODULE_INVALID"]);
  });
  await t.step("an instance method has its this", async () => {
    class Checked {
      readonly #isWell: boolean = true;
      setup() {
        return {};
      }
      healthCheck() {
        return this.#isWell;
      }
    }
    await using test = createTestHost({
      builtins: [{ ...builtin("a"), plugin: new Checked() }],
    });
    await test.host.load();
    assertEquals((await test.host.health("a")).status, "healthy");
  });
  const throwing: Readonly<Record<string, () => unknown>> = {
    "an Error": () => new Error("down"),
    "a TypeError": () => new TypeError("down"),
    null: () => null,
    "a text": () => "down",
    "an object that cannot be shown": () => ({ toString: 1 }),
    "a revoked Proxy": () => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return proxy;
    },
  };
  for (const [name, make] of Object.entries(throwing)) {
    await t.step(`throws ${name}`, async () => {
      const { status, message } = await check(() => {
        throw make();
      });
      assertEquals(status, "unhealthy");
      assert(message?.startsWith('Cannot check the health of plugin "a": '));
    });
    await t.step(`rejects with ${name}`, async () => {
      const { status } = await check(() => Promise.reject(make()));
      assertEquals(status, "unhealthy");
    });
  }
  await t.step("needs more than it is given", async () => {
    const needy: Plugin["healthCheck"] = (...args: unknown[]) =>
      Reflect.get(Object(args[1]), "client") !== undefined;
    assertEquals((await check(needy)).status, "unhealthy");
  });
  await t.step(
    "is given the context with the configuration in force",
    async () => {
      await using test = createTestHost({
        config: { a: { port: 1 } },
        builtins: [builtin("a", {
          reconfigure() {},
          healthCheck: ({ id, config, signal }) => ({
            status: signal.aborted ? "unhealthy" : "healthy",
            message: `${id} ${JSON.stringify(config)}`,
          }),
        })],
      });
      await test.host.load();
      assertEquals((await test.host.health("a")).message, 'a {"port":1}');
      assertEquals(
        (await test.host.health()).get("a")?.message,
        'a {"port":1}',
      );
      await test.host.configure("a", { port: 2 });
      assertEquals((await test.host.health("a")).message, 'a {"port":2}');
    },
  );
});

Deno.test("PluginHost.health() shows a message on one line, with secrets masked", async () => {
  const { message } = await check(() => ({
    status: "degraded",
    message:
      "line\nbreak \u001b[31m\u202e https://user:hunter2hunter2@example.com/" +
      "x".repeat(5_000),
  }));
  assert(message !== undefined && message.length < 1_000);
  // deno-lint-ignore no-control-regex
  assert(!/[\u0000-\u001f\u202e]/.test(message));
  assert(!message.includes("hunter2hunter2"), message);
});

Deno.test("PluginHost.health() checks all live plugins concurrently", async () => {
  const arrived: string[] = [];
  const all = Promise.withResolvers<void>();
  const meeting = (id: string) => ({
    async healthCheck() {
      arrived.push(id);
      if (arrived.length === 3) all.resolve();
      await all.promise;
      return id !== "b";
    },
  });
  await using test = createTestHost({
    builtins: ["a", "b", "c"].map((id) => builtin(id, meeting(id))),
  });
  assertEquals([...await test.host.health()], []);
  await test.host.load();
  const found = await test.host.health();
  assertEquals(
    [...found].map(([id, { status }]) => [id, status]),
    [["a", "healthy"], ["b", "unhealthy"], ["c", "healthy"]],
  );
});

Deno.test("PluginHost.health() uses the host's clock, and freezes its result", async () => {
  const clock = createFakeClock();
  clock.advance(86_400_000);
  await using test = createTestHost({
    clock,
    builtins: [builtin("a", {
      healthCheck() {
        clock.advance(25);
        return true;
      },
    })],
  });
  await test.host.load();
  const health = await test.host.health("a");
  assertEquals(health, {
    status: "healthy",
    latencyMs: 25,
    checkedAt: "1970-01-02T00:00:00.000Z",
  });
  assert(Object.isFrozen(health));
});

Deno.test("PluginHost.health() rounds latencies to tenths of a millisecond", async () => {
  const clock = createFakeClock();
  let elapsed = 0;
  await using test = createTestHost({
    clock: {
      now: () => clock.now(),
      after: (milliseconds, callback) => clock.after(milliseconds, callback),
      elapsed: () => elapsed,
    },
    builtins: [builtin("a", {
      healthCheck() {
        elapsed += 2.287654321;
        return true;
      },
    })],
  });
  await test.host.load();
  assertEquals((await test.host.health("a")).latencyMs, 2.3);
});

Deno.test("PluginHost.health() runs one check of a plugin at a time", async () => {
  const answer = Promise.withResolvers<boolean>();
  let count = 0;
  await using test = createTestHost({
    builtins: [builtin("a", {
      healthCheck() {
        count++;
        return answer.promise;
      },
    })],
  });
  const { host } = test;
  await host.load();
  const both = [
    host.health("a"),
    host.health().then((found) => found.get("a")),
  ];
  answer.resolve(true);
  const [one, other] = await Promise.all(both);
  assert(one === other);
  assertEquals(count, 1);
  await host.health("a");
  assertEquals(count, 2);
});

Deno.test("PluginHost.health() does not record a plugin that was disabled meanwhile", async () => {
  const answer = Promise.withResolvers<boolean>();
  await using test = createTestHost({
    builtins: [builtin("a", { healthCheck: () => answer.promise })],
  });
  await test.host.load();
  const checking = test.host.health("a");
  await test.host.disable("a");
  answer.resolve(false);
  assertEquals((await checking).status, "unhealthy");
  assert(!test.actions("a").includes("plugin.health_check"));
});

Deno.test("PluginHost.health() checks only live plugins", async () => {
  await using test = createTestHost({ builtins: [builtin("a")] });
  const error = await assertRejects(() => test.host.health("a"), PluginError);
  assertEquals(error.code, "PLUGIN_NOT_LIVE");
});
