/**
 * Remembers the plugins whose code the engine read. The engine keeps every module
 * until the process ends, so all hosts of the process share this state.
 */

import type { Problem } from "../../base/errors.ts";
import { fileName, fromFileUrl, isIn } from "../../base/path.ts";
import type {
  JudgedManifest,
  Manifest,
  ModuleCode,
  ReadPlugin,
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
  /** Its files by path. */
  readonly files: ReadonlyMap<string, ReadFile>;
  /** The manifests that it was imported for, by place. */
  readonly manifests: Map<string, JudgedManifest>;
  /** The state of the files after the engine has read them. */
  reading: "open" | "same" | "changed";
}

const imported = new Map<string, ImportedCode>();

const NO_FILES: ReadonlyMap<string, ReadFile> = new Map();

function isInPlace({ place, bytes, stamp }: JudgedManifest): boolean {
  // A manifest without a stamp is a JSON module, which the engine keeps like code.
  return stamp === undefined || isUnchanged(place, { content: bytes, stamp });
}

/**
 * Remembers the files of a plugin, before the engine reads any of them. Returns
 * true if the engine did not have its code yet.
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

/** Describes the change of a plugin since the engine read its code, if any. */
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
 * Checks that a plugin's files stayed the same while the engine read them. Otherwise
 * this process must not use its code any more.
 */
export function confirmImport(
  { code, manifest: { id } }: ReadPlugin,
): Problem | undefined {
  if (code.kind === "object") return undefined;
  const known = imported.get(code.specifier);
  if (known?.reading !== "open") return undefined;
  const change = findChange(code);
  // The engine may have read any mix of old and new files.
  known.reading = change === undefined ? "same" : "changed";
  return change === undefined ? undefined : restartRequired(id, change);
}

/** Returns the manifest that the code of a plugin was imported for. */
export function importedManifest(
  { specifier, judged }: ModuleCode,
): Manifest | undefined {
  if (judged === undefined) return undefined;
  return imported.get(specifier)?.manifests.get(judged.place)?.manifest;
}

/** Tests if a plugin's manifest is still the one that was judged. */
export function isAsJudged({ judged }: ModuleCode): boolean {
  return judged === undefined || isInPlace(judged);
}

export function restartRequired(id: string, change: string): Problem {
  return Object.freeze({
    code: "PLUGIN_RESTART_REQUIRED",
    message: `Cannot load plugin "${id}": ${change}`,
    remedy: "Restart the host: a process keeps the code that it imported",
  });
}
