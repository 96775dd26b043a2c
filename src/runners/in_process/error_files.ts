/**
 * The files whose code made an error, as the engine knows them.
 *
 * @module
 */

import { toFileUrl } from "../../base/file_url.ts";
import { isAbsolutePath } from "../../base/path.ts";

// The engine's own getter, taken before a plugin can put another in its place.
const READ_STACK = Object.getOwnPropertyDescriptor(new Error(), "stack")?.get;
const ENGINE_REGEXP = /^(?:ext|node|native|internal):/;

/**
 * Names the place of code as the modules of plugins are named.
 *
 * @param file A file or a URL, as the engine names it.
 * @returns The URL, or `undefined` for code of the engine, which has no owner.
 */
export function codeUrl(file: unknown): string | undefined {
  if (typeof file !== "string" || file === "" || ENGINE_REGEXP.test(file)) {
    return undefined;
  }
  if (isAbsolutePath(file)) return toFileUrl(file).href;
  return URL.canParse(file) ? file : undefined;
}

function fileOf(site: unknown): unknown {
  const read: unknown = Reflect.get(Object(site), "getFileName");
  return typeof read === "function" ? Reflect.apply(read, site, []) : undefined;
}

function format(error: unknown, sites: readonly unknown[]): string {
  return [String(error), ...sites.map((site) => `    at ${String(site)}`)]
    .join("\n");
}

/**
 * Checks that an error was made at the place that an event names. Without a
 * stack of its own an error gets the place of whoever dispatches it.
 *
 * @param event The event.
 * @returns True when the stack of the error begins there.
 */
export function isMadeAt(
  { filename, lineno, colno, error }: ErrorEvent,
): boolean {
  if (typeof error !== "object" || error === null) return false;
  const stack: unknown = READ_STACK?.call(error);
  return typeof stack === "string" &&
    stack.includes(`${filename}:${lineno}:${colno}`);
}

/**
 * Names the files of the calls in which an error was made. The text of a stack
 * is never read: whoever holds an error can change it.
 *
 * @param reason What was thrown.
 * @returns The URLs of the files, from the inside out, without repetition;
 * `undefined` when the engine does not name them, as for what is no error, and
 * for an error whose stack somebody read or changed.
 */
export function filesOf(reason: unknown): readonly string[] | undefined {
  if (typeof reason !== "object" || reason === null) return undefined;
  let files: readonly string[] | undefined;
  const before = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace");
  const others: unknown = before?.value;
  function prepare(error: unknown, sites: unknown): unknown {
    if (error !== reason || !Array.isArray(sites)) return undefined;
    files = [
      ...new Set(
        sites.map((site) => codeUrl(fileOf(site)))
          .filter((url) => url !== undefined),
      ),
    ];
    // What is returned is the stack from now on.
    return typeof others === "function"
      ? Reflect.apply(others, Error, [error, sites])
      : format(error, sites);
  }
  try {
    Object.defineProperty(Error, "prepareStackTrace", {
      value: prepare,
      configurable: true,
      writable: true,
    });
    READ_STACK?.call(reason);
  } catch {
    // A plugin may have frozen Error, or made an error that cannot be shown.
  } finally {
    if (before === undefined) {
      Reflect.deleteProperty(Error, "prepareStackTrace");
    } else Object.defineProperty(Error, "prepareStackTrace", before);
  }
  return files;
}
