/**
 * How a script that measures is told what to do, and answers.
 *
 * @module
 */

/**
 * What the script is told.
 *
 * @typeParam Request What the one who starts it hands over.
 * @returns The request.
 */
export function readRequest<Request>(): Request {
  return JSON.parse(Deno.args[0] ?? "{}");
}

/**
 * Answers, at the end of the script.
 *
 * @param value What was measured.
 */
export function answer(value: unknown): void {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  let written = 0;
  while (written < bytes.length) {
    written += Deno.stdout.writeSync(bytes.subarray(written));
  }
}
