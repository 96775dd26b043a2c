/** Every kind of tampering with a log, for ordinary runs and for long ones. */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { verifyAuditLog } from "@semantik/plugins/audit";
import {
  firstDifference,
  type LogLines,
  type SampleLog,
  writeLines,
  writeSampleLog,
} from "./sample_log.ts";
import { withDirectory } from "./with_directory.ts";

const KEY = "a key that nobody knows";
const LINES = 15;
const PER_FILE = 5;

/** One change, as a function of the lines of all files in a row. */
type Change = (lines: readonly string[]) => readonly string[];

const position = fc.nat(LINES - 1);

const remove: fc.Arbitrary<Change> = fc.nat(LINES - 2).map((at) => (lines) =>
  lines.toSpliced(at, 1)
);

const insert: fc.Arbitrary<Change> = fc.tuple(
  fc.nat(LINES),
  fc.oneof(
    position.map((from) => (lines: readonly string[]) => lines[from] ?? ""),
    fc.constantFrom("", " ", "{}", "null", "x", "\0").map((text) => () => text),
    fc.string({ unit: "grapheme" }).map((text) => () =>
      text.replaceAll("\n", "")
    ),
    // What a plugin could write with permissions of its own.
    position.map((from) => (lines: readonly string[]) =>
      lines[from]?.replace(/,"chain_sequence".*/, "}") ?? ""
    ),
  ),
).map(([at, make]) => (lines) => lines.toSpliced(at, 0, make(lines)));

const move: fc.Arbitrary<Change> = fc.tuple(position, position)
  .filter(([from, to]) => from !== to)
  .map(([from, to]) => (lines) =>
    lines.toSpliced(from, 1).toSpliced(to, 0, lines[from] ?? "")
  );

const swap: fc.Arbitrary<Change> = fc.tuple(position, position)
  .filter(([one, two]) => one !== two)
  .map(([one, two]) => (lines) =>
    lines.with(one, lines[two] ?? "").with(two, lines[one] ?? "")
  );

const edit: fc.Arbitrary<Change> = fc.tuple(
  position,
  fc.nat(),
  fc.constantFrom("", "0", "1", "a", '"', "{", "}", " ", "\0", "é"),
  fc.boolean(),
).map(([at, where, text, replace]) => (lines) => {
  const line = lines[at] ?? "";
  const column = where % line.length;
  return lines.with(
    at,
    line.slice(0, column) + text + line.slice(replace ? column + 1 : column),
  );
});

const change = fc.oneof(remove, insert, move, swap, edit);

/** Distributes the lines over the files, as before if possible. */
function toFiles(lines: readonly string[]): LogLines {
  return [
    lines.slice(0, PER_FILE),
    lines.slice(PER_FILE, 2 * PER_FILE),
    lines.slice(2 * PER_FILE),
  ];
}

function isSame(one: readonly string[], two: readonly string[]): boolean {
  return one.length === two.length && one.every((line, at) => line === two[at]);
}

async function checkChange(
  directory: string,
  { path, lines }: SampleLog,
  key: string | undefined,
  make: Change,
): Promise<void> {
  const before = lines.flat();
  const after = make(before);
  fc.pre(!isSame(before, after));
  const files = toFiles(after);
  writeLines(directory, files);
  const given: string[] = [];
  const result = await verifyAuditLog(path, {
    key,
    onEvent: (event) => given.push(JSON.stringify(event)),
  });
  assertEquals(given, before.filter((line) => given.includes(line)));
  assertEquals(given.length, result.lines);
  assertEquals(result.status, "tampered");
  if (result.status !== "tampered") return;
  assertEquals(result.at, firstDifference(directory, lines, files));
}

/**
 * Changes a log in every way, and checks that each change is found at its line.
 *
 * @param numRuns How many changes.
 */
export async function checkTampering(numRuns: number): Promise<void> {
  for (const key of [undefined, KEY]) {
    await withDirectory(async (directory) => {
      const sample = writeSampleLog(directory, key);
      assertEquals(sample.lines.map(({ length }) => length), [5, 5, 5]);
      await fc.assert(
        fc.asyncProperty(
          change,
          (make) => checkChange(directory, sample, key, make),
        ),
        { numRuns },
      );
    });
  }
}
