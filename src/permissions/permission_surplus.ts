/**
 * Permissions of this process that nobody declares, as far as Deno tells.
 *
 * @module
 */

import { formatFlags } from "./format_flags.ts";
import { flagProblems, permissionFlags } from "./permission_flags.ts";
import type { PermissionQuery } from "./permission_query.ts";
import {
  DEFAULT_IMPORT_HOSTS,
  entriesOf,
  PERMISSION_KINDS,
  type PermissionEntry,
  type PermissionKind,
  type PermissionSet,
} from "./permission_set.ts";
import {
  permissionKey,
  type PermissionStates,
  queryPermissions,
} from "./permission_states.ts";
import { difference } from "./set_algebra.ts";

/** What a process may do that nobody declared, as far as it can find out. */
export type SurplusReport = Readonly<{
  /** Surplus that is certain, one finding a kind. */
  findings: readonly Readonly<{
    /** The kind. */
    kind: PermissionKind;
    /** Permissions that nobody declared. */
    entries: readonly PermissionEntry[];
    /** Description of the surplus, in one line. */
    message: string;
    /** The flag to drop, and the one to write instead, in one line. */
    remedy: string;
  }>[];
  /**
   * The kinds of which Deno may have granted more than was declared without
   * this process being able to tell: it answers for single values and for
   * whole kinds, and lists nothing.
   */
  undecided: readonly PermissionKind[];
}>;

type SurplusFinding = SurplusReport["findings"][number];

/** Options of {@linkcode permissionSurplus}. */
export interface PermissionSurplusOptions {
  /**
   * Asks Deno.
   *
   * @default {Deno.permissions.querySync}
   */
  readonly query?: PermissionQuery | undefined;
}

function replacement(kind: PermissionKind, declared: PermissionSet): string {
  const list = declared[kind];
  const drop = `Drop --allow-${kind}`;
  if (list === undefined) return drop;
  const set: PermissionSet = { [kind]: list };
  if (flagProblems(set).length > 0) {
    return `${drop}, and grant what is declared through a permission set of deno.json`;
  }
  const flags = permissionFlags(set, { noPrompt: false });
  return flags.length === 0
    ? `${drop}: Deno grants what is declared without it`
    : `${drop}, and write ${formatFlags(flags)} instead`;
}

function wholeFinding(
  kind: PermissionKind,
  declared: PermissionSet,
): SurplusFinding {
  return Object.freeze({
    kind,
    entries: Object.freeze([Object.freeze({ kind })]),
    message: declared[kind] === undefined
      ? `The process has ${kind} as a whole, and nobody declares any of it`
      : `The process has ${kind} as a whole, and only a part of it is declared`,
    remedy: replacement(kind, declared),
  });
}

function importFinding(
  declared: PermissionSet,
  states: PermissionStates,
): SurplusFinding | undefined {
  const hosts = DEFAULT_IMPORT_HOSTS.filter((value) =>
    states.get(permissionKey({ kind: "import", value })) === "granted"
  );
  const entries = entriesOf(
    difference({ import: hosts }, { import: declared.import ?? [] }),
  );
  if (entries.length === 0) return undefined;
  const names = entries.map(({ value }) => value).join(",");
  return Object.freeze({
    kind: "import",
    entries,
    message:
      `The process may import from ${entries.length} hosts that Deno permits by itself and nobody declares`,
    remedy: `Add --deny-import=${names}`,
  });
}

/**
 * Finds out what this process may do that neither the host nor a plugin
 * declared. Needs no permission and never prompts.
 *
 * In process Deno answers for single values and for whole kinds alone: a whole
 * kind too many is found, a value too many in a list is not. The command line
 * `semantik-plugin permissions --check` compares a command of Deno exactly.
 *
 * @example A flag too many
 * ```ts
 * import { permissionSurplus } from "@semantik/plugins/permissions";
 * import { assertEquals } from "@std/assert";
 *
 * const { findings } = permissionSurplus({ net: ["a.example:443"] }, {
 *   query: ({ name }) => ({
 *     state: name === "net" ? "granted" : "prompt",
 *     partial: false,
 *   }),
 * });
 *
 * assertEquals(findings.map(({ remedy }) => remedy), [
 *   "Drop --allow-net, and write --allow-net=a.example:443 instead",
 * ]);
 * ```
 *
 * @param declared All that the host and its plugins declare.
 * @param options How to ask.
 * @returns What is certain, and the kinds that stay undecided.
 */
export function permissionSurplus(
  declared: PermissionSet,
  options: PermissionSurplusOptions = {},
): SurplusReport {
  const states = queryPermissions([
    ...PERMISSION_KINDS.map((kind) => ({ kind })),
    ...DEFAULT_IMPORT_HOSTS.map((value) => ({
      kind: "import" as const,
      value,
    })),
  ], options);
  const open = PERMISSION_KINDS.filter((kind) => declared[kind] !== true);
  const wholes = open.filter((kind) =>
    ["granted", "partial"].includes(states.get(kind) ?? "prompt")
  );
  const imports = wholes.includes("import") || declared.import === true
    ? undefined
    : importFinding(declared, states);
  return Object.freeze({
    findings: Object.freeze([
      ...wholes.map((kind) => wholeFinding(kind, declared)),
      ...(imports === undefined ? [] : [imports]),
    ]),
    undecided: Object.freeze(open.filter((kind) => !wholes.includes(kind))),
  });
}
