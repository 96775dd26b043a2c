/** Finds characters that people do not see, and with which text looks like other text. Pure. */

import type { Observation } from "./observation.ts";

// Most files have none of these, and one expression tells.
const SUSPECT_REGEXP =
  /[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\u{e0000}-\u{e0fff}]+/gu;

/** Characters that change the order in which text is shown. */
const BIDIRECTIONAL_REGEXP = /[\u202a-\u202e\u2066-\u2069]/u;

/** Marks that writing from right to left needs. */
const MARKS_REGEXP = /^[\u061c\u200e\u200f]+$/u;

/** Characters that belong to the one before them: joiners and selectors. */
const JOINING_REGEXP = /^[\u200c\u200d\ufe00-\ufe0f\u180b-\u180f]+$/u;

/** Characters that may precede a joiner or a selector: letters and pictures. */
const BASE_REGEXP = /\p{L}|\p{M}|\p{Emoji}|\p{So}|\p{Sk}|\p{Sm}|\p{Po}/u;

/** The flags of regions: a black flag, letters that are tags, and an end. */
const FLAG_REGEXP = /^[\u{e0020}-\u{e007e}]+\u{e007f}$/u;

const BLACK_FLAG = "\u{1f3f4}";

/** More characters that nobody sees are a hidden text. */
const LONG_RUN = 3;

/** In an identifier these make two names that look alike. */
const INVISIBLE_IN_NAMES_REGEXP =
  /[\p{ID_Continue}$](?:[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200c\u200d\u3164\ufe00-\ufe0f\uffa0\u{e0100}-\u{e01ef}])/u;

/** Tests quickly if there is anything to look at. */
export function hasSuspects(text: string): boolean {
  return text.search(SUSPECT_REGEXP) !== -1;
}

interface Judgement {
  readonly certainty: "hidden" | "note";
  readonly rule: "bidirectional-character" | "invisible-character";
}

function judge(run: string, before: string, at: number): Judgement | undefined {
  const hidden = (rule: Judgement["rule"]): Judgement => ({
    certainty: "hidden",
    rule,
  });
  if (BIDIRECTIONAL_REGEXP.test(run)) return hidden("bidirectional-character");
  // The mark of the order of bytes.
  if (run === "\ufeff" && at === 0) return undefined;
  if (before.endsWith(BLACK_FLAG) && FLAG_REGEXP.test(run)) return undefined;
  const { length } = [...run];
  if (length >= LONG_RUN || /[\u{e0000}-\u{e0fff}]/u.test(run)) {
    return hidden("invisible-character");
  }
  if (MARKS_REGEXP.test(run)) return undefined;
  if (JOINING_REGEXP.test(run) && BASE_REGEXP.test([...before].at(-1) ?? "")) {
    return undefined;
  }
  return { certainty: "note", rule: "invisible-character" };
}

/** Notes of one file: more of them say nothing new. */
const MAX_NOTES = 20;

function nameOf(run: string): string {
  const points = [...run].slice(0, 4).map((character) =>
    `U+${
      (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(
        4,
        "0",
      )
    }`
  );
  const { length } = [...run];
  return length > 4
    ? `${points.join(" ")} and ${length - 4} more`
    : points.join(" ");
}

/**
 * Finds invisible and bidirectional characters in a text. Emoji, flags and the
 * writing of other languages need some of them, and are not reported.
 */
export function scanHiddenText(text: string): readonly Observation[] {
  const found: Observation[] = [];
  let notes = 0;
  for (const match of text.matchAll(SUSPECT_REGEXP)) {
    const { 0: run, index } = match;
    const before = text.slice(Math.max(0, index - 4), index);
    const judgement = judge(run, before, index);
    if (judgement === undefined) continue;
    if (judgement.certainty === "note" && ++notes > MAX_NOTES) continue;
    const lineStart = text.lastIndexOf("\n", index - 1) + 1;
    found.push({
      ...judgement,
      what: nameOf(run),
      line: text.slice(0, index).split("\n").length,
      column: index - lineStart + 1,
    });
    if (found.length >= 200) break;
  }
  return found;
}

/** Tests if a name in code has characters that nobody sees. */
export function hasHiddenCharacters(name: string): boolean {
  return INVISIBLE_IN_NAMES_REGEXP.test(` ${name}`) ||
    INVISIBLE_IN_NAMES_REGEXP.test(`a${name}`);
}
