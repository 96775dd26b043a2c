import type { Builtin } from "@semantik/plugins";

/** The files of a folder, by their relative paths. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

const MODULE = "export default { setup() { return {}; } };\n";

/** Returns a manifest with the required fields. */
export function manifest(
  id: string,
  others: Partial<Builtin["manifest"]> = {},
): string {
  return JSON.stringify({ id, type: "reader", version: "1.0.0", ...others });
}

/** Returns the files of a plugin in a folder named after its id. */
export function pluginFiles(
  id: string,
  others: Partial<Builtin["manifest"]> = {},
  module: string = MODULE,
): Files {
  return {
    [`${id}/plugin.json`]: manifest(id, others),
    [`${id}/mod.ts`]: module,
  };
}

/** Creates a folder, and removes it afterwards. */
export async function withFolder(
  files: Files,
  use: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    for (const [path, content] of Object.entries(files)) {
      const file = `${folder}/${path}`;
      await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), {
        recursive: true,
      });
      if (typeof content === "string") await Deno.writeTextFile(file, content);
      else await Deno.writeFile(file, content);
    }
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
