import type { Passage } from "../../contracts.ts";
import type { PlainLines } from "./plain_lines.ts";
import type { Block, Section } from "./sections.ts";
import { endOfText, splitText } from "./split_text.ts";

/** The limits of passages. */
export type PassageLimits = Readonly<{
  maxCharacters: number;
  maxCodeCharacters: number;
  overlapCharacters: number;
}>;

/** Whole lines, or a part of one line. */
type Unit = Readonly<{
  startLine: number;
  endLine: number;
  text: string;
  code: boolean;
}>;

/**
 * Makes one passage of a short section, and several of a long one.
 *
 * Each of several begins with the end of the one before.
 */
export function passagesOf(
  section: Section,
  lines: PlainLines,
  limits: PassageLimits,
): readonly Omit<Passage, "path">[] {
  const passages: Unit[][] = [];
  let passage: Unit[] = [];
  let length = 0;
  for (
    const unit of section.blocks.flatMap((b) => cutBlock(b, lines, limits))
  ) {
    if (
      passage.length > 0 && length + unit.text.length > limits.maxCharacters
    ) {
      passages.push(passage);
      const overlap = overlapOf(passage.at(-1), unit, limits);
      passage = overlap === undefined ? [] : [overlap];
      length = overlap?.text.length ?? 0;
    }
    passage.push(unit);
    length += unit.text.length;
  }
  if (passage.length > 0) passages.push(passage);
  return passages.map((units) => join(units, section.headings));
}

function cutBlock(
  block: Block,
  lines: PlainLines,
  limits: PassageLimits,
): readonly Unit[] {
  const whole = unitOf(block, lines);
  const limit = block.code ? limits.maxCodeCharacters : limits.maxCharacters;
  if (whole.text.length <= limit) return [whole];
  const units: Unit[] = [];
  for (let line = block.startLine; line <= block.endLine; line++) {
    const here = { startLine: line, endLine: line, code: block.code };
    for (const text of splitText(lines.at(line), limits.maxCharacters)) {
      units.push({ ...here, text });
    }
  }
  return units;
}

function unitOf(block: Block, lines: PlainLines): Unit {
  const texts: string[] = [];
  for (let line = block.startLine; line <= block.endLine; line++) {
    texts.push(lines.at(line));
  }
  return { ...block, text: texts.join("\n") };
}

/** Returns the end of the text before, if there is room for it. */
function overlapOf(
  before: Unit | undefined,
  after: Unit,
  limits: PassageLimits,
): Unit | undefined {
  if (before === undefined || before.code || after.code) return undefined;
  const room = limits.maxCharacters - after.text.length;
  const text = endOfText(
    before.text,
    Math.min(limits.overlapCharacters, room),
  ).trimStart();
  if (text === "" || text.length === before.text.length) return undefined;
  const endLine = before.endLine;
  const startLine = endLine - (text.split("\n").length - 1);
  return { startLine, endLine, text, code: false };
}

function join(
  units: readonly Unit[],
  headings: readonly string[],
): Omit<Passage, "path"> {
  let text = "";
  let startLine = 0;
  let endLine = 0;
  for (const unit of units) {
    if (startLine === 0) startLine = unit.startLine;
    else text += "\n".repeat(unit.startLine - endLine);
    text += unit.text;
    endLine = unit.endLine;
  }
  return { headings: [...headings], startLine, endLine, text };
}
