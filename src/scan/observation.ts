/** Observations of a scan. */

import type { PermissionKind } from "../permissions/permission_set.ts";

/** Something that a source does, or may do. */
export interface Observation {
  /**
   * `uses`: it does so. `may use`: it can, and the text does not tell when.
   * `unknown`: it cannot be known. `hidden`: it is not what a person sees.
   * `note`: good to know.
   */
  readonly certainty: "uses" | "may use" | "unknown" | "hidden" | "note";
  /** The permission, if it is about one. */
  readonly kind?: PermissionKind;
  /** The value of the permission, if it is known. */
  readonly value?: string;
  /** True if the value is a path beside the module, wherever the plugin is. */
  readonly isBeside?: true;
  /** A short name of what it is, e.g. `computed-import`. */
  readonly rule: string;
  /** The code, in a few words. */
  readonly what: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
}
