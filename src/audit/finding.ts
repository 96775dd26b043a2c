/**
 * The first place where a log is not as it was written.
 *
 * @module
 */

import { quote } from "../text.ts";
import type { AuditLogPosition, Tampered } from "./audit_verification.ts";

/** What was found, and whether later lines can say more of it. */
export interface Finding {
  /** What was done. */
  readonly what: Tampered["what"];
  /** Where. */
  readonly at: AuditLogPosition;
  /** Whether later lines change nothing. */
  readonly decided: boolean;
  /** What else may be the case. */
  readonly hint: string;
}

const MESSAGES: Readonly<Record<Tampered["what"], string>> = {
  changed: "was changed after it was written",
  removed: "does not follow the line before it: lines were removed",
  inserted: "was inserted",
  moved: "is not in its place",
};

/**
 * Tells a finding.
 *
 * @param finding What was found.
 * @returns What a verification returns of it.
 */
export function tellFinding(finding: Finding): Tampered {
  const { what, at, hint } = finding;
  const message = `Line ${at.line} of ${quote(at.file)} ${
    MESSAGES[what]
  }${hint}`;
  return { status: "tampered", what, at, message };
}
