/** Plugins in folders, for one test. */

import { manifestOf, type ManifestParts } from "./builtin.ts";

/** A plugin in a folder: its code, or its code and what its manifest says. */
export type PluginFiles =
  | string
  | Readonly<{ code: string; manifest?: ManifestParts; id?: string }>;

async function writePlugin(
  folder: string,
  name: string,
  files: PluginFiles,
): Promise<void> {
  const { code, manifest = {}, id = name } = typeof files === "string"
    ? { code: files }
    : files;
  await Deno.mkdir(`${folder}/${name}`, { recursive: true });
  await Deno.writeTextFile(
    `${folder}/${name}/plugin.json`,
    JSON.stringify(manifestOf(id, manifest)),
  );
  await Deno.writeTextFile(`${folder}/${name}/mod.ts`, code);
}

/**
 * Calls a test with a folder of plugins, and removes it afterwards.
 *
 * @param plugins The plugins, by the names of their folders.
 * @param body The test.
 */
export async function withPlugins(
  plugins: Readonly<Record<string, PluginFiles>>,
  body: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.realPath(
    await Deno.makeTempDir({ prefix: "semantik_host_" }),
  );
  try {
    for (const [name, files] of Object.entries(plugins)) {
      await writePlugin(folder, name, files);
    }
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
