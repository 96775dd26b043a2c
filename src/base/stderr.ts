import { describeThrown, escapeControls } from "./text.ts";

export interface SyncWriter {
  /** Writes some of the bytes and returns their number. */
  writeSync(bytes: Uint8Array): number;
}

const MAX_WAITS = 1_000;

function wait(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
}

export class PartialWriteError extends Error {
  override readonly name = "PartialWriteError";
  /** The number of bytes that were written. */
  readonly written: number;

  constructor(written: number, cause: unknown) {
    super(`Cannot write all bytes: ${describeThrown(cause)}`, { cause });
    this.written = written;
  }
}

/**
 * Writes all bytes, in as few calls as the system allows. Waits a millisecond at
 * a time while a pipe is full: a reader that never reads must not block the host.
 */
export function writeAll(
  writer: SyncWriter,
  bytes: Uint8Array,
  maxWaits: number = MAX_WAITS,
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
      if (!full || waits >= maxWaits) {
        throw new PartialWriteError(written, error);
      }
      waits++;
      wait();
    }
  }
}

/** Prints one line on standard error. Never throws: nowhere is left to report that. */
export function printOnStderr(message: string): void {
  try {
    const line = `${escapeControls(message)}\n`;
    writeAll(Deno.stderr, new TextEncoder().encode(line), 0);
  } catch {
    // Standard error is closed or full.
  }
}

/** Prints a warning on standard error. Never throws. */
export function warnOnStderr(message: string): void {
  printOnStderr(`Warning: ${message}`);
}
