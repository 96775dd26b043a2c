/**
 * Why an audit log cannot be used.
 *
 * @module
 */

import { PluginError } from "../base/errors.ts";
import { describeThrown, quote } from "../base/text.ts";

function remedyFor(error: unknown, path: string): string {
  if (error instanceof Deno.errors.NotCapable) {
    return `Start with --allow-read and --allow-write for ${
      quote(path)
    }, its ".lock" file and the files it is rotated to`;
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return "Let the user that runs this process read and write the file and its directory";
  }
  if (error instanceof Deno.errors.NotFound) {
    return "Create the directory of the file, or name another file";
  }
  if (error instanceof Deno.errors.IsADirectory) {
    return "Name a file in it, not the directory";
  }
  return "Name a file on a disk that can be written";
}

/**
 * Makes the error for an audit log that cannot be used.
 *
 * @param action What was tried, e.g. `open`.
 * @param path The path of the log.
 * @param problem What is the case, in words.
 * @param remedy What a person can do about it.
 * @param cause What was thrown, if anything.
 * @returns The error.
 */
export function unavailable(
  action: string,
  path: string,
  problem: string,
  remedy: string,
  cause?: unknown,
): PluginError {
  return new PluginError(
    `Cannot ${action} audit log ${quote(path)}: ${problem}`,
    {
      code: "PLUGIN_AUDIT_UNAVAILABLE",
      remedy,
      ...(cause !== undefined && { cause }),
    },
  );
}

/**
 * Makes that error out of what an operation on a file threw.
 *
 * @param action What was tried, e.g. `open`.
 * @param path The path of the log.
 * @param thrown What was thrown.
 * @returns The error; what is one already is returned as it is.
 */
export function asUnavailable(
  action: string,
  path: string,
  thrown: unknown,
): PluginError {
  if (thrown instanceof PluginError) return thrown;
  return unavailable(
    action,
    path,
    describeThrown(thrown),
    remedyFor(thrown, path),
    thrown,
  );
}
