import {
  type Environment,
  processEnvironment,
} from "../environment/environment.ts";
import type { HostSystem } from "../inspect/inspection.ts";
import { normalizePermissions } from "../permissions/normalize_permissions.ts";
import {
  IMPOSSIBLE_LABEL,
  type PermissionAnswer,
  type PermissionDescriptor,
} from "../permissions/permission_states.ts";
import {
  PERMISSION_KINDS,
  type PermissionDeclaration,
  type PermissionEntry,
  type PermissionSet,
} from "../permissions/permission_set.ts";
import { SetIndex } from "../permissions/set_algebra.ts";
import { readProcessSwitch } from "../state/switches.ts";

/** Options of the simulated process of a test. */
export interface ProcessOptions {
  /**
   * The environment variables of the process.
   *
   * @default {{}}
   */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /**
   * The permissions that are granted; paths are relative to the working directory.
   * They decide which plugins are refused. The plugin's code runs with the real
   * permissions of the test.
   *
   * @default {undefined} all permissions are granted
   */
  readonly grants?: PermissionDeclaration | undefined;
}

/** A simulated process, with its own variables and permissions. */
export interface FakeProcess {
  /** The variables that its grants allow to read. */
  readonly environment: Environment;
  readonly system: HostSystem;
}

const EVERYTHING: PermissionSet = Object.freeze(
  Object.fromEntries(PERMISSION_KINDS.map((kind) => [kind, true])),
);

function entryOf(descriptor: PermissionDescriptor): PermissionEntry {
  const { name: kind, path, host, variable, command } = descriptor;
  const value = path ?? host ?? variable ?? command ?? descriptor.kind;
  if (value === undefined) return { kind };
  // A host asks for this label in place of a wildcard, which Deno cannot query.
  const isAny = host?.startsWith(`${IMPOSSIBLE_LABEL}.`) ?? false;
  return { kind, value: isAny ? value.replace(IMPOSSIBLE_LABEL, "*") : value };
}

/** The variable by which a process that is started finds the modules in the cache. */
const CACHE_VARIABLE = "DENO_DIR";

function readCacheVariable(): string | undefined {
  const { state } = Deno.permissions.querySync({
    name: "env",
    variable: CACHE_VARIABLE,
  });
  return state === "granted" ? Deno.env.get(CACHE_VARIABLE) : undefined;
}

/**
 * Simulates a process.
 *
 * @param options Its variables and grants.
 * @param startsProcesses True if it starts real ones, which need the real cache.
 */
export function createFakeProcess(
  options: ProcessOptions,
  startsProcesses = false,
): FakeProcess {
  const { grants, env = {} } = options;
  const cache = startsProcesses ? readCacheVariable() : undefined;
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

  const system: HostSystem = {
    query,
    // As with --no-prompt.
    canAsk: () => false,
    request(descriptor) {
      const answer = query(descriptor);
      return answer.state === "granted"
        ? answer
        : { state: "denied", partial: false };
    },
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
    system,
    environment: processEnvironment({
      system: {
        query: (variable) =>
          cache !== undefined && variable === CACHE_VARIABLE
            ? "granted"
            : stateOf(variable),
        get: (name) =>
          variables[name] ?? (name === CACHE_VARIABLE ? cache : undefined),
        toObject: () => ({ ...variables }),
      },
    }),
  };
}
