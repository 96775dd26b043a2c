/** Plugins that a test hands over as objects. */

import { type Builtin, definePlugin } from "@semantik/plugins";
import type { Plugin } from "@semantik/plugins/plugin";

/** The parts of a plugin besides its id. */
export type ManifestParts = Partial<Omit<Builtin["manifest"], "id">>;

/**
 * A manifest of type `thing` and version 1.0.0.
 *
 * @param id The id.
 * @param parts The parts that differ.
 * @returns The manifest.
 */
export function manifestOf(
  id: string,
  parts: ManifestParts = {},
): Builtin["manifest"] {
  return { id, type: "thing", version: "1.0.0", ...parts };
}

/**
 * A plugin that is passed as an object.
 *
 * @param id The id.
 * @param plugin Its code; without, a `setup` that makes an empty object.
 * @param parts What its manifest says otherwise.
 * @returns What the option `builtins` takes.
 */
export function builtin<Config>(
  id: string,
  plugin: Partial<Plugin<Config>> = {},
  parts: ManifestParts = {},
): Builtin {
  return {
    manifest: manifestOf(id, parts),
    plugin: definePlugin<Config, object>({ setup: () => ({}), ...plugin }),
  };
}

/**
 * Requirements, written shortly.
 *
 * @param ids `id`, `id@range`, and `id?` or `id@range?` for an optional one.
 * @returns What a manifest holds under `requires`.
 */
export function requires(...ids: readonly string[]): ManifestParts {
  return {
    requires: ids.map((text) => {
      const optional = text.endsWith("?");
      const [id = "", version = "*"] = (optional ? text.slice(0, -1) : text)
        .split("@");
      return { id, version, ...optional ? { optional } : {} };
    }),
  };
}
