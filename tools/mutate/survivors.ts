/**
 * The faults that no test finds, and why: `survivors.md`.
 *
 * @module
 */

import type { Mutant } from "./find_mutants.ts";

// A formatter may break an entry where it has a space.
const ENTRY_REGEXP = /^- `([^`]+)`,\s+(\S+):\s+(?:`` (.+?) ``|`([^`]+)`)$/gms;

/** What tells a fault from others, however many lines stand above it by now. */
export type ListedFault = Pick<Mutant, "file" | "kind" | "code">;

function onOneLine(code: string): string {
  return code.replaceAll(/\s+/g, " ");
}

/**
 * Writes a fault as it is listed.
 *
 * @param fault The fault.
 * @returns An entry of a list in Markdown.
 */
export function formatSurvivor({ file, kind, code }: ListedFault): string {
  const marks = code.includes("`") ? ["`` ", " ``"] : ["`", "`"];
  return `- \`${file}\`, ${kind}: ${marks.join(onOneLine(code))}`;
}

/**
 * Reads the list of faults that no test finds.
 *
 * @param text The text of `survivors.md`.
 * @returns The faults.
 */
export function readSurvivors(text: string): readonly ListedFault[] {
  return [...text.matchAll(ENTRY_REGEXP)].map((
    [, file = "", kind = "", marked, code = ""],
  ) => ({ file, kind, code: marked ?? code }));
}

/**
 * Finds a fault in a list.
 *
 * @param listed The list.
 * @param fault The fault.
 * @returns Whether the list has it.
 */
export function isListed(
  listed: readonly ListedFault[],
  fault: ListedFault,
): boolean {
  const wanted = formatSurvivor(fault);
  return listed.some((one) => formatSurvivor(one) === wanted);
}
