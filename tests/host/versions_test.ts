import { assertEquals } from "@std/assert";
import { builtin, manifestOf, requires } from "./builtin.ts";
import { createTestHost } from "./test_host.ts";

const MUST_NOT_RUN = {
  setup(): never {
    throw new Error("this code must not run");
  },
};

Deno.test("PluginHost compares the host range of a manifest with its own version", async (t) => {
  const cases: readonly [version: string, range: string, loads: boolean][] = [
    ["1.0.0", "^1.0.0", true],
    ["1.0.0", ">=1.0.1", false],
    ["2.0.0", ">=1.0.0 <2.0.0", false],
    ["0.7.4", ">=0.7.5", false],
    ["0.7.5", ">=0.7.5", true],
    // A pre-release is in a range only if the range names one of it.
    ["2.0.0-rc.1", ">=2.0.0", false],
    ["2.0.0-rc.1", ">=1.0.0", false],
    ["2.0.0-rc.1", "*", false],
    ["2.0.0-rc.2", ">=2.0.0-rc.1", true],
    ["2.0.0", ">=2.0.0-rc.1", true],
  ];
  for (const [version, host, loads] of cases) {
    await t.step(`${version} in ${host}`, async () => {
      await using test = createTestHost({
        version,
        builtins: [builtin("a", {}, { host })],
      });
      const { loaded, refused } = await test.host.load();
      assertEquals(loaded.length === 1, loads);
      assertEquals(
        refused.map(({ code }) => code),
        loads ? [] : ["PLUGIN_HOST_INCOMPATIBLE"],
      );
    });
  }
});

Deno.test("PluginHost reports an invalid range as an error of the manifest", async () => {
  await using test = createTestHost({
    builtins: [
      builtin("a", MUST_NOT_RUN, { host: "1.2.3 - garbage" }),
      builtin("b", MUST_NOT_RUN, { version: "one" }),
      builtin("c", MUST_NOT_RUN, requires("a@latest")),
    ],
  });
  const { refused } = await test.host.load();
  assertEquals(refused.map(({ id, code }) => [id, code]), [
    ["a", "PLUGIN_MANIFEST_INVALID"],
    ["b", "PLUGIN_MANIFEST_INVALID"],
    ["c", "PLUGIN_MANIFEST_INVALID"],
  ]);
  assertEquals(
    refused.map(({ problems }) => problems.map(({ path }) => path)),
    [["host"], ["version"], ["requires[0].version"]],
  );
});

Deno.test("PluginHost.load() passes the shared version vectors", async (t) => {
  // Of the same system: at least a version, and below another.
  const cases: readonly [range: string, actual: string, ok: boolean][] = [
    ["*", "1.0.0", true],
    [">=1.0.0", "1.0.0", true],
    [">=1.0.0", "0.9.0", false],
    ["<2.0.0", "2.0.0", false],
    ["<2.0.0", "1.9.9", true],
    [">=1.0.0 <2.0.0", "1.5.0", true],
  ];
  for (const [range, version, ok] of cases) {
    await t.step(`${version} in ${range}`, async () => {
      await using test = createTestHost({
        builtins: [
          {
            manifest: manifestOf("base", { version }),
            plugin: { setup: () => ({}) },
          },
          builtin("a", {}, requires(`base@${range}`)),
        ],
      });
      const { loaded } = await test.host.load();
      assertEquals(loaded.length, ok ? 2 : 1);
    });
  }
  await t.step(
    "an invalid version is an error of its manifest",
    async () => {
      await using test = createTestHost({
        builtins: [builtin("base", {}, { version: "0.9" })],
      });
      const { refused } = await test.host.load();
      assertEquals(refused.map(({ code }) => code), [
        "PLUGIN_MANIFEST_INVALID",
      ]);
    },
  );
});
