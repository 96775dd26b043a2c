/**
 * The environment without secrets.
 *
 * @module
 */

import {
  asPlainObject,
  copyKept,
  type SanitizeOptions,
  viewEnvironment,
} from "./environment_filter.ts";

/**
 * The environment without secrets, as a fresh plain object.
 *
 * Withheld are variables whose name contains one of
 * {@linkcode SENSITIVE_ENV_PATTERNS} or has one of {@linkcode SENSITIVE_ENV_WORDS}
 * among its words, and variables whose value is a credential, such as a URL
 * with a password. Everything else is kept.
 *
 * Reading the process's variables needs `env` permission. Under a partial one
 * it returns what may be read of the names it knows, from the option `names`;
 * it never throws because of a missing permission and never asks for one. It
 * keeps secrets from code that asks for them, not from code that reads
 * `Deno.env` itself.
 *
 * @example Keeping what is no secret
 * ```ts
 * import { getSanitizedEnvironment } from "@semantik/plugins";
 * import { assertEquals } from "@std/assert";
 *
 * const source = {
 *   HOME: "/home/ada",
 *   OPENAI_API_KEY: "a secret",
 *   DATABASE_URL: "postgres://db/app",
 *   REPLICA_URL: "postgres://ada:a-secret@db/app",
 * };
 *
 * assertEquals(getSanitizedEnvironment({ source }), {
 *   HOME: "/home/ada",
 *   DATABASE_URL: "postgres://db/app",
 * });
 * ```
 *
 * @param options Options.
 * @returns Names and values of what is kept.
 */
export function getSanitizedEnvironment(
  options: SanitizeOptions = {},
): Record<string, string> {
  return asPlainObject(copyKept(viewEnvironment(options)));
}
