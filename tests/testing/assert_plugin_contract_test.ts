import { contract, PluginError } from "@semantik/plugins";
import { subprocess } from "@semantik/plugins/subprocess";
import { assertPluginContract } from "@semantik/plugins/testing";
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { withPlugins } from "../host/with_plugins.ts";

const GREETER = "export default { setup: () => ({ greet: () => 'hi' }) };";
/** Options for either runner. */
const PLACES = [{}, { runner: subprocess() }];
const contracted = contract<{ greet(): string }>("greet");

Deno.test("assertPluginContract() accepts a plugin that a host can load", async () => {
  await withPlugins({ a: GREETER }, async (folder) => {
    for (const options of PLACES) {
      await assertPluginContract(`${folder}/a`, undefined, options);
      for (
        const source of [
          `${folder}/a/plugin.json`,
          new URL(`file://${folder}/a/`),
        ]
      ) {
        await assertPluginContract(source, contracted, options);
      }
    }
  });
});

Deno.test("assertPluginContract() throws what is wrong with a plugin", async (t) => {
  const plugins = {
    none: {
      code: GREETER,
      manifest: { permissions: { net: ["a.b:1"], env: ["A_KEY"] } },
    },
    poor: "export default { setup: () => ({}) };",
    mute: "export const plugin = 1;",
    torn: "export default { setup( };",
    rude: "export default { setup() { throw new Error('not today') } };",
    held: "export default { setup: () => ({ greet() {} }), " +
      "dispose() { throw new Error('stuck') } };",
    odd: { code: GREETER, manifest: { entry: "../mod.ts" } },
  };
  const cases: [string, string, string][] = [
    ["none", "PLUGIN_PERMISSION_MISSING", "not granted"],

    ["poor", "PLUGIN_CONTRACT_BROKEN", 'it has no method "greet"'],
    ["mute", "PLUGIN_MODULE_INVALID", "mute"],
    ["torn", "PLUGIN_IMPORT_FAILED", "torn"],
    ["rude", "PLUGIN_SETUP_FAILED", "not today"],
    ["held", "PLUGIN_DISPOSE_FAILED", "stuck"],
    ["odd", "PLUGIN_MANIFEST_INVALID", "entry"],
    ["gone", "PLUGIN_SOURCE_UNREADABLE", "gone"],
    ["", "PLUGIN_SOURCE_UNREADABLE", "it contains 7 plugins"],
  ];
  await withPlugins(plugins, async (folder) => {
    for (const [name, code, text] of cases) {
      await t.step(name || "a folder of plugins", async () => {
        for (const options of PLACES) {
          const error = await assertRejects(
            () =>
              assertPluginContract(
                `${folder}/${name}`,
                contracted,
                name === "none" ? { ...options, grants: {} } : options,
              ),
            PluginError,
            text,
          );
          assertEquals(error.code, code);
        }
      });
    }
  });
});

Deno.test("assertPluginContract() in another process finds what the manifest lacks", async () => {
  const reads = {
    code: `const file = new URL("../words.txt", import.meta.url);
      const text = Deno.readTextFileSync(file);
      export default { setup: () => ({ greet: () => text }) };`,
    manifest: { permissions: { read: ["../words.txt"] } },
  };
  const files = { reads, greedy: { code: reads.code } };
  await withPlugins(files, async (folder) => {
    const [, options] = PLACES;
    await Deno.writeTextFile(`${folder}/words.txt`, "words");
    await assertPluginContract(`${folder}/reads`, contracted, options);
    const error = await assertRejects(
      () => assertPluginContract(`${folder}/greedy`, contracted, options),
      PluginError,
      `it needs read to "${folder}/words.txt", which its manifest does not`,
    );
    assertEquals(error.code, "PLUGIN_IMPORT_FAILED");
    assertMatch(error.remedy, /permissions\.read in the manifest/);
  });
});

Deno.test("assertPluginContract() imports a plugin on a server with importModule", async () => {
  const calls: unknown[] = [];
  const manifest = { id: "a", type: "greeter", version: "1.0.0" };
  const importModule = (specifier: string, options?: ImportCallOptions) => {
    calls.push([specifier, options?.with?.type]);
    const plugin = { setup: () => ({ greet: () => "hi" }) };
    return Promise.resolve({
      default: options === undefined ? plugin : manifest,
    });
  };
  await assertPluginContract("npm:greeter", contracted, { importModule });
  const json = ["npm:greeter/plugin.json", "json"];
  assertEquals(calls, [json, json, ["npm:greeter", undefined]]);
  const error = await assertRejects(
    () =>
      assertPluginContract("npm:greeter", contract<{ wave(): void }>("wave"), {
        importModule,
      }),
    PluginError,
  );
  assertEquals(error.code, "PLUGIN_CONTRACT_BROKEN");
});
