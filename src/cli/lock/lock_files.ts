/** The files by which an operator decides what runs: lock, trust file and store. */

import type { Command } from "commander";
import { PluginError, type Problem } from "../../base/errors.ts";
import { joinFilePath, readFileBytes, resolvePath } from "../../base/path.ts";
import { quote } from "../../base/text.ts";
import { parseLock, type PluginsLock } from "../../provenance/lock.ts";
import { parseTrust, type PluginsTrust } from "../../provenance/trust.ts";
import { UsageError } from "../failure.ts";

/** The options that name the files. */
export interface LockFlags {
  readonly lock: string;
  readonly trust?: string;
  readonly store?: string;
  readonly denoLock?: string;
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
  readonly denoLock: string;
}

const LOCK_FILE = "./plugins.lock.json";
export const TRUST_FILE = "plugins.trust.json";
const STORE_DIRECTORY = "plugin_store";

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

export function addDenoLockOption(command: Command): Command {
  return command.option(
    "--deno-lock <file>",
    "the host's deno.lock (default: deno.lock beside the lock)",
  );
}

export function lockPaths(
  { lock, trust, store, denoLock }: LockFlags,
): LockPaths {
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
    denoLock: at(denoLock, "deno.lock"),
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

export function lockOf(content: string | Uint8Array, path: string) {
  const parsed = parseLock(content);
  return parsed.ok ? parsed.lock : refuse(path, parsed.problems);
}

export async function trustOfFile(
  content: string | Uint8Array,
  path: string,
): Promise<PluginsTrust> {
  const parsed = await parseTrust(content);
  return parsed.ok ? parsed.trust : refuse(path, parsed.problems);
}

/** Reads the lock; `undefined` if there is none yet. */
export function readLock({ lock }: LockPaths): PluginsLock | undefined {
  const bytes = readIfThere(lock);
  return bytes === undefined ? undefined : lockOf(bytes, lock);
}

/** Reads the lock, which must be there. */
export function requireLock(paths: LockPaths): PluginsLock {
  const lock = readLock(paths);
  if (lock !== undefined) return lock;
  throw new UsageError(
    `There is no lock ${quote(paths.lock)}`,
    "Lock a plugin by semantik-plugin add, or name the lock: --lock FILE",
  );
}

/** Reads the trust file; `undefined` if there is none. */
export async function readTrust(
  { trust, needsTrust }: LockPaths,
): Promise<PluginsTrust | undefined> {
  const bytes = readIfThere(trust);
  if (bytes !== undefined) return await trustOfFile(bytes, trust);
  if (!needsTrust) return undefined;
  throw new UsageError(
    `There is no trust file ${quote(trust)}`,
    "Make one by semantik-plugin trust init, or name another",
  );
}
