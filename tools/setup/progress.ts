/** Reports progress in one line. */
export type Say = (line: string) => void;

/**
 * Writes progress to standard error, so that a task's own output stays clean.
 */
export function sayOnStandardError(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`setup: ${line}\n`));
}
