import { assert, assertEquals, assertRejects } from "@std/assert";
import { PluginError } from "@semantik/plugins";
import { MemoryStateStore } from "@semantik/plugins/state";
import { builtin, requires } from "./builtin.ts";
import { createTestHost, type TestHost } from "./test_host.ts";

/** Every event of a host, in short. */
function listen(
  { host }: TestHost,
): readonly string[] {
  const seen: string[] = [];
  host.events.addEventListener("statuschange", ({ detail }) => {
    const codes = detail.problems.map(({ code }) => code);
    seen.push([detail.id, detail.status, ...codes].join(" "));
  });
  host.events.addEventListener("healthchange", ({ detail }) => {
    seen.push(`${detail.id} health ${detail.health.status}`);
  });
  host.events.addEventListener("refusal", ({ detail }) => {
    const codes = detail.problems.map(({ code }) => code);
    seen.push([detail.id ?? detail.source, "refused", ...codes].join(" "));
  });
  return seen;
}

Deno.test("HostEvents reports every status, from load to disposal", async () => {
  const test = createTestHost({
    builtins: [
      builtin("a", { healthCheck: () => true }),
      builtin("b", {
        setup() {
          throw new Error("no");
        },
      }, requires("a")),
      builtin("c", {}, requires("b")),
      builtin("d", {}, { host: "^9.0.0" }),
    ],
  });
  const seen = listen(test);
  const { host } = test;
  await host.load();
  await host.health();
  await host.health();
  await host.disable("a");
  await host.disable("a");
  await host.enable("a");
  await host.configure("a", { x: 1 });
  await host[Symbol.asyncDispose]();
  assertEquals(seen, [
    "d refused PLUGIN_HOST_INCOMPATIBLE",
    "a live",
    "b failed PLUGIN_SETUP_FAILED",
    "c refused PLUGIN_DEPENDENCY_FAILED",
    "a health healthy",
    "a disabled",
    "a live",
    "a disposed",
    "a live",
    "a disposed",
  ]);
});

Deno.test("HostEvents reports the disabling of a plugin that was not live", async () => {
  await using test = createTestHost({ builtins: [builtin("a")] });
  const seen = listen(test);
  await test.host.disable("a");
  await test.host.disable("a");
  await test.host.load();
  assertEquals(seen, ["a disabled"]);
});

Deno.test("HostEvents reports why a plugin could not be disposed or enabled", async () => {
  await using test = createTestHost({
    state: new MemoryStateStore([["b", { enabled: false }]]),
    builtins: [
      builtin("a", {
        dispose() {
          throw new Error("no");
        },
      }),
      builtin("b", {
        setup() {
          throw new Error("no");
        },
      }),
    ],
  });
  const seen = listen(test);
  const { host } = test;
  await host.load();
  await assertRejects(() => host.disable("a"), PluginError);
  await assertRejects(() => host.enable("b"), PluginError);
  assertEquals(seen, [
    "a live",
    "a disabled PLUGIN_DISPOSE_FAILED",
    "b failed PLUGIN_SETUP_FAILED",
  ]);
});

Deno.test("HostEvents does not call removed listeners", async () => {
  await using test = createTestHost({ builtins: [builtin("a")] });
  const { events } = test.host;
  const seen: string[] = [];
  const end = new AbortController();
  events.addEventListener("statuschange", ({ detail }) => {
    seen.push(`first ${detail.status}`);
  }, { signal: end.signal });
  events.addEventListener("statuschange", ({ detail }) => {
    seen.push(`once ${detail.status}`);
  }, { once: true });
  await test.host.load();
  end.abort();
  await test.host.disable("a");
  assertEquals(seen, ["first live", "once live"]);
});

Deno.test("HostEvents are dispatched after the state of the host changed", async () => {
  await using test = createTestHost({ builtins: [builtin("a")] });
  const { host } = test;
  const found: unknown[] = [];
  host.events.addEventListener("statuschange", ({ detail }) => {
    found.push([detail.status, host.get(detail.id)]);
  });
  await host.load();
  await host.disable("a");
  assertEquals(found, [["live", {}], ["disabled", undefined]]);
});

Deno.test("HostEvents lets a listener request another change", async () => {
  await using test = createTestHost({ builtins: [builtin("a"), builtin("b")] });
  const { host } = test;
  const disabled = Promise.withResolvers<void>();
  host.events.addEventListener("statuschange", ({ detail }) => {
    if (detail.id === "a" && detail.status === "live") {
      disabled.resolve(host.disable("a"));
    }
  });
  const { loaded } = await host.load();
  await disabled.promise;
  assertEquals(loaded.map(({ id }) => id), ["a", "b"]);
  assertEquals(host.get("a"), undefined);
});

Deno.test("HostEvents details are frozen", async () => {
  await using test = createTestHost({
    builtins: [builtin("a", {
      setup() {
        throw new Error("no");
      },
    })],
  });
  test.host.events.addEventListener("statuschange", ({ detail }) => {
    assert(Object.isFrozen(detail.problems));
    assert(detail.problems.every((problem) => Object.isFrozen(problem)));
  });
  await test.host.load();
});
