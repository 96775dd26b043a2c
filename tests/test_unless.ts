/** Tests that not every system can run. */

/**
 * Registers a test. If it cannot run, its name says why it is skipped.
 *
 * @param reason The reason why it cannot run here, or `undefined`.
 * @param name What it proves.
 * @param fn The test.
 */
export function testUnless(
  reason: string | undefined,
  name: string,
  fn: (t: Deno.TestContext) => void | Promise<void>,
): void {
  if (reason === undefined) Deno.test(name, fn);
  else Deno.test.ignore(`${name} [skipped: ${reason}]`, fn);
}

/**
 * Returns the reason why a test that needs a POSIX system cannot run.
 *
 * @param need What it needs of it.
 * @returns The reason, or `undefined` on such a system.
 */
export function withoutPosix(need: string): string | undefined {
  return Deno.build.os === "windows" ? `Windows has no ${need}` : undefined;
}

/**
 * Returns the reason why a test that needs Linux cannot run.
 *
 * @param need What it needs of it.
 * @returns The reason, or `undefined` on Linux.
 */
export function withoutLinux(need: string): string | undefined {
  return Deno.build.os === "linux" ? undefined : `only Linux has ${need}`;
}
