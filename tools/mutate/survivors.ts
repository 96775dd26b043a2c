import type { Mutant } from "./find_mutants.ts";

// A formatter may break an entry at a space.
const ENTRY_REGEXP = /^- `([^`]+)`,\s+(\S+):\s+(?:`` (.+?) ``|`([^`]+)`)$/gms;

/** The parts that identify a fault after lines above it changed. */
export type ListedFault = Pick<Mutant, "file" | "kind" | "code">;

function onOneLine(code: string): string {
  return code.replaceAll(/\s+/g, " ");
}

/** Formats a fault as `survivors.md` lists it. */
export function formatSurvivor({ file, kind, code }: ListedFault): string {
  const marks = code.includes("`") ? ["`` ", " ``"] : ["`", "`"];
  return `- \`${file}\`, ${kind}: ${marks.join(onOneLine(code))}`;
}

/** Reads `survivors.md`: the faults that no test finds, and why. */
export function readSurvivors(text: string): readonly ListedFault[] {
  return [...text.matchAll(ENTRY_REGEXP)].map((
    [, file = "", kind = "", marked, code = ""],
  ) => ({ file, kind, code: marked ?? code }));
}

/** Checks whether a fault is listed. */
export function isListed(
  listed: readonly ListedFault[],
  fault: ListedFault,
): boolean {
  const wanted = formatSurvivor(fault);
  return listed.some((one) => formatSurvivor(one) === wanted);
}
