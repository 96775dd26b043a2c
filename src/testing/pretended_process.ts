/**
 * A process that a test pretends to be: with variables and permissions of its
 * own, whatever those of the test are.
 *
 * @module
 */

import {
  type Environment,
  processEnvironment,
} from "../environment/environment.ts";
import type { HostSystem } from "../inspect/host_system.ts";
import { normalizePermissions } from "../permissions/normalize_permissions.ts";
import {
  IMPOSSIBLE_LABEL,
  type PermissionAnswer,
  type PermissionDescriptor,
} from "../permissions/permission_query.ts";
import {
  PERMISSION_KINDS,
  type PermissionDeclaration,
  type PermissionEntry,
  type PermissionSet,
} from "../permissions/permission_set.ts";
import { SetIndex } from "../permissions/set_algebra.ts";
import { readProcessSwitch } from "../state/switches.ts";

/** What a test says of the process that it pretends to be. */
export interface ProcessOptions {
  /**
   * The variables of its environment.
   *
   * @default {{}}
   */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /**
   * The permissions that it was granted; relative paths are relative to the
   * working directory. They decide what is refused. What the plugin's code then
   * does is up to the permissions that the test really has.
   *
   * @default {undefined} everything is granted
   */
  readonly grants?: PermissionDeclaration | undefined;
}

/** A process that a test pretends to be. */
export interface PretendedProcess {
  /** Its environment: what its grants do not cover cannot be read. */
  readonly environment: Environment;
  /** What a host asks about its permissions. */
  readonly powers: HostSystem;
}

const EVERYTHING: PermissionSet = Object.freeze(
  Object.fromEntries(PERMISSION_KINDS.map((kind) => [kind, true])),
);

function entryOf(descriptor: PermissionDescriptor): PermissionEntry {
  const { name: kind, path, host, variable, command } = descriptor;
  const value = path ?? host ?? variable ?? command ?? descriptor.kind;
  if (value === undefined) return { kind };
  // How a host asks for a wildcard, since Deno cannot be asked for one.
  const isAny = host?.startsWith(`${IMPOSSIBLE_LABEL}.`) ?? false;
  return { kind, value: isAny ? value.replace(IMPOSSIBLE_LABEL, "*") : value };
}

/**
 * Pretends to be a process. Needs no permission.
 *
 * @param options Its variables and permissions.
 * @returns Its environment, and what answers for its permissions.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when a permission is one that
 * Deno would reject.
 */
export function pretendProcess(options: ProcessOptions): PretendedProcess {
  const { grants, env = {} } = options;
  let granted = grants === undefined
    ? EVERYTHING
    : normalizePermissions(grants, { directory: Deno.cwd() });
  let index = new SetIndex(granted);
  const variables: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined) variables[name] = value;
  }

  function query(descriptor: PermissionDescriptor): PermissionAnswer {
    const isGranted = index.covers(entryOf(descriptor));
    return { state: isGranted ? "granted" : "prompt", partial: false };
  }

  function stateOf(variable?: string): Deno.PermissionState {
    return query(
      variable === undefined ? { name: "env" } : { name: "env", variable },
    ).state;
  }

  const powers: HostSystem = {
    query,
    // As under --no-prompt: there is nobody to ask.
    canAsk: () => false,
    request: (descriptor) =>
      query(descriptor).state === "granted"
        ? { state: "granted", partial: false }
        : { state: "denied", partial: false },
    revoke(kind) {
      const { [kind]: _, ...kept } = granted;
      granted = kept;
      index = new SetIndex(granted);
      return { state: "prompt", partial: false };
    },
    readSwitch: (name) =>
      readProcessSwitch(name, {
        permission: stateOf,
        canPrompt: () => true,
        get: (variable) => variables[variable],
      }),
    hasBroker: () => false,
  };
  return {
    powers,
    environment: processEnvironment({
      system: {
        query: stateOf,
        get: (name) => variables[name],
        toObject: () => ({ ...variables }),
      },
    }),
  };
}
