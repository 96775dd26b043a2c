/**
 * Checkpoints: signed statements that the chain of a log once ended in a line.
 *
 * A file of checkpoints has one on each line, as JSON: `checkpoint` is the text
 * that is signed, and `signature` is what `ssh-keygen -Y sign` makes of it.
 */

import { isRecord } from "../base/errors.ts";
import { describeThrown } from "../base/text.ts";
import type { AuditAnchor } from "./chain.ts";

/** The purpose of a signature of a checkpoint, for `ssh-keygen -Y verify -n`. */
export const CHECKPOINT_NAMESPACE = "semantik-plugin-checkpoint";

/** A statement that the chain of a log ended in a line. */
export interface AuditCheckpoint extends AuditAnchor {
  /** The name of the log, as its host has it. */
  readonly log: string;
  /** The time at which it was signed: ISO 8601, UTC. */
  readonly time: string;
}

/** A checkpoint in a file. */
export interface SignedCheckpoint extends AuditCheckpoint {
  /** Its line in the file; the first one is 1. */
  readonly line: number;
  /** The text that is signed. */
  readonly text: string;
  /** The signature, as `ssh-keygen -Y sign` writes it. */
  readonly signature: string;
}

/** The content of a file of checkpoints. */
export interface CheckpointList {
  /** The checkpoints, the oldest first. */
  readonly checkpoints: readonly SignedCheckpoint[];
  /** The lines that are no checkpoint, or that contradict the one before. */
  readonly faults: readonly {
    /** The line, from 1. */
    readonly line: number;
    /** The reason. */
    readonly fault: string;
  }[];
}

/** Returns the text of a checkpoint that is signed. */
export function checkpointText(
  { log, sequence, hash, time }: AuditCheckpoint,
): string {
  return JSON.stringify({ checkpoint: 1, log, sequence, hash, time });
}

/** Returns the line of a signed checkpoint, with its newline. */
export function checkpointLine(text: string, signature: string): string {
  return `${JSON.stringify({ checkpoint: text, signature })}\n`;
}

const HASH_REGEXP = /^[0-9a-f]{64}$/;

function parseText(text: string): AuditCheckpoint {
  const value: unknown = JSON.parse(text);
  if (isRecord(value) && value["checkpoint"] === 1) {
    const { log, sequence, hash, time } = value;
    if (
      typeof log === "string" && typeof time === "string" &&
      !Number.isNaN(Date.parse(time)) && typeof hash === "string" &&
      HASH_REGEXP.test(hash) && typeof sequence === "number" &&
      Number.isSafeInteger(sequence) && sequence > 0
    ) return { log, sequence, hash, time };
  }
  throw new Error("its text is no checkpoint");
}

function parseLine(text: string, line: number): SignedCheckpoint {
  const value: unknown = JSON.parse(text);
  const { checkpoint, signature } = isRecord(value) ? value : {};
  if (typeof checkpoint !== "string" || typeof signature !== "string") {
    throw new Error("it is no checkpoint");
  }
  return { ...parseText(checkpoint), line, text: checkpoint, signature };
}

/** Returns how a checkpoint contradicts an earlier one, if it does. */
function contradiction(
  before: AuditCheckpoint,
  { log, sequence, hash, time }: AuditCheckpoint,
): string | undefined {
  if (log !== before.log) return "it is of another log than the one before";
  if (Date.parse(time) < Date.parse(before.time)) {
    return "it is older than the one before";
  }
  if (sequence < before.sequence) {
    return `it has number ${sequence}, and the one before has ${before.sequence}: the chain began anew, or went back`;
  }
  return sequence === before.sequence && hash !== before.hash
    ? `it has number ${sequence} as the one before, and another hash`
    : undefined;
}

/**
 * Parses a file of checkpoints. Verifies no signature: pass each `text` and
 * `signature` to `verifySsh` of `@semantik/plugins/provenance`, with
 * {@linkcode CHECKPOINT_NAMESPACE}.
 *
 * A last line without a newline, as a crash leaves it, is skipped.
 *
 * @example A file without a checkpoint
 * ```ts
 * import { parseCheckpoints } from "@semantik/plugins/audit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseCheckpoints("").checkpoints, []);
 * assertEquals(parseCheckpoints("{}\n").faults, [
 *   { line: 1, fault: "it is no checkpoint" },
 * ]);
 * ```
 *
 * @param text The content of the file.
 * @returns The checkpoints, and the lines that cannot be used.
 */
export function parseCheckpoints(text: string): CheckpointList {
  const checkpoints: SignedCheckpoint[] = [];
  const faults: { line: number; fault: string }[] = [];
  const lines = text.split("\n").slice(0, -1);
  for (const [index, written] of lines.entries()) {
    const line = index + 1;
    try {
      const checkpoint = parseLine(written, line);
      const before = checkpoints.at(-1);
      const fault = before && contradiction(before, checkpoint);
      checkpoints.push(checkpoint);
      if (fault !== undefined) faults.push({ line, fault });
    } catch (thrown) {
      const fault = thrown instanceof SyntaxError
        ? "it is no JSON"
        : thrown instanceof Error
        ? thrown.message
        : describeThrown(thrown);
      faults.push({ line, fault });
    }
  }
  return { checkpoints, faults };
}
