/**
 * What of an environment plugins may see.
 *
 * @module
 */

import { argumentError, isRecord, requireOptions } from "../base/argument.ts";
import { isCredential } from "../secrets/credentials.ts";
import {
  withheldBecause,
  type WithheldReason,
} from "../secrets/withheld_because.ts";
import {
  type Environment,
  isEnvironment,
  processEnvironment,
  type VariableRecord,
} from "./environment.ts";

/** Options of {@linkcode getSanitizedEnvironment} and {@linkcode explainEnvironment}. */
export interface SanitizeOptions {
  /**
   * Names to keep whatever they or their values look like. Wins over `deny`.
   *
   * @default {[]}
   */
  readonly allow?: Iterable<string> | undefined;
  /**
   * More patterns to withhold, in any case, matched as `matching` says.
   *
   * @default {[]}
   */
  readonly deny?: Iterable<string> | undefined;
  /**
   * Matches the eight patterns and `deny` anywhere in a name, or as whole words
   * of it. The second keeps `MONKEY`, `GIT_AUTHOR_NAME`, and what is only about
   * a secret: `JWT_ISSUER`, `DB_PASSWORD_FILE`.
   *
   * @default {"substring"}
   */
  readonly matching?: "substring" | "word" | undefined;
  /**
   * Where the variables come from: an environment, or a record of variables.
   *
   * @default {processEnvironment()}
   */
  readonly source?:
    | Environment
    | Readonly<Record<string, string | undefined>>
    | undefined;
  /**
   * Names to look up besides those that can be listed: under a partial
   * permission such as `--allow-env=A,B` none can be listed.
   *
   * @default {[]}
   */
  readonly names?: Iterable<string> | undefined;
  /**
   * Tells further values to withhold, besides those of a known form.
   *
   * @default {undefined}
   */
  readonly isSecret?: ((value: string) => boolean) | undefined;
}

/** Options, read once. */
export interface EnvironmentView {
  /** The variables that can be listed. */
  readonly listed: VariableRecord;
  /** The names that were asked for besides. */
  readonly others: readonly string[];
  /** Reads a variable. */
  read(name: string): string | undefined;
  /** Whether a variable may be read. */
  permits(name: string): boolean;
  /** Why a variable is withheld, or `undefined` where it is kept. */
  decide(name: string, value: string): WithheldReason | undefined;
}

const ACTION = "read the environment";
const CALL = 'getSanitizedEnvironment({ allow: ["NAME"] })';

function checkOptions(options: SanitizeOptions): void {
  requireOptions(options, ACTION, CALL);
  for (const name of ["allow", "deny", "names"] as const) {
    // The letters of a text would be taken for names.
    if (typeof options[name] !== "string") continue;
    throw argumentError(options[name], {
      action: `${ACTION}: option "${name}"`,
      expected: "a list of names",
      remedy: `Give ${name}: ["NAME"]`,
    });
  }
  const { source = {} } = options;
  if (isRecord(source)) return;
  throw argumentError(source, {
    action: `${ACTION}: option "source"`,
    expected: "an environment, or variables by name",
    remedy: 'Give source: readDotenv(".env"), or { NAME: "value" }',
  });
}

/**
 * Reads the options.
 *
 * @param options Options.
 * @returns What they say.
 */
export function viewEnvironment(options: SanitizeOptions): EnvironmentView {
  checkOptions(options);
  const { matching, isSecret, source = processEnvironment() } = options;
  const allow = new Set(options.allow);
  const deny = [...options.deny ?? []];
  const environment = isEnvironment(source) ? source : undefined;
  const listed = isEnvironment(source) ? source.toRecord() : source;
  const others = [...new Set(options.names)].filter((name) =>
    !Object.hasOwn(listed, name)
  );
  return {
    listed,
    others,
    read(name) {
      const value = Object.hasOwn(listed, name)
        ? listed[name]
        : environment?.get(name);
      return typeof value === "string" ? value : undefined;
    },
    permits: (name) => environment?.permits(name) ?? true,
    decide(name, value) {
      if (allow.size > 0 && allow.has(name)) return undefined;
      const reason = withheldBecause(name, matching, deny);
      if (reason !== undefined) return reason;
      return isCredential(value) || isSecret?.(value) === true
        ? { kind: "value" }
        : undefined;
    },
  };
}

/**
 * Copies what is kept.
 *
 * @param view The variables.
 * @returns Names and values, as a fresh object without a prototype: there
 * `__proto__` is a name like any other.
 */
export function copyKept(view: EnvironmentView): Record<string, string> {
  const { listed, others, read, decide } = view;
  const kept: Record<string, string> = Object.create(null);
  // Reading by name is for the few: a process has hundreds of variables.
  for (const name of Object.keys(listed)) {
    const value = listed[name];
    if (typeof value !== "string" || decide(name, value)) continue;
    kept[name] = value;
  }
  for (const name of others) {
    const value = read(name);
    if (value === undefined || decide(name, value)) continue;
    kept[name] = value;
  }
  return kept;
}

/**
 * Makes a record without a prototype the plain object that callers expect.
 *
 * @param record The record; it is changed.
 * @returns The same object.
 */
export function asPlainObject(
  record: Record<string, string>,
): Record<string, string> {
  return Object.setPrototypeOf(record, Object.prototype);
}
