/** The input of an inspection, and the plugins that it concerns. */

import { PluginError, type Problem } from "../base/errors.ts";
import { fromFileUrl, resolvePath } from "../base/path.ts";
import { describeThrown } from "../base/text.ts";
import type { Clock } from "../base/timing.ts";
import type { Environment } from "../environment/environment.ts";
import type { Builtin, FoundPlugin } from "../manifest/manifest.ts";
import type { ImportModule } from "../manifest/source_system.ts";
import type {
  PermissionKind,
  PermissionSet,
} from "../permissions/permission_set.ts";
import {
  detectPermissionBroker,
  type PermissionAnswer,
  type PermissionQuery,
  type PermissionRequest,
  queryDeno,
  requestDeno,
} from "../permissions/permission_states.ts";
import type { PermissionMode } from "../policy/checks.ts";
import type { ConsentRules } from "../policy/consent.ts";
import { readProcessSwitch, type SwitchReading } from "../state/switches.ts";

/** The functions of Deno that a host uses for permissions. */
export interface HostSystem {
  /** Queries the state of a permission. Never prompts. */
  readonly query: PermissionQuery;
  /** Asks the person at the terminal for a permission. */
  readonly request: PermissionRequest;
  /** Tests if there is a terminal for prompts. */
  canAsk(): boolean;
  /**
   * Reads a line of that terminal; `undefined` at its end or when the signal is
   * aborted. The host's own way by default.
   */
  readonly readTerminal?: (signal: AbortSignal) => Promise<string | undefined>;
  /** Revokes a whole kind of permission, and returns its new state. */
  revoke(
    kind: PermissionKind,
  ): PermissionAnswer | PromiseLike<PermissionAnswer>;
  /** Reads a switch of the process's environment. */
  readSwitch(name: string): SwitchReading;
  /** Tests if a permission broker decides for the process. */
  hasBroker(): boolean;
}

/** The option by which tests give a host another system. It is not public. */
export const HOST_SYSTEM: unique symbol = Symbol("the system of a host");

export interface PretendedOptions {
  readonly [HOST_SYSTEM]?: HostSystem;
}

export const denoHostSystem: HostSystem = Object.freeze({
  query: queryDeno,
  request: requestDeno,
  canAsk: () => Deno.stdin.isTerminal() && Deno.stderr.isTerminal(),
  revoke: (kind: PermissionKind) => Deno.permissions.revoke({ name: kind }),
  readSwitch: (name: string) => readProcessSwitch(name),
  hasBroker: () => detectPermissionBroker(),
});

/** The absolute paths by which sources are verified: a lock, a trust file, or both. */
export interface Verification {
  readonly lock?: string | undefined;
  readonly trust?: string | undefined;
  /** The directory of the copies that run. */
  readonly store: string;
}

/**
 * Makes absolute paths of the options by which sources are verified. The store is
 * beside the lock, or else beside the trust file.
 */
export function verificationOf(
  { lock, trust, store }: Readonly<
    Partial<Record<"lock" | "trust" | "store", string | URL | undefined>>
  >,
  directory: string,
): Verification | undefined {
  const absolute = (path: string | URL | undefined) =>
    path === undefined
      ? undefined
      : path instanceof URL
      ? fromFileUrl(path)
      : resolvePath(path, directory);
  const places = { lock: absolute(lock), trust: absolute(trust) };
  const first = places.lock ?? places.trust;
  return first === undefined ? undefined : Object.freeze({
    ...places,
    store: absolute(store) ?? resolvePath("../plugin_store", first),
  });
}

export interface InspectionSettings {
  readonly version: string;
  readonly permissions: PermissionMode;
  readonly consent: ConsentRules;
  /** Computes the digest of the files in a plugin's directory. */
  readonly digestOf?: ((directory: string) => Promise<string>) | undefined;
  /** The files that say whom and what to trust; absent if nothing is verified. */
  readonly verification?: Verification | undefined;
  readonly workingDirectory: string;
  readonly sources: readonly (string | URL)[];
  readonly builtins: readonly Builtin[];
  readonly config: ReadonlyMap<string, unknown>;
  readonly secretDirectories: readonly string[] | false;
  readonly allowRawSecrets: boolean;
  /** The permissions that the application itself declares. */
  readonly hostPermissions: PermissionSet;
  /** True if the switches of the environment are read. */
  readonly switches: boolean;
  readonly environment: Environment;
  readonly dataDirectory: string | undefined;
  readonly audit: { readonly files: readonly string[] };
  readonly timeouts: { readonly load: number };
  readonly clock: Clock;
  readonly importModule: ImportModule | undefined;
  /** The remedy for imports from servers without an `importModule`. */
  readonly remoteRemedy: string;
  readonly system: HostSystem;
}

/** The plugins found in the builtins and in each source, in their order. */
export interface Reading {
  readonly builtins: readonly FoundPlugin[];
  readonly sources: readonly (readonly FoundPlugin[])[];
}

/** Lists everything that a reading found. */
export function allOf({ builtins, sources }: Reading): readonly FoundPlugin[] {
  return [builtins, ...sources].flat();
}

function idOf(found: FoundPlugin): string | undefined {
  return found.ok ? found.manifest.id : found.id;
}

/** Collects a plugin and all its requirements; `undefined` if one was not found. */
export function concernedIds(
  reading: Reading,
  id: string,
): ReadonlySet<string> | undefined {
  const byId = Map.groupBy(allOf(reading), idOf);
  const ids = new Set([id]);
  if (!byId.has(id)) return undefined;
  // The loop also visits the ids that it adds.
  for (const one of ids) {
    for (const found of byId.get(one) ?? []) {
      if (!found.ok) continue;
      for (const { id: other, optional } of found.manifest.requires) {
        if (byId.has(other)) ids.add(other);
        else if (optional !== true) return undefined;
      }
    }
  }
  return ids;
}

/** Returns the plugins that need not be read again, by source. */
export function unconcerned(
  { sources }: Reading,
  ids: ReadonlySet<string>,
): readonly ReadonlyMap<string, FoundPlugin>[] {
  return sources.map((plugins) =>
    new Map(
      plugins.filter((found) => !ids.has(idOf(found) ?? ""))
        .map((found) => [found.source, found]),
    )
  );
}

/** Returns all claims to some ids as text, to compare two readings. */
export function claimsTo(reading: Reading, ids: ReadonlySet<string>): string {
  return JSON.stringify(
    allOf(reading).filter((found) => ids.has(idOf(found) ?? ""))
      .map((found) =>
        found.ok && found.code.kind === "object"
          ? { ...found, code: undefined }
          : found
      ),
    // The stamp of a file that nobody touches changes when the file gets old.
    (key, value) => key === "stamp" ? undefined : value,
  );
}

/** Explains why a store threw instead of reading the state. */
export function unreadableState(
  thrown: unknown,
  mask: (text: string) => string,
): Problem {
  const problem = thrown instanceof PluginError
    ? thrown.problems[0]
    : undefined;
  return problem ?? Object.freeze({
    code: "PLUGIN_STATE_CORRUPT",
    message: `Cannot read plugin state: ${mask(describeThrown(thrown))}`,
    remedy: "Repair the state store; external plugins wait for it",
  });
}
