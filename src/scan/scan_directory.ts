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

function scanPath(
  path: string,
  full: string,
  imports: Set<string>,
): readonly Observation[] {
  try {
    const { size } = Deno.lstatSync(full);
    if (size > MAX_FILE_BYTES) {
      return [
        unknown(`has more than ${MAX_FILE_BYTES} bytes, and was not looked at`),
      ];
    }
    const scan = scanFile(path, Deno.readFileSync(full));
    for (const one of scan.imports) imports.add(one);
    return scan.observations;
  } catch (thrown) {
    return [unknown(`cannot be read: ${describeThrown(thrown)}`)];
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
  const observations: LocatedObservation[] = [];
  const imports = new Set<string>();
  const folders = [""];
  let count = 0;
  for (const folder of folders) {
    const place = folder.split("/").filter((name) => name !== "")
      .reduce(joinFilePath, directory);
    const entries = [...Deno.readDirSync(place)]
      .sort((one, other) => one.name < other.name ? -1 : 1);
    for (const { name, isDirectory, isFile } of entries) {
      const path = `${folder}${name}`;
      if (isDirectory) {
        folders.push(`${path}/`);
        continue;
      }
      const found = ++count > MAX_FILES
        ? [
          unknown(
            `is one of more than ${MAX_FILES} files, and was not looked at`,
          ),
        ]
        : isFile
        ? scanPath(path, joinFilePath(place, name), imports)
        : [unknown("is a link or no file, and was not looked at")];
      observations.push(...found.map((one) => ({ ...one, file: path })));
      if (count > MAX_FILES) {
        return judgeScan(observations, [...imports], declaration);
      }
    }
  }
  return judgeScan(observations, [...imports], declaration);
}
