/**
 * {@linkcode definePlugin} and the types of a plugin, for plugin authors. It
 * imports nothing at run time.
 *
 * @example A whole plugin
 * ```ts
 * import { definePlugin } from "@semantik/plugins/plugin";
 *
 * export default definePlugin({
 *   setup(context) {
 *     context.log.info("ready");
 *     return { greet: (name: string) => `Hello ${name}` };
 *   },
 * });
 * ```
 *
 * @module
 */

export {
  definePlugin,
  type Plugin,
  type PluginContext,
  type PluginLog,
} from "./src/base/plugin.ts";
export type {
  StandardResult,
  StandardSchema,
} from "./src/base/standard_schema.ts";
