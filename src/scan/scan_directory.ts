/** Scans all files of a plugin, and compares them with its manifest. */

import { joinFilePath } from "../base/path.ts";
import { describeThrown } from "../base/text.ts";
import {
  judgeScan,
  type LocatedObservation,
  type ScannedDeclaration,
  type ScanReport,
} from "./judge_scan.ts";
import type { Observation } from "./observation.ts";
import { scanFile } from "./scan_file.ts";

/** More files are not looked at, and the report says so. */
const MAX_FILES = 20_000;

/** The most bytes of a file that is read. */
const MAX_FILE_BYTES = 134_217_728;

function unknown(what: string): Observation {
  return { certainty: "unknown", rule: "unparsed", what, line: 1, column: 1 };
}

/** Collects what the files of a plugin do, one by one, to judge all of it. */
export class PluginScan {
  readonly #observations: LocatedObservation[] = [];
  readonly #imports = new Set<string>();

  /** Scans the bytes of one file. */
  add(path: string, bytes: Uint8Array): void {
    const { observations, imports } = scanFile(path, bytes);
    this.note(path, ...observations);
    for (const one of imports) this.#imports.add(one);
  }

  /** Adds what was observed of a file that was not scanned. */
  note(file: string, ...observations: readonly Observation[]): void {
    for (const one of observations) this.#observations.push({ ...one, file });
  }

  /** Compares everything with what the manifest declares. */
  report(declaration: ScannedDeclaration): ScanReport {
    return judgeScan(this.#observations, [...this.#imports], declaration);
  }
}

function scanPath(scan: PluginScan, path: string, full: string): void {
  try {
    const { size } = Deno.lstatSync(full);
    if (size <= MAX_FILE_BYTES) scan.add(path, Deno.readFileSync(full));
    else {
      scan.note(
        path,
        unknown(`has more than ${MAX_FILE_BYTES} bytes, and was not looked at`),
      );
    }
  } catch (thrown) {
    scan.note(path, unknown(`cannot be read: ${describeThrown(thrown)}`));
  }
}

/**
 * Scans a directory: every file in it, in every folder. There is no comment and
 * no list by which a file could leave itself out. Follows no link. Needs `read`
 * permission for the directory.
 *
 * @param directory The absolute path.
 * @param declaration What the manifest declares.
 * @throws {Error} if the directory cannot be read.
 */
export function scanDirectory(
  directory: string,
  declaration: ScannedDeclaration,
): ScanReport {
  const scan = new PluginScan();
  const folders = [""];
  let count = 0;
  for (const folder of folders) {
    const place = folder.split("/").filter((name) => name !== "")
      .reduce(joinFilePath, directory);
    const entries = [...Deno.readDirSync(place)]
      .sort((one, other) => one.name < other.name ? -1 : 1);
    for (const { name, isDirectory, isFile } of entries) {
      const path = `${folder}${name}`;
      if (isDirectory) folders.push(`${path}/`);
      else if (++count > MAX_FILES) {
        scan.note(
          path,
          unknown(
            `is one of more than ${MAX_FILES} files, and was not looked at`,
          ),
        );
        return scan.report(declaration);
      } else if (isFile) scanPath(scan, path, joinFilePath(place, name));
      else {
        scan.note(path, unknown("is a link or no file, and was not looked at"));
      }
    }
  }
  return scan.report(declaration);
}
