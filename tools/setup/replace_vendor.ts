import type { TextFiles } from "./adapt_packages.ts";
import { readStamp, type Stamp, writeStamp } from "./stamp.ts";

/** Prefix of folders that are being filled or removed. */
export const PARTIAL_PREFIX = "vendor.partial-";

const ATTEMPTS = 5;

/**
 * Puts a filled vendor folder in place in one step, so that no process sees a
 * partial one. The result of a faster run stays.
 */
export async function replaceVendor(
  root: string,
  host: string,
  tree: TextFiles,
  stamp: Stamp,
): Promise<void> {
  const vendor = `${root}/vendor`;
  const partial = partialName(root);
  try {
    for (const [path, text] of tree) {
      const file = `${partial}/${host}/${path}`;
      await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), {
        recursive: true,
      });
      await Deno.writeTextFile(file, text);
    }
    await writeStamp(partial, stamp);
    for (let attempt = 1;; attempt++) {
      try {
        return await Deno.rename(partial, vendor);
      } catch (error) {
        if ((await readStamp(vendor))?.recipe === stamp.recipe) return;
        if (attempt === ATTEMPTS) throw error;
        await discardVendor(root);
      }
    }
  } finally {
    await removeIfThere(partial);
  }
}

/** Removes the vendor folder; other processes see a single step. */
export async function discardVendor(root: string): Promise<void> {
  const trash = partialName(root);
  try {
    await Deno.rename(`${root}/vendor`, trash);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  await removeIfThere(trash);
}

function partialName(root: string): string {
  const random = crypto.randomUUID().slice(0, 8);
  return `${root}/${PARTIAL_PREFIX}${Deno.pid}-${random}`;
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
