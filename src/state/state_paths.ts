/**
 * The paths that belong to a state file. Pure.
 *
 * @module
 */

import { PluginError } from "../errors.ts";
import { quote } from "../text.ts";

/** Every path that a state file touches. */
export interface StatePaths {
  /** The path as it was given: a file or a link to it. */
  readonly path: string;
  /** The file itself. */
  readonly target: string;
  /** What writers lock. It stays: who removes it divides the writers. */
  readonly lock: string;
  /** Where the next content is written before it takes the file's place. */
  readonly temporary: string;
}

const WINDOWS_ROOT_REGEXP =
  /^(?:[A-Za-z]:|\\\\[^\\/]+[\\/]+[^\\/]+)(?=[\\/]|$)/;

function refuse(path: string, what: string): PluginError {
  return new PluginError(`Cannot use state file ${quote(path)}: ${what}`, {
    code: "PLUGIN_OPTION_INVALID",
    remedy: 'Give the path of a file, e.g. "./plugin_state.json"',
  });
}

function fromUrl(url: URL, windows: boolean): string {
  if (url.protocol !== "file:" || (url.host !== "" && !windows)) {
    throw refuse(url.href, "the URL is not one of a file on this machine");
  }
  let path: string;
  try {
    path = decodeURIComponent(url.pathname);
  } catch {
    throw refuse(url.href, "the URL is not one of a file on this machine");
  }
  if (!windows) return path;
  return url.host === "" ? path.slice(1) : `//${url.host}${path}`;
}

/**
 * Makes a path absolute and free of `.` and `..`, as Deno's flags name it.
 *
 * @param path A path, or a `file:` URL.
 * @param cwd Gives what relative paths are relative to, if need be.
 * @param windows Whether to read it as Windows does.
 * @returns The path.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when it cannot be one of a file.
 */
export function toStatePath(
  path: string | URL,
  cwd: () => string,
  windows: boolean,
): string {
  const text = path instanceof URL ? fromUrl(path, windows) : path;
  const separator = windows ? "\\" : "/";
  const last = windows ? text.replaceAll("/", "\\") : text;
  if (last === "" || text.includes("\0") || last.endsWith(separator)) {
    throw refuse(text, "it does not name a file");
  }
  const isAbsolute = windows
    ? WINDOWS_ROOT_REGEXP.test(last)
    : last.startsWith("/");
  const whole = isAbsolute ? last : `${cwd()}${separator}${last}`;
  const root = windows ? WINDOWS_ROOT_REGEXP.exec(whole)?.[0] ?? "" : "";
  const names: string[] = [];
  for (const name of whole.slice(root.length).split(separator)) {
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  }
  if (names.length === 0 || /(?:^|[\\/])\.{1,2}$/.test(last)) {
    throw refuse(text, "it does not name a file");
  }
  return `${root}${separator}${names.join(separator)}`;
}

/**
 * Names the paths of a state file.
 *
 * @param path The path as it was given.
 * @param target The file that it leads to.
 * @returns The paths.
 */
export function toStatePaths(path: string, target: string): StatePaths {
  return Object.freeze({
    path,
    target,
    lock: `${target}.lock`,
    temporary: `${target}.tmp`,
  });
}

/**
 * The folder of a file.
 *
 * @param path An absolute path.
 * @returns The folder.
 */
export function folderOf(path: string): string {
  // A backslash is a letter like any other outside of Windows.
  const end = path.lastIndexOf(path.startsWith("/") ? "/" : "\\");
  return end === 0 ? "/" : path.slice(0, end);
}
