/**
 * Remembers the plugins whose code the engine read.
 *
 * The engine keeps every module that it read until the process ends, and every
 * module that failed. This memory has to last as long, and all hosts of the
 * process share it: it is the one state that belongs to no host.
 *
 * @module
 */

import type { Problem } from "../../base/errors.ts";
import { fromFileUrl } from "../../base/file_url.ts";
import { fileName, isIn } from "../../base/path.ts";
import type {
  JudgedManifest,
  Manifest,
  ModuleCode,
} from "../../manifest/manifest.ts";
import { quote } from "../../base/text.ts";
import {
  haveSameBytes,
  isUnchanged,
  readCodeFiles,
  type ReadFile,
} from "./code_files.ts";

/** The code that the engine has of one entry. */
interface ImportedCode {
  /** The files that it comes from, by path. */
  readonly files: ReadonlyMap<string, ReadFile>;
  /** The manifests that it was imported for, by their place. */
  readonly manifests: Map<string, JudgedManifest>;
  /** Set when the engine is done: the files stayed the same meanwhile, or not. */
  reading: "open" | "same" | "changed";
}

const imported = new Map<string, ImportedCode>();

const NO_FILES: ReadonlyMap<string, ReadFile> = new Map();

function isInPlace({ place, bytes, stamp }: JudgedManifest): boolean {
  // Without a stamp it is a JSON module, which the engine keeps as it keeps code.
  return stamp === undefined || isUnchanged(place, { content: bytes, stamp });
}

/**
 * Remembers the files of a plugin. Call it before the engine reads any of them.
 *
 * @param code The plugin's module.
 * @returns Whether the engine did not have its code yet.
 */
export function rememberImport({ specifier, judged }: ModuleCode): boolean {
  if (judged === undefined) return false;
  const { directory, place } = judged;
  const known = imported.get(specifier);
  if (known === undefined) {
    imported.set(specifier, {
      files: directory === undefined
        ? NO_FILES
        : readCodeFiles(fromFileUrl(new URL(specifier)), directory),
      manifests: new Map([[place, judged]]),
      reading: "open",
    });
  } else if (!known.manifests.has(place)) {
    known.manifests.set(place, judged);
  }
  return known === undefined;
}

/**
 * Finds what changed of a plugin since the engine read its code.
 *
 * @param code The plugin's module, with the manifest as it was read now.
 * @returns What changed, as the end of a sentence; `undefined` when nothing did,
 * or when the engine never read it.
 */
export function findChange(
  { specifier, judged }: ModuleCode,
): string | undefined {
  const known = imported.get(specifier);
  if (known === undefined || judged === undefined) return undefined;
  if (known.reading === "changed") {
    return "its files changed while its code was imported";
  }
  const before = known.manifests.get(judged.place);
  const isOther = before !== undefined &&
    !haveSameBytes(before.bytes, judged.bytes);
  if (isOther || !isInPlace(judged)) return describeChange(judged.place);
  for (const [path, file] of known.files) {
    if (!isUnchanged(path, file)) return describeChange(path, judged.directory);
  }
  return undefined;
}

function describeChange(path: string, directory?: string): string {
  const name = directory === undefined || !isIn(path, directory)
    ? fileName(path)
    : path.slice(directory.length + 1);
  return `its file ${quote(name)} changed since its code was imported`;
}

/**
 * Checks that a plugin's files stayed the same while the engine read them. When
 * they did not, this process uses none of its code any more.
 *
 * @param id The plugin.
 * @param code Its module, which {@linkcode rememberImport} got before.
 * @returns Why the code must not be used; `undefined` when it may.
 */
export function confirmImport(
  id: string,
  code: ModuleCode,
): Problem | undefined {
  const known = imported.get(code.specifier);
  if (known?.reading !== "open") return undefined;
  const change = findChange(code);
  // What the engine made of files that changed meanwhile, nobody knows.
  known.reading = change === undefined ? "same" : "changed";
  return change === undefined ? undefined : restartRequired(id, change);
}

/**
 * The manifest that the code of a plugin was imported for.
 *
 * @param code The plugin's module.
 * @returns The manifest; `undefined` when the engine never read it for one at
 * this place.
 */
export function importedManifest(
  { specifier, judged }: ModuleCode,
): Manifest | undefined {
  if (judged === undefined) return undefined;
  return imported.get(specifier)?.manifests.get(judged.place)?.manifest;
}

/**
 * Finds out whether a plugin's manifest is still the one that was read.
 *
 * @param code The plugin's module.
 * @returns Whether it is.
 */
export function isAsJudged({ judged }: ModuleCode): boolean {
  return judged === undefined || isInPlace(judged);
}

/**
 * Makes the problem of a plugin that changed since its code was imported.
 *
 * @param id The plugin.
 * @param change What changed, as {@linkcode findChange} tells it.
 * @returns The problem.
 */
export function restartRequired(id: string, change: string): Problem {
  return Object.freeze({
    code: "PLUGIN_RESTART_REQUIRED",
    message: `Cannot load plugin "${id}": ${change}`,
    remedy: "Start the host again: a process keeps the code that it imported",
  });
}
