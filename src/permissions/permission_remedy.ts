import { PluginError } from "../base/errors.ts";
import { isAbsolutePath, normalizePath, resolvePath } from "../base/path.ts";
import { quote } from "../base/text.ts";
import { isPath, valueFault } from "./check_declaration.ts";
import {
  normalForm,
  normalizePermissions,
  type PermissionBase,
} from "./normalize_permissions.ts";
import {
  flagProblems,
  flagsToAdd,
  formatFlags,
  keepImportHosts,
  startRemedy,
} from "./permission_flags.ts";
import {
  entriesOf,
  type Fault,
  formatEntry,
  isIpv4,
  isPermissionKind,
  type NetEndpoint,
  parseNetEndpoint,
  PERMISSION_KINDS,
  type PermissionDeclaration,
  type PermissionEntry,
  type PermissionKind,
  type PermissionSet,
} from "./permission_set.ts";
import { jsrHost, type PermissionState } from "./permission_states.ts";
import { covers } from "./set_algebra.ts";

/** Facts that a remedy depends on beside what is missing. */
export interface RemedyFacts {
  /** Returns the state of a permission. */
  readonly ask: (entry: PermissionEntry) => PermissionState;
  /** The import hosts that the application or a plugin declares. */
  readonly imports: readonly string[];
  /** True if the host is sealed: a permission it revoked does not return. */
  readonly isSealed: boolean;
}

function widerHosts(endpoint: NetEndpoint): readonly string[] {
  if (!("host" in endpoint)) return [];
  const { kind, host, port } = endpoint;
  const suffix = port === undefined ? "" : `:${port}`;
  const star = kind === "wildcard" ? "*." : "";
  const withoutPort = port === undefined ? [] : [`${star}${host}`];
  // Of two subnets, the wider one takes precedence in Deno.
  if (kind === "subnet") return withoutPort;
  if (isIpv4(host)) return [...withoutPort, `${host}/31${suffix}`];
  if (kind === "ip") return withoutPort;
  const [, ...parents] = host.split(".");
  return [
    ...withoutPort,
    ...kind === "host" ? [`*.${host}${suffix}`] : [],
    ...parents.length === 0 ? [] : [`*.${parents.join(".")}${suffix}`],
  ];
}

function widerValues({ kind, value = "" }: PermissionEntry): readonly string[] {
  switch (kind) {
    case "read":
    case "write":
    case "ffi":
      return [normalizePath(`${value}/..`)].filter((path) => path !== value);
    case "env":
      if (!value.endsWith("*")) return [`${value}*`];
      return value === "*" ? [] : [`${value.slice(0, -2)}*`];
    case "net":
    case "import": {
      const endpoint = parseNetEndpoint(value);
      return "fault" in endpoint ? [] : widerHosts(endpoint);
    }
    case "run":
    case "sys":
      return [];
  }
}

/**
 * Tests if an `--allow-*` flag for a denied entry would grant it: the narrower
 * of two flags takes precedence, and a wider one denies it, as far as Deno tells.
 */
function isDeniedByWider(
  entry: PermissionEntry,
  ask: RemedyFacts["ask"],
): boolean {
  const { kind, value } = entry;
  if (value === undefined) return false;
  return ask({ kind }) === "denied" ||
    widerValues(entry).some((wider) =>
      ask({ kind, value: wider }) === "denied"
    );
}

function kindsOf(entries: Iterable<PermissionEntry>): string {
  return [...new Set(Array.from(entries, ({ kind }) => kind))].join(", ");
}

// Deno ignores a narrower flag beside --allow-all.
function hasAllOtherKinds(
  denied: readonly PermissionEntry[],
  ask: RemedyFacts["ask"],
): boolean {
  return PERMISSION_KINDS.every((kind) =>
    denied.some((entry) => entry.kind === kind) ||
    ["granted", "partial"].includes(ask({ kind }))
  );
}

/** Names the flags that grant exactly what is missing. */
export function permissionRemedy(
  missing: readonly PermissionEntry[],
  { ask, imports, isSealed }: RemedyFacts,
): string {
  const denied = missing.filter((entry) => ask(entry) === "denied");
  const overridable = denied.filter((entry) => isDeniedByWider(entry, ask));
  const fixed = new Set(denied).difference(new Set(overridable));
  const undeny = fixed.size === 0 ? [] : [
    `Remove the denial of ${kindsOf(fixed)}: a --deny or --ignore flag, or ` +
    "the answer to a prompt",
  ];
  const grantable = missing.filter((entry) => !fixed.has(entry));
  if (grantable.length === 0) return undeny.join("; ");
  try {
    const grant = startRemedy(
      keepImportHosts(normalForm(grantable), [jsrHost(), ...imports]),
    );
    return [
      isSealed ? `${grant}, and enable the plugin before sealing` : grant,
      ...overridable.length === 0 ? [] : [
        `The flag is narrower than the denial of ${
          kindsOf(overridable)
        }, and takes precedence`,
      ],
      ...overridable.length > 0 && hasAllOtherKinds(overridable, ask)
        ? ["Deno accepts it only without --allow-all"]
        : [],
      ...undeny,
    ].join("; ");
  } catch (thrown) {
    if (!(thrown instanceof PluginError)) throw thrown;
    return thrown.remedy;
  }
}

/** The permission that an error of Deno names. */
export type NotCapableNeed = Readonly<{
  /** The kind, or `"all"` when only `--allow-all` is enough. */
  kind: PermissionKind | "all";
  /** The value as the error shows it; absent for the whole kind. */
  value?: string;
  /** True if Deno hides the value, as it does for temporary files. */
  hidden: boolean;
}>;

const MAX_LENGTH = 10_000;
const MAX_DEPTH = 5;
const REQUIRES_REGEXP =
  /Requires (\w+) access(?: to (?:"(.*)"|(<[^>\n]*>)))?, (?:run again with the --allow-|specify the required permissions during compilation)/s;
const UNSCOPED_REGEXP =
  /requires unscoped (--allow-\w+(?: and --allow-\w+)*) permission/;

function textOf(thrown: unknown): string {
  if (typeof thrown === "string") return thrown;
  if (typeof thrown !== "object" || thrown === null) return "";
  const message: unknown = Reflect.get(thrown, "message");
  return typeof message === "string" ? message : "";
}

function parseText(text: string): readonly NotCapableNeed[] {
  const [, unscoped] = UNSCOPED_REGEXP.exec(text) ?? [];
  if (unscoped !== undefined) {
    return unscoped.split(" and ").map((flag) => flag.slice(8))
      .filter(isPermissionKind).map((kind) => ({ kind, hidden: false }));
  }
  const [, kind = "", value, hidden] = REQUIRES_REGEXP.exec(text) ?? [];
  if (kind !== "all" && !isPermissionKind(kind)) return [];
  if (value === undefined) return [{ kind, hidden: hidden !== undefined }];
  return [{ kind, value, hidden: false }];
}

/**
 * Finds the permissions that an error of Deno, or one of its causes, names.
 *
 * Reads the text: a denied import is a `TypeError` and not a `NotCapable`, and
 * libraries wrap the errors that they catch.
 */
export function parseNotCapable(thrown: unknown): readonly NotCapableNeed[] {
  try {
    let error = thrown;
    for (let depth = 0; depth < MAX_DEPTH; depth++) {
      const needs = parseText(textOf(error).slice(0, MAX_LENGTH));
      if (needs.length > 0) return needs;
      if (typeof error !== "object" || error === null) return [];
      error = Reflect.get(error, "cause");
    }
    return [];
  } catch {
    // A plugin may throw an object whose every property throws.
    return [];
  }
}

type DeclaredPermissions = Parameters<typeof explainNotCapable>[1];

/** Options of {@linkcode explainNotCapable}. */
export interface ExplainNotCapableOptions extends PermissionBase {
  /**
   * The absolute directory that relative paths in the error are relative to.
   *
   * @default {Deno.cwd()}
   */
  readonly workingDirectory?: string | undefined;
}

/** The reason why Deno refused something to a plugin, and the remedy. */
export type NotCapableExplanation = Readonly<{
  /** The needed permissions, in normal form; empty if no entry can express them. */
  entries: readonly PermissionEntry[];
  /** True if the manifest declares all of them. */
  declared: boolean;
  /** Their path in the manifest, or the one to add, e.g. `permissions.net[0]`. */
  path: string | undefined;
  /** The flags that grant them, not quoted for a shell; empty if none do. */
  flags: readonly string[];
  /** The reason, in one line that reads after "the plugin". */
  message: string;
  /** The remedy, in one line. */
  remedy: string;
}>;

/** A permission that Deno refused. */
interface Wanted {
  readonly need: NotCapableNeed;
  /** The permission in normal form, if an entry can express it. */
  readonly set?: PermissionSet;
  /** The reason why no manifest can declare the value as the error shows it. */
  readonly fault?: Fault;
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
  if (kind === "all" || hidden) return { need };
  if (value === undefined) return { need, set: { [kind]: true } };
  const { windows = Deno.build.os === "windows" } = options;
  const fault = valueFault(kind, value, windows);
  const directory = isPath(kind, value, windows)
    ? workingDirectoryOf(options)
    : undefined;
  if (fault === undefined) {
    const base = { directory, windows };
    return { need, set: normalizePermissions({ [kind]: [value] }, base) };
  }
  // Deno accepts any text as a path, and so does a permission set.
  if (directory === undefined || !isAbsolutePath(directory)) {
    return { need, fault };
  }
  const path = resolvePath(value, directory);
  return { need, fault, set: normalForm([{ kind, value: path }]) };
}

const FIELDS = ["permissions", "optionalPermissions"] as const;

function declaredAt(
  needed: PermissionSet,
  kind: PermissionKind,
  declared: DeclaredPermissions,
  options: ExplainNotCapableOptions,
): string | undefined {
  for (const field of FIELDS) {
    const list = declared[field]?.[kind];
    if (list === true) return `${field}.${kind}`;
    for (const [index, value] of (list ?? []).entries()) {
      try {
        const set = normalizePermissions({ [kind]: [value] }, options);
        if (covers(set, needed)) return `${field}.${kind}[${index}]`;
      } catch {
        // A value without the directory that it needs declares nothing.
      }
    }
  }
  return undefined;
}

function explanation(
  parts:
    & Pick<NotCapableExplanation, "message" | "remedy">
    & Partial<NotCapableExplanation>,
): NotCapableExplanation {
  return Object.freeze({
    entries: Object.freeze([]),
    declared: false,
    path: undefined,
    flags: Object.freeze([]),
    ...parts,
  });
}

function declaredMessage(needs: string, path: string | undefined): string {
  return `${needs}, which its manifest declares at ${path} but the process was not granted`;
}

/** Explains a need that no entry can express. */
function withoutEntry(
  { need: { kind, value, hidden }, fault }: Wanted,
  declared: DeclaredPermissions,
): NotCapableExplanation {
  if (kind === "all") {
    const file = value === undefined ? "a file of the system" : quote(value);
    return explanation({
      message: `needs ${file}, which Deno opens only with --allow-all`,
      remedy: "Do without it: no other flag opens it",
    });
  }
  const path = `permissions.${kind}`;
  if (hidden || value === undefined) {
    return explanation({
      path,
      message:
        `needs ${kind} to a path that Deno does not show, such as one for temporary files`,
      remedy:
        "Declare the directory for temporary files, or give the call a directory that is declared",
    });
  }
  const needs = `needs ${formatEntry({ kind, value })}`;
  const field = FIELDS.find((name) => declared[name]?.[kind] === true);
  if (field !== undefined) {
    return explanation({
      declared: true,
      path: `${field}.${kind}`,
      flags: Object.freeze([`--allow-${kind}`]),
      message: declaredMessage(needs, `${field}.${kind}`),
      remedy: `Run with --allow-${kind}`,
    });
  }
  const why = fault?.fault ?? "cannot be resolved without a working directory";
  return explanation({
    path,
    message: `${needs}, which ${why}`,
    remedy:
      "Correct what the plugin asks for: no list of permissions can name it",
  });
}

const NPM_NAME = "((?:@[^/]+/)?[^@./][^/]*)";
/** In `node_modules`, and in the cache of Deno. */
const NPM_FILE_REGEXPS = [
  new RegExp(`.*/node_modules/${NPM_NAME}/`),
  new RegExp(`/npm/(?:[^/]+/)*?${NPM_NAME}/\\d+\\.\\d+\\.\\d+[^/]*/`),
];

/** Names the package from npm that a file is in: its place differs between machines. */
function npmPackageOf(
  { kind, value = "" }: PermissionEntry,
): string | undefined {
  if (kind !== "read" && kind !== "ffi") return undefined;
  const path = `${value.replaceAll("\\", "/")}/`;
  return NPM_FILE_REGEXPS.map((regexp) => regexp.exec(path)?.[1])
    .find((name) => name !== undefined);
}

/** Explains needs that entries can express, even if no flag or manifest can. */
function withEntries(
  wanted: readonly Wanted[],
  sets: readonly PermissionSet[],
  declared: DeclaredPermissions,
  options: ExplainNotCapableOptions,
): NotCapableExplanation {
  const entries = sets.flatMap(entriesOf);
  const paths = sets.map((set, index) =>
    declaredAt(set, entries[index]?.kind ?? "read", declared, options)
  );
  const isDeclared = !paths.includes(undefined);
  const path = isDeclared
    ? paths[0]
    : `permissions.${entries[paths.indexOf(undefined)]?.kind}`;
  const flags = sets.flatMap((set) =>
    flagProblems(set).length > 0 ? [] : flagsToAdd(entriesOf(set))
  );
  const needs = `needs ${entries.map(formatEntry).join(" and ")}`;
  const run = flags.length === 0
    ? "grant it through a permission set of deno.json"
    : `run with ${formatFlags(flags)}`;
  const odd = wanted.find(({ fault }) => fault !== undefined);
  const oddPath = quote(odd?.need.value ?? "");
  const [name] = entries.flatMap((entry) => npmPackageOf(entry) ?? []);
  const written = name === undefined
    ? "it"
    : `"$NPM/${name}", with the range of its import,`;
  const declare = odd === undefined
    ? `Declare ${written} at ${path} in the manifest, and ${run}`
    : `Correct the path in the plugin: ${oddPath} ${odd.fault?.fault}. ` +
      `To use exactly this path, declare its directory at ${path}, and ${run}`;
  return explanation({
    entries: Object.freeze(entries),
    declared: isDeclared,
    path,
    flags: Object.freeze(flags),
    message: isDeclared
      ? declaredMessage(needs, path)
      : `${needs}, which its manifest does not declare`,
    remedy: isDeclared
      ? `${run.charAt(0).toUpperCase()}${run.slice(1)}`
      : declare,
  });
}

/**
 * Explains why Deno refused something to a plugin: if and where the manifest
 * declares it, and which flag grants it. Explains in words what no flag can
 * express.
 *
 * Never throws. Needs no permission.
 *
 * @example A host that the manifest does not name
 * ```ts
 * import { explainNotCapable } from "@semantik/plugins/permissions";
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
 * @param thrown The thrown value, of any type.
 * @param declared The manifest, or its permissions.
 * @param options The directories for relative paths.
 * @returns The explanation, or `undefined` if the error is not about permissions.
 */
export function explainNotCapable(
  thrown: unknown,
  declared: {
    readonly permissions?: PermissionDeclaration | undefined;
    readonly optionalPermissions?: PermissionDeclaration | undefined;
  },
  options: ExplainNotCapableOptions = {},
): NotCapableExplanation | undefined {
  const needs = parseNotCapable(thrown);
  const [need] = needs;
  if (need === undefined) return undefined;
  try {
    const wanted = needs.map((one) => wantedOf(one, options));
    const inexpressible = wanted.find(({ set }) => set === undefined);
    if (inexpressible !== undefined) {
      return withoutEntry(inexpressible, declared);
    }
    const sets = wanted.flatMap(({ set }) => set === undefined ? [] : [set]);
    return withEntries(wanted, sets, declared, options);
  } catch {
    const value = need.value === undefined ? "" : ` to ${quote(need.value)}`;
    return explanation({
      path: need.kind === "all" ? undefined : `permissions.${need.kind}`,
      message: `needs ${need.kind}${value}, which the process was not granted`,
      remedy: "See the cause, and correct what the plugin asks for",
    });
  }
}
