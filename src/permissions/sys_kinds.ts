/**
 * The kinds of system information that Deno guards.
 *
 * @module
 */

/** The kinds that `--allow-sys=` takes on the command line of Deno 2.9. */
export const FLAG_SYS_KINDS: readonly string[] = Object.freeze([
  "cpus",
  "getPriority",
  "getegid",
  "gid",
  "homedir",
  "hostname",
  "loadavg",
  "networkInterfaces",
  "osRelease",
  "osUptime",
  "setPriority",
  "statfs",
  "systemMemoryInfo",
  "uid",
  "userInfo",
]);

// Deno checks these too, and a permission set in deno.json may hold them; its
// command line refuses them (2.9.6).
const SET_ONLY_SYS_KINDS: readonly string[] = Object.freeze([
  "ca",
  "inspector",
  "setegid",
  "seteuid",
  "setgid",
  "setuid",
  "umask",
]);

/** Every kind that Deno checks. */
export const SYS_KINDS: readonly string[] = Object.freeze(
  [...FLAG_SYS_KINDS, ...SET_ONLY_SYS_KINDS].sort(),
);

/**
 * The one name of a kind that Deno calls by two.
 *
 * @param kind A kind as it is written.
 * @returns `"userInfo"` for `"username"`, and every other kind as it is.
 */
export function canonicalSysKind(kind: string): string {
  return kind === "username" ? "userInfo" : kind;
}
