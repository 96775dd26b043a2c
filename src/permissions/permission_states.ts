/**
 * How permissions stand, and which of them are missing.
 *
 * @module
 */

import {
  permissionDescriptor,
  permissionProbes,
  type PermissionQuery,
  queryDeno,
} from "./permission_query.ts";
import {
  freezeEntries,
  listEntries,
  type PermissionEntry,
  type PermissionKind,
  type PermissionSet,
} from "./permission_set.ts";

/**
 * How a permission stands.
 *
 * - `"granted"`: it is there;
 * - `"partial"`: it is there but for a part that a `--deny-*` or `--ignore-*`
 *   flag takes out, or, of `write`, the programs of `--allow-run`, which Deno
 *   never lets be written;
 * - `"prompt"`: it is not there, and Deno would ask;
 * - `"denied"`: a flag or an answer denies it;
 * - `"unknown"`: a permission broker decides, and cannot be asked beforehand.
 */
export type PermissionState =
  | "granted"
  | "partial"
  | "prompt"
  | "denied"
  | "unknown";

/** The state of each entry that was asked about, by `permissionKey`. */
export type PermissionStates = ReadonlyMap<string, PermissionState>;

/** What {@linkcode queryPermissions} is given. */
export interface QueryPermissionsOptions {
  /**
   * Asks Deno.
   *
   * @default {Deno.permissions.querySync}
   */
  readonly query?: PermissionQuery | undefined;
  /**
   * Whether a permission broker decides, so that Deno's answers mean nothing.
   *
   * @default {false}
   */
  readonly broker?: boolean | undefined;
}

/**
 * The key under which the state of an entry is found.
 *
 * @param entry The entry.
 * @returns A text that no other entry shares.
 */
export function permissionKey({ kind, value }: PermissionEntry): string {
  return value === undefined ? kind : `${kind}:${value}`;
}

/** Whether the state of a whole kind is that of all its entries. */
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
    // What this version of Deno does not know, it does not grant.
    return "denied";
  }
}

/**
 * Asks Deno about one entry, whatever it would say of the whole kind. Needs no
 * permission.
 *
 * @param entry The entry, in normal form.
 * @param query Asks Deno.
 * @returns How it stands.
 */
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

/**
 * Whether a state says that something was not granted.
 *
 * @param state The state; `undefined` where nobody asked.
 * @returns True unless it is granted, in part at least, or a broker decides.
 */
export function isMissing(state: PermissionState | undefined): boolean {
  return state === undefined || state === "prompt" || state === "denied";
}

/** Asks Deno how permissions stand at one moment, and about nothing twice. */
export class PermissionInquiry {
  readonly #query: PermissionQuery;
  readonly #broker: boolean;
  readonly #wholes = new Map<PermissionKind, PermissionState>();
  readonly #states = new Map<string, PermissionState>();

  /**
   * Begins to ask.
   *
   * @param options How to ask.
   */
  constructor({ query = queryDeno, broker = false }: QueryPermissionsOptions) {
    this.#query = query;
    this.#broker = broker;
  }

  /**
   * How everything stands that was asked about; of a set, what its kind as a
   * whole did not answer for.
   */
  get states(): PermissionStates {
    return this.#states;
  }

  /**
   * Asks about an entry.
   *
   * @param entry The entry, in normal form.
   * @returns How it stands.
   */
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

  /**
   * The entries of a set that the process was not granted.
   *
   * @param set The set, in normal form.
   * @returns As `missingEntries` finds them; frozen.
   */
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
 * Asks Deno how permissions stand, in one batch and without ever prompting.
 * Needs no permission.
 *
 * An entry that several plugins declare is asked about once, and a kind that is
 * granted as a whole answers for all its entries.
 *
 * @example What this process may do
 * ```ts
 * import { permissionKey, queryPermissions } from "@semantik/plugins";
 * import { assertEquals } from "@std/assert";
 *
 * const entry = { kind: "net", value: "api.example.com:443" } as const;
 * const states = queryPermissions([entry], {
 *   query: () => ({ state: "prompt", partial: false }),
 * });
 *
 * assertEquals(states.get(permissionKey(entry)), "prompt");
 * ```
 *
 * @param entries The entries, in normal form, repeated or not.
 * @param options How to ask.
 * @returns The state of each entry, by its `permissionKey`.
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
 * The entries of a set that the process was not granted.
 *
 * What is granted but for a part that the operator denies by name is not
 * missing: no flag would add it. Nor is what a permission broker decides. An
 * entry that was not asked about is missing.
 *
 * @example Nothing was granted
 * ```ts
 * import { missingEntries } from "@semantik/plugins";
 * import { assertEquals } from "@std/assert";
 *
 * const states = new Map([["net:a.b:443", "prompt"], ["sys", "granted"]] as const);
 *
 * assertEquals(missingEntries({ net: ["a.b:443"], sys: true }, states), [
 *   { kind: "net", value: "a.b:443" },
 * ]);
 * ```
 *
 * @param set What is declared, in normal form.
 * @param states What `queryPermissions` answered.
 * @returns The entries whose state is `"prompt"` or `"denied"`, or not known.
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
