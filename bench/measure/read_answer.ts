import type { Comparison } from "./comparison.ts";

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length > 0 &&
    value.every((one) => typeof one === "number" && one > 0);
}

function isSeries(
  value: unknown,
): value is Readonly<Record<string, readonly number[]>> {
  return isRecord(value) && Object.values(value).every(isNumbers);
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  return isRecord(value) &&
    Object.values(value).every((one) => typeof one === "string");
}

/** What several peers took, and which could not be installed. */
export interface PeersAnswer {
  readonly start: Readonly<Record<string, readonly number[]>>;
  readonly call: Readonly<Record<string, readonly number[]>>;
  readonly missing: Readonly<Record<string, string>>;
}

/** Reads the measurements of `children/process_peers.ts`. */
export function readPeers(answer: unknown): PeersAnswer {
  if (isRecord(answer)) {
    const { start, call, missing } = answer;
    if (isSeries(start) && isSeries(call) && isTexts(missing)) {
      return { start, call, missing };
    }
  }
  throw new TypeError("Cannot read the answer: it has no measurements");
}

/** Reads one number of a script's answer. */
export function readNumber(answer: unknown, field: string): number {
  const value = isRecord(answer) ? answer[field] : undefined;
  if (typeof value === "number" && value > 0) return value;
  throw new TypeError(`Cannot read the answer: it has no "${field}"`);
}

/** Reads the measurements of subjects that took turns in one process. */
export function readComparison(
  answer: unknown,
  ours: string,
  theirs: readonly string[],
): Comparison {
  if (!isSeries(answer)) {
    throw new TypeError("Cannot read the answer: it has no measurements");
  }
  function series(name: string): readonly number[] {
    const values = isSeries(answer) ? answer[name] : undefined;
    if (values !== undefined) return values;
    throw new TypeError(`Cannot read the answer: it has no "${name}"`);
  }
  return {
    ours: series(ours),
    theirs: Object.fromEntries(theirs.map((name) => [name, series(name)])),
  };
}
