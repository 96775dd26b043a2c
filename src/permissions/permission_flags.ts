/**
 * How a set is granted: by the flags of a command line.
 *
 * @module
 */

import { PluginError, type Problem } from "../base/errors.ts";
import { quote } from "../base/text.ts";
import { formatFlags } from "./format_flags.ts";
import { readSet } from "./normal_form.ts";
import {
  entriesOf,
  FLAG_SYS_KINDS,
  formatEntry,
  PERMISSION_KINDS,
  type PermissionEntry,
  type PermissionSet,
} from "./permission_set.ts";
import { SetIndex, withoutDefaultImports } from "./set_algebra.ts";
import { valueFault } from "./value_fault.ts";

function problemOf({ kind, value }: PermissionEntry): string | undefined {
  if (value === undefined) return undefined;
  if (value.includes(",")) {
    return "has a comma, by which a flag separates two values";
  }
  if (value.includes("\0")) {
    return "has a NUL character, which no argument can hold";
  }
  // Deno takes a carriage return off the end of an argument, a shell takes
  // line feeds off the end of what it is told on one line.
  if (/[\r\n]$/.test(value)) return "ends with a line break";
  if (kind === "sys" && !FLAG_SYS_KINDS.includes(value)) {
    return "is one that the command line of Deno does not take";
  }
  return undefined;
}

/**
 * Finds the entries of a set that no flag can say.
 *
 * @example A directory with a comma in its name
 * ```ts
 * import { flagProblems } from "@semantik/plugins";
 * import { assertEquals } from "@std/assert";
 *
 * const [problem] = flagProblems({ read: ["/srv/a,b", "/srv/c"] });
 *
 * assertEquals(
 *   problem?.message,
 *   'Permission read to "/srv/a,b" has a comma, by which a flag separates two values',
 * );
 * ```
 *
 * @param set The set.
 * @returns A problem for each of them; empty when flags can say it all.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when a path is relative or a
 * value is one that Deno would reject.
 */
export function flagProblems(set: PermissionSet): readonly Problem[] {
  return Object.freeze(
    entriesOf(readSet(set)).flatMap((entry): Problem[] => {
      const what = problemOf(entry);
      return what === undefined ? [] : [Object.freeze({
        code: "PLUGIN_OPTION_INVALID",
        message: `Permission ${formatEntry(entry)} ${what}`,
        remedy:
          "Put what denoPermissionSet returns into deno.json and run with -P=NAME",
      })];
    }),
  );
}

/** Variables of the environment to take out of what is granted. */
export interface DenialOptions {
  /**
   * Variables that shall stay unreadable: reading one throws.
   *
   * @default {[]}
   */
  readonly denyEnv?: readonly string[] | undefined;
  /**
   * Variables that read as if they were not set; `true` for every variable that
   * nobody declares.
   *
   * @default {[]}
   */
  readonly ignoreEnv?: true | readonly string[] | undefined;
}

function check(name: string): string {
  const fault = valueFault("env", name, undefined);
  if (fault === undefined) return name;
  throw new PluginError(
    `Cannot deny the variable ${quote(name)}: it ${fault.fault}`,
    { code: "PLUGIN_OPTION_INVALID", remedy: fault.remedy },
  );
}

/**
 * Which of the variables that an operator wants to keep back can be kept back:
 * those that nobody declares, by name or by a wildcard such as `AWS_*`. Whoever
 * declares the whole environment names none of them, and may go without.
 *
 * @param set A set in normal form.
 * @param options The variables to keep back.
 * @returns Those to deny and those to ignore, sorted; none when the set does
 * not touch the environment at all. To ignore is `true` for all that nobody
 * declares, unless the whole environment is declared.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when one is not the name of a
 * variable.
 */
export function undeclaredVariables(
  set: PermissionSet,
  { denyEnv = [], ignoreEnv = [] }: DenialOptions,
): Readonly<{ deny: readonly string[]; ignore: true | readonly string[] }> {
  const list = set.env;
  const names = list === true ? [] : list?.filter((name) => name !== "*") ?? [];
  const declared = new SetIndex(names.length === 0 ? {} : { env: names });
  const free = (wanted: readonly string[]) =>
    list === undefined
      ? []
      : [...new Set(wanted.map(check))].filter((name) =>
        !declared.covers({ kind: "env", value: name })
      ).sort();
  const deny = free(denyEnv);
  // Beside a grant of the whole environment it would take all of it away.
  if (ignoreEnv === true) return { deny, ignore: list === true ? [] : true };
  const denied = new Set(deny);
  return { deny, ignore: free(ignoreEnv).filter((name) => !denied.has(name)) };
}

/** What {@linkcode permissionFlags} is given. */
export interface PermissionFlagsOptions extends DenialOptions {
  /**
   * Whether to add `--no-prompt`, so that what is not granted fails at once
   * instead of asking.
   *
   * @default {true}
   */
  readonly noPrompt?: boolean | undefined;
}

/**
 * The smallest list of flags for `deno run` that grants a set.
 *
 * One flag a kind, sorted, without what another value covers. A set that
 * declares nothing gets `--no-prompt` alone. Hosts that Deno imports from
 * without a flag get none either, as long as no other host is imported from:
 * a flag `--allow-import` takes the place of them all.
 *
 * @example Two plugins' flags
 * ```ts
 * import { permissionFlags } from "@semantik/plugins";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(
 *   permissionFlags({
 *     net: ["api.openai.com:443"],
 *     env: ["OPENAI_API_KEY"],
 *     read: ["/srv/models", "/srv/models/small"],
 *   }),
 *   [
 *     "--allow-env=OPENAI_API_KEY",
 *     "--allow-net=api.openai.com:443",
 *     "--allow-read=/srv/models",
 *     "--no-prompt",
 *   ],
 * );
 * ```
 *
 * @param set What is to be granted.
 * @param options What else the flags shall say.
 * @returns The flags, one text each, not yet quoted for a shell; frozen.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when no flag can say an entry,
 * such as a path with a comma: `flagProblems` names them, and
 * `denoPermissionSet` can say them all.
 */
export function permissionFlags(
  set: PermissionSet,
  options: PermissionFlagsOptions = {},
): readonly string[] {
  const { noPrompt = true } = options;
  const normal = withoutDefaultImports(readSet(set));
  const problems = flagProblems(normal);
  const [first] = problems;
  if (first !== undefined) throw unsayable(first, problems);
  const flags = PERMISSION_KINDS.flatMap((kind) => {
    const list = normal[kind];
    if (list === undefined) return [];
    return [`--allow-${kind}${list === true ? "" : `=${list.join(",")}`}`];
  });
  const { deny, ignore } = undeclaredVariables(normal, options);
  if (deny.length > 0) flags.push(`--deny-env=${deny.join(",")}`);
  if (ignore === true) flags.push("--ignore-env");
  else if (ignore.length > 0) flags.push(`--ignore-env=${ignore.join(",")}`);
  // Without it Deno asks a person, also when nothing is declared.
  if (noPrompt) flags.push("--no-prompt");
  return Object.freeze(flags.sort());
}

/**
 * Writes how a person grants what a process was started without.
 *
 * @param missing What it misses.
 * @returns A sentence with the flags, never with none.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when no flag can say an entry.
 */
export function startRemedy(missing: PermissionSet): string {
  const flags = permissionFlags(missing, { noPrompt: false });
  if (flags.length > 0) return `Start the host with ${formatFlags(flags)}`;
  // Deno imports from these unless a flag says otherwise.
  const hosts = entriesOf(missing).map(({ value }) => value).join(", ");
  return `Start the host without --allow-import, or name ${hosts} in it`;
}

function unsayable(first: Problem, problems: readonly Problem[]): PluginError {
  return new PluginError(`Cannot write flags: ${first.message}`, {
    code: first.code,
    remedy: first.remedy,
    problems,
  });
}
