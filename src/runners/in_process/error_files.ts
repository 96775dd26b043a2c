/** Finds the files whose code made an error, from the engine. */

import { isAbsolutePath, toFileUrl } from "../../base/path.ts";

// The engine's own getter, taken before a plugin can replace it.
const READ_STACK = Object.getOwnPropertyDescriptor(new Error(), "stack")?.get;
const ENGINE_REGEXP = /^(?:ext|node|native|internal):/;

/** Returns the URL of a file named by the engine; `undefined` for its own code. */
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
 * Tests if the stack of an error contains the place that its event names. An error
 * without a stack gets the place of the code that dispatches it.
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
 * Returns the URLs of the files in the stack of an error, innermost first. Returns
 * `undefined` if the stack was already read or changed. Never reads its text,
 * which any holder of the error can change.
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
    // The returned value becomes the stack.
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
    // A plugin may have frozen Error, or the error may throw when it is shown.
  } finally {
    if (before === undefined) {
      Reflect.deleteProperty(Error, "prepareStackTrace");
    } else Object.defineProperty(Error, "prepareStackTrace", before);
  }
  return files;
}
