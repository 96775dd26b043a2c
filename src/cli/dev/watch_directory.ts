/** Watches the files of a plugin. */

import { createHash } from "node:crypto";
import { listFiles } from "../diff/plugin_files.ts";

/** Folders that tools write to. */
const IGNORED_REGEXP = /(?:^|[\\/])(?:\.git|node_modules|coverage)(?:[\\/]|$)/;
const MAX_DIGESTED = 4_194_304;

/** Calls back on every change in a directory. Needs `read` permission. */
export function watchDirectory(
  directory: string,
  onChange: () => void,
): Disposable {
  const watcher = Deno.watchFs(directory, { recursive: true });
  void (async () => {
    for await (const { kind, paths } of watcher) {
      const isOwn = paths.some((path) =>
        !IGNORED_REGEXP.test(path.slice(directory.length))
      );
      if (kind !== "access" && isOwn) onChange();
    }
  })().catch(onChange);
  return watcher;
}

/** Describes the contents of all files; `undefined` if that is unknown. */
export async function fingerprintOf(
  directory: string,
): Promise<string | undefined> {
  try {
    const files = await listFiles(directory);
    if (files === undefined) return undefined;
    const hash = createHash("sha256");
    for (const [path, { size, digest }] of [...files].sort()) {
      if (IGNORED_REGEXP.test(path)) continue;
      const contents = size > MAX_DIGESTED ? String(size) : await digest();
      hash.update(`${JSON.stringify(path)} ${contents}\n`);
    }
    return hash.digest("hex");
  } catch {
    // A file disappeared meanwhile, or may not be read.
    return undefined;
  }
}
