/** Tries each way in which docs/hosts.md says that a plugin comes back. */

import { assert, assertEquals } from "@std/assert";
import { PluginError } from "@semantik/plugins";
import { builtin, manifestOf, requires } from "../host/builtin.ts";
import { createTestHost } from "../host/test_host.ts";
import { until } from "../host/until.ts";
import { withPlugins } from "../host/with_plugins.ts";
import { HOSTS_PAGE } from "./whole_application.ts";

const THING = "export default { setup: () => ({}) };";

Deno.test("docs/hosts.md says how a plugin comes back", async (t) => {
  const plugins = {
    broken: 'throw new Error("no");',
    hesitant: `let starts = 0; export default { setup() {
      if (++starts === 1) throw new Error("not yet");
      return {};
    } };`,
    changed: THING,
    disabled: THING,
  };
  await withPlugins(plugins, async (folder) => {
    await using test = createTestHost({ sources: [folder] });
    const { host } = test;
    /** Returns "live", or the code of the reason why it is not. */
    const enable = async (id: string) => {
      try {
        await host.enable(id);
        return host.get(id) === undefined ? "not live" : "live";
      } catch (error) {
        assert(error instanceof PluginError);
        return error.code;
      }
    };
    await host.load();
    await host.disable("disabled");
    await Deno.writeTextFile(
      `${folder}/changed/plugin.json`,
      JSON.stringify(manifestOf("changed", { version: "1.1.0" })),
    );
    await host.disable("changed");
    await Deno.mkdir(`${folder}/late`);
    await Deno.writeTextFile(
      `${folder}/late/plugin.json`,
      JSON.stringify(manifestOf("late")),
    );
    await Deno.writeTextFile(`${folder}/late/mod.ts`, THING);

    const rows: Readonly<Record<string, readonly [string, string]>> = {
      "it crashed, or `setup` failed or was too slow": ["hesitant", "live"],
      "its module threw while it was imported": [
        "broken",
        "PLUGIN_IMPORT_FAILED",
      ],
      "its files changed, `PLUGIN_RESTART_REQUIRED`": [
        "changed",
        "PLUGIN_RESTART_REQUIRED",
      ],
      "an operator disabled it": ["disabled", "live"],
      "its directory was added after `load()`": ["late", "live"],
    };
    for (const [row, [id, expected]] of Object.entries(rows)) {
      await t.step(row, async () => {
        assert(HOSTS_PAGE.includes(`\n| ${row} `), row);
        assertEquals(await enable(id), expected);
      });
    }
  });
});

Deno.test("docs/hosts.md says that dependents do not come back with a plugin", async () => {
  const crash = Promise.withResolvers<void>();
  let starts = 0;
  await using test = createTestHost({
    builtins: [
      builtin("a", {
        setup() {
          if (++starts === 1) {
            crash.promise.then(() => {
              throw new Error("no");
            });
          }
          return {};
        },
      }),
      builtin("b", {}, requires("a")),
    ],
  });
  const { host } = test;
  await host.load();
  crash.resolve();
  await until(() => host.get("a") === undefined);
  await host.enable("a");
  assertEquals(host.get("a"), {});
  assertEquals(host.get("b"), undefined);
  await host.enable("b");
  assertEquals(host.get("b"), {});
});
