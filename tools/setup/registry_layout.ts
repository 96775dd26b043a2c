import type { TextFiles, VendoredPackage } from "./adapt_packages.ts";

/** Lays packages out as Deno itself does in a vendor folder. */
export async function registryLayout(
  packages: readonly VendoredPackage[],
): Promise<TextFiles> {
  const tree = new Map<string, string>();
  for (const { name, version, exports, files } of packages) {
    const root = `@std/${name}`;
    const manifest: Record<string, { size: number; checksum: string }> = {};
    for (const [file, text] of files) {
      manifest[`/${file}`] = await entryOf(text);
      tree.set(`${root}/${version}/${file}`, text);
    }
    tree.set(
      `${root}/meta.json`,
      JSON.stringify({
        scope: "std",
        name,
        latest: version,
        versions: { [version]: {} },
      }),
    );
    tree.set(
      `${root}/${version}_meta.json`,
      JSON.stringify({ exports, manifest }),
    );
  }
  return tree;
}

async function entryOf(
  text: string,
): Promise<{ size: number; checksum: string }> {
  const bytes = new TextEncoder().encode(text);
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return {
    size: bytes.length,
    checksum: `sha256-${new Uint8Array(digest).toHex()}`,
  };
}
