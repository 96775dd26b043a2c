/**
 * What became of each plugin when a host loaded.
 *
 * @module
 */

import type { PluginErrorCode, Problem } from "../errors.ts";
import type { SkipReason } from "../plan/decision.ts";

/** A plugin that is live. */
export interface LoadedPlugin {
  /** Its id. */
  readonly id: string;
  /** What it plugs into. */
  readonly type: string;
  /** Its version. */
  readonly version: string;
  /** Where it comes from. */
  readonly source: string;
}

/** A plugin that was passed over. */
export interface SkippedPlugin extends LoadedPlugin {
  /** Why. */
  readonly reason: SkipReason;
}

/** A plugin that is not live, and why. */
export interface TroubledPlugin {
  /** Its id, where it could be read. */
  readonly id: string | undefined;
  /** Where it comes from. */
  readonly source: string;
  /** The code of the first problem. */
  readonly code: PluginErrorCode;
  /** Every problem; at least one. */
  readonly problems: readonly Problem[];
}

/** What became of each plugin, each list in the order of the sources. */
export interface LoadReport {
  /** The plugins that are live. */
  readonly loaded: readonly LoadedPlugin[];
  /** The plugins that were passed over: disabled, or switched off. */
  readonly skipped: readonly SkippedPlugin[];
  /** The plugins that were turned away before any of their code ran. */
  readonly refused: readonly TroubledPlugin[];
  /** The plugins whose code ran and went wrong. */
  readonly failed: readonly TroubledPlugin[];
}
