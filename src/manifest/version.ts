/**
 * Versions and ranges, on `@std/semver`, as text in and answers out.
 *
 * Ranges stay text everywhere: a parsed one does not survive JSON.
 *
 * @module
 */

import {
  type Range,
  satisfies,
  type SemVer,
  tryParse,
  tryParseRange,
} from "@std/semver";

// What stands in a range or a version is shown in messages as it is.
const PRINTABLE_REGEXP = /^[\x20-\x7e]+$/;

// A version or a range is short; the time of the parser grows with the text.
const MAX_LENGTH = 256;

// The plugins of a host name few of them, and each is asked about several times.
const MAX_KNOWN = 200;

/** The same function, which remembers what it answered last. */
function remembering<Value>(
  parse: (text: string) => Value | undefined,
): (text: string) => Value | undefined {
  const known = new Map<string, Value | undefined>();
  return (text) => {
    if (text.length > MAX_LENGTH) return parse(text);
    if (known.has(text)) return known.get(text);
    const value = parse(text);
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(text, value);
    return value;
  };
}

const versionOf = remembering((text): SemVer | undefined =>
  /^\d/.test(text) && text === text.trim() ? tryParse(text) : undefined
);

/**
 * Whether a text is a version of https://semver.org: three numbers, and what
 * may follow. A leading `v` is not part of a version.
 *
 * @param text The text.
 * @returns Whether it is one.
 */
export function isVersion(text: string): boolean {
  return versionOf(text) !== undefined;
}

/**
 * Whether a version is a pre-release, e.g. `2.0.0-rc.1`.
 *
 * @param version A version that {@linkcode isVersion} accepts.
 * @returns Whether it is one.
 */
export function isPreRelease(version: string): boolean {
  return /^[^+]*-/.test(version);
}

// The parser takes a number that it cannot hold for one that no version is.
function hasSafeNumbers(text: string): boolean {
  return (text.match(/\d+/g) ?? []).every((digits) =>
    Number.isSafeInteger(Number(digits))
  );
}

const rangeOf = remembering((text): Range | undefined => {
  if (text.length > MAX_LENGTH || !PRINTABLE_REGEXP.test(text)) {
    return undefined;
  }
  const isWhole = text.split("||").every((part) => part.trim() !== "");
  return isWhole && hasSafeNumbers(text) ? tryParseRange(text) : undefined;
});

/**
 * Whether a text is a range of versions, e.g. `^1.2.0` or `>=1.0.0 <3.0.0`.
 *
 * An empty alternative (`""`, `"1 ||"`) would match every version without
 * saying so, and is not taken for a range: `*` says it.
 *
 * @param text The text.
 * @returns Whether it is one.
 */
export function isRange(text: string): boolean {
  return rangeOf(text) !== undefined;
}

/**
 * Whether a version is in a range.
 *
 * A pre-release is in a range only where the range names a pre-release of the
 * same major, minor and patch version (the rule of npm and `@std/semver`):
 * `2.1.0-rc.1` is in `>=2.1.0-rc.0`, and not in `>=2.0.0`, nor in `*`.
 *
 * @param version A version that {@linkcode isVersion} accepts.
 * @param range A range that {@linkcode isRange} accepts.
 * @returns Whether it is; `false` for a text that is no version or no range.
 */
export function isInRange(version: string, range: string): boolean {
  const parsed = versionOf(version);
  const within = rangeOf(range);
  return parsed !== undefined && within !== undefined &&
    satisfies(parsed, within);
}
