/** Packs packages for registries on loopback. */

const BLOCK = 512;

/** Packs files as npm does: a gzipped tar archive of a folder `package`. */
export async function packNpm(
  files: Readonly<Record<string, string>>,
): Promise<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (const [path, text] of Object.entries(files)) {
    const body = encoder.encode(text);
    const header = new Uint8Array(BLOCK);
    const write = (at: number, field: string) =>
      header.set(encoder.encode(field), at);
    write(0, `package/${path}`);
    write(100, "0000644\0");
    write(124, `${body.length.toString(8).padStart(11, "0")}\0`);
    write(136, "00000000000\0");
    // The checksum counts its own field as spaces.
    write(148, "        ");
    write(156, "0");
    write(257, "ustar\x0000");
    const sum = header.reduce((total, byte) => total + byte, 0);
    write(148, `${sum.toString(8).padStart(6, "0")}\0 `);
    const padding = new Uint8Array(-body.length & (BLOCK - 1));
    parts.push(header, body, padding);
  }
  parts.push(new Uint8Array(2 * BLOCK));
  const stream = new Blob(parts).stream()
    .pipeThrough(new CompressionStream("gzip"));
  return await new Response(stream).bytes();
}
