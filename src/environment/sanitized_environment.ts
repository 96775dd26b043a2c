import { argumentError, isRecord, requireOptions } from "../base/errors.ts";
import { isCredential } from "../secrets/credentials.ts";
import {
  withheldBecause,
  type WithheldReason,
} from "../secrets/secret_names.ts";
import {
  type Environment,
  isEnvironment,
  processEnvironment,
  type VariableRecord,
} from "./environment.ts";

/** Options of {@linkcode getSanitizedEnvironment} and {@linkcode explainEnvironment}. */
export interface SanitizeOptions {
  /**
   * Names to keep, whatever their values are. Has precedence over `deny`.
   *
   * @default {[]}
   */
  readonly allow?: Iterable<string> | undefined;
  /**
   * More patterns to withhold, in any letter case, matched according to `matching`.
   *
   * @default {[]}
   */
  readonly deny?: Iterable<string> | undefined;
  /**
   * Matches the eight patterns and `deny` anywhere in a name, or as whole words
   * of it. Whole words keep `MONKEY`, `GIT_AUTHOR_NAME`, and names that are only
   * about a secret: `JWT_ISSUER`, `DB_PASSWORD_FILE`.
   *
   * @default {"substring"}
   */
  readonly matching?: "substring" | "word" | undefined;
  /**
   * The source of the variables: an environment, or a record.
   *
   * @default {processEnvironment()}
   */
  readonly source?:
    | Environment
    | Readonly<Record<string, string | undefined>>
    | undefined;
  /**
   * Names to look up in addition to those that can be listed. With a partial
   * permission such as `--allow-env=A,B`, none can be listed.
   *
   * @default {[]}
   */
  readonly names?: Iterable<string> | undefined;
  /**
   * Tests if a value must be withheld, in addition to the known forms.
   *
   * @default {undefined}
   */
  readonly isSecret?: ((value: string) => boolean) | undefined;
}

/** The options, read once. */
interface EnvironmentView {
  /** The variables that can be listed. */
  readonly listed: VariableRecord;
  /** The other names to look up. */
  readonly others: readonly string[];
  read(name: string): string | undefined;
  permits(name: string): boolean;
  /** Returns the reason for withholding a variable, or `undefined` to keep it. */
  decide(name: string, value: string): WithheldReason | undefined;
}

const ACTION = "read the environment";
const CALL = 'getSanitizedEnvironment({ allow: ["NAME"] })';

function checkOptions(options: SanitizeOptions): void {
  requireOptions(options, ACTION, CALL);
  for (const name of ["allow", "deny", "names"] as const) {
    // Iterating over a string would give its letters as names.
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

function viewEnvironment(options: SanitizeOptions): EnvironmentView {
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

/** Copies the kept variables to an object without a prototype, in which `__proto__` is an ordinary name. */
function copyKept(view: EnvironmentView): Record<string, string> {
  const { listed, others, read, decide } = view;
  const kept: Record<string, string> = Object.create(null);
  // A process has hundreds of variables: reading each by name would be slow.
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
 * Returns the environment without secrets, as a new plain object.
 *
 * A variable is withheld if its name contains one of
 * {@linkcode SENSITIVE_ENV_PATTERNS}, if one of the words of its name is in
 * {@linkcode SENSITIVE_ENV_WORDS}, or if its value is a credential, such as a
 * URL with a password. All other variables are kept.
 *
 * Reading the variables of the process needs `env` permission. With a partial
 * permission, the result contains the readable variables of the option `names`.
 * A missing permission never makes this function throw or prompt. It does not
 * hide secrets from code that reads `Deno.env` itself.
 *
 * @example Keeping what is not a secret
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
 * @returns Names and values of the kept variables.
 */
export function getSanitizedEnvironment(
  options: SanitizeOptions = {},
): Record<string, string> {
  const kept = copyKept(viewEnvironment(options));
  return Object.setPrototypeOf(kept, Object.prototype);
}

/** The decision about one variable. Shows no value. */
export type VariableExplanation =
  & Readonly<{
    /** The name of the variable. */
    name: string;
  }>
  & (
    | Readonly<{
      /** All plugins see it. */
      status: "kept";
    }>
    | Readonly<{
      /** Only plugins that declare it see it. */
      status: "withheld";
      /** The reason. */
      because: WithheldReason;
    }>
    | Readonly<{
      /** It may be read, but is unset. */
      status: "unset";
    }>
    | Readonly<{
      /** The process may not read it. */
      status: "unpermitted";
      /** The flag that permits it, unless `--deny-env` or `--ignore-env` forbids it. */
      flag: string;
    }>
  );

function byName(a: VariableExplanation, b: VariableExplanation): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/**
 * Explains the decision of {@linkcode getSanitizedEnvironment} about each
 * variable: kept; withheld, with the reason; unset; or not permitted, with the
 * flag that permits it. Never shows a value.
 *
 * Reading the variables of the process needs `env` permission. A missing
 * permission never makes this function throw or prompt.
 *
 * @example The reason why a variable does not reach plugins
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
 * @param options The options of `getSanitizedEnvironment`.
 * @returns An entry for each listed variable and each of `names`, sorted by name.
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
    // A comma in a flag separates two names.
    const flag = name.includes(",") ? "--allow-env" : `--allow-env=${name}`;
    return { name, status: "unpermitted", flag };
  }

  return Object.freeze(
    [...Object.keys(listed), ...others].map(explain).sort(byName),
  );
}

/** The variables under `permissions.env` of a manifest: all, or names and prefixes such as `AWS_*`. */
export type DeclaredVariables = readonly string[] | true;

/**
 * The variables that a manifest declares, as Deno matches them: a star at the
 * end matches any ending, and on Windows letter case does not matter.
 */
export class Declaration {
  readonly #isWhole: boolean;
  readonly #windows: boolean;
  readonly #names = new Set<string>();
  // Prefixes by their length: a name is looked up once for each length.
  readonly #beginnings = new Map<number, Set<string>>();

  constructor(
    declared: DeclaredVariables,
    windows: boolean = Deno.build.os === "windows",
  ) {
    this.#isWhole = declared === true;
    this.#windows = windows;
    if (declared === true) return;
    for (const entry of declared) {
      const text = this.#written(entry);
      if (text.endsWith("*")) this.#addBeginning(text.slice(0, -1));
      else this.#names.add(text);
    }
  }

  #written(name: string): string {
    return this.#windows ? name.toUpperCase() : name;
  }

  #addBeginning(text: string): void {
    const known = this.#beginnings.get(text.length) ?? new Set();
    this.#beginnings.set(text.length, known.add(text));
  }

  /** Tests if a variable is declared, by its name or by a prefix. */
  covers(name: string): boolean {
    if (this.#isWhole || this.names(name)) return true;
    const text = this.#written(name);
    return this.#beginnings.entries().some(([length, texts]) =>
      texts.has(text.slice(0, length))
    );
  }

  /** Tests if a variable is declared by its full name. */
  names(name: string): boolean {
    return this.#names.has(this.#written(name));
  }
}

/** Returns the variables that are declared by their full name. */
export function declaredNames(declared: DeclaredVariables): readonly string[] {
  return declared === true
    ? []
    : declared.filter((name) => !name.endsWith("*"));
}

/** Returns the declared variables of an environment. */
export function declaredIn(
  declared: DeclaredVariables,
  environment: Readonly<Record<string, string>>,
): readonly string[] {
  if (isExact(declared)) {
    return declared.filter((name) => Object.hasOwn(environment, name));
  }
  const declaration = new Declaration(declared);
  return Object.keys(environment).filter((name) => declaration.covers(name));
}

/** Tests if each entry declares exactly one name. */
function isExact(
  declared: DeclaredVariables,
): declared is readonly string[] {
  return declared !== true && Deno.build.os !== "windows" &&
    !declared.some((entry) => entry.endsWith("*"));
}

/**
 * Creates the frozen environment of a plugin from variables that were read once:
 * those that {@linkcode getSanitizedEnvironment} keeps, and exactly those that
 * its manifest declares, secrets or not. Plugins whose declarations add nothing
 * share one object.
 */
export type PluginEnvironments = (
  declared: DeclaredVariables,
) => Readonly<Record<string, string>>;

/** Reads the variables once, for the environments of many plugins. Unreadable ones are left out. */
export function readPluginEnvironments(
  options: SanitizeOptions = {},
): PluginEnvironments {
  const view = viewEnvironment(options);
  const kept = copyKept(view);
  // A spread keeps `__proto__` as an ordinary name, and makes an object that
  // is fast to spread again for each plugin.
  const common = Object.freeze({ ...kept });
  const names = [...Object.keys(view.listed), ...view.others];
  const found = new Map<string, string>();
  function read(name: string): string | undefined {
    const known = found.get(name);
    if (known !== undefined) return known;
    const value = view.read(name);
    // A variable that is unreadable now may be granted before the next plugin.
    if (value !== undefined) found.set(name, value);
    return value;
  }
  return (declared) => {
    const wanted = new Set(declaredNames(declared));
    if (!isExact(declared)) {
      const declaration = new Declaration(declared);
      for (const name of names) if (declaration.covers(name)) wanted.add(name);
    }
    const own: Record<string, string> = Object.create(null);
    let addsAny = false;
    for (const name of wanted) {
      const value = read(name);
      if (value === undefined) continue;
      own[name] = value;
      addsAny ||= kept[name] !== value;
    }
    return addsAny ? Object.freeze({ ...common, ...own }) : common;
  };
}
