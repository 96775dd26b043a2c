/** Copies a configuration for people: references stay, secrets go. */

import { copyJson, type JsonValue } from "../base/json.ts";
import { ConfigWalk, type ResolveConfigOptions } from "./config_walk.ts";

/** A configuration without secrets. */
export interface ShownConfig {
  /**
   * The configuration: references are kept, and `[REDACTED]` replaces each secret
   * in plain text. `null` if it cannot be shown as JSON.
   */
  readonly value: JsonValue;
  /** The paths of the values that were replaced; empty if `value` is complete. */
  readonly hidden: readonly string[];
}

export function showConfig(
  config: unknown,
  options: ResolveConfigOptions,
): ShownConfig {
  const walk = new ConfigWalk(options, true);
  const copy = copyJson(walk.copy(config), "");
  const hidden = copy.ok ? walk.hidden : [...walk.hidden, copy.path];
  // A part that could not be read is missing from the copy.
  const isPartial = walk.problems.some(({ path }) => path === undefined);
  return Object.freeze({
    value: copy.ok ? copy.value : null,
    hidden: Object.freeze(isPartial ? [...hidden, ""] : hidden),
  });
}
