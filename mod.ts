/**
 * A plugin runtime for Deno hosts: plugins say in their manifests what they
 * need, the host knows before any of their code runs what is granted, and
 * everything that happens to a plugin is audited.
 *
 * @example A host
 * ```ts
 * import { PluginHost } from "@semantik/plugins";
 * import { assertEquals } from "@std/assert";
 *
 * await using host = new PluginHost({ name: "search", version: "1.4.0" });
 * const report = await host.load();
 *
 * assertEquals(report.loaded, []);
 * ```
 *
 * @module
 */

export {
  PLUGIN_ERROR_CODES,
  PluginError,
  type PluginErrorCode,
  type PluginErrorOptions,
  type Problem,
} from "./src/errors.ts";
export { contract } from "./src/host/contract.ts";
export { PluginHost } from "./src/host/plugin_host.ts";
export { definePlugin } from "./src/plugin.ts";
