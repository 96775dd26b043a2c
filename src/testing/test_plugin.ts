/**
 * A plugin under test: alone, with what a host would hand it, or where it lies.
 *
 * @module
 */

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
   * What a host expects of the plugins of this type.
   *
   * @default {undefined} what `setup` makes is not checked
   */
  readonly contract?: Contracts[string];
  /**
   * The absolute directory that relative paths of the manifest's permissions
   * are relative to, e.g. `import.meta.dirname`.
   *
   * @default {undefined} a relative path is refused
   */
  readonly directory?: string | undefined;
}

/**
 * Sets a plugin up as a host would: the same reading of its manifest, the same
 * pre-flight check of its permissions, the same resolution of its
 * configuration, the same `context.env`, the same check of its contract. Its
 * audit trail and log are collected, its clock stands still.
 *
 * Needs no permission. The permissions that count for a refusal are `grants`;
 * what the plugin's code then does needs those that the test really has.
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
 * @example What an operator sees who granted too little
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
 * @typeParam Api The object that the plugin's `setup` makes.
 * @param plugin The plugin, as its module exports it.
 * @param manifest Its manifest: an object, or the JSON module of its `plugin.json`.
 * @param options What a host would have for it.
 * @returns The plugin, live; dispose of it at the end of the test.
 * @throws {PluginError} why a host would refuse it, or what failed; its cause
 * is what the plugin threw.
 */
export async function testPlugin<Config, Api extends object>(
  plugin: Plugin<Config, Api>,
  manifest: Builtin["manifest"] | Readonly<Record<string, unknown>>,
  options: TestPluginOptions = {},
): Promise<TestedPlugin<Config, Api>> {
  const parsed = await parseManifest(manifest);
  if (!parsed.ok) throw errorOf(parsed.id ?? "?", parsed.problems);
  const { contract, directory } = options;
  return await setUpForTest<Config, Api>({
    manifest: parsed.manifest,
    contract,
    from: { builtin: { manifest: parsed.manifest, plugin, directory } },
  }, options);
}

/** Options of {@linkcode assertPluginContract}: what a host would have for the plugin. */
export interface AssertPluginContractOptions extends SetUpOptions {}

/**
 * Asserts that a host can load a plugin from where it lies: that its manifest is
 * good, its module can be imported, its setup succeeds, what that makes fulfils
 * the contract, and it can be disposed of.
 *
 * Needs `read` permission for the plugin's directory; for the rest see
 * {@linkcode testPlugin}.
 *
 * @example A plugin of the search example
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
 * @param source The plugin's directory or `plugin.json`, or any other source of a host that holds one plugin.
 * @param contract What a host expects of the plugins of this type.
 * @param options What a host would have for it.
 * @throws {PluginError} what is not as it should be, with every problem.
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
      `Cannot test source ${quote(String(source))}: it holds ` +
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
