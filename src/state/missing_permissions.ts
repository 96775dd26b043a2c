/**
 * Whether a state file may be used, found out without anybody being asked.
 *
 * @module
 */

import { quote } from "../text.ts";
import type { StatePowers } from "./state_powers.ts";
import type { StatePaths } from "./state_paths.ts";

/** The paths to read and to write. */
export type FilePermissions = Readonly<
  Record<"read" | "write", readonly string[]>
>;

/** Why something cannot be done with a state file, and what to do about it. */
export type FileFault = Readonly<{
  /** What is the case. */
  what: string;
  /** What a person can do. */
  remedy: string;
  /** Where in the file it is. */
  path?: string;
  /** What was thrown. */
  cause?: unknown;
}>;

type Missing = Readonly<{
  kind: "read" | "write";
  path: string;
  state: Deno.PermissionState;
}>;

const PLAIN_ARGUMENT_REGEXP = /^[\w./:@%+=,\\-]+$/;

/**
 * What a change of the state needs of Deno, and no path more.
 *
 * @param paths The paths of the state file.
 * @returns The paths to read and to write.
 */
export function writerPermissions(paths: StatePaths): FilePermissions {
  const { path, target, lock, temporary } = paths;
  return {
    // Renaming needs `read` for the file that is renamed, too.
    read: [path, temporary],
    write: [target, lock, temporary],
  };
}

function toFlag(kind: string, paths: readonly string[]): string {
  const flag = `--allow-${kind}=${paths.join(",")}`;
  return PLAIN_ARGUMENT_REGEXP.test(flag)
    ? flag
    : `'${flag.replaceAll("'", "'\\''")}'`;
}

function toFault(missing: readonly Missing[]): FileFault {
  const of = (kind: "read" | "write") =>
    missing.filter((entry) => entry.kind === kind).map(({ path }) => path);
  const flags: string[] = [];
  const needs: string[] = [];
  for (const kind of ["read", "write"] as const) {
    const paths = of(kind);
    if (paths.length === 0) continue;
    needs.push(`${kind} permission for ${paths.map(quote).join(", ")}`);
    flags.push(toFlag(kind, paths));
  }
  const what = `this process lacks ${needs.join(" and ")}`;
  if (missing.some(({ path }) => path.includes(","))) {
    return {
      what,
      remedy: "Keep the file at a path without a comma: no flag can name it",
    };
  }
  const denied = missing.some(({ state }) => state === "denied")
    ? ", and do not deny it"
    : "";
  return { what, remedy: `Start Deno with ${flags.join(" ")} too${denied}` };
}

async function findMissing(
  { read, write }: FilePermissions,
  powers: StatePowers,
): Promise<readonly Missing[]> {
  const missing: Missing[] = [];
  for (const [kind, paths] of [["read", read], ["write", write]] as const) {
    for (const path of paths) {
      const state = await powers.permission(kind, path);
      if (state !== "granted") missing.push({ kind, path, state });
    }
  }
  return missing;
}

/**
 * Finds out whether trying would be in vain, or ask a person.
 *
 * @param permissions The paths to read and to write.
 * @param powers The permissions.
 * @returns What is missing, or `undefined` where it can be tried.
 */
export async function findPermissionFault(
  permissions: FilePermissions,
  powers: StatePowers,
): Promise<FileFault | undefined> {
  const missing = await findMissing(permissions, powers);
  const isHopeless = missing.length > 0 &&
    (powers.canPrompt() || missing.some(({ state }) => state === "denied"));
  return isHopeless ? toFault(missing) : undefined;
}

/**
 * Explains what the file system threw.
 *
 * @param thrown What it threw.
 * @param permissions The paths that were to be read and written.
 * @param powers The permissions.
 * @returns What is missing, or `undefined` when it was not a lack of permission.
 */
export async function explainNotCapable(
  thrown: unknown,
  permissions: FilePermissions,
  powers: StatePowers,
): Promise<FileFault | undefined> {
  if (!(thrown instanceof Deno.errors.NotCapable)) return undefined;
  const missing = await findMissing(permissions, powers);
  return missing.length === 0 ? undefined : toFault(missing);
}
