/**
 * Bounded reading of small files.
 *
 * @module
 */

const CHUNK = 65_536;

/**
 * Reads a regular file up to a limit: a pipe would wait for ever, a device
 * never end.
 *
 * Needs `read` permission for the file.
 *
 * @param path The path of the file, or its `file:` URL.
 * @param limit The most bytes that are of use.
 * @returns The bytes, a little over the limit if there are more; `undefined` if
 * it is not a regular file.
 */
export function readFileBytes(
  path: string | URL,
  limit: number,
): Uint8Array | undefined {
  if (!Deno.statSync(path).isFile) return undefined;
  using file = Deno.openSync(path, { read: true });
  const chunks: Uint8Array[] = [];
  let length = 0;
  while (length <= limit) {
    const chunk = new Uint8Array(CHUNK);
    const count = file.readSync(chunk);
    if (count === null) break;
    chunks.push(chunk.subarray(0, count));
    length += count;
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
