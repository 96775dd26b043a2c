// Each by itself: the whole library is three times as many modules to download.
import { satisfies } from "@std/semver/satisfies";
import { tryParse } from "@std/semver/try-parse";
import { tryParseRange } from "@std/semver/try-parse-range";
import type { SemVer } from "@std/semver/types";

/** The parser takes longer for a longer version or range. */
export const MAX_VERSION_LENGTH = 256;

const RANGE_REMEDY = "Write a semver range, e.g. ^1.0.0, or * for any version";

// The plugins of a host name few versions and ranges, and each is used often.
const MAX_KNOWN = 200;

// Ranges stay text everywhere, because a parsed range does not survive JSON.
function memoize<Value>(
  parse: (text: string) => Value | undefined,
): (text: string) => Value | undefined {
  const known = new Map<string, Value | undefined>();
  return (text) => {
    if (text.length > MAX_VERSION_LENGTH) return undefined;
    if (known.has(text)) return known.get(text);
    const value = parse(text);
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(text, value);
    return value;
  };
}

const versionOf = memoize((text): SemVer | undefined =>
  /^\d/.test(text) && text === text.trim() ? tryParse(text) : undefined
);

/** Tests if a text is a version of https://semver.org, without a leading `v`. */
export function isVersion(text: string): boolean {
  return versionOf(text) !== undefined;
}

/** Tests if a valid version is a pre-release, e.g. `2.0.0-rc.1`. */
export function isPreRelease(version: string): boolean {
  return /^[^+]*-/.test(version);
}

// The parser makes a range that matches nothing of a number that is too large.
function hasSafeNumbers(text: string): boolean {
  return (text.match(/\d+/g) ?? []).every((digits) =>
    Number.isSafeInteger(Number(digits))
  );
}

const OPERATOR_REGEXP = /^(?:~>|[~^]|[<>]=?|=)?$/;
const COMPARATOR_REGEXP = /^([^\dxX*v]*)v?([\dxX*].*)$/;
const PARTS_REGEXP =
  /^([\dxX*]+)(?:\.([\dxX*]+)(?:\.([\dxX*]+))?)?([-+][0-9A-Za-z.+-]*)?$/;
const SPACED_OPERATOR_REGEXP = /([<>=~^]) +/g;

/** Returns the remedy for an invalid comparator, such as `>=1.2.0`. */
function comparatorFault(text: string): string | undefined {
  const [, operator, version] = COMPARATOR_REGEXP.exec(text) ?? [];
  if (operator === undefined || version === undefined) return RANGE_REMEDY;
  if (!OPERATOR_REGEXP.test(operator)) {
    return `Write =, <, <=, >, >=, ~ or ^ before a version, not ${operator}`;
  }
  const found = PARTS_REGEXP.exec(version);
  if (found === null) return RANGE_REMEDY;
  const [, major, minor, patch, suffix] = found;
  const numbers = [major, minor, patch].filter((part) => part !== undefined);
  const wildcard = numbers.findIndex((part) => !/^\d+$/.test(part));
  const isPartial = wildcard !== -1 || numbers.length < 3;
  if (isPartial && suffix?.startsWith("-")) {
    return "Write a pre-release only after three numbers, e.g. 1.2.0-rc.1";
  }
  if (
    wildcard !== -1 &&
    numbers.slice(wildcard).some((part) => !/^[xX*]$/.test(part))
  ) return "Write no number after x or *, e.g. 1.x";
  // The library throws for some of these when it compares.
  return wildcard === 0 && /[<>]/.test(operator)
    ? "Write * alone for any version"
    : undefined;
}

/** Returns the remedy for invalid comparators, or an invalid range `1.2 - 2.3`. */
function alternativeFault(text: string): string | undefined {
  const ends = text.split(" - ");
  if (ends.length > 1 && ends.some((end) => /[<>=~^]| \S/.test(end.trim()))) {
    return "Write one version without an operator on both sides of -";
  }
  return ends.flatMap((end) => end.trim().split(/ +/))
    .map(comparatorFault).find((fault) => fault !== undefined);
}

/** Returns the remedy for a text that is not a range of versions. */
export function rangeFault(text: string): string | undefined {
  if (text.length > MAX_VERSION_LENGTH) {
    return `Write at most ${MAX_VERSION_LENGTH} characters`;
  }
  if (/[^\t\x20-\x7e]/.test(text)) {
    return "Write letters, digits and signs of ASCII, with spaces between them";
  }
  if (text.includes(",")) return "Write a space between comparators, no comma";
  if (!hasSafeNumbers(text)) {
    return `Write numbers of at most ${Number.MAX_SAFE_INTEGER}`;
  }
  for (const part of text.replaceAll("\t", " ").split("||")) {
    const alternative = part.trim().replace(SPACED_OPERATOR_REGEXP, "$1");
    if (alternative === "") {
      return text.trim() === ""
        ? RANGE_REMEDY
        : "Write a range on both sides of ||";
    }
    const fault = alternativeFault(alternative);
    if (fault !== undefined) return fault;
  }
  return rangeOf(text) === undefined ? RANGE_REMEDY : undefined;
}

// No range compares build metadata; the library refuses it after `1.x`.
const rangeOf = memoize((text) =>
  tryParseRange(text.replaceAll("\t", " ").replace(/\+[0-9A-Za-z.-]+/g, ""))
);

const isKnownRange = memoize((text): true | undefined =>
  rangeFault(text) === undefined ? true : undefined
);

/**
 * Tests if a text is a range of versions, e.g. `^1.2.0` or `>=1.0.0 <3.0.0`. An
 * empty alternative (`""`, `"1 ||"`) is invalid: only `*` matches every version.
 */
export function isRange(text: string): boolean {
  return isKnownRange(text) === true;
}

/**
 * Tests if a version is in a range; returns `false` if either is invalid.
 *
 * A pre-release matches only a comparator of the same major, minor and patch
 * version that names a pre-release (the rule of npm and `@std/semver`):
 * `2.1.0-rc.1` is in `>=2.1.0-rc.0`, and not in `>=2.0.0`, nor in `*`.
 */
export function isInRange(version: string, range: string): boolean {
  const parsed = versionOf(version);
  const within = isRange(range) ? rangeOf(range) : undefined;
  return parsed !== undefined && within !== undefined &&
    satisfies(parsed, within);
}

function textOfRange(range: string): string | undefined {
  const parsed = isRange(range) ? rangeOf(range) : undefined;
  return parsed?.map((comparators) =>
    comparators.map(({ operator, major, minor, patch, prerelease = [] }) =>
      `${operator ?? ""}${major}.${minor}.${patch}-${prerelease.join(".")}`
    ).join(" ")
  ).join("||");
}

/** Tests if two ranges are the same in other words: `^1.0.0` is `1`, and `~1.2.0` is `1.2`. */
export function isSameRange(one: string, other: string): boolean {
  const text = textOfRange(one);
  return text !== undefined && text === textOfRange(other);
}
