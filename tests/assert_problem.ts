import { assert, assertEquals } from "@std/assert";
import type { PluginErrorCode } from "@semantik/plugins";

type Shown = Readonly<Record<"code" | "message" | "remedy", string>>;

/** The code of a problem, and what its message and its remedy must say. */
export type Expected = readonly [
  code: PluginErrorCode,
  message?: string | readonly string[],
  remedy?: string | readonly string[],
];

/**
 * Asserts the code of a problem, and that its texts contain what matters. The
 * whole messages are in docs/errors.md, which a test compares.
 */
export function assertProblem(
  actual: Shown | undefined,
  [code, message = [], remedy = []]: Expected,
): void {
  assertEquals(actual?.code, code);
  for (const part of [message].flat()) {
    assert(actual?.message.includes(part), `${actual?.message} !~ ${part}`);
  }
  for (const part of [remedy].flat()) {
    assert(actual?.remedy.includes(part), `${actual?.remedy} !~ ${part}`);
  }
}

/** Asserts problems in their order. */
export function assertProblems(
  actual: readonly Shown[] = [],
  expected: readonly Expected[],
): void {
  assertEquals(actual.map((one) => one.code), expected.map(([code]) => code));
  expected.forEach((one, index) => assertProblem(actual[index], one));
}
