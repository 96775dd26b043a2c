/** Plugins that cannot lie in a repository: links, and files that are no text. */

import { makeSymlink } from "../make_symlink.ts";

function manifest(id: string, entry?: string): string {
  return JSON.stringify({ id, type: "thing", version: "1.0.0", entry });
}

async function write(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    const path = `${folder}/${name}`;
    if (typeof content === "string") await Deno.writeTextFile(path, content);
    else await Deno.writeFile(path, content);
  }
}

const MUST_NOT_RUN = 'throw new Error("this code must not run");\n';

/**
 * Makes them.
 *
 * @param folder The folder in which each gets one of its own.
 */
export async function makeHostile(folder: string): Promise<void> {
  const at = (name: string) => `${folder}/${name}`;
  await write(at("manifest-binary"), {
    "plugin.json": Uint8Array.from({ length: 4_096 }, (_, index) => index * 7),
    "mod.ts": MUST_NOT_RUN,
  });
  await write(at("manifest-huge"), {
    "plugin.json": manifest("manifest-huge") + " ".repeat(8_000_000),
    "mod.ts": MUST_NOT_RUN,
  });
  await write(at("manifest-deep"), {
    "plugin.json": "[".repeat(120_000) + "]".repeat(120_000),
    "mod.ts": MUST_NOT_RUN,
  });
  await write(folder, { "secret.txt": "root:correct-horse:0:0\n" });
  await write(at("manifest-link"), { "mod.ts": MUST_NOT_RUN });
  await makeSymlink("../secret.txt", at("manifest-link/plugin.json"));
  await write(folder, { "outside.ts": MUST_NOT_RUN });
  await write(at("entry-link"), { "plugin.json": manifest("entry-link") });
  await makeSymlink("../outside.ts", at("entry-link/mod.ts"));
  await write(at("entry-circle"), { "plugin.json": manifest("entry-circle") });
  await makeSymlink("./mod.ts", at("entry-circle/mod.ts"));
  await write(at("entry-huge"), {
    "plugin.json": manifest("entry-huge"),
    "mod.ts": `throw "${"x".repeat(2_000_000)}";`,
  });
  await write(at("syntax-error"), {
    "plugin.json": manifest("syntax-error"),
    "mod.ts": "export default {{{ setup: () => \n",
  });
  await write(at("not-a-plugin"), { "README.md": "Nothing here" });
}
