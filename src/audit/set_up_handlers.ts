/**
 * The life of handlers: all or none are set up, and each one is destroyed.
 *
 * @module
 */

import type { BaseHandler } from "@std/log/base-handler";
import { PluginError } from "../errors.ts";
import { describeThrown } from "../text.ts";

function asPluginError(handler: BaseHandler, error: unknown): PluginError {
  if (error instanceof PluginError) return error;
  return new PluginError(
    `Cannot set up ${handler.constructor.name}: ${describeThrown(error)}`,
    {
      code: "PLUGIN_AUDIT_UNAVAILABLE",
      remedy: "Correct the options of the handler, or leave it out",
      cause: error,
    },
  );
}

/**
 * Sets handlers up; where one cannot be, those before it are destroyed.
 *
 * @param handlers The handlers.
 * @throws {PluginError} `PLUGIN_AUDIT_UNAVAILABLE` when one cannot be set up.
 */
export function setUpHandlers(handlers: readonly BaseHandler[]): void {
  const done: BaseHandler[] = [];
  for (const handler of handlers) {
    try {
      handler.setup();
      done.push(handler);
    } catch (error) {
      destroyHandlers(done);
      throw asPluginError(handler, error);
    }
  }
}

/**
 * Destroys handlers, each one though others throw.
 *
 * @param handlers The handlers.
 * @throws What one of them threw, or an `AggregateError` of what several did.
 */
export function destroyHandlers(handlers: readonly BaseHandler[]): void {
  const errors: unknown[] = [];
  for (const handler of handlers) {
    try {
      handler.destroy();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) {
    throw new AggregateError(errors, "Cannot destroy all audit handlers");
  }
}
