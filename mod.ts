/**
 * A plugin runtime for Deno hosts.
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
