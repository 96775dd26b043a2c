import { PluginError } from "../base/errors.ts";
import type { Contracts } from "../host/contract.ts";
import { errorOf } from "../host/problems.ts";
import type { Builtin } from "../manifest/manifest.ts";
import { parseManifest } from "../manifest/parse_manifest.ts";
import { denoSourceSystem } from "../manifest/source_system.ts";
import { readSource } from "../manifest/read_source.ts";
import type { Plugin } from "../base/plugin.ts";
import { quote } from "../base/text.ts";
import { setUpForTest, type SetUpOptions } from "./set_up_for_test.ts";
import type { TestedPlugin } from "./tested_plugin.ts";

/** Options of {@linkcode testPlugin}. */
export interface TestPluginOptions extends SetUpOptions {
  /**
   * The contract of the host for plugins of this type.
   *
   * @default {undefined} the object of `setup` is not checked
   */
  readonly contract?: Contracts[string];
  /**
   * The absolute directory for relative paths in the manifest's permissions, e.g.
   * `import.meta.dirname`.
   *
   * @default {undefined} a relative path is refused
   */
  readonly directory?: string | undefined;
}

/**
 * Sets a plugin up as a host does: reads its manifest, checks its permissions,
 * resolves its configuration and `context.env`, and checks its contract. Collects
 * its audit events and log, and uses a fake clock.
 *
 * Needs no permission. The option `grants` decides which plugins are refused. The
 * plugin's code runs with the real permissions of the test.
 *
 * @example A plugin with a configuration and a secret
 * ```ts
 * import { definePlugin } from "@semantik/plugins/plugin";
 * import { testPlugin } from "@semantik/plugins/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const plugin = definePlugin({
 *   setup: ({ env }) => ({ isReady: () => env.WEATHER_API_KEY !== undefined }),
 *   healthCheck: () => ({ status: "degraded", message: "slow today" }),
 * });
 * const manifest = {
 *   id: "weather",
 *   type: "forecast",
 *   version: "1.0.0",
 *   permissions: { env: ["WEATHER_API_KEY"] },
 * };
 *
 * await using tested = await testPlugin(plugin, manifest, {
 *   env: { WEATHER_API_KEY: "w-1", OTHER_API_KEY: "o-1" },
 * });
 *
 * assertEquals(tested.api.isReady(), true);
 * assertEquals(tested.context.env, { WEATHER_API_KEY: "w-1" });
 * assertEquals((await tested.health()).message, "slow today");
 * assertEquals(tested.audit.actions("weather"), [
 *   "plugin.registered.builtin",
 *   "plugin.health_check",
 * ]);
 * ```
 *
 * @example Testing a missing permission
 * ```ts
 * import { definePlugin, PluginError } from "@semantik/plugins";
 * import { testPlugin } from "@semantik/plugins/testing";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * const manifest = {
 *   id: "weather",
 *   type: "forecast",
 *   version: "1.0.0",
 *   permissions: { net: ["api.weather.example:443"] },
 * };
 *
 * const error = await assertRejects(
 *   () => testPlugin(definePlugin({ setup: () => ({}) }), manifest, { grants: {} }),
 *   PluginError,
 *   'permission net to "api.weather.example:443" is not granted',
 * );
 * assertEquals(error.remedy, "Start the host with --allow-net=api.weather.example:443");
 * ```
 *
 * @typeParam Config The configuration after validation.
 * @typeParam Api The object that the plugin's `setup` returns.
 * @param plugin The default export of the plugin's module.
 * @param manifest Its manifest: an object, or the JSON module of its `plugin.json`.
 * @param options The configuration, environment and grants of the host.
 * @returns The live plugin; dispose it at the end of the test.
 * @throws {PluginError} when a host would refuse the plugin or when it fails. The
 * cause is the error of the plugin.
 */
export async function testPlugin<Config, Api extends object>(
  plugin: Plugin<Config, Api>,
  manifest: Builtin["manifest"] | Readonly<Record<string, unknown>>,
  options: TestPluginOptions = {},
): Promise<TestedPlugin<Config, Api>> {
  const parsed = parseManifest(manifest);
  if (!parsed.ok) throw errorOf(parsed.id ?? "?", parsed.problems);
  const { contract, directory } = options;
  return await setUpForTest<Config, Api>({
    manifest: parsed.manifest,
    contract,
    from: { builtin: { manifest: parsed.manifest, plugin, directory } },
  }, options);
}

/** Options of {@linkcode assertPluginContract}. */
export interface AssertPluginContractOptions extends SetUpOptions {}

/**
 * Asserts that a host can load a plugin from its directory: that its manifest is
 * valid, its module can be imported, its setup succeeds and fulfills the contract,
 * and it can be disposed.
 *
 * Needs `read` permission for the plugin's directory, and otherwise behaves as
 * {@linkcode testPlugin}.
 *
 * @example Testing a plugin of the search example
 * ```ts
 * import { contract } from "@semantik/plugins";
 * import { assertPluginContract } from "@semantik/plugins/testing";
 *
 * interface Embedding {
 *   embed(texts: readonly string[]): Promise<readonly Float32Array[]>;
 * }
 *
 * await assertPluginContract(
 *   "./examples/search/plugins/hashing-embedding",
 *   contract<Embedding>("embed"),
 * );
 * ```
 *
 * @param source The plugin's directory or `plugin.json`, or another source with one plugin.
 * @param contract The contract of the host for plugins of this type.
 * @param options The configuration, environment and grants of the host.
 * @throws {PluginError} when the plugin cannot be loaded, with every problem.
 */
export async function assertPluginContract(
  source: string | URL,
  contract?: Contracts[string],
  options: AssertPluginContractOptions = {},
): Promise<void> {
  const found = await readSource(source, Deno.cwd(), denoSourceSystem);
  const [plugin, ...others] = found;
  if (plugin === undefined || others.length > 0) {
    throw new PluginError(
      `Cannot test source ${quote(String(source))}: it contains ` +
        `${found.length} plugins`,
      {
        code: "PLUGIN_SOURCE_UNREADABLE",
        remedy: "Name the directory of one plugin",
      },
    );
  }
  if (!plugin.ok) throw errorOf(plugin.id ?? plugin.source, plugin.problems);
  const { manifest } = plugin;
  const tested = await setUpForTest(
    { manifest, contract, from: { source } },
    options,
  );
  await tested.dispose();
}
