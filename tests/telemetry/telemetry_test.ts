import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { PluginError } from "@semantik/plugins";
import { type CollectedAudit, createTestHost } from "@semantik/plugins/testing";
import { builtin } from "../host/builtin.ts";
import { FakeTelemetry } from "./fake_telemetry.ts";

const BUILTINS = [
  builtin("good", {
    setup: () => ({
      add: (a: number, b: number) => a + b,
      fail: () => Promise.reject(new Error("on purpose")),
    }),
    healthCheck: () => true,
  }),
  builtin("bad", {
    setup() {
      throw new Error("on purpose");
    },
  }),
  builtin("greedy", {}, { permissions: { net: ["a.b:443", "c.d:443"] } }),
];

const OPTIONS = { builtins: BUILTINS, grants: {} };

type Good = { add(a: number, b: number): number; fail(): Promise<never> };

Deno.test("a host reports what it does as spans, those of a load within it", async () => {
  const fake = new FakeTelemetry();
  {
    await using host = createTestHost({ ...OPTIONS, telemetry: fake });
    await host.load();
    await host.health("good");
    await assertRejects(() => host.reload("good"), PluginError);
  }
  const seen = fake.spans.map(({ name, parent, attributes, isFailed }) => [
    name,
    parent,
    attributes["semantik.plugin.id"] ?? attributes["semantik.host.name"],
    attributes["error.type"],
    isFailed,
  ]);
  const byName = (name: string) => seen.filter(([one]) => one === name).sort();
  assertEquals(byName("plugin.load"), [
    ["plugin.load", undefined, "test", undefined, false],
  ]);
  assertEquals(byName("plugin.import"), [
    ["plugin.import", "plugin.load", "bad", undefined, false],
    ["plugin.import", "plugin.load", "good", undefined, false],
  ]);
  assertEquals(byName("plugin.setup"), [
    ["plugin.setup", "plugin.load", "bad", "PLUGIN_SETUP_FAILED", true],
    ["plugin.setup", "plugin.load", "good", undefined, false],
  ]);
  assertEquals(byName("plugin.reload"), [
    ["plugin.reload", undefined, "good", "PLUGIN_RESTART_REQUIRED", true],
  ]);
  assertEquals(
    [...byName("plugin.health"), ...byName("plugin.dispose")].map((one) =>
      one.slice(0, 3)
    ),
    [
      ["plugin.health", undefined, "good"],
      ["plugin.dispose", undefined, "good"],
    ],
  );
  const [health] = fake.spans.filter(({ name }) => name === "plugin.health");
  assertEquals(health?.attributes, {
    "semantik.plugin.id": "good",
    "semantik.plugin.type": "thing",
    "semantik.plugin.version": "1.0.0",
    "semantik.plugin.trust": "builtin",
    "semantik.plugin.health": "healthy",
  });
});

Deno.test("a span begins and ends when the operation did", async () => {
  const fake = new FakeTelemetry();
  await using host = createTestHost({
    telemetry: fake,
    builtins: [builtin("slow", {
      async setup() {
        await Promise.resolve();
        host.clock.advance(70);
        return {};
      },
    })],
  });
  const before = host.clock.now();
  await host.load();
  const [setup] = fake.spans.filter(({ name }) => name === "plugin.setup");
  assertEquals([setup?.began, setup?.ended], [before, before + 70]);
});

Deno.test("a host counts plugins by state, refusals, missing permissions and the trail", async () => {
  const fake = new FakeTelemetry();
  let trail: CollectedAudit;
  const states = () =>
    fake.sums("semantik.plugin.count", "semantik.plugin.state");
  {
    await using host = createTestHost({ ...OPTIONS, telemetry: fake });
    await host.load();
    assertEquals(states(), { live: 1, failed: 1, refused: 1 });
    await host.disable("good");
    assertEquals(states(), { live: 0, failed: 1, refused: 1, disabled: 1 });
    await host.enable("good");
    assertEquals(states()["live"], 1);
    trail = host.audit;
  }
  // A host that ended leaves nothing behind in what others add up.
  assertEquals(states(), { live: 0, failed: 0, refused: 0, disabled: 0 });
  assertEquals(
    fake.sums("semantik.audit.events", "all"),
    { undefined: trail.events.length },
  );
  assertEquals(fake.sums("semantik.audit.dropped", "all"), {});
  assertEquals(
    fake.sums("semantik.plugin.refused", "error.type"),
    { PLUGIN_PERMISSION_MISSING: 1 },
  );
  assertEquals(
    fake.sums("semantik.plugin.permission.missing", "semantik.plugin.id"),
    { greedy: 2 },
  );
});

Deno.test("calls are a histogram in seconds, and spans on request", async () => {
  const fake = new FakeTelemetry();
  await using host = createTestHost({
    ...OPTIONS,
    telemetry: { tracer: fake.tracer, meter: fake.meter, traceCalls: true },
  });
  await host.load();
  assertEquals(
    await host.use("good", "thing", (plugin) => {
      host.clock.advance(250);
      return (plugin as Good).add(1, 2);
    }),
    3,
  );
  await assertRejects(
    () => host.use("good", "thing", (plugin) => (plugin as Good).fail()),
    Error,
    "on purpose",
  );
  const calls = fake.measured.filter(([name]) =>
    name === "semantik.plugin.call.duration"
  );
  assertEquals(
    calls.map(([, value, attributes]) => [value, attributes["error.type"]]),
    [[0.25, undefined], [0, "PLUGIN_CALL_FAILED"]],
  );
  assertEquals(
    fake.spans.filter(({ name }) => name === "plugin.call")
      .map(({ isFailed }) => isFailed),
    [false, true],
  );
});

Deno.test("without traceCalls, a call has no span", async () => {
  const fake = new FakeTelemetry();
  await using host = createTestHost({ ...OPTIONS, telemetry: fake });
  await host.load();
  await host.use("good", "thing", () => 1);
  assert(!fake.spans.some(({ name }) => name === "plugin.call"));
});

Deno.test("telemetry that throws changes nothing for the host", async () => {
  const fail = () => {
    throw new Error("on purpose");
  };
  await using host = createTestHost({
    ...OPTIONS,
    telemetry: {
      tracer: { startActiveSpan: fail },
      meter: {
        createCounter: fail,
        createHistogram: fail,
        createUpDownCounter: fail,
      },
      traceCalls: true,
    },
  });
  const { loaded } = await host.load();
  assertEquals(loaded.map(({ id }) => id), ["good"]);
  let calls = 0;
  assertEquals(await host.use("good", "thing", () => ++calls), 1);
});

Deno.test("a wrong telemetry option is refused with the right one", () => {
  for (
    const telemetry of ["local", {}, { tracer: {} }, {
      meter: "global",
      traceCalls: 1,
    }]
  ) {
    const error = assertThrows(
      // @ts-expect-error A caller without TypeScript may pass anything.
      () => createTestHost({ telemetry }),
      PluginError,
      'option "telemetry"',
    );
    assertEquals(error.code, "PLUGIN_OPTION_INVALID");
  }
});

Deno.test("without a registered API, global telemetry reports nothing", async () => {
  await using host = createTestHost({
    ...OPTIONS,
    telemetry: "global",
  });
  const { loaded } = await host.load();
  assertEquals(loaded.length, 1);
});
