import type { TextFiles } from "./adapt_packages.ts";

/** The part of npm's `tar-stream` that is used here. */
interface TarStream {
  extract(): TarExtract;
}

interface TarExtract extends AsyncIterable<TarEntry> {
  end(bytes: Uint8Array): void;
}

interface TarEntry extends AsyncIterable<Uint8Array<ArrayBuffer>> {
  readonly header: { readonly name: string; readonly type: string };
  resume(): void;
}

const TAR_STREAM = "npm:tar-stream@3.2.2";

/** Reads text files from a packed npm package, in memory. */
export async function unpackTarball(
  bytes: Uint8Array<ArrayBuffer>,
  wanted: (path: string) => boolean,
): Promise<TextFiles> {
  // A variable, so that Deno does not download it before it is needed.
  const { default: tar }: { default: TarStream } = await import(TAR_STREAM);
  const files = new Map<string, string>();
  const extract = tar.extract();
  extract.end(await gunzip(bytes));
  for await (const entry of extract) {
    const { name, type } = entry.header;
    if (type !== "file" || !wanted(name)) {
      entry.resume();
      continue;
    }
    const chunks = await Array.fromAsync(entry);
    files.set(name, await new Blob(chunks).text());
  }
  return files;
}

async function gunzip(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const plain = new Blob([bytes]).stream()
    .pipeThrough(new DecompressionStream("gzip"));
  return await new Response(plain).bytes();
}
