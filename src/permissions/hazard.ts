import type { PermissionEntry, PermissionKind } from "./permission_set.ts";

export type HazardLevel = Hazard["level"];

/** The levels, the most severe first. */
export const HAZARD_LEVELS: readonly HazardLevel[] = Object.freeze([
  "critical",
  "high",
  "medium",
  "low",
]);

/** A permission that is more dangerous than it looks. */
export type Hazard = Readonly<{
  /**
   * Its severity.
   *
   * - `"critical"`: as powerful as every permission, in hostile hands;
   * - `"high"`: reaches secrets, or decides about the plugin itself;
   * - `"medium"`: reaches more than most plugins need;
   * - `"low"`: worth knowing.
   */
  level: "critical" | "high" | "medium" | "low";
  /** The kind of the permission. */
  kind: PermissionKind;
  /** The permission. */
  entry: PermissionEntry;
  /** The danger, in one line that reads after the permission's name. */
  reason: string;
  /** The remedy, in one line. */
  remedy: string;
}>;

/** The places on the machine that hazards depend on. */
export interface HazardContext {
  /** The absolute directory of the plugin's own files. */
  readonly ownDirectory?: string | undefined;
  /** The absolute private data directory of the plugin, which it may write. */
  readonly dataDirectory?: string | undefined;
  /** The absolute directory of the host's code. */
  readonly hostDirectory?: string | undefined;
  /** The absolute path of the file that stores which plugins are enabled. */
  readonly stateFile?: string | undefined;
  /** The absolute path of the audit file. */
  readonly auditFile?: string | undefined;
  /** The absolute directory of Deno's cache, `DENO_DIR`. */
  readonly denoDirectory?: string | undefined;
  /** The absolute home directory of the user. */
  readonly homeDirectory?: string | undefined;
  /** The absolute paths of programs that the process may run, and of Deno. */
  readonly programs?: readonly string[] | undefined;
  /** The absolute directories in which programs are looked up: `PATH`. */
  readonly searchPath?: readonly string[] | undefined;
}

/** A hazard without the permission that it belongs to. */
export type Danger = readonly [
  level: HazardLevel,
  reason: string,
  remedy: string,
];
