import type { SourceDocument } from "./contracts.ts";

// A larger file is hardly written by a person.
const MAX_BYTES = 8 * 1024 * 1024;

/**
 * Reads a text file in UTF-8, or in UTF-16 with a byte order mark. Needs
 * permission `read` for it.
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
