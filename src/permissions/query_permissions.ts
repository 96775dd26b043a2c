import type { PermissionKind } from "./permission_kind.ts";
import { permissionProbes } from "./permission_probes.ts";
import {
  permissionDescriptor,
  type PermissionQuery,
  queryDeno,
} from "./permission_query.ts";
import type { PermissionEntry } from "./permission_set.ts";

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

function stateOf(
  entry: PermissionEntry,
  query: PermissionQuery,
): PermissionState {
  const states = permissionProbes(entry).map((probe) =>
    stateOfOne(probe, query)
  );
  const [first = "denied"] = states;
  if (states.every((state) => state === first)) return first;
  return states.includes("prompt") ? "prompt" : "partial";
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
  const { query = queryDeno, broker = false } = options;
  const states = new Map<string, PermissionState>();
  const wholes = new Map<PermissionKind, PermissionState>();
  for (const entry of entries) {
    const key = permissionKey(entry);
    if (states.has(key)) continue;
    if (broker) {
      states.set(key, "unknown");
      continue;
    }
    const whole = wholes.get(entry.kind) ??
      stateOfOne({ kind: entry.kind }, query);
    wholes.set(entry.kind, whole);
    const known = entry.value === undefined || whole === "granted";
    states.set(key, known ? whole : stateOf(entry, query));
  }
  return states;
}
