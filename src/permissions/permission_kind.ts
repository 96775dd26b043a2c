/**
 * The eight kinds of permission, in Deno's own words.
 *
 * @module
 */

/** The kinds of permission that Deno 2 knows, in the order of its manual. */
export const PERMISSION_KINDS: readonly [
  "read",
  "write",
  "net",
  "env",
  "sys",
  "run",
  "ffi",
  "import",
] = Object.freeze([
  "read",
  "write",
  "net",
  "env",
  "sys",
  "run",
  "ffi",
  "import",
]);

/** A kind of permission, e.g. `"net"`. */
export type PermissionKind = typeof PERMISSION_KINDS[number];

const KINDS: ReadonlySet<string> = new Set(PERMISSION_KINDS);

/**
 * Whether a text names a kind of permission.
 *
 * @param name Any text.
 * @returns True for the eight names of {@linkcode PERMISSION_KINDS} alone.
 */
export function isPermissionKind(name: string): name is PermissionKind {
  return KINDS.has(name);
}
