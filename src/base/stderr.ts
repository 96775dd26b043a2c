/**
 * Output that may fail: writing all of it, and the last resort, which is
 * standard error.
 *
 * @module
 */

import { describeThrown, escapeControls } from "./text.ts";

/** What can be written to. */
export interface SyncWriter {
  /** Writes some bytes, and says how many. */
  writeSync(bytes: Uint8Array): number;
}

const MAX_WAITS = 1_000;

function wait(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
}

/** Thrown where not all bytes could be written. */
export class PartialWriteError extends Error {
  /** Always `"PartialWriteError"`. */
  override readonly name = "PartialWriteError";
  /** How many bytes were written. */
  readonly written: number;

  /**
   * Makes an error.
   *
   * @param written How many bytes were written.
   * @param cause Why not all of them.
   */
  constructor(written: number, cause: unknown) {
    super(`Not all could be written: ${describeThrown(cause)}`, { cause });
    this.written = written;
  }
}

/**
 * Writes all bytes, in as few calls as the system allows.
 *
 * A pipe whose reader is slow is waited for, about a second at most: a reader
 * that never reads must not stop the host for ever.
 *
 * @param writer Where to write.
 * @param bytes What to write.
 * @param patience How often to wait for a pipe that is full, a millisecond each time.
 * @throws {PartialWriteError} when it could not be written.
 */
export function writeWhole(
  writer: SyncWriter,
  bytes: Uint8Array,
  patience: number = MAX_WAITS,
): void {
  let written = 0;
  let waits = 0;
  while (written < bytes.length) {
    try {
      written += writer.writeSync(
        written === 0 ? bytes : bytes.subarray(written),
      );
    } catch (error) {
      if (error instanceof Deno.errors.Interrupted) continue;
      const full = error instanceof Deno.errors.WouldBlock;
      if (!full || waits >= patience) {
        throw new PartialWriteError(written, error);
      }
      waits++;
      wait();
    }
  }
}

/**
 * Says something on standard error, in one line. Never throws: where standard
 * error cannot be written either, nobody is left to tell.
 *
 * @param message What to say.
 */
export function sayOnStderr(message: string): void {
  try {
    const line = `${escapeControls(message)}\n`;
    writeWhole(Deno.stderr, new TextEncoder().encode(line), 0);
  } catch {
    // See above.
  }
}

/**
 * Says what is not as it should be, as {@linkcode sayOnStderr} does.
 *
 * @param message What to say.
 */
export function warnOnStderr(message: string): void {
  sayOnStderr(`Warning: ${message}`);
}
