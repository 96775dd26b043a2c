/**
 * Holds the code of plugins to the manifests that they were judged by.
 *
 * @module
 */

import type { Problem } from "../base/errors.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import { findChange, isAsJudged, restartRequired } from "./imported_code.ts";

/**
 * Checks, just before a plugin is brought in, that its files are those that
 * were judged and, when its code was imported before, those that code is of.
 *
 * @param plugin The plugin.
 * @returns Why it must not be brought in; nothing when it may.
 */
export function codeProblems(
  { code, manifest: { id } }: ReadPlugin,
): readonly Problem[] {
  if (code.kind === "object") return [];
  const change = findChange(code);
  if (change !== undefined) return [restartRequired(id, change)];
  if (isAsJudged(code)) return [];
  return [Object.freeze({
    code: "PLUGIN_SOURCE_UNREADABLE",
    message: `Cannot load plugin "${id}": its manifest changed after it was ` +
      "judged",
    remedy: "Enable the plugin, so that its manifest is judged again",
  })];
}
