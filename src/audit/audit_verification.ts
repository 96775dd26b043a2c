/**
 * What the verification of an audit log finds.
 *
 * @module
 */

import type { AuditAnchor } from "./chain_link.ts";

/** A line of a log. */
export interface AuditLogPosition {
  /** The file that it is in. */
  readonly file: string;
  /** The number of the line; the first one is 1. */
  readonly line: number;
}

/** What is known of the lines that were verified. */
export interface VerifiedLines {
  /** How many lines were verified. */
  readonly lines: number;
  /** The sequence number of the first one: above 1 where older files were removed by rotation. */
  readonly first: number | undefined;
  /** The last one. */
  readonly head: AuditAnchor | undefined;
  /** Where a crash left a line unfinished, and the next line accounts for it. */
  readonly crashes: readonly AuditLogPosition[];
  /** Whether the anchor was met; `undefined` where none was given, or its line is no longer kept. */
  readonly anchored: boolean | undefined;
}

/** A log that somebody changed. */
export interface Tampered {
  /** Somebody changed the log. */
  readonly status: "tampered";
  /** What was done at the first place where something was. */
  readonly what: "changed" | "removed" | "inserted" | "moved";
  /** Where: the line itself, or the one after what was removed. */
  readonly at: AuditLogPosition;
  /** The same in words. */
  readonly message: string;
}

/**
 * What the verification of an audit log finds:
 *
 * - `intact`: each line is as it was written;
 * - `torn`: so is each line but the last, which a crash left unfinished;
 * - `tampered`: somebody changed the log.
 */
export type AuditVerification =
  & VerifiedLines
  & (
    | { readonly status: "intact" }
    | { readonly status: "torn"; readonly at: AuditLogPosition }
    | Tampered
  );
