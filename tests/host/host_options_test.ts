import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { PluginError, PluginHost, type StateStore } from "@semantik/plugins";
import { recordEnvironment } from "@semantik/plugins/environment";
import { MemoryStateStore } from "@semantik/plugins/state";
import { builtin } from "./builtin.ts";
import { createTestHost } from "./test_host.ts";

Deno.test("PluginHost refuses invalid options, each with a remedy", async (t) => {
  const good = { name: "app", version: "1.0.0" };
  const cases: readonly [string, Readonly<Record<string, unknown>>, string][] =
    [
      ["no name", { ...good, name: "" }, '"name" is missing'],
      ["no version", { name: "app" }, '"version" is "undefined"'],
      ["an invalid version", { ...good, version: "1" }, '"version" is "1"'],
      [
        "another form of pre-release",
        { ...good, version: "2.0.0rc1" },
        '"version" is "2.0.0rc1"',
      ],
      [
        "a mode that is none",
        { ...good, permissions: "off" },
        '"permissions" is "off"',
      ],
      [
        "a threshold of half a check",
        { ...good, health: { threshold: 0.5 } },
        '"health.threshold" is 0.5',
      ],
      [
        "an interval before now",
        { ...good, health: { recordEvery: -1 } },
        '"health.recordEvery" is -1',
      ],
      ["an invalid choice", { ...good, onProblem: "x" }, '"onProblem"'],
      [
        "no time for one plugin",
        { ...good, timeouts: { plugins: { slow: { setup: 0 } } } },
        '"timeouts.plugins["slow"].setup" is 0',
      ],
      [
        "a number for the limits of one plugin",
        { ...good, timeouts: { plugins: { slow: 5 } } },
        '"timeouts.plugins["slow"]" is not an object',
      ],
      [
        "a text for the limits of all plugins",
        { ...good, timeouts: { plugins: "slow" } },
        '"timeouts.plugins" is not an object',
      ],
      ["no time", { ...good, timeouts: { load: 0 } }, '"timeouts.load" is 0'],
      [
        "not a number",
        { ...good, timeouts: { health: NaN } },
        '"timeouts.health" is NaN',
      ],
      [
        "for ever",
        { ...good, timeouts: { setup: Infinity } },
        '"timeouts.setup" is Infinity',
      ],
      [
        "too long for a timer",
        { ...good, timeouts: { dispose: 2 ** 31 } },
        '"timeouts.dispose" is 2147483648',
      ],
    ];
  for (const [name, options, expected] of cases) {
    await t.step(name, () => {
      const error = assertThrows(
        () => Reflect.construct(PluginHost, [options]),
        PluginError,
        `Cannot create host: option ${expected}`,
      );
      assertEquals(error.code, "PLUGIN_OPTION_INVALID");
      assert(error.remedy.length > 0);
    });
  }
});

Deno.test("PluginHost accepts the longest time of a timer", async () => {
  await using test = createTestHost({ timeouts: { load: 2_147_483_647 } });
  assertEquals((await test.host.load()).loaded, []);
});

Deno.test("PluginHost.permissionReport() includes a custom store, by absolute paths", async () => {
  class OwnStore extends MemoryStateStore implements StateStore {
    permissions() {
      return Promise.resolve({ read: ["state"], write: ["state/x.db"] });
    }
  }
  await using test = createTestHost({
    state: new OwnStore(),
    // The directory of a builtin is not read.
    builtins: [{ ...builtin("a"), directory: `${Deno.cwd()}/elsewhere` }],
  });
  const { flags } = await test.host.permissionReport();
  assertEquals(flags.filter((flag) => /read|write/.test(flag)), [
    `--allow-read=${Deno.cwd()}/state`,
    `--allow-write=${Deno.cwd()}/state/x.db`,
  ]);
});

Deno.test("PluginHost.permissionReport() warns of a plugin that writes to a PATH directory", async () => {
  const separator = Deno.build.os === "windows" ? ";" : ":";
  const folders = ["first", "second"].map((name) => `${Deno.cwd()}/${name}`);
  await using test = createTestHost({
    environment: recordEnvironment({ PATH: folders.join(separator) }),
    builtins: folders.map((folder, index) =>
      builtin(`p${index}`, {}, { permissions: { write: [folder] } })
    ),
  });
  const { hazards } = await test.host.permissionReport();
  const warned = hazards.filter(({ hazard }) => hazard.reason.includes("PATH"));
  assertEquals(warned.map(({ id }) => id), ["p0", "p1"]);
});

Deno.test("PluginHost rejects every call after its disposal", async (t) => {
  const test = createTestHost({ builtins: [builtin("a")] });
  const { host } = test;
  await host.load();
  await host[Symbol.asyncDispose]();
  assertEquals(host.get("a"), undefined);
  assertEquals(host.byType("thing"), []);
  const calls: Readonly<Record<string, () => Promise<unknown>>> = {
    load: () => host.load(),
    enable: () => host.enable("a"),
    disable: () => host.disable("a"),
    configure: () => host.configure("a", {}),
    health: () => host.health(),
    watchHealth: () => host.watchHealth({ every: 1 }),
  };
  for (const [name, call] of Object.entries(calls)) {
    await t.step(name, async () => {
      const error = await assertRejects(
        call,
        PluginError,
        "the host was disposed",
      );
      assertEquals(error.code, "PLUGIN_HOST_DISPOSED");
    });
  }
  await t.step("use", async () => {
    const error = await assertRejects(
      () => host.use("a", "thing", () => 1),
      PluginError,
    );
    assertEquals(error.code, "PLUGIN_NOT_LIVE");
  });
});
