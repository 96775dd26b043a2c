import { contract, definePlugin } from "@semantik/plugins";
import { recordEnvironment } from "@semantik/plugins/environment";
import { createTestHost } from "@semantik/plugins/testing";
import { assert, assertEquals } from "@std/assert";
import { builtin } from "../host/builtin.ts";
import { withPlugins } from "../host/with_plugins.ts";

Deno.test("createTestHost() returns a typed host", async () => {
  interface Greeter {
    greet(name: string): Promise<string>;
  }
  await using host = createTestHost({
    contracts: { greeter: contract<Greeter>("greet") },
    builtins: [{
      manifest: { id: "hello", type: "greeter", version: "1.0.0" },
      plugin: definePlugin({
        setup: ({ log }) => {
          log.debug("ready");
          return { greet: (name: string) => `Hello ${name}` };
        },
      }),
    }],
  });
  await host.load();
  assertEquals(await host.get("hello", "greeter")?.greet("you"), "Hello you");
  assertEquals(host.logged, [
    { id: "hello", level: "debug", message: "ready" },
  ]);
  assertEquals(host.audit.events[0]?.timestamp, "1970-01-01T00:00:00.000Z");
});

Deno.test("createTestHost() refuses plugins by its grants", async (t) => {
  const cases = [
    { declared: { net: ["a.example:443"] }, grants: {}, loads: false },
    {
      declared: { net: ["a.example:443"] },
      grants: { net: ["a.example"] },
      loads: true,
    },
    {
      declared: { net: ["*.example:443"] },
      grants: { net: ["*.example:443"] },
      loads: true,
    },
    {
      declared: { net: ["*.example:443"] },
      grants: { net: ["a.example:443"] },
      loads: false,
    },
    {
      declared: { net: ["10.0.0.0/8"] },
      grants: { net: ["10.0.0.0/8"] },
      loads: true,
    },
    {
      declared: { env: ["AWS_*"] },
      grants: { env: ["AWS_*"] },
      loads: true,
    },
    {
      declared: { env: ["AWS_*"] },
      grants: { env: ["AWS_A"] },
      loads: false,
    },
    {
      declared: { read: ["/data/x"] },
      grants: { read: ["/data"] },
      loads: true,
    },
    {
      declared: { read: ["/database"] },
      grants: { read: ["/data"] },
      loads: false,
    },
    { declared: { run: true }, grants: { run: ["git"] }, loads: false },
    { declared: { sys: ["hostname"] }, grants: { sys: true }, loads: true },
  ] as const;
  for (const { declared, grants, loads } of cases) {
    await t.step(JSON.stringify([declared, grants]), async () => {
      await using host = createTestHost({
        grants,
        builtins: [builtin("a", {}, { permissions: declared })],
      });
      const report = await host.load();
      assertEquals(report.loaded.length, loads ? 1 : 0);
      assertEquals(
        report.refused[0]?.code,
        loads ? undefined : "PLUGIN_PERMISSION_MISSING",
      );
      const { missing } = await host.permissionReport();
      assertEquals(Object.keys(missing).length, loads ? 0 : 1);
    });
  }
});

Deno.test("createTestHost() grants everything by default", async () => {
  await using host = createTestHost({
    builtins: [builtin("a", {}, {
      permissions: { net: true, run: true, ffi: true, write: true },
    })],
  });
  assertEquals((await host.load()).loaded.map(({ id }) => id), ["a"]);
});

Deno.test("createTestHost() passes its variables to plugins", async () => {
  let seen: Readonly<Record<string, string>> = {};
  const plugin = builtin("a", {
    setup: ({ env }) => {
      seen = env;
      return {};
    },
  }, { permissions: { env: ["A_TOKEN"] } });
  const env = { A_TOKEN: "a", B_TOKEN: "b", PLAIN: "p" };
  {
    await using host = createTestHost({ env, builtins: [plugin] });
    await host.load();
    assertEquals(seen, { A_TOKEN: "a", PLAIN: "p" });
  }
  {
    // Single variables are granted: the others cannot be listed.
    await using host = createTestHost({
      env,
      grants: { env: ["A_TOKEN"] },
      builtins: [plugin],
    });
    await host.load();
    assertEquals(seen, { A_TOKEN: "a" });
  }
  {
    await using host = createTestHost({
      environment: recordEnvironment({ A_TOKEN: "other" }),
      builtins: [plugin],
    });
    await host.load();
    assertEquals(seen, { A_TOKEN: "other" });
  }
});

Deno.test("createTestHost() reads switches from its variables", async () => {
  await withPlugins(
    { a: "export default { setup: () => ({}) };" },
    async (folder) => {
      const env = { SEMANTIK_ENABLE_PLUGINS: "false" };
      for (const variables of [{}, env]) {
        await using host = createTestHost({
          sources: [folder],
          env: variables,
        });
        const { loaded, skipped } = await host.load();
        assertEquals(
          [loaded.length, skipped.length],
          variables === env ? [0, 1] : [1, 0],
        );
      }
    },
  );
});

Deno.test("createTestHost() reaches a time limit without waiting", async () => {
  await using host = createTestHost({
    timeouts: { setup: 60_000 },
    builtins: [builtin("a", { setup: () => new Promise(() => {}) })],
  });
  const loading = host.load();
  await host.clock.untilPending(1);
  while (host.clock.pending > 0) {
    host.clock.advance(60_000);
    await new Promise((resolve) => setTimeout(resolve));
  }
  const { failed } = await loading;
  assertEquals(failed[0]?.code, "PLUGIN_TIMEOUT");
});

Deno.test("createTestHost() seals its simulated permissions", async () => {
  await using host = createTestHost({
    grants: { net: ["a.example:443"], run: true },
    builtins: [builtin("a", {}, { permissions: { net: ["a.example:443"] } })],
  });
  await host.load();
  const { revoked } = await host.seal();
  assert(revoked.includes("run") && !revoked.includes("net"));
  const { surplus } = await host.permissionReport();
  assertEquals(surplus.findings, []);
});

Deno.test("createTestHost() refuses missing permissions without a prompt", async () => {
  await using host = createTestHost({
    grants: {},
    permissions: "report",
    builtins: [builtin("a", {}, { permissions: { net: true } })],
  });
  assertEquals((await host.load()).loaded.length, 1);
  assert(host.audit.actions("a").includes("plugin.permission.missing"));
});
