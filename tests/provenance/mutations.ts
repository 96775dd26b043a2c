/** Sixty changes of a plugin's files. */

import { makeSymlink } from "../make_symlink.ts";
import { SEARCH_FILES, writeFiles } from "./plugin_folder.ts";

/** Changes the plugin in a folder, and returns the path that must be named. */
export type Mutation = (folder: string) => Promise<string>;

/** The files of the plugin that is changed. */
export const MUTATED_FILES: Readonly<Record<string, string>> = {
  ...SEARCH_FILES,
  "empty.txt": "",
  "docs/é.md": "# É\n",
  "lib/deep/er/x.ts": "export const x = 1;\n",
  "data/table.bin": "\0\u0001\u0002",
};

async function edit(
  folder: string,
  path: string,
  change: (bytes: Uint8Array) => Uint8Array,
): Promise<string> {
  const place = `${folder}/${path}`;
  await Deno.writeFile(place, change(await Deno.readFile(place)));
  return path;
}

function editText(
  path: string,
  change: (text: string) => string,
): Mutation {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  return (folder) =>
    edit(
      folder,
      path,
      (bytes) => encoder.encode(change(decoder.decode(bytes))),
    );
}

function add(path: string, content = "export {};\n"): Mutation {
  return async (folder) => {
    await writeFiles(folder, { [path]: content });
    return path;
  };
}

function remove(path: string): Mutation {
  return async (folder) => {
    await Deno.remove(`${folder}/${path}`);
    return path;
  };
}

function move(from: string, to: string, named = to): Mutation {
  return async (folder) => {
    const place = `${folder}/${to}`;
    await Deno.mkdir(place.slice(0, place.lastIndexOf("/")), {
      recursive: true,
    });
    await Deno.rename(`${folder}/${from}`, place);
    return named;
  };
}

function link(path: string, target: string): Mutation {
  return async (folder) => {
    await Deno.remove(`${folder}/${path}`, { recursive: true }).catch(() => {});
    await makeSymlink(target, `${folder}/${path}`);
    return path;
  };
}

function swap(one: string, other: string): Mutation {
  return async (folder) => {
    await Deno.rename(`${folder}/${one}`, `${folder}/swap`);
    await Deno.rename(`${folder}/${other}`, `${folder}/${one}`);
    await Deno.rename(`${folder}/swap`, `${folder}/${other}`);
    return one;
  };
}

/** The changes by what they change. */
export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  "one bit of a module": (folder) =>
    edit(
      folder,
      "mod.ts",
      (bytes) => bytes.map((byte, i) => i === 5 ? byte ^ 1 : byte),
    ),
  "one bit of data": (folder) =>
    edit(
      folder,
      "data/table.bin",
      (bytes) => bytes.map((byte, i) => i === 1 ? byte ^ 128 : byte),
    ),
  "a byte at the end": editText("mod.ts", (text) => `${text} `),
  "a line feed at the end": editText("mod.ts", (text) => `${text}\n`),
  "no line feed at the end": editText("mod.ts", (text) => text.trimEnd()),
  "a byte at the start": editText("mod.ts", (text) => ` ${text}`),
  "a mark of byte order": editText("mod.ts", (text) => `\ufeff${text}`),
  "a half module": editText(
    "lib/search.ts",
    (text) => text.slice(0, text.length / 2),
  ),
  "an empty module": editText("lib/search.ts", () => ""),
  "a module twice": editText("lib/search.ts", (text) => text + text),
  "a comment": editText("lib/search.ts", (text) => `${text}// x\n`),
  "an invisible character": editText(
    "lib/search.ts",
    (text) => text.replace("default", "default\u200b"),
  ),
  "a letter that looks alike": editText(
    "lib/search.ts",
    (text) => text.replace("e", "\u0435"),
  ),
  "another normal form": editText("docs/é.md", (text) => text.normalize("NFD")),
  "another encoding": (folder) =>
    edit(folder, "docs/é.md", () => new Uint8Array([35, 32, 201, 10])),
  "line endings of Windows": editText(
    "mod.ts",
    (text) => text.replaceAll("\n", "\r\n"),
  ),
  "line endings of old systems": editText(
    "data/words.txt",
    (text) => text.replaceAll("\n", "\r"),
  ),
  "tabs for spaces": editText(
    "lib/search.ts",
    (text) => text.replaceAll(" ", "\t"),
  ),
  "spaces in JSON": editText("plugin.json", (text) => text.replaceAll(" ", "")),
  "the order of JSON": editText(
    "plugin.json",
    (text) =>
      JSON.stringify(
        Object.fromEntries(Object.entries(JSON.parse(text)).reverse()),
      ),
  ),
  "a permission more": editText(
    "plugin.json",
    (text) =>
      text.replace('"a.example:443"', '"a.example:443", "evil.example"'),
  ),
  "a permission less": editText(
    "plugin.json",
    (text) => text.replace(', "permissions": { "net": ["a.example:443"] }', ""),
  ),
  "another version": editText(
    "plugin.json",
    (text) => text.replace("1.2.0", "1.2.1"),
  ),
  "another entry": editText(
    "plugin.json",
    (text) => text.replace('"type"', '"entry": "./lib/search.ts", "type"'),
  ),
  "a text in an empty file": editText("empty.txt", () => "x"),
  "a large file": editText("data/words.txt", () => "x".repeat(2_000_000)),
  "a module more": add("evil.ts"),
  "a deep module more": add("lib/deep/er/evil.ts"),
  "a module in a new folder": add("new/evil.ts"),
  "an empty file more": add("nothing", ""),
  "a hidden file": add(".env", "A=1"),
  "a configuration of Deno": add("deno.json", "{}"),
  "a configuration of npm": add("package.json", "{}"),
  "a file of the Finder": add(".DS_Store"),
  "a file of the Explorer": add("lib/Thumbs.db"),
  "a file of foreign disks": add("._mod.ts"),
  "a repository": async (folder) => (await add(".git/HEAD")(folder), ".git"),
  "packages": async (
    folder,
  ) => (await add("node_modules/x/index.js")(folder), "node_modules"),
  "a name with a backslash": add("lib\\search.ts"),
  "a name with a line feed": add("a\nb.ts"),
  "a name with an escape": add("a\u001b[2Jb.ts"),
  "a name that reads backwards": add("a\u202est.exe"),
  "a name with a zero-width space": add("mod\u200b.ts"),
  "a name in normal form D": add("docs/e\u0301.md"),
  "a name that ends in a dot": add("mod.ts."),
  "a name that ends in a space": add("mod.ts "),
  "a stream of NTFS": add("mod.ts:evil"),
  "a name in another case": add("MOD.ts"),
  "a folder in another case": async (
    folder,
  ) => (await add("Lib/evil.ts")(folder), "ib"),
  "no manifest": remove("plugin.json"),
  "no entry": remove("mod.ts"),
  "no empty file": remove("empty.txt"),
  "a renamed module": move("lib/search.ts", "lib/searcher.ts"),
  "a module in another folder": move("lib/search.ts", "search.ts"),
  "a folder in another place": move("lib/deep", "deep", "deep/er/x.ts"),
  "two swapped files": swap("mod.ts", "lib/search.ts"),
  "a link for a module": link("mod.ts", "lib/search.ts"),
  "a link to itself": link("mod.ts", "mod.ts"),
  "a link for a folder": link("lib", "docs"),
  "a link that leads out": link("data", "/etc"),
  "a link more": link("extra", "mod.ts"),
  "a link to nothing": link("gone", "nowhere"),
  "a folder for a file": async (folder) => {
    await Deno.remove(`${folder}/mod.ts`);
    return await add("mod.ts/x.ts")(folder);
  },
};

const NOT_ON_WINDOWS_REGEXP = /name|NTFS|another case/;

/** Tests if this system cannot make a change. */
export function isImpossible(name: string): boolean {
  return Deno.build.os === "windows" && NOT_ON_WINDOWS_REGEXP.test(name);
}
