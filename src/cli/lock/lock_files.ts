/** The files by which an operator decides what runs: lock, trust file and store. */

import type { Command } from "commander";
import { PluginError, type Problem } from "../../base/errors.ts";
import {
  isIn,
  joinFilePath,
  readFileBytes,
  resolvePath,
} from "../../base/path.ts";
import { quote } from "../../base/text.ts";
import {
  readDenoLock,
  readTrustFiles,
  type TrustReading,
} from "../../inspect/source_facts.ts";
import { denoSourceSystem } from "../../manifest/source_system.ts";
import { parseLock, type PluginsLock } from "../../provenance/lock.ts";
import { parseTrust, type PluginsTrust } from "../../provenance/trust.ts";
import type { CommandRun } from "../command_run.ts";
import { UsageError } from "../failure.ts";

/** The options that name the files. */
export interface LockFlags {
  readonly lock: string;
  readonly trust?: string;
  readonly store?: string;
}

/** The absolute paths of the files. */
export interface LockPaths {
  /** The directory of the lock, to which its sources are relative. */
  readonly directory: string;
  readonly lock: string;
  readonly trust: string;
  /** True if the trust file was named, and must be there. */
  readonly needsTrust: boolean;
  readonly store: string;
}

/** What the files say, at the start of a command. */
export interface LockContext {
  readonly paths: LockPaths;
  /** The lock; an empty one with the serial 0 if there is none yet. */
  readonly lock: PluginsLock;
  readonly trust: PluginsTrust | undefined;
  /** The text of the `deno.lock` beside the lock, if there is one. */
  readonly denoLock: string | undefined;
  /** The time, in milliseconds since 1970. */
  readonly now: number;
}

const LOCK_FILE = "./plugins.lock.json";
export const TRUST_FILE = "plugins.trust.json";
const STORE_DIRECTORY = "plugin_store";

export const NO_LOCK: PluginsLock = { lockVersion: 1, serial: 0, plugins: {} };

/** More than any of these files has. */
const MAX_BYTES = 33_554_432;

export function addLockOption(command: Command): Command {
  return command.option("--lock <file>", "the lock", LOCK_FILE);
}

export function addTrustOption(command: Command): Command {
  return command.option(
    "--trust <file>",
    `the trust file (default: ${TRUST_FILE} beside the lock, if it exists)`,
  );
}

export function addStoreOption(command: Command): Command {
  return command.option(
    "--store <dir>",
    `the host's store (default: ${STORE_DIRECTORY} beside the lock)`,
  );
}

export function lockPaths({ lock, trust, store }: LockFlags): LockPaths {
  const path = resolvePath(lock, Deno.cwd());
  const directory = resolvePath("..", path);
  const at = (given: string | undefined, name: string) =>
    given === undefined
      ? joinFilePath(directory, name)
      : resolvePath(given, Deno.cwd());
  return {
    directory,
    lock: path,
    trust: at(trust, TRUST_FILE),
    needsTrust: trust !== undefined,
    store: at(store, STORE_DIRECTORY),
  };
}

/** Reads a file; `undefined` if it does not exist. */
export function readIfThere(path: string): Uint8Array | undefined {
  let bytes: Uint8Array | undefined;
  try {
    bytes = readFileBytes(path, MAX_BYTES);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return undefined;
    throw thrown;
  }
  if (bytes !== undefined) return bytes;
  throw new UsageError(`${quote(path)} is not a file`, "Name the file");
}

function refuse(path: string, problems: readonly Problem[]): never {
  const [first] = problems;
  const rest = problems.length - 1;
  const more = rest > 0 ? ` (and ${rest} more)` : "";
  throw new PluginError(
    `Cannot use ${quote(path)}: ${first?.message ?? "it is invalid"}${more}`,
    {
      code: first?.code ?? "PLUGIN_LOCK_INVALID",
      remedy: first?.remedy ?? "Restore the file",
      problems,
    },
  );
}

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return false;
    throw thrown;
  }
}

/** Parses a lock, or throws everything that is wrong. */
export function lockOf(content: string | Uint8Array, path: string) {
  const parsed = parseLock(content);
  return parsed.ok ? parsed.lock : refuse(path, parsed.problems);
}

/** Parses a trust file, or throws everything that is wrong. */
export async function trustOfFile(
  content: string | Uint8Array,
  path: string,
): Promise<PluginsTrust> {
  const parsed = await parseTrust(content);
  return parsed.ok ? parsed.trust : refuse(path, parsed.problems);
}

function missingTrust(path: string): UsageError {
  return new UsageError(
    `There is no trust file ${quote(path)}`,
    "Make one by semantik-plugin trust init, or name another",
  );
}

/** Reads the trust file, which must be there. */
export async function requireTrust(path: string): Promise<PluginsTrust> {
  const bytes = readIfThere(path);
  if (bytes !== undefined) return await trustOfFile(bytes, path);
  throw missingTrust(path);
}

/**
 * Reads the lock and the trust file as a host does: with the signature of the
 * lock, if the trust file names keys for that.
 */
export async function readLockFiles(
  { clock }: Pick<CommandRun, "clock">,
  paths: LockPaths,
  { mustExist }: { readonly mustExist: boolean },
): Promise<
  | (LockContext & { readonly ok: true })
  | Extract<TrustReading, { ok: false }>
> {
  const { lock, trust, needsTrust } = paths;
  const hasLock = isThere(lock);
  if (!hasLock && mustExist) {
    throw new UsageError(
      `There is no lock ${quote(lock)}`,
      "Lock a plugin by semantik-plugin add, or name the lock: --lock FILE",
    );
  }
  const hasTrust = isThere(trust);
  if (!hasTrust && needsTrust) throw missingTrust(trust);
  const now = clock.now();
  const { permissionState } = denoSourceSystem;
  const reading = await readTrustFiles(
    {
      lock: hasLock ? lock : undefined,
      trust: hasTrust ? trust : undefined,
    },
    { permissionState, now, withModules: true },
  );
  if (!reading.ok) return reading;
  return {
    ok: true,
    paths,
    now,
    lock: reading.lock ?? NO_LOCK,
    trust: reading.trust,
    denoLock: reading.denoLock ?? readDenoLock(lock, { permissionState }),
  };
}

/** Does the same, and throws everything that is wrong. */
export async function openLock(
  run: Pick<CommandRun, "clock">,
  flags: LockFlags,
  options: { readonly mustExist: boolean },
): Promise<LockContext> {
  const paths = lockPaths(flags);
  const reading = await readLockFiles(run, paths, options);
  return reading.ok ? reading : refuse(paths.lock, reading.problems);
}

/** Returns a path as the lock names it: relative to its directory. */
export function sourceFor(path: string, { directory }: LockPaths): string {
  let base = directory;
  let up = ".";
  while (path !== base && !isIn(path, base)) {
    const above = resolvePath("..", base);
    // Another drive of Windows.
    if (above === base) return path;
    base = above;
    up = up === "." ? ".." : `${up}/..`;
  }
  const inside = path.slice(base.length).replaceAll("\\", "/")
    .replace(/^\//, "");
  return inside === "" ? up : `${up}/${inside}`;
}
