/**
 * Whether a JSON text plainly holds each key of an object once.
 *
 * @module
 */

const SPACE = " ".charCodeAt(0);
const COLON = ":".charCodeAt(0);

/** How many keys a JSON text without escapes writes: the strings before a colon. */
function keysWritten(json: string): number {
  let count = 0;
  let start = json.indexOf('"');
  while (start !== -1) {
    const end = json.indexOf('"', start + 1);
    let next = end + 1;
    while (json.charCodeAt(next) <= SPACE) next++;
    if (json.charCodeAt(next) === COLON) count++;
    start = json.indexOf('"', next);
  }
  return count;
}

/** How many keys the objects of a value hold. It keeps its own list of what waits, so that deep nesting does not overflow the engine's stack. */
function keysHeld(value: unknown): number {
  let count = 0;
  const waiting = [value];
  for (const one of waiting) {
    if (typeof one !== "object" || one === null) continue;
    const held: readonly unknown[] = Object.values(one);
    if (!Array.isArray(one)) count += held.length;
    for (const each of held) {
      if (typeof each === "object") waiting.push(each);
    }
  }
  return count;
}

/**
 * Whether a JSON text plainly holds each key of an object once: of a key that
 * stands twice, `JSON.parse` keeps one.
 *
 * @param json The text, which `JSON.parse` took.
 * @param value What it made of it.
 * @returns True where that is sure; false where it has to be looked at closely.
 */
export function everyKeyStandsOnce(json: string, value: unknown): boolean {
  return !json.includes("\\") && keysWritten(json) === keysHeld(value);
}
