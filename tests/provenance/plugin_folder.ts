/** Folders of plugins for tests. */

/** A folder that is removed with its owner. */
export interface PluginFolder extends AsyncDisposable {
  /** The absolute path, without symbolic links. */
  readonly path: string;
}

/** Makes a folder with files. */
export async function makeFolder(
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<PluginFolder> {
  const path = await Deno.realPath(await Deno.makeTempDir());
  await writeFiles(path, files);
  return {
    path,
    async [Symbol.asyncDispose]() {
      await Deno.remove(path, { recursive: true });
    },
  };
}

/** Writes files and the folders above them. */
export async function writeFiles(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    const full = `${folder}/${path}`;
    await Deno.mkdir(full.slice(0, full.lastIndexOf("/")), { recursive: true });
    await (typeof content === "string"
      ? Deno.writeTextFile(full, content)
      : Deno.writeFile(full, content));
  }
}

/** The files of a small plugin. */
export const SEARCH_FILES: Readonly<Record<string, string>> = {
  "plugin.json":
    '{ "id": "search", "type": "search", "version": "1.2.0", "permissions": { "net": ["a.example:443"] } }\n',
  "mod.ts": 'export { default } from "./lib/search.ts";\n',
  "lib/search.ts": "export default { setup: () => ({}) };\n",
  "data/words.txt": "one\ntwo\n",
};
