/**
 * The last resort: what goes wrong with the audit trail itself.
 *
 * @module
 */

import { escapeControls } from "../text.ts";
import { writeWhole } from "./write_whole.ts";

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
