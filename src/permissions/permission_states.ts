import { cut, escapeControls, quote } from "../base/text.ts";
import {
  permissionDescriptor,
  permissionProbes,
  type PermissionQuery,
  type PermissionRequest,
  queryDeno,
} from "./permission_query.ts";
import {
  formatEntry,
  freezeEntries,
  listEntries,
  type PermissionEntry,
  type PermissionKind,
  type PermissionSet,
} from "./permission_set.ts";

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
