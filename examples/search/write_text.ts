/**
 * Writes a text as a whole.
 *
 * @param output Where to.
 * @param text The text.
 */
export function writeText(
  output: Readonly<{ writeSync(bytes: Uint8Array): number }>,
  text: string,
): void {
  let rest = new TextEncoder().encode(text);
  try {
    while (rest.length > 0) rest = rest.subarray(output.writeSync(rest));
  } catch (error) {
    // Who reads has seen enough, as `head` does.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
