/** Writes all of a text. */
export function writeText(
  output: Readonly<{ writeSync(bytes: Uint8Array): number }>,
  text: string,
): void {
  let rest = new TextEncoder().encode(text);
  try {
    while (rest.length > 0) rest = rest.subarray(output.writeSync(rest));
  } catch (error) {
    // The reader has closed the pipe, as `head` does.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
