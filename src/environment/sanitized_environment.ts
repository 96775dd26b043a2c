/**
 * The environment that plugins may see, and why they do not see the rest.
 *
 * @module
 */

import type { WithheldReason } from "../secrets/withheld_because.ts";
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

/** What becomes of one variable. Holds no value. */
export type VariableExplanation =
  & Readonly<{
    /** Its name. */
    name: string;
  }>
  & (
    | Readonly<{
      /** Plugins see it. */
      status: "kept";
    }>
    | Readonly<{
      /** Plugins do not see it, but for those that declare it. */
      status: "withheld";
      /** Why. */
      because: WithheldReason;
    }>
    | Readonly<{
      /** It may be read and is not set. */
      status: "unset";
    }>
    | Readonly<{
      /** The process may not read it. */
      status: "unpermitted";
      /** What would permit it, where no `--deny-env` or `--ignore-env` forbids it. */
      flag: string;
    }>
  );

function byName(a: VariableExplanation, b: VariableExplanation): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/**
 * Says of each variable what becomes of it in {@linkcode getSanitizedEnvironment}:
 * kept, withheld and why, not set, or not permitted and which flag would
 * permit it. Never says a value.
 *
 * Reading the process's variables needs `env` permission; it never throws
 * because of a missing permission and never asks for one.
 *
 * @example Why a variable does not reach plugins
 * ```ts
 * import { explainEnvironment } from "@semantik/plugins/environment";
 * import { assertEquals } from "@std/assert";
 *
 * const source = { HOME: "/home/ada", DB_PASS: "a secret" };
 *
 * assertEquals(explainEnvironment({ source }), [
 *   {
 *     name: "DB_PASS",
 *     status: "withheld",
 *     because: { kind: "word", match: "PASS" },
 *   },
 *   { name: "HOME", status: "kept" },
 * ]);
 * ```
 *
 * @param options The same options.
 * @returns An entry for each variable that can be listed and for each of `names`, by name.
 */
export function explainEnvironment(
  options: SanitizeOptions = {},
): readonly VariableExplanation[] {
  const { listed, others, read, permits, decide } = viewEnvironment(options);

  function explain(name: string): VariableExplanation {
    const value = read(name);
    if (value !== undefined) {
      const because = decide(name, value);
      return because === undefined
        ? { name, status: "kept" }
        : { name, status: "withheld", because };
    }
    if (permits(name)) return { name, status: "unset" };
    // A comma in a flag parts two names.
    const flag = name.includes(",") ? "--allow-env" : `--allow-env=${name}`;
    return { name, status: "unpermitted", flag };
  }

  return Object.freeze(
    [...Object.keys(listed), ...others].map(explain).sort(byName),
  );
}
