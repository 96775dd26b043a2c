import { argumentError, PluginError, type Problem } from "../base/errors.ts";
import { escapeControls, quote } from "../base/text.ts";
import { valueFault } from "./check_declaration.ts";
import { normalForm, readSet } from "./normalize_permissions.ts";
import {
  DEFAULT_IMPORT_HOSTS,
  entriesOf,
  FLAG_SYS_KINDS,
  formatEntry,
  PERMISSION_KINDS,
  type PermissionEntry,
  type PermissionKind,
  type PermissionSet,
} from "./permission_set.ts";
import { jsrHost } from "./permission_states.ts";
import {
  needsImportFlag,
  SetIndex,
  union,
  withoutDefaultImports,
} from "./set_algebra.ts";

// Characters without a special meaning in any shell, anywhere in a word.
const PLAIN_REGEXP = /^[\w./:=,@%+-]+$/;

const UTF8 = new TextEncoder();

function octal(character: string): string {
  return Array.from(
    UTF8.encode(character),
    (byte) => `\\${byte.toString(8).padStart(3, "0")}`,
  ).join("");
}

// A raw newline would forge a line of a log, and a raw escape sequence would
// control the terminal. printf is POSIX; not every shell has $'…'.
function quoteUnsafe(text: string): string {
  const format = [...text].map((character) => {
    if (character === "\\") return "\\\\";
    if (character === "%") return "%%";
    if (character === "'") return "'\\''";
    return escapeControls(character) === character
      ? character
      : octal(character);
  }).join("");
  return `"$(printf '${format}')"`;
}

function quoteForShell(text: string): string {
  // Command substitution removes newlines from the end.
  if (text.endsWith("\n")) {
    throw new PluginError(
      `Cannot quote ${quote(text)} for a shell: it ends with a line break`,
      {
        code: "PLUGIN_OPTION_INVALID",
        remedy:
          "Put the result of denoPermissionSet into deno.json and run with -P=NAME",
      },
    );
  }
  if (PLAIN_REGEXP.test(text)) return text;
  if (escapeControls(text) !== text) return quoteUnsafe(text);
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * Formats flags on one line, quoted for a POSIX shell.
 *
 * @example A path with a space, a wildcard
 * ```ts
 * import { formatFlags } from "@semantik/plugins/permissions";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(
 *   formatFlags(["--allow-env=AWS_*", "--allow-read=/my files", "--no-prompt"]),
 *   "--allow-env='AWS_*' --allow-read='/my files' --no-prompt",
 * );
 * ```
 *
 * @param flags Flags, as `permissionFlags` returns them.
 * @returns One line without control characters.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when a flag ends with a line
 * break, which no quoting on one line can express.
 */
export function formatFlags(flags: readonly string[]): string {
  const isList = Array.isArray(flags) &&
    flags.every((flag) => typeof flag === "string");
  if (!isList) {
    throw argumentError(flags, {
      action: "write flags",
      expected: "a list of flags",
      remedy: 'Give a list, as in formatFlags(["--allow-net"])',
    });
  }
  return flags.map((flag) => {
    const equals = flag.indexOf("=") + 1;
    return equals === 0
      ? quoteForShell(flag)
      : flag.slice(0, equals) + quoteForShell(flag.slice(equals));
  }).join(" ");
}

/** The remedy for a path that {@linkcode pathFlags} has no flag for. */
export const UNNAMEABLE_PATH =
  "Move the file: no flag can name a path with a comma or a line break at its end";

/** Returns the flags for some paths on one line, or `undefined` if no flag can name one of them. */
export function pathFlags(
  permissions: Readonly<Partial<Record<"read" | "write", readonly string[]>>>,
): string | undefined {
  const entries = Object.entries(permissions);
  // A comma separates two values; Deno and a shell drop a line break at the end.
  const isUnsayable = entries.some(([, paths]) =>
    paths.some((path) => /,|[\r\n]$/.test(path))
  );
  return isUnsayable ? undefined : formatFlags(
    entries.filter(([, paths]) => paths.length > 0)
      .map(([kind, paths]) => `--allow-${kind}=${paths.join(",")}`),
  );
}

function flagFault({ kind, value }: PermissionEntry): string | undefined {
  if (value === undefined) return undefined;
  if (value.includes(",")) {
    return "contains a comma, which separates values in a flag";
  }
  if (value.includes("\0")) {
    return "contains a NUL character, which no argument can hold";
  }
  // Deno removes a carriage return from the end of an argument, a shell removes
  // line feeds from the end of a command substitution.
  if (/[\r\n]$/.test(value)) return "ends with a line break";
  if (kind === "sys" && !FLAG_SYS_KINDS.includes(value)) {
    return "is not accepted by the command line of Deno";
  }
  return undefined;
}

/**
 * Finds the entries of a set that no flag can express.
 *
 * @example A directory with a comma in its name
 * ```ts
 * import { flagProblems } from "@semantik/plugins/permissions";
 * import { assertEquals } from "@std/assert";
 *
 * const [problem] = flagProblems({ read: ["/srv/a,b", "/srv/c"] });
 *
 * assertEquals(
 *   problem?.message,
 *   'Permission read to "/srv/a,b" contains a comma, which separates values in a flag',
 * );
 * ```
 *
 * @param set The set.
 * @returns A problem for each of them; empty when flags can express the set.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when a path is relative or Deno
 * would reject a value.
 */
export function flagProblems(set: PermissionSet): readonly Problem[] {
  return Object.freeze(
    entriesOf(readSet(set)).flatMap((entry): Problem[] => {
      const fault = flagFault(entry);
      return fault === undefined ? [] : [Object.freeze({
        code: "PLUGIN_OPTION_INVALID",
        message: `Permission ${formatEntry(entry)} ${fault}`,
        remedy:
          "Put the result of denoPermissionSet into deno.json and run with -P=NAME",
      })];
    }),
  );
}

/** Variables of the environment to exclude from the granted ones. */
export interface DenialOptions {
  /**
   * Variables to deny: reading one throws.
   *
   * @default {[]}
   */
  readonly denyEnv?: readonly string[] | undefined;
  /**
   * Variables that read as unset; `true` for every variable that nobody
   * declares.
   *
   * @default {[]}
   */
  readonly ignoreEnv?: true | readonly string[] | undefined;
}

function checkVariable(name: string): string {
  const found = valueFault("env", name, undefined);
  if (found === undefined) return name;
  throw new PluginError(
    `Cannot deny the variable ${quote(name)}: it ${found.fault}`,
    { code: "PLUGIN_OPTION_INVALID", remedy: found.remedy },
  );
}

/**
 * Returns the variables to deny and to ignore that nobody declares, by name or
 * by a prefix. A declaration of the whole environment names none.
 */
function undeclaredVariables(
  { env: list }: PermissionSet,
  { denyEnv = [], ignoreEnv = [] }: DenialOptions,
): Readonly<{ deny: readonly string[]; ignore: true | readonly string[] }> {
  const names = list === true ? [] : list?.filter((name) => name !== "*") ?? [];
  const declared = new SetIndex({ env: names });
  const undeclared = (wanted: readonly string[]) =>
    list === undefined
      ? []
      : [...new Set(wanted.map(checkVariable))].filter((value) =>
        !declared.covers({ kind: "env", value })
      ).sort();
  const deny = undeclared(denyEnv);
  // Beside --allow-env it would take the whole environment away.
  if (ignoreEnv === true) return { deny, ignore: list === true ? [] : true };
  const denied = new Set(deny);
  const ignore = undeclared(ignoreEnv).filter((name) => !denied.has(name));
  return { deny, ignore };
}

/** Options of {@linkcode permissionFlags}. */
export interface PermissionFlagsOptions extends DenialOptions {
  /**
   * Adds `--no-prompt`, so that a missing permission fails at once instead of
   * asking a person.
   *
   * @default {true}
   */
  readonly noPrompt?: boolean | undefined;
}

/**
 * Returns the smallest list of flags for `deno run` that grants a set.
 *
 * Each kind has one flag, with its values sorted and without values that
 * another one covers. The empty set needs `--no-prompt` alone. Deno's default
 * import hosts need a flag only beside others, since `--allow-import` replaces
 * them all.
 *
 * @example The flags of two plugins
 * ```ts
 * import { permissionFlags } from "@semantik/plugins/permissions";
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
 * @param set The permissions to grant.
 * @param options Variables to exclude, and `--no-prompt`.
 * @returns The flags, not quoted for a shell; frozen.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when no flag can express an
 * entry, such as a path with a comma. `flagProblems` names these entries, and
 * `denoPermissionSet` can express them.
 */
export function permissionFlags(
  set: PermissionSet,
  options: PermissionFlagsOptions = {},
): readonly string[] {
  const { noPrompt = true } = options;
  const normal = withoutDefaultImports(readSet(set));
  const problems = flagProblems(normal);
  const [first] = problems;
  if (first !== undefined) {
    const { code, message, remedy } = first;
    throw new PluginError(`Cannot write flags: ${message}`, {
      code,
      remedy,
      problems,
    });
  }
  const flags = PERMISSION_KINDS.flatMap((kind) => {
    const list = normal[kind];
    if (list === undefined) return [];
    return [`--allow-${kind}${list === true ? "" : `=${list.join(",")}`}`];
  });
  const { deny, ignore } = undeclaredVariables(normal, options);
  if (deny.length > 0) flags.push(`--deny-env=${deny.join(",")}`);
  if (ignore === true) flags.push("--ignore-env");
  else if (ignore.length > 0) flags.push(`--ignore-env=${ignore.join(",")}`);
  if (noPrompt) flags.push("--no-prompt");
  return Object.freeze(flags.sort());
}

/** A list in a permission set of `deno.json`, with exceptions. */
export type DenoPermissionList = Readonly<{
  /** The granted values. */
  allow: true | readonly string[];
  /** The values that are denied all the same. */
  deny?: readonly string[];
  /** The values that read as absent; `true` for all that are not granted. */
  ignore?: true | readonly string[];
}>;

/** A named permission set of `deno.json`: a value of `permissions`. */
export type DenoPermissionSet = Readonly<
  Partial<Record<PermissionKind, true | readonly string[] | DenoPermissionList>>
>;

/**
 * Returns the permission set for `deno.json` that grants a set. It can express
 * what no flag can, such as a path with a comma.
 *
 * Put it under a name into `permissions`, and run Deno with `-P=NAME` and
 * `--no-prompt`. A flag replaces the set's values of its kind. Deno 2.9 prints
 * to standard error that permission sets are experimental.
 *
 * @example A deno.json
 * ```ts
 * import { denoPermissionSet } from "@semantik/plugins/permissions";
 * import { assertEquals } from "@std/assert";
 *
 * const config = {
 *   permissions: { plugins: denoPermissionSet({ read: ["/srv/a,b"], sys: true }) },
 * };
 *
 * assertEquals(config, {
 *   permissions: { plugins: { read: ["/srv/a,b"], sys: true } },
 * });
 * ```
 *
 * @param set The permissions to grant.
 * @param options Variables to exclude.
 * @returns The set for `deno.json`, not frozen.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when a path is relative or Deno
 * would reject a value.
 */
export function denoPermissionSet(
  set: PermissionSet,
  options: DenialOptions = {},
): DenoPermissionSet {
  const normal = withoutDefaultImports(readSet(set));
  const { deny, ignore } = undeclaredVariables(normal, options);
  const copy = structuredClone(normal);
  const ignores = ignore === true || ignore.length > 0;
  if (deny.length === 0 && !ignores) return copy;
  return {
    ...copy,
    env: {
      allow: copy.env ?? [],
      ...(deny.length > 0 ? { deny } : {}),
      ...(ignores ? { ignore } : {}),
    },
  };
}

/**
 * Adds import hosts to a set whose flag for imports, if it needs one, would not
 * keep them: `--allow-import` replaces the hosts that Deno allows.
 */
export function keepImportHosts(
  set: PermissionSet,
  hosts: readonly string[],
): PermissionSet {
  return needsImportFlag(set) ? union(set, { import: hosts }) : set;
}

/**
 * Returns the flags to add to a command line for missing permissions. Deno
 * combines the values of repeated flags, so that nothing else changes.
 *
 * A flag replaces the values of its kind in a permission set (`-P`), and those
 * of a flag without a list.
 *
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when no flag can express an entry.
 */
export function flagsToAdd(
  missing: readonly PermissionEntry[],
): readonly string[] {
  const hosts = [...DEFAULT_IMPORT_HOSTS, jsrHost()];
  return permissionFlags(keepImportHosts(normalForm(missing), hosts), {
    noPrompt: false,
  });
}

/**
 * Formats how a person grants missing permissions. `deno compile` bakes the
 * flags into the program: to start it with others grants nothing.
 *
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when no flag can express an entry.
 */
export function startRemedy(
  missing: PermissionSet,
  isCompiled: boolean = Deno.build.standalone,
): string {
  const verb = isCompiled ? "Compile" : "Start";
  const flags = permissionFlags(missing, { noPrompt: false });
  if (flags.length > 0) return `${verb} the host with ${formatFlags(flags)}`;
  // Deno imports from these unless a flag replaces them.
  const hosts = entriesOf(missing).map(({ value }) => value).join(", ");
  return `${verb} the host without --allow-import, or name ${hosts} in it`;
}
