import { contract, PluginError } from "@semantik/plugins";
import { assertPluginContract } from "@semantik/plugins/testing";
import { assertEquals, assertRejects } from "@std/assert";
import { withPlugins } from "../host/with_plugins.ts";

const GREETER = "export default { setup: () => ({ greet: () => 'hi' }) };";
const contracted = contract<{ greet(): string }>("greet");

Deno.test("assertPluginContract() accepts a plugin that a host can load", async () => {
  await withPlugins({ a: GREETER }, async (folder) => {
    await assertPluginContract(`${folder}/a`);
    await assertPluginContract(`${folder}/a/plugin.json`, contracted);
    await assertPluginContract(new URL(`file://${folder}/a/`), contracted);
  });
});

Deno.test("assertPluginContract() throws what is wrong with a plugin", async (t) => {
  const plugins = {
    none: { code: GREETER, manifest: { permissions: { net: ["a.b:1"] } } },
    poor: "export default { setup: () => ({}) };",
    mute: "export const plugin = 1;",
    torn: "export default { setup( };",
    rude: "export default { setup() { throw new Error('not today') } };",
    held: "export default { setup: () => ({ greet() {} }), " +
      "dispose() { throw new Error('stuck') } };",
    odd: { code: GREETER, manifest: { entry: "../mod.ts" } },
  };
  const cases: [string, string, string][] = [
    ["none", "PLUGIN_PERMISSION_MISSING", "is not granted"],
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
        const error = await assertRejects(
          () =>
            assertPluginContract(
              `${folder}/${name}`,
              contracted,
              name === "none" ? { grants: {} } : {},
            ),
          PluginError,
          text,
        );
        assertEquals(error.code, code);
      });
    }
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
