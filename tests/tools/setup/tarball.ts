/**
 * Packs text files as npm would.
 *
 * @param files The texts, by their path in the tarball.
 * @returns The `.tgz` file.
 */
export async function tarball(
  files: Readonly<Record<string, string>>,
): Promise<Uint8Array<ArrayBuffer>> {
  const blocks = Object.entries(files).flatMap(([path, text]) => {
    const data = new TextEncoder().encode(text);
    const padded = new Uint8Array(Math.ceil(data.length / 512) * 512);
    padded.set(data);
    return [header(path, data.length), padded];
  });
  const stream = new Blob([...blocks, new Uint8Array(1024)]).stream()
    .pipeThrough(new CompressionStream("gzip"));
  return await new Response(stream).bytes();
}

function header(path: string, size: number): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(512);
  const put = (offset: number, text: string) =>
    block.set(new TextEncoder().encode(text), offset);
  // A path that is too long for its field is cut at a slash.
  const cut = path.length > 100 ? path.indexOf("/", path.length - 101) : -1;
  put(0, path.slice(cut + 1));
  if (cut > 0) put(345, path.slice(0, cut));
  put(100, "0000644\0");
  put(124, `${size.toString(8).padStart(11, "0")}\0`);
  put(148, " ".repeat(8));
  put(156, "0");
  put(257, "ustar\x0000");
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, "0")}\0 `);
  return block;
}
