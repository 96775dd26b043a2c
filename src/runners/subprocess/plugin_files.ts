/** Reads what the command of a plugin's process depends on in its files. */

import { fromFileUrl, isIn, joinFilePath } from "../../base/path.ts";
import type { Problem } from "../../base/errors.ts";
import { quote } from "../../base/text.ts";
import type { ModuleCode, ReadPlugin } from "../../manifest/manifest.ts";
import { readCodeFiles } from "../in_process/imported_code.ts";
import type { Brings } from "./command.ts";
import { configFault, hasField } from "./deno_config.ts";

const MAX_ENTRIES = 5_000;
// Nobody writes a larger configuration, and a file without content can be.
const MAX_TEXT_BYTES = 262_144;

export function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Finds the plugin's own configuration of Deno. */
export function findConfig(directory: string): string | undefined {
  return ["deno.json", "deno.jsonc"]
    .map((name) => joinFilePath(directory, name)).find(isFile);
}

/** Describes why Deno may follow a symbolic link out of a directory. */
export function linkFault(directory: string): string | undefined {
  const waiting = [directory];
  let seen = 0;
  for (const at of waiting) {
    let entries: Deno.DirEntry[];
    try {
      entries = [...Deno.readDirSync(at)];
    } catch {
      // The process may still be able to read it.
      return `the directory ${quote(at)} cannot be read`;
    }
    for (const { name, isDirectory, isSymlink } of entries) {
      const path = joinFilePath(at, name);
      if (++seen > MAX_ENTRIES) {
        return `its directory has more than ${MAX_ENTRIES} files, which may ` +
          "be links that lead out of it";
      }
      if (isDirectory) waiting.push(path);
      if (isSymlink && !leadsInto(path, directory)) {
        return `the link ${quote(path)} leads out of its directory`;
      }
    }
  }
  return undefined;
}

function leadsInto(link: string, directory: string): boolean {
  try {
    const target = Deno.realPathSync(link);
    return target === directory || isIn(target, directory);
  } catch {
    // It may be made to lead anywhere.
    return false;
  }
}

function linkProblem(
  { manifest: { id }, directory }: ReadPlugin,
): Problem | undefined {
  const fault = directory === undefined ? undefined : linkFault(directory);
  return fault === undefined ? undefined : Object.freeze({
    code: "PLUGIN_RUNNER_UNAVAILABLE",
    message: `Cannot run plugin "${id}" in its own process: ${fault}`,
    remedy: "Replace the link by a copy, since a process may read what it " +
      "leads to",
  });
}

function configProblem(
  { manifest: { id }, directory }: ReadPlugin,
  config: string | undefined,
): Problem | undefined {
  const own = directory === undefined ? undefined : findConfig(directory);
  const path = own ?? config;
  if (path === undefined) return undefined;
  const text = readText(path);
  const fault = text === undefined
    ? `cannot be read, or has more than ${MAX_TEXT_BYTES} bytes`
    : configFault(text, path === own);
  return fault === undefined ? undefined : Object.freeze({
    code: "PLUGIN_RUNNER_UNAVAILABLE",
    message: `Cannot run plugin "${id}" in its own process: the file ${
      quote(path)
    } ${fault}`,
    remedy: "Keep only what its imports need: imports, scopes, compilerOptions",
  });
}

/** Tests if a configuration sets the least age of packages. */
export function setsAge(config: string): boolean {
  return hasField(readText(config) ?? "", "minimumDependencyAge");
}

/**
 * Finds what in the files would let the process do more than its flags say. A host
 * that decides live follows each link itself.
 */
export function fileProblems(
  plugin: ReadPlugin,
  config: string | undefined,
  isLive: boolean,
): readonly Problem[] {
  return [
    isLive ? undefined : linkProblem(plugin),
    configProblem(plugin, config),
  ].filter((problem) => problem !== undefined);
}

const NPM_REGEXP = /["'`]npm:/;
const REMOTE_REGEXP = /["'`](?:jsr:|https?:)/;

/** Finds out which kinds of modules a plugin brings besides its own files. */
export function readBrings(
  { specifier, judged }: ModuleCode,
  config: string | undefined,
): Brings {
  if (specifier.startsWith("npm:")) return { npm: true, remote: false };
  const directory = judged?.directory;
  if (directory === undefined || !specifier.startsWith("file:")) {
    return { npm: true, remote: true };
  }
  const entry = fromFileUrl(new URL(specifier));
  const decoder = new TextDecoder();
  const texts = [...readCodeFiles(entry, directory).files.values()]
    .map(({ content }) =>
      typeof content === "string" ? "" : decoder.decode(content)
    );
  if (config !== undefined) texts.push(readText(config) ?? "");
  return {
    npm: texts.some((text) => NPM_REGEXP.test(text)),
    remote: texts.some((text) => REMOTE_REGEXP.test(text)),
  };
}

/** Reads a configuration. */
export function readText(path: string): string | undefined {
  try {
    const { isFile, size } = Deno.statSync(path);
    if (!isFile || size > MAX_TEXT_BYTES) return undefined;
    return Deno.readTextFileSync(path);
  } catch {
    return undefined;
  }
}
