import { formatFlags } from "./format_flags.ts";
import {
  flagProblems,
  keepImportHosts,
  permissionFlags,
} from "./permission_flags.ts";
import { jsrHost, type PermissionQuery } from "./permission_query.ts";
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
import { difference, union } from "./set_algebra.ts";

/** The permissions of a process that nobody declares, as far as Deno tells. */
export type SurplusReport = Readonly<{
  /** The surplus that is certain, one finding per kind. */
  findings: readonly Readonly<{
    /** The kind. */
    kind: PermissionKind;
    /** The permissions that nobody declares. */
    entries: readonly PermissionEntry[];
    /** The surplus, in one line. */
    message: string;
    /** The flag to drop, and the one to write instead, in one line. */
    remedy: string;
  }>[];
  /**
   * The kinds that may have a surplus. Deno reports single values and whole
   * kinds, and does not list what it granted.
   */
  undecided: readonly PermissionKind[];
}>;

type SurplusFinding = SurplusReport["findings"][number];

/** Options of {@linkcode permissionSurplus}. */
export interface PermissionSurplusOptions {
  /**
   * Queries a permission.
   *
   * @default {Deno.permissions.querySync}
   */
  readonly query?: PermissionQuery | undefined;
}

function replacement(kind: PermissionKind, declared: PermissionSet): string {
  const list = declared[kind];
  const drop = `Drop --allow-${kind}`;
  if (list === undefined) return drop;
  const set = keepImportHosts({ [kind]: list }, [jsrHost()]);
  if (flagProblems(set).length > 0) {
    return `${drop}, and use a permission set of deno.json for the declared values`;
  }
  const flags = permissionFlags(set, { noPrompt: false });
  return flags.length === 0
    ? `${drop}: Deno grants the declared values without it`
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
      ? `The process has ${kind} as a whole, but nobody declares any of it`
      : `The process has ${kind} as a whole, but only a part of it is declared`,
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
    difference(
      { import: hosts },
      // No manifest has to declare where this package comes from.
      union({ import: [jsrHost()] }, { import: declared.import ?? [] }),
    ),
  );
  if (entries.length === 0) return undefined;
  const names = entries.map(({ value }) => value).join(",");
  return Object.freeze({
    kind: "import",
    entries,
    message:
      `The process may import from ${entries.length} of Deno's default hosts that nobody declares`,
    remedy: `Add --deny-import=${names}`,
  });
}

/**
 * Finds permissions of this process that neither the host nor a plugin
 * declares. Needs no permission and never prompts.
 *
 * Detects an unused `--allow-net`, but not an unused host in
 * `--allow-net=a,b`: Deno does not list what it granted. The command line
 * `semantik-plugin permissions --check` finds these as well.
 *
 * @example An unused flag
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
 * @param declared The permissions that the host and its plugins declare.
 * @param options The query function.
 * @returns The surplus that is certain, and the kinds that may have more.
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
