/** A chained log in three files, and ways to change it. */

/** The files of a log by their names, the oldest first; each with its lines. */
import {
  type AuditAnchor,
  createAuditLogger,
  JsonLinesHandler,
} from "@semantik/plugins/audit";

export type LogLines = readonly (readonly string[])[];

export const FILE_NAMES = ["audit.jsonl.2", "audit.jsonl.1", "audit.jsonl"];

export interface SampleLog {
  readonly path: string;
  readonly lines: LogLines;
  readonly head: AuditAnchor;
}

/** Writes fifteen events, five to a file. */
export function writeSampleLog(
  directory: string,
  key?: string,
): SampleLog {
  const path = `${directory}/audit.jsonl`;
  const handler = new JsonLinesHandler(path, {
    chain: key === undefined ? true : { key },
    rotate: { maxBytes: 1_850, maxFiles: 3 },
  });
  using audit = createAuditLogger({
    handlers: [handler],
    clock: { now: () => 0 },
  });
  for (let index = 10; index < 25; index++) {
    audit.log("sampler", "sample.taken", { index, note: "ü€😀" });
  }
  const { head } = handler;
  if (head === undefined) throw new Error("The sample has no chain");
  return { path, lines: readLines(directory), head };
}

function readLines(directory: string): LogLines {
  return FILE_NAMES.map((name) =>
    Deno.readTextFileSync(`${directory}/${name}`).split("\n").slice(0, -1)
  );
}

/** Writes the files of a log anew. */
export function writeLines(directory: string, lines: LogLines): void {
  for (const [index, name] of FILE_NAMES.entries()) {
    const text = lines[index]?.map((line) => `${line}\n`).join("") ?? "";
    Deno.writeTextFileSync(`${directory}/${name}`, text);
  }
}

/** The first line that is not as it was, in the words of a verification. */
export function firstDifference(
  directory: string,
  before: LogLines,
  after: LogLines,
): { readonly file: string; readonly line: number } {
  const expected = before.flat();
  let count = 0;
  for (const [index, name] of FILE_NAMES.entries()) {
    for (const [at, line] of (after[index] ?? []).entries()) {
      if (line !== expected[count++]) {
        return { file: `${directory}/${name}`, line: at + 1 };
      }
    }
  }
  throw new Error("Nothing was changed");
}
