/** The registry that the vendor folder was filled from. */
export type Origin = "jsr" | "npm";

/** The mark of a complete vendor folder, with the hash of its recipe. */
export interface Stamp {
  readonly recipe: string;
  readonly origin: Origin;
}

/** File name of the stamp in the vendor folder; it is written last. */
export const STAMP_FILE = ".setup.json";

/** Hashes everything that decides the contents of a vendor folder. */
export async function hashRecipe(folder: string): Promise<string> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (entry.isFile) names.push(entry.name);
  }
  const parts = await Promise.all(
    names.sort().map(async (name) =>
      `${name}\n${await Deno.readTextFile(`${folder}/${name}`)}\n`
    ),
  );
  const bytes = new TextEncoder().encode(parts.join(""));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** Reads the stamp of a vendor folder, or `undefined` without a valid one. */
export async function readStamp(vendor: string): Promise<Stamp | undefined> {
  try {
    return parseStamp(await Deno.readTextFile(`${vendor}/${STAMP_FILE}`));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Writes the stamp of a complete vendor folder. */
export async function writeStamp(vendor: string, stamp: Stamp): Promise<void> {
  const path = `${vendor}/${STAMP_FILE}`;
  await Deno.writeTextFile(`${path}.tmp`, `${JSON.stringify(stamp)}\n`);
  await Deno.rename(`${path}.tmp`, path);
}

function parseStamp(text: string): Stamp | undefined {
  try {
    const { recipe, origin } = JSON.parse(text);
    if (typeof recipe !== "string") return undefined;
    return origin === "jsr" || origin === "npm"
      ? { recipe, origin }
      : undefined;
  } catch {
    return undefined;
  }
}
