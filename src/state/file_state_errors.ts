/**
 * What a state file that cannot be used is told as.
 *
 * @module
 */

import { PluginError, type Problem } from "../errors.ts";
import { quote } from "../text.ts";
import type { FileFault } from "./missing_permissions.ts";

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
