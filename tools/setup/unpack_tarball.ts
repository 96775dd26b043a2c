import type { TextFiles } from "./adapt_packages.ts";

/** The part of npm's `tar` that is used here. */
interface Tar {
  readonly Parser: new (options: {
    strict: boolean;
    filter: (path: string, entry: { type: string }) => boolean;
    onReadEntry: (entry: TarEntry) => void;
  }) => TarParser;
}

interface TarEntry {
  readonly path: string;
  concat(): Promise<Uint8Array>;
}

interface TarParser {
  on(event: "end", listener: () => void): void;
  on(event: "error", listener: (error: Error) => void): void;
  end(bytes: Uint8Array): void;
}

const TAR = "npm:tar@7.5.23";

/**
 * Reads text files out of a packed npm package, in memory.
 *
 * @param bytes The `.tgz` file.
 * @param wanted Says of each path whether to take it.
 * @returns The files that are wanted, by their path in the tarball.
 * @throws {Error} when the tarball is damaged.
 */
export async function unpackTarball(
  bytes: Uint8Array,
  wanted: (path: string) => boolean,
): Promise<TextFiles> {
  // Named by a variable, so that who has no need of it does not download it.
  const { Parser }: Tar = await import(TAR);
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const reads: Promise<readonly [string, string]>[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const parser = new Parser({
    strict: true,
    filter: (path, entry) => entry.type === "File" && wanted(path),
    onReadEntry(entry) {
      reads.push(
        entry.concat().then((data) => [entry.path, decoder.decode(data)]),
      );
    },
  });
  parser.on("end", resolve);
  parser.on("error", reject);
  parser.end(bytes);
  await promise;
  return new Map(await Promise.all(reads));
}
