/**
 * Whether a state file may be used, found out without anybody being asked, and
 * what one that cannot is told as.
 *
 * @module
 */

import { PluginError, type Problem } from "../base/errors.ts";
import { formatFlags } from "../permissions/format_flags.ts";
import { quote } from "../base/text.ts";
import type { StatePaths, StateSystem } from "./state_paths.ts";

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

/** Says what keeps a path out of a flag. */
function unsayable(path: string): string | undefined {
  if (path.includes(",")) return "a comma";
  return /[\r\n]$/.test(path) ? "a line break at its end" : undefined;
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
    flags.push(`--allow-${kind}=${paths.join(",")}`);
  }
  const what = `this process lacks ${needs.join(" and ")}`;
  const fault = missing.map(({ path }) => unsayable(path))
    .find((one) => one !== undefined);
  if (fault !== undefined) {
    return {
      what,
      remedy: `Keep the file at a path without ${fault}: no flag can name it`,
    };
  }
  const denied = missing.some(({ state }) => state === "denied")
    ? ", and do not deny it"
    : "";
  return { what, remedy: `Start Deno with ${formatFlags(flags)} too${denied}` };
}

async function findMissing(
  { read, write }: FilePermissions,
  system: StateSystem,
): Promise<readonly Missing[]> {
  const missing: Missing[] = [];
  for (const [kind, paths] of [["read", read], ["write", write]] as const) {
    for (const path of paths) {
      const state = await system.permission(kind, path);
      if (state !== "granted") missing.push({ kind, path, state });
    }
  }
  return missing;
}

/**
 * Finds out whether trying would be in vain, or ask a person.
 *
 * @param permissions The paths to read and to write.
 * @param system The permissions.
 * @returns What is missing, or `undefined` where it can be tried.
 */
export async function findPermissionFault(
  permissions: FilePermissions,
  system: StateSystem,
): Promise<FileFault | undefined> {
  const missing = await findMissing(permissions, system);
  const isHopeless = missing.length > 0 &&
    (system.canPrompt() || missing.some(({ state }) => state === "denied"));
  return isHopeless ? toFault(missing) : undefined;
}

/**
 * Explains what the file system threw.
 *
 * @param thrown What it threw.
 * @param permissions The paths that were to be read and written.
 * @param system The permissions.
 * @returns What is missing, or `undefined` when it was not a lack of permission.
 */
export async function explainNotCapable(
  thrown: unknown,
  permissions: FilePermissions,
  system: StateSystem,
): Promise<FileFault | undefined> {
  if (!(thrown instanceof Deno.errors.NotCapable)) return undefined;
  const missing = await findMissing(permissions, system);
  return missing.length === 0 ? undefined : toFault(missing);
}

/**
 * Tells why a state is not known.
 *
 * @param path The state file.
 * @param fault What is wrong with it.
 * @returns The problem.
 */
export function toReadProblem(path: string, fault: FileFault): Problem {
  return Object.freeze({
    code: "PLUGIN_STATE_CORRUPT",
    message: `Cannot read plugin state ${quote(path)}: ${fault.what}`,
    remedy: fault.remedy,
    ...(fault.path === undefined ? {} : { path: fault.path }),
  });
}

/**
 * Refuses to change a state that is not known.
 *
 * @param path The state file.
 * @param fault What is wrong with it.
 * @returns The error to throw.
 */
export function toReadError(path: string, fault: FileFault): PluginError {
  const problem = toReadProblem(path, fault);
  return new PluginError(problem.message, {
    code: problem.code,
    remedy: problem.remedy,
    problems: [problem],
    ...("cause" in fault ? { cause: fault.cause } : {}),
  });
}

/**
 * Tells why a state could not be written.
 *
 * @param path The state file.
 * @param fault What is wrong with it.
 * @returns The error to throw.
 */
export function toWriteError(path: string, fault: FileFault): PluginError {
  return new PluginError(
    `Cannot write plugin state ${quote(path)}: ${fault.what}`,
    {
      code: "PLUGIN_STATE_UNWRITABLE",
      remedy: fault.remedy,
      ...("cause" in fault ? { cause: fault.cause } : {}),
    },
  );
}

/**
 * Tells that other writers took too long.
 *
 * @param path The state file.
 * @param milliseconds How long they were waited for.
 * @returns The error to throw.
 */
export function toLockedError(path: string, milliseconds: number): PluginError {
  return new PluginError(
    `Cannot write plugin state ${quote(path)}: another writer held its lock ` +
      `for ${milliseconds} ms`,
    {
      code: "PLUGIN_STATE_LOCKED",
      remedy: "Try again, or end the process that writes to it",
    },
  );
}
