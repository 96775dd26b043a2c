import type { SourceDocument } from "./contracts.ts";

// More is hardly Markdown that a person wrote.
const MAX_BYTES = 8 * 1024 * 1024;

/**
 * Reads a file of text, in UTF-8 or in UTF-16 with a byte order mark. Needs
 * permission `read` for it.
 *
 * @param path The file.
 * @returns What it says; `undefined` where it cannot be read or is too big.
 */
export async function readDocument(
  path: string,
): Promise<SourceDocument | undefined> {
  try {
    const { size } = await Deno.stat(path);
    if (size > MAX_BYTES) return undefined;
    const bytes = await Deno.readFile(path);
    return { path, text: new TextDecoder(encodingOf(bytes)).decode(bytes) };
  } catch {
    return undefined;
  }
}

function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  if (first === 0xfe && second === 0xff) return "utf-16be";
  return "utf-8";
}
