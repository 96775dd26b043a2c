/**
 * What was found about one plugin.
 *
 * @module
 */

import type { Problem } from "../../base/errors.ts";
import type { Health } from "../../host/health.ts";
import type { Hazard, HazardLevel } from "../../permissions/hazard.ts";
import { HAZARD_LEVELS } from "../../permissions/hazard.ts";

/** What came of running a plugin. */
export interface RunCheck {
  /** The flags of the process that it ran in. */
  readonly flags: readonly string[];
  /** How it said that it is. */
  readonly health: Health | undefined;
  /** The methods of its object. */
  readonly methods: readonly string[];
}

/** What was found about one plugin. */
export interface PluginCheck {
  /** Its id, where it could be read. */
  readonly id: string | undefined;
  /** Its type. */
  readonly type: string | undefined;
  /** Its version. */
  readonly version: string | undefined;
  /** Where it comes from. */
  readonly source: string;
  /** What is wrong with it. */
  readonly problems: readonly Problem[];
  /** What of its permissions is more dangerous than it looks, the worst first. */
  readonly hazards: readonly Hazard[];
  /** What is worth knowing. */
  readonly notes: readonly string[];
  /** What came of running it, where it was run. */
  readonly run: RunCheck | undefined;
}

/**
 * Whether a check found something that counts.
 *
 * @param check What was found.
 * @param least The least grave level of hazards that count; `undefined` for none.
 * @returns Whether there is a problem, or such a hazard.
 */
export function hasFindings(
  check: PluginCheck,
  least: HazardLevel | undefined,
): boolean {
  const limit = least === undefined ? -1 : HAZARD_LEVELS.indexOf(least);
  return check.problems.length > 0 ||
    check.hazards.some(({ level }) => HAZARD_LEVELS.indexOf(level) <= limit);
}
