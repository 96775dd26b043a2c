/** Reads the request that `runChild()` passed to this script. */
export function readRequest<Request>(): Request {
  return JSON.parse(Deno.args[0] ?? "{}");
}

/** Writes the measurements as JSON, at the end of the script. */
export function answer(value: unknown): void {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  let written = 0;
  while (written < bytes.length) {
    written += Deno.stdout.writeSync(bytes.subarray(written));
  }
}
