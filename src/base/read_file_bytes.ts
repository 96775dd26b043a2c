// Most files that are read synchronously are shorter.
const FIRST_BYTES = 1_024;
// An asynchronous read costs far more than the memory.
const FIRST_BYTES_ASYNC = 65_536;

/** Yields the buffer to fill next, takes the number of bytes that filled it, and returns all of them. */
function* readUpTo(
  limit: number,
  first: number,
): Generator<Uint8Array, Uint8Array, number | null> {
  let buffer = new Uint8Array(Math.min(first, limit));
  let length = 0;
  while (length < limit) {
    if (length === buffer.length) {
      const larger = new Uint8Array(Math.min(buffer.length * 4, limit));
      larger.set(buffer);
      buffer = larger;
    }
    const count = yield buffer.subarray(length);
    if (count === null) break;
    length += count;
  }
  return buffer.subarray(0, length);
}

/** Reads at most `limit` bytes. Needs `read` permission. */
export function readFileStart(path: string | URL, limit: number): Uint8Array {
  const file = Deno.openSync(path);
  try {
    const reading = readUpTo(limit, FIRST_BYTES);
    let step = reading.next();
    while (!step.done) step = reading.next(file.readSync(step.value));
    return step.value;
  } finally {
    file.close();
  }
}

/** Reads at most `limit` bytes of an open file. */
export async function readOpenFile(
  file: Pick<Deno.FsFile, "read">,
  limit: number,
): Promise<Uint8Array> {
  const reading = readUpTo(limit, FIRST_BYTES_ASYNC);
  let step = reading.next();
  while (!step.done) step = reading.next(await file.read(step.value));
  return step.value;
}

/**
 * Reads a regular file. Opening a pipe waits for a writer, and a device may
 * never end, so both return `undefined`. A file over the limit returns one byte
 * more than the limit.
 */
export function readFileBytes(
  path: string | URL,
  limit: number,
): Uint8Array | undefined {
  return Deno.statSync(path).isFile
    ? readFileStart(path, limit + 1)
    : undefined;
}

const UTF8 = new TextDecoder("utf-8", { fatal: true });

/** Decodes what {@linkcode readFileBytes} returned as UTF-8 text without NUL, or names the fault. */
export function decodeFileText(
  bytes: Uint8Array | undefined,
  limit: number,
): Readonly<{ text: string } | { fault: string }> {
  if (bytes === undefined) return { fault: "is not a regular file" };
  if (bytes.length > limit) return { fault: `is larger than ${limit} bytes` };
  try {
    const text = UTF8.decode(bytes);
    if (!text.includes("\0")) return { text };
  } catch {
    // The error says nothing more, and the bytes may be a secret.
  }
  return { fault: "is not text in UTF-8" };
}
