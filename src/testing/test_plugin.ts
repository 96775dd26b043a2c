/**
 * A plugin under test, set up as a host would.
 *
 * @module
 */

import type { AnyContract } from "../host/contract.ts";
import { errorOf } from "../host/problems.ts";
import { parseManifest } from "../manifest/parse_manifest.ts";
import type { ManifestInput } from "../manifest/manifest.ts";
import type { Plugin } from "../plugin.ts";
import { setUpForTest, type SetUpOptions } from "./set_up_for_test.ts";
import type { TestedPlugin } from "./tested_plugin.ts";

/** Options of {@linkcode testPlugin}. */
export interface TestPluginOptions extends SetUpOptions {
  /**
   * What a host expects of the plugins of this type.
   *
   * @default {undefined} what `setup` makes is not checked
   */
  readonly contract?: AnyContract;
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
  manifest: ManifestInput | Readonly<Record<string, unknown>>,
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
