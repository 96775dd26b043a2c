/**
 * Asks `Deno.permissions`, whose queries take single hosts and variables only.
 * For a wildcard or a range, asks about values that only it can grant.
 *
 * @module
 */

import { cut, escapeControls, quote } from "../base/text.ts";
import {
  formatEntry,
  freezeEntries,
  hostOf,
  ipv4FromNumber,
  ipv4ToNumber,
  isPlainHost,
  listEntries,
  parseNetEndpoint,
  type PermissionEntry,
  type PermissionKind,
  type PermissionSet,
} from "./permission_set.ts";

/** A query of `Deno.permissions`. Deno changes it, so it must be fresh. */
export type PermissionDescriptor = {
  name: PermissionKind;
  path?: string;
  host?: string;
  variable?: string;
  kind?: string;
  command?: string;
};

/** The result of a query of `Deno.permissions`. */
export type PermissionAnswer = Readonly<{
  /** `"prompt"` if Deno would ask a person. */
  state: "granted" | "prompt" | "denied";
  /** True if a part of a granted permission is denied. */
  partial: boolean;
}>;

/** Queries a permission, without a prompt. */
export type PermissionQuery = (
  descriptor: PermissionDescriptor,
) => PermissionAnswer;

/** Requests a permission. May prompt and wait for a person. */
export type PermissionRequest = (
  descriptor: PermissionDescriptor,
) => PermissionAnswer | PromiseLike<PermissionAnswer>;

const VALUE_KEYS = {
  read: "path",
  write: "path",
  ffi: "path",
  net: "host",
  import: "host",
  env: "variable",
  sys: "kind",
  run: "command",
} as const;

/** Converts an entry to a fresh query. */
function permissionDescriptor(
  { kind, value }: PermissionEntry,
): PermissionDescriptor {
  return value === undefined
    ? { name: kind }
    : { name: kind, [VALUE_KEYS[kind]]: value };
}

// Deno's types lack kinds of `sys` that it checks.
function forDeno(descriptor: PermissionDescriptor): Deno.PermissionDescriptor {
  return descriptor as Deno.PermissionDescriptor;
}

/** Queries Deno itself. Needs no permission and never prompts. */
export function queryDeno(descriptor: PermissionDescriptor): PermissionAnswer {
  return Deno.permissions.querySync(forDeno(descriptor));
}

/** Lets Deno ask the person at the terminal; `"denied"` without a terminal. */
export function requestDeno(
  descriptor: PermissionDescriptor,
): Promise<PermissionAnswer> {
  return Deno.permissions.request(forDeno(descriptor));
}

/**
 * Represents every subdomain in a query: no label of a host is longer than 63
 * characters, so that nobody grants this one by name. Deno 2.9 accepts it.
 */
export const IMPOSSIBLE_LABEL: string = "x".repeat(64);
const MAX_PROBES = 16;

function subnetProbes(subnet: string, port: string): readonly string[] {
  const [address = "", length = ""] = subnet.split("/");
  const first = ipv4ToNumber(address);
  const size = 2 ** (32 - Number(length));
  const count = Math.min(size, MAX_PROBES);
  // Evenly spread from the first address to the last, so that no smaller range
  // holds all of them.
  return Array.from({ length: count }, (_, index) => {
    const offset = count === 1
      ? 0
      : Math.floor(index * (size - 1) / (count - 1));
    return `${ipv4FromNumber(first + offset)}${port}`;
  });
}

/**
 * Returns the entries to query for an entry in normal form. The entry is
 * granted when all of them are.
 */
function permissionProbes(
  entry: PermissionEntry,
): readonly PermissionEntry[] {
  const { kind, value } = entry;
  if (value === undefined) return [entry];
  if (kind === "env") {
    // Only a wildcard grants a name with an equals sign: no flag accepts one.
    return value.endsWith("*")
      ? [{ kind, value: `${value.slice(0, -1)}=` }]
      : [entry];
  }
  if (kind !== "net" && kind !== "import") return [entry];
  if (isPlainHost(value)) return [entry];
  const endpoint = parseNetEndpoint(value);
  if ("fault" in endpoint || !("host" in endpoint)) return [entry];
  const port = endpoint.port === undefined ? "" : `:${endpoint.port}`;
  if (endpoint.kind === "wildcard") {
    return [{ kind, value: `${IMPOSSIBLE_LABEL}.${endpoint.host}${port}` }];
  }
  if (endpoint.kind !== "subnet") return [entry];
  return subnetProbes(endpoint.host, port).map((host) => ({
    kind,
    value: host,
  }));
}

const BROKER_VARIABLE = "DENO_PERMISSION_BROKER_PATH";

/**
 * Tests if a permission broker decides for this process, so that `Deno.permissions`
 * means nothing. Needs no permission and never prompts.
 *
 * Reads the variable with the broker's path only if that cannot prompt.
 */
export function detectPermissionBroker(
  query: PermissionQuery = queryDeno,
  readVariable: (name: string) => string | undefined = (name) =>
    Deno.env.get(name),
): boolean {
  const { state } = query({ name: "env", variable: BROKER_VARIABLE });
  if (state === "prompt") return false;
  try {
    return Boolean(readVariable(BROKER_VARIABLE));
  } catch {
    // Refused although a flag grants it: only a broker does that.
    return state === "granted";
  }
}

const JSR_VARIABLE = "JSR_URL";
const JSR_HOST = "jsr.io:443";

/**
 * Returns the host that Deno imports `jsr:` packages from: this package, those
 * it depends on, and plugins. Reads the variable `JSR_URL` only if that cannot
 * prompt.
 */
export function jsrHost(
  query: PermissionQuery = queryDeno,
  readVariable: (name: string) => string | undefined = (name) =>
    Deno.env.get(name),
): string {
  try {
    const { state } = query({ name: "env", variable: JSR_VARIABLE });
    if (state !== "granted") return JSR_HOST;
    const url = URL.parse(readVariable(JSR_VARIABLE) ?? "");
    return url !== null && /^https?:$/.test(url.protocol)
      ? hostOf(url)
      : JSR_HOST;
  } catch {
    // Only a broker refuses what a flag grants.
    return JSR_HOST;
  }
}

/**
 * The state of a permission.
 *
 * - `"granted"`: the process has it;
 * - `"partial"`: the process has it, except for a part. A `--deny-*` or
 *   `--ignore-*` flag excludes the part, or, for `write`, `--allow-run` does:
 *   Deno never writes a program that it may run;
 * - `"prompt"`: the process does not have it, and Deno would ask;
 * - `"denied"`: a flag or an answer denies it;
 * - `"unknown"`: a permission broker decides, and cannot be asked beforehand.
 */
export type PermissionState =
  | "granted"
  | "partial"
  | "prompt"
  | "denied"
  | "unknown";

/** The state of each queried entry, by `kind:value`, or `kind` for a whole kind. */
export type PermissionStates = ReadonlyMap<string, PermissionState>;

/** Options of {@linkcode queryPermissions}. */
export interface QueryPermissionsOptions {
  /**
   * Queries a permission.
   *
   * @default {Deno.permissions.querySync}
   */
  readonly query?: PermissionQuery | undefined;
  /**
   * True if a permission broker decides, so that a query means nothing.
   *
   * @default {false}
   */
  readonly broker?: boolean | undefined;
}

/** Returns the key of an entry in {@linkcode PermissionStates}. */
export function permissionKey({ kind, value }: PermissionEntry): string {
  return value === undefined ? kind : `${kind}:${value}`;
}

/** Tests if the state of a whole kind is that of all its entries. */
function isForAll(whole: PermissionState): boolean {
  return whole === "granted" || whole === "unknown";
}

function stateOfOne(
  entry: PermissionEntry,
  query: PermissionQuery,
): PermissionState {
  try {
    const { state, partial } = query(permissionDescriptor(entry));
    return state === "granted" && partial ? "partial" : state;
  } catch {
    // Deno does not grant a permission that it does not know.
    return "denied";
  }
}

/** Queries one entry in normal form, whatever the state of its whole kind. */
export function queryEntry(
  entry: PermissionEntry,
  query: PermissionQuery,
): PermissionState {
  const probes = permissionProbes(entry);
  if (probes.length === 1) return stateOfOne(probes[0] ?? entry, query);
  const states = probes.map((probe) => stateOfOne(probe, query));
  const [first = "denied"] = states;
  if (states.every((state) => state === first)) return first;
  return states.includes("prompt") ? "prompt" : "partial";
}

/** Tests if a permission is not granted, not even in part. */
export function isMissing(state: PermissionState | undefined): boolean {
  return state === undefined || state === "prompt" || state === "denied";
}

/** Queries the permissions of one moment, each of them once. */
export class PermissionInquiry {
  readonly #query: PermissionQuery;
  readonly #broker: boolean;
  readonly #wholes = new Map<PermissionKind, PermissionState>();
  readonly #states = new Map<string, PermissionState>();

  constructor({ query = queryDeno, broker = false }: QueryPermissionsOptions) {
    this.#query = query;
    this.#broker = broker;
  }

  /**
   * The state of every entry that was queried. Entries of a set are absent when
   * the state of their whole kind was enough.
   */
  get states(): PermissionStates {
    return this.#states;
  }

  /** Returns the state of an entry in normal form. */
  ask(entry: PermissionEntry): PermissionState {
    const key = permissionKey(entry);
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    const whole = this.#whole(entry.kind);
    const state = entry.value === undefined || isForAll(whole)
      ? whole
      : queryEntry(entry, this.#query);
    this.#states.set(key, state);
    return state;
  }

  /** Lists the entries of a set that are not granted. */
  missing(set: PermissionSet): readonly PermissionEntry[] {
    return freezeEntries(
      listEntries(set).filter((entry) =>
        !isForAll(this.#whole(entry.kind)) && isMissing(this.ask(entry))
      ),
    );
  }

  #whole(kind: PermissionKind): PermissionState {
    if (this.#broker) return "unknown";
    const known = this.#wholes.get(kind);
    if (known !== undefined) return known;
    const state = stateOfOne({ kind }, this.#query);
    this.#wholes.set(kind, state);
    return state;
  }
}

/**
 * Queries the states of permissions in one batch. Needs no permission and never
 * prompts.
 *
 * Queries an entry that several plugins declare once, and no entry of a kind
 * that is granted as a whole.
 *
 * @example The permissions of this process
 * ```ts
 * import { queryPermissions } from "@semantik/plugins/permissions";
 * import { assertEquals } from "@std/assert";
 *
 * const entry = { kind: "net", value: "api.example.com:443" } as const;
 * const states = queryPermissions([entry], {
 *   query: () => ({ state: "prompt", partial: false }),
 * });
 *
 * assertEquals(states.get("net:api.example.com:443"), "prompt");
 * ```
 *
 * @param entries The entries, in normal form, in any order.
 * @param options The query function and the broker.
 * @returns The state of each entry, by `kind:value`, or `kind` for a whole kind.
 */
export function queryPermissions(
  entries: Iterable<PermissionEntry>,
  options: QueryPermissionsOptions = {},
): PermissionStates {
  const inquiry = new PermissionInquiry(options);
  for (const entry of entries) inquiry.ask(entry);
  return inquiry.states;
}

/**
 * Lists the entries of a set that are not granted.
 *
 * A partly granted entry is not missing: no flag would add the part. Nor is one
 * that a permission broker decides about. An entry without a state is missing.
 *
 * @example One missing permission
 * ```ts
 * import { missingEntries } from "@semantik/plugins/permissions";
 * import { assertEquals } from "@std/assert";
 *
 * const states = new Map([["net:a.b:443", "prompt"], ["sys", "granted"]] as const);
 *
 * assertEquals(missingEntries({ net: ["a.b:443"], sys: true }, states), [
 *   { kind: "net", value: "a.b:443" },
 * ]);
 * ```
 *
 * @param set The declared permissions, in normal form.
 * @param states The states that `queryPermissions` returned.
 * @returns The entries whose state is `"prompt"`, `"denied"` or absent; frozen.
 */
export function missingEntries(
  set: PermissionSet,
  states: PermissionStates,
): readonly PermissionEntry[] {
  return freezeEntries(
    listEntries(set).filter((entry) =>
      isMissing(states.get(permissionKey(entry)))
    ),
  );
}

/** Formats the line above Deno's own prompt, which does not name the plugin. */
export function describeRequest(
  pluginId: string,
  reason: string | undefined,
  entry: PermissionEntry,
): string {
  const why = reason === undefined || reason.trim() === ""
    ? ""
    : `: ${escapeControls(cut(reason.trim(), 200))}`;
  return `Plugin ${quote(pluginId)} asks for ${formatEntry(entry)}${why}`;
}

/**
 * Asks the person at the terminal for an entry in normal form, and returns the
 * state afterwards; `"denied"` when nobody could be asked.
 *
 * Deno cannot ask for a wildcard or a subnet, and the whole kind would be more
 * than was declared: such an entry is denied without a prompt. Deno reports
 * "granted" for a program that it cannot find, so that only a query counts.
 */
export async function requestPermission(
  entry: PermissionEntry,
  { query, request }: Readonly<
    { query: PermissionQuery; request: PermissionRequest }
  >,
): Promise<PermissionState> {
  const state = () => new PermissionInquiry({ query }).ask(entry);
  const before = state();
  if (before !== "prompt") return before;
  const [probe, ...others] = permissionProbes(entry);
  if (others.length > 0 || probe?.value !== entry.value) return "denied";
  await request(permissionDescriptor(entry));
  const after = state();
  return after === "prompt" ? "denied" : after;
}
