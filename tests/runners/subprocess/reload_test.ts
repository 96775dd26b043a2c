/** Reloads plugins of real hosts from changed files. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { contract, PluginError, PluginHost } from "@semantik/plugins";
import { subprocess } from "@semantik/plugins/subprocess";
import { collectAudit } from "@semantik/plugins/testing";
import { builtin, manifestOf } from "../../host/builtin.ts";
import { withPlugins } from "../../host/with_plugins.ts";

interface Thing {
  call(...args: readonly unknown[]): Promise<unknown>;
}

const CONTRACTS = { thing: contract<Thing>("call") };

/** A plugin that says its version, and waits for a function that is passed to it. */
function versioned(version: string): string {
  return `export default {
    setup: () => ({
      call: async (wait) => { await wait?.(); return ${
    JSON.stringify(version)
  }; },
    }),
    dispose() { console.log("disposed ${version}"); },
  };`;
}

async function update(
  folder: string,
  version: string,
  code = versioned(version),
): Promise<void> {
  await Deno.writeTextFile(
    `${folder}/a/plugin.json`,
    JSON.stringify(manifestOf("a", { version })),
  );
  await Deno.writeTextFile(`${folder}/a/mod.ts`, code);
}

function hostOf(folder: string) {
  const audit = collectAudit();
  const lines: string[] = [];
  const host = new PluginHost({
    name: "test",
    version: "1.0.0",
    sources: [folder],
    runner: ({ origin }) => origin === "external" ? subprocess() : undefined,
    builtins: [
      builtin("b", {
        setup: ({ use }) => ({ call: () => use<Thing>("a")?.call() }),
      }, { requires: [{ id: "a", version: "^1.0.0" }] }),
    ],
    contracts: CONTRACTS,
    switches: false,
    audit,
    log: (_id, _level, message) => {
      lines.push(message);
    },
  });
  return {
    host,
    lines,
    audit,
    [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
  };
}

Deno.test("PluginHost.reload() runs new files, after the calls of the old process", async () => {
  await withPlugins({ a: versioned("1.0.0") }, async (folder) => {
    await using test = hostOf(folder);
    const { host, audit, lines } = test;
    await host.load();
    const one = host.get("a", "thing");
    const user = host.get("b", "thing");
    assert(one !== undefined && user !== undefined);
    const gate = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const running = one.call(async () => {
      begun.resolve();
      await gate.promise;
    });
    await begun.promise;
    await update(folder, "1.1.0");
    const reloading = host.reload("a");
    while (await user.call() !== "1.1.0") {
      // The old process serves calls until the new one is ready.
    }
    assert(!lines.includes("disposed 1.0.0"));
    gate.resolve();
    assertEquals(await running, "1.0.0");
    await reloading;
    assert(lines.includes("disposed 1.0.0"));
    // A handle from before the reload reaches the new code.
    assertEquals(await one.call(), "1.1.0");
    assertEquals(await host.get("a", "thing")?.call(), "1.1.0");
    const reloaded = audit.events.find(({ action }) =>
      action === "plugin.reloaded"
    );
    assertEquals([reloaded?.version, reloaded?.previous_version], [
      "1.1.0",
      "1.0.0",
    ]);
  });
});

Deno.test("PluginHost.reload() keeps the old process when the new files fail", async () => {
  await withPlugins({ a: versioned("1.0.0") }, async (folder) => {
    await using test = hostOf(folder);
    const { host } = test;
    await host.load();
    const failing:
      readonly (readonly [version: string, code: string, reason: string])[] = [
        ["1.2.0", "syntax error", "PLUGIN_IMPORT_FAILED"],
        ["1.2.0", "export default {};", "PLUGIN_MODULE_INVALID"],
        [
          "1.2.0",
          "export default { setup: () => ({}) };",
          "PLUGIN_CONTRACT_BROKEN",
        ],
        ["2.0.0", versioned("2.0.0"), "PLUGIN_DEPENDENCY_VERSION"],
        ["none", versioned("none"), "PLUGIN_MANIFEST_INVALID"],
      ];
    for (const [version, code, reason] of failing) {
      await update(folder, version, code);
      const error = await assertRejects(() => host.reload("a"), PluginError);
      assertEquals(error.code, reason);
      assertEquals(await host.get("a", "thing")?.call(), "1.0.0");
    }
    await update(folder, "1.3.0");
    await host.reload("a");
    assertEquals(await host.get("a", "thing")?.call(), "1.3.0");
  });
});

Deno.test("PluginHost.reload() refuses a plugin in the process of the host", async () => {
  await withPlugins({ a: versioned("1.0.0") }, async (folder) => {
    await using test = hostOf(folder);
    await test.host.load();
    for (
      const [id, code] of [
        ["b", "PLUGIN_RESTART_REQUIRED"],
        ["c", "PLUGIN_NOT_FOUND"],
      ] as const
    ) {
      const error = await assertRejects(
        () => test.host.reload(id),
        PluginError,
      );
      assertEquals(error.code, code);
    }
  });
});

Deno.test("PluginHost.enable() runs the changed files of a plugin in its own process", async () => {
  await withPlugins({ a: versioned("1.0.0") }, async (folder) => {
    await using test = hostOf(folder);
    const { host } = test;
    await host.load();
    await host.disable("a", { dependents: "disable" });
    await update(folder, "1.4.0");
    await host.enable("a");
    assertEquals(await host.get("a", "thing")?.call(), "1.4.0");
  });
});
