import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Plugin, PluginError, type Problem } from "@semantik/plugins";
import { createTestHost, type TestHost } from "@semantik/plugins/testing";

const SECRET = "quiet-harbour-lantern-77";
const REMEDY = "The plugin suggests: Start the database first ⏎ [REDACTED]";

function ownError(): PluginError {
  return new PluginError("The database is down", {
    code: "PLUGIN_SETUP_FAILED",
    remedy: `Start the database first\n${SECRET}`,
  });
}

/** As an error of another version of this package is. */
class ForeignError extends Error {
  override readonly name = "PluginError";
  readonly remedy = `Start the database first\n${SECRET}`;
}

function fail(): never {
  throw ownError();
}

function hostOf(plugin: Partial<Plugin>): TestHost {
  return createTestHost({
    env: { DB_PASSWORD: SECRET },
    builtins: [{
      manifest: {
        id: "search",
        type: "index",
        version: "1.0.0",
        permissions: { env: ["DB_PASSWORD"] },
      },
      plugin: { setup: () => ({}), ...plugin },
    }],
  });
}

async function failedAtLoad(plugin: Partial<Plugin>): Promise<Problem> {
  await using host = hostOf(plugin);
  const { failed } = await host.load();
  const problem = failed[0]?.problems[0];
  assert(problem !== undefined);
  return problem;
}

function rejecting(schema: () => never): NonNullable<Plugin["configSchema"]> {
  return { "~standard": { version: 1, vendor: "own", validate: schema } };
}

Deno.test("PluginHost shows the remedy of a plugin's own PluginError, masked and escaped", async (t) => {
  const cases: readonly (readonly [string, Partial<Plugin>, string])[] = [
    ["setup", { setup: fail }, "Cannot set up"],
    ["setup, later", { setup: () => Promise.reject(ownError()) }, "Cannot set"],
    ["setup, of another copy", {
      setup: () => {
        throw new ForeignError("The database is down");
      },
    }, "Cannot set up"],
    ["validate", {
      configSchema: rejecting(() => {
        throw new PluginError("The database is down", {
          code: "PLUGIN_CONFIG_INVALID",
          remedy: "Start the database first\n[REDACTED]",
        });
      }),
    }, "Cannot validate"],
  ];
  for (const [name, plugin, message] of cases) {
    await t.step(name, async () => {
      const problem = await failedAtLoad(plugin);
      assertStringIncludes(problem.message, message);
      assertStringIncludes(problem.message, "The database is down");
      assertEquals(problem.remedy, REMEDY);
    });
  }
  await t.step("reconfigure", async () => {
    await using host = hostOf({ reconfigure: fail });
    await host.load();
    const thrown = await host.configure("search", { a: 1 }).catch((e) => e);
    assert(thrown instanceof PluginError);
    assertEquals(thrown.remedy, REMEDY);
  });
  await t.step("healthCheck", async () => {
    await using host = hostOf({ healthCheck: fail });
    await host.load();
    const { message } = (await host.health()).get("search") ?? {};
    assertStringIncludes(message ?? "", "Cannot check the health of");
    assertStringIncludes(message ?? "", `The database is down. ${REMEDY}`);
  });
  await t.step("dispose", async () => {
    const host = hostOf({ dispose: fail });
    await host.load();
    await host[Symbol.asyncDispose]().catch(() => {});
    const event = host.audit.events.find(({ action }) =>
      action === "plugin.disposed"
    );
    assertStringIncludes(
      JSON.stringify(event),
      JSON.stringify(REMEDY).slice(1, -1),
    );
    assert(!JSON.stringify(host.audit.events).includes(SECRET));
  });
});

Deno.test("PluginHost shows the remedy of its own error that a plugin rethrows", async () => {
  const { message, remedy } = await failedAtLoad({
    setup: ({ use }) => ({ other: use("index") }),
  });
  assertStringIncludes(message, 'Cannot use plugin "index" from plugin');
  assertEquals(
    remedy,
    'The plugin suggests: Add it to "requires" in the manifest of "search"',
  );
});

Deno.test("PluginHost keeps its own remedy if a plugin's PluginError has none", async () => {
  for (const remedy of ["", " \n", undefined, 7, {}]) {
    const { remedy: shown } = await failedAtLoad({
      setup: () => {
        throw Object.assign(new Error("x"), { name: "PluginError", remedy });
      },
    });
    assertStringIncludes(shown, "the plugin's configuration or its setup");
  }
  const { remedy: cut } = await failedAtLoad({
    setup: () => {
      throw Object.assign(ownError(), { remedy: "x".repeat(100_000) });
    },
  });
  assert(cut.length < 600);
});
