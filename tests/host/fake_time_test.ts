import { assertEquals } from "@std/assert";
import { mock } from "node:test";
import { builtin } from "./builtin.ts";
import { createTestHost } from "./test_host.ts";

Deno.test("PluginHost loads and disposes plugins under FakeTime", async () => {
  mock.timers.enable();
  try {
    const test = createTestHost({ builtins: [builtin("a", {})] });
    const { loaded } = await test.host.load();
    assertEquals(loaded.map(({ id }) => id), ["a"]);
    await test.host[Symbol.asyncDispose]();
  } finally {
    mock.timers.reset();
  }
});

Deno.test("PluginHost times out when FakeTime advances", async () => {
  mock.timers.enable();
  try {
    const began = Promise.withResolvers<void>();
    await using test = createTestHost({
      timeouts: { setup: 500 },
      builtins: [builtin("slow", {
        setup() {
          began.resolve();
          return new Promise<never>(() => {});
        },
      })],
    });
    const loading = test.host.load();
    await began.promise;
    mock.timers.tick(500);
    const { failed } = await loading;
    assertEquals(failed.map(({ code }) => code), ["PLUGIN_TIMEOUT"]);
  } finally {
    mock.timers.reset();
  }
});
