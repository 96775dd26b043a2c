/** Tests which manifests a change of one plugin reads, and that it misses nothing. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { PluginError } from "@semantik/plugins";
import { manifestOf } from "./builtin.ts";
import { createTestHost } from "./test_host.ts";
import { type PluginFiles, withPlugins } from "./with_plugins.ts";

const CODE = "export default { setup: () => ({}) };";

function plugin(
  requires: readonly string[] = [],
  id?: string,
): PluginFiles {
  return {
    code: CODE,
    manifest: {
      requires: requires.map((id) => ({ id, version: "^1.0.0" })),
    },
    ...id === undefined ? {} : { id },
  };
}

/** Counts the manifests that are opened while something is done. */
async function opened(action: () => Promise<unknown>) {
  const real = Deno.openSync;
  const paths: string[] = [];
  Deno.openSync = (path, options) => {
    if (String(path).endsWith("plugin.json")) {
      paths.push(String(path).split(/[\\/]/).at(-2) ?? "");
    }
    return real(path, options);
  };
  try {
    await action();
  } finally {
    Deno.openSync = real;
  }
  return paths;
}

async function write(
  folder: string,
  name: string,
  id: string,
  parts: Parameters<typeof manifestOf>[1] = {},
): Promise<void> {
  await Deno.mkdir(`${folder}/${name}`, { recursive: true });
  await Deno.writeTextFile(`${folder}/${name}/mod.ts`, CODE);
  await Deno.writeTextFile(
    `${folder}/${name}/plugin.json`,
    JSON.stringify(manifestOf(id, parts)),
  );
}

Deno.test("PluginHost reads only the manifests that a change concerns", async () => {
  const others = Object.fromEntries(
    Array.from({ length: 60 }, (_, index) => [`other-${index}`, plugin()]),
  );
  const plugins = {
    ...others,
    low: plugin(),
    middle: plugin(["low"]),
    top: plugin(["middle"]),
  };
  await withPlugins(plugins, async (folder) => {
    await using test = createTestHost({ sources: [folder] });
    const { host } = test;
    const all = Object.keys(plugins).length;
    assertEquals((await opened(() => host.load())).length, all);
    const disabling = await opened(() => host.disable("top"));
    assertEquals(new Set(disabling), new Set(["top", "middle", "low"]));
    // The files count as old from now on.
    const now = Date.now;
    using _ = { [Symbol.dispose]: () => void (Date.now = now) };
    Date.now = () => now() + 60_000;
    const enabling = await opened(() => host.enable("top"));
    assertEquals(new Set(enabling), new Set(["top", "middle", "low"]));
    assert(host.get("top") !== undefined);
    const single = await opened(() => host.configure("other-7", { a: 1 }));
    assertEquals(new Set(single), new Set(["other-7"]));
    // What takes them all, takes them all as before.
    assertEquals((await opened(() => host.plan())).length, all);
  });
});

Deno.test("PluginHost.enable() sees every change of the plugin", async (t) => {
  const rows: readonly {
    readonly name: string;
    change(folder: string): Promise<void>;
    readonly expected: string;
  }[] = [
    {
      name: "a new plugin, in a folder that was not there",
      change: (folder) => write(folder, "new", "new"),
      expected: "live",
    },
    {
      name: "a new plugin, in a folder that was empty",
      change: async (folder) => {
        await write(folder, "empty", "new");
      },
      expected: "live",
    },
    {
      name: "a manifest that got another id",
      change: (folder) => write(folder, "other", "new"),
      expected: "live",
    },
    {
      name: "a manifest that was bad",
      change: (folder) => write(folder, "bad", "new"),
      expected: "live",
    },
    {
      name: "a new plugin that requires a new one",
      change: async (folder) => {
        await write(folder, "new", "new", {
          requires: [{ id: "low", version: "^1.0.0" }],
        });
        await write(folder, "low", "low");
      },
      expected: "live",
    },
    {
      name: "nothing new",
      change: () => Promise.resolve(),
      expected: "PLUGIN_NOT_FOUND",
    },
  ];
  for (const { name, change, expected } of rows) {
    await t.step(name, async () => {
      await withPlugins({ other: plugin() }, async (folder) => {
        await Deno.mkdir(`${folder}/empty`);
        await Deno.mkdir(`${folder}/bad`);
        await Deno.writeTextFile(`${folder}/bad/plugin.json`, "{");
        await using test = createTestHost({ sources: [folder] });
        const { host } = test;
        await host.disable("other");
        await host.load();
        await change(folder);
        const outcome = await host.enable("new").then(
          () => host.get("new") === undefined ? "nothing" : "live",
          ({ code }) => code,
        );
        assertEquals(outcome, expected);
      });
    });
  }
});

Deno.test("PluginHost.enable() uses the current manifests", async (t) => {
  await t.step("another requirement", async () => {
    await withPlugins({ a: plugin(), b: plugin() }, async (folder) => {
      await using test = createTestHost({ sources: [folder] });
      const { host } = test;
      await host.disable("a");
      await host.disable("b");
      await write(folder, "a", "a", {
        requires: [{ id: "b", version: "^1.0.0" }],
      });
      const error = await assertRejects(() => host.enable("a"), PluginError);
      assertEquals(error.code, "PLUGIN_DEPENDENCY_DISABLED");
    });
  });
  await t.step("a requirement in another version", async () => {
    await withPlugins({ a: plugin(["b"]), b: plugin() }, async (folder) => {
      await using test = createTestHost({ sources: [folder] });
      const { host } = test;
      await host.disable("a");
      await write(folder, "b", "b", { version: "2.0.0" });
      const error = await assertRejects(() => host.enable("a"), PluginError);
      assertEquals(error.code, "PLUGIN_DEPENDENCY_VERSION");
    });
  });
  await t.step("an id that a better claimant takes", async () => {
    await withPlugins({ first: plugin([], "a") }, async (folder) => {
      await using test = createTestHost({ sources: [folder] });
      const { host } = test;
      await host.disable("a");
      await write(folder, "a", "a", { version: "3.0.0" });
      await host.enable("a");
      const registered = test.events().find(({ action }) =>
        action === "plugin.registered.external"
      );
      assertEquals(registered?.version, "3.0.0");
    });
  });
  await t.step("a plugin that is gone", async () => {
    await withPlugins({ a: plugin(), b: plugin() }, async (folder) => {
      await using test = createTestHost({ sources: [folder] });
      const { host } = test;
      await host.disable("a");
      await Deno.remove(`${folder}/a`, { recursive: true });
      const error = await assertRejects(() => host.enable("a"), PluginError);
      assertEquals(error.code, "PLUGIN_NOT_FOUND");
    });
  });
});
