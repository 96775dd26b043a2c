/**
 * What Deno refused, and what would have permitted it.
 *
 * @module
 */

import { quote } from "../base/text.ts";
import type { Fault } from "./fault.ts";
import { formatFlags } from "./format_flags.ts";
import { normalForm } from "./normal_form.ts";
import {
  normalizePermissions,
  type PermissionBase,
} from "./normalize_permissions.ts";
import { type NotCapableNeed, parseNotCapable } from "./parse_not_capable.ts";
import { flagProblems, permissionFlags } from "./permission_flags.ts";
import {
  DEFAULT_IMPORT_HOSTS,
  entriesOf,
  formatEntry,
  type PermissionDeclaration,
  type PermissionEntry,
  type PermissionKind,
  type PermissionSet,
} from "./permission_set.ts";
import { isAbsolutePath, resolvePath } from "../base/path.ts";
import { covers, difference } from "./set_algebra.ts";
import { isCommandPath, valueFault } from "./value_fault.ts";

/**
 * The flags to add to a command line, so that it grants what is missing and
 * still all that it granted before.
 *
 * Deno adds up the values of a flag that is given twice, so the flags can be
 * put beside those that are there. Only `--allow-import` takes something away:
 * the hosts that Deno imports from by itself, which are therefore repeated.
 * Beside a permission set of `deno.json` (`-P`) a flag takes the place of what
 * the set says of its kind, and beside a flag without a list it takes the place
 * of that: there, write out what `permissionFlags` says of all that is needed.
 *
 * @param missing What is missing, in normal form.
 * @returns The flags, one text each, not yet quoted for a shell; frozen.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when no flag can say an entry.
 */
export function flagsToAdd(
  missing: readonly PermissionEntry[],
): readonly string[] {
  const set = normalForm(missing);
  const others = difference(
    { import: set.import ?? [] },
    { import: DEFAULT_IMPORT_HOSTS },
  );
  const kept = others.import === undefined || others.import === true
    ? []
    : entriesOf({ import: DEFAULT_IMPORT_HOSTS });
  return permissionFlags(normalForm([...missing, ...kept]), {
    noPrompt: false,
  });
}

/** The part of a manifest that says what a plugin needs, as it was written. */
export type DeclaredPermissions = Readonly<{
  /** What it cannot do without. */
  permissions?: PermissionDeclaration | undefined;
  /** What it uses when it is granted. */
  optionalPermissions?: PermissionDeclaration | undefined;
}>;

/** What a manifest's paths, and those of the error, are resolved against. */
export interface ExplainNotCapableOptions extends PermissionBase {
  /**
   * The absolute directory that relative paths in the error are relative to.
   *
   * @default {Deno.cwd()}
   */
  readonly workingDirectory?: string | undefined;
}

/** Why Deno refused something to a plugin, and what helps. */
export type NotCapableExplanation = Readonly<{
  /** What was needed, in normal form; empty where no entry can say it. */
  entries: readonly PermissionEntry[];
  /** Whether the manifest declares all of it. */
  declared: boolean;
  /** Where it is declared, or where it belongs, e.g. `permissions.net[0]`. */
  path: string | undefined;
  /** The flags that grant it, not quoted for a shell; empty where none do. */
  flags: readonly string[];
  /** What is the case, in one line that reads after "the plugin". */
  message: string;
  /** What a person can do about it, in one line. */
  remedy: string;
}>;

/** A thing that Deno refused. */
interface Wanted {
  /** What the error names. */
  readonly need: NotCapableNeed;
  /** The same in normal form; undefined when no entry can say it. */
  readonly set: PermissionSet | undefined;
  /** Why no manifest can declare the value as the error shows it. */
  readonly fault: Fault | undefined;
}

function workingDirectoryOf(
  { workingDirectory }: ExplainNotCapableOptions,
): string | undefined {
  try {
    return workingDirectory ?? Deno.cwd();
  } catch {
    // The working directory may be gone.
    return undefined;
  }
}

function wantedOf(
  need: NotCapableNeed,
  options: ExplainNotCapableOptions,
): Wanted {
  const { kind, value, hidden } = need;
  if (kind === "all" || hidden) {
    return { need, set: undefined, fault: undefined };
  }
  if (value === undefined) {
    return { need, set: { [kind]: true }, fault: undefined };
  }
  const { windows = Deno.build.os === "windows" } = options;
  const fault = valueFault(kind, value, windows);
  const isPath = kind === "read" || kind === "write" || kind === "ffi" ||
    (kind === "run" && isCommandPath(value, windows));
  const directory = isPath ? workingDirectoryOf(options) : undefined;
  if (fault === undefined) {
    const set = normalizePermissions({ [kind]: [value] }, {
      directory,
      windows,
    });
    return { need, set, fault };
  }
  // Deno takes any text for a path, and a list of paths can hold it.
  const set = directory === undefined || !isAbsolutePath(directory)
    ? undefined
    : normalForm([{ kind, value: resolvePath(value, directory) }]);
  return { need, set, fault };
}

function declaredAt(
  needed: PermissionSet,
  kind: PermissionKind,
  declared: DeclaredPermissions,
  options: ExplainNotCapableOptions,
): string | undefined {
  for (const field of ["permissions", "optionalPermissions"] as const) {
    const list = declared[field]?.[kind];
    if (list === true) return `${field}.${kind}`;
    for (const [index, value] of (list ?? []).entries()) {
      try {
        const set = normalizePermissions({ [kind]: [value] }, options);
        if (covers(set, needed)) return `${field}.${kind}[${index}]`;
      } catch {
        // A value that needs a directory that is not there declares nothing.
      }
    }
  }
  return undefined;
}

function flagsFor(needed: PermissionSet): readonly string[] {
  return flagProblems(needed).length > 0 ? [] : flagsToAdd(entriesOf(needed));
}

function inWords(
  kind: PermissionKind | "all" | undefined,
  message: string,
  remedy: string,
): NotCapableExplanation {
  return Object.freeze({
    entries: Object.freeze([]),
    declared: false,
    path: kind === undefined || kind === "all"
      ? undefined
      : `permissions.${kind}`,
    flags: Object.freeze([]),
    message,
    remedy,
  });
}

function withoutEntry(
  { need: { kind, value, hidden }, fault }: Wanted,
  declared: DeclaredPermissions,
): NotCapableExplanation {
  if (kind === "all") {
    const what = value === undefined ? "a file of the system" : quote(value);
    return inWords(
      kind,
      `needs ${what}, which Deno opens only for a process that was granted everything`,
      "Do without it: no flag but --allow-all opens it",
    );
  }
  if (hidden || value === undefined) {
    return inWords(
      kind,
      `needs ${kind} to a path that Deno does not show, such as that of temporary files`,
      "Declare the directory for temporary files, or give the call a directory that is declared",
    );
  }
  const needs = `needs ${formatEntry({ kind, value })}`;
  const field = (["permissions", "optionalPermissions"] as const)
    .find((name) => declared[name]?.[kind] === true);
  if (field !== undefined) {
    const path = `${field}.${kind}`;
    return Object.freeze({
      entries: Object.freeze([]),
      declared: true,
      path,
      flags: Object.freeze([`--allow-${kind}`]),
      message:
        `${needs}, which its manifest declares at ${path} and the process was not granted`,
      remedy: `Run with --allow-${kind}`,
    });
  }
  const why = fault?.fault ?? "cannot be resolved without a working directory";
  return inWords(
    kind,
    `${needs}, which ${why}`,
    `Correct what the plugin asks for: no list of permissions can name it`,
  );
}

/** Explains what entries can say, whether or not a flag or a manifest can. */
function withEntries(
  wanted: readonly Wanted[],
  sets: readonly PermissionSet[],
  declared: DeclaredPermissions,
  options: ExplainNotCapableOptions,
): NotCapableExplanation {
  const entries = sets.flatMap(entriesOf);
  const places = sets.map((set, index) => {
    const kind = entries[index]?.kind ?? "read";
    return declaredAt(set, kind, declared, options);
  });
  const [first] = places;
  const isDeclared = places.every((place) => place !== undefined);
  const flags = sets.flatMap(flagsFor);
  const names = entries.map(formatEntry).join(" and ");
  const run = flags.length === 0
    ? "grant it through a permission set of deno.json"
    : `run with ${formatFlags(flags)}`;
  const undeclared = entries[places.indexOf(undefined)];
  const path = isDeclared ? first : `permissions.${undeclared?.kind}`;
  const odd = wanted.find(({ fault }) => fault !== undefined);
  const declare = odd === undefined
    ? `Declare it at ${path} in the manifest, and ${run}`
    : `Correct the path in the plugin: ${
      quote(odd.need.value ?? "")
    } ${odd.fault?.fault}. To use this very path, declare the directory that holds it at ${path}, and ${run}`;
  return Object.freeze({
    entries: Object.freeze(entries),
    declared: isDeclared,
    path,
    flags: Object.freeze(flags),
    message: isDeclared
      ? `needs ${names}, which its manifest declares at ${path} and the process was not granted`
      : `needs ${names}, which its manifest does not declare`,
    remedy: isDeclared
      ? `${run.charAt(0).toUpperCase()}${run.slice(1)}`
      : declare,
  });
}

/**
 * Explains why Deno refused something to a plugin: whether the manifest
 * declares it and where, and which flag grants it. Says in words what no flag
 * can say.
 *
 * Never throws. Needs no permission.
 *
 * @example A host that the manifest does not name
 * ```ts
 * import { explainNotCapable } from "@semantik/plugins";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new Deno.errors.NotCapable(
 *   'Requires net access to "b.example:443", run again with the --allow-net flag',
 * );
 * const explanation = explainNotCapable(error, {
 *   permissions: { net: ["a.example:443"] },
 * });
 *
 * assertEquals(explanation?.declared, false);
 * assertEquals(explanation?.path, "permissions.net");
 * assertEquals(explanation?.flags, ["--allow-net=b.example:443"]);
 * ```
 *
 * @param thrown What was thrown, whatever it was.
 * @param declared The manifest, or what it declares.
 * @param options What paths are resolved against.
 * @returns The explanation, or `undefined` when the error is about something else.
 */
export function explainNotCapable(
  thrown: unknown,
  declared: DeclaredPermissions,
  options: ExplainNotCapableOptions = {},
): NotCapableExplanation | undefined {
  const needs = parseNotCapable(thrown);
  const [need] = needs;
  if (need === undefined) return undefined;
  try {
    const wanted = needs.map((one) => wantedOf(one, options));
    const unsayable = wanted.find(({ set }) => set === undefined);
    if (unsayable !== undefined) return withoutEntry(unsayable, declared);
    const sets = wanted.flatMap(({ set }) => set === undefined ? [] : [set]);
    return withEntries(wanted, sets, declared, options);
  } catch {
    // Whoever explains an error must not throw another one.
    const what = need.value === undefined ? "" : ` to ${quote(need.value)}`;
    return inWords(
      need.kind,
      `needs ${need.kind}${what}, which the process was not granted`,
      "See the cause, and correct what the plugin asks for",
    );
  }
}
