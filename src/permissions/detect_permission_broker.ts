import {
  permissionDescriptor,
  type PermissionQuery,
  queryDeno,
} from "./permission_query.ts";
import type { PermissionEntry } from "./permission_set.ts";

const VARIABLE = "DENO_PERMISSION_BROKER_PATH";

/** What {@linkcode detectPermissionBroker} is given. */
export interface DetectPermissionBrokerOptions {
  /**
   * Reads one variable of the environment, and may throw.
   *
   * @default {Deno.env.get}
   */
  readonly readVariable?: ((name: string) => string | undefined) | undefined;
  /**
   * Asks Deno.
   *
   * @default {Deno.permissions.querySync}
   */
  readonly query?: PermissionQuery | undefined;
  /**
   * Permissions that the caller has just used with success. Where Deno says of
   * one that it is not granted, somebody else granted it.
   *
   * @default {[]}
   */
  readonly used?: Iterable<PermissionEntry> | undefined;
}

/**
 * Whether a permission broker decides about this process, so that what
 * `Deno.permissions` answers means nothing. Needs no permission, never prompts
 * and never throws.
 *
 * The variable that names the broker is read only where that cannot prompt.
 * Where it may not be read, a permission that was used with success although
 * Deno says that it is not granted gives the broker away.
 *
 * @param options How to look.
 * @returns True when a broker is certain; false when nothing speaks for one.
 */
export function detectPermissionBroker(
  options: DetectPermissionBrokerOptions = {},
): boolean {
  const {
    readVariable = (name) => Deno.env.get(name),
    query = queryDeno,
    used = [],
  } = options;
  const { state } = query({ name: "env", variable: VARIABLE });
  if (state !== "prompt") {
    try {
      if (readVariable(VARIABLE)) return true;
    } catch {
      // Refused although the flags grant it: that is the broker speaking.
      if (state === "granted") return true;
    }
  }
  for (const entry of used) {
    if (query(permissionDescriptor(entry)).state !== "granted") return true;
  }
  return false;
}
