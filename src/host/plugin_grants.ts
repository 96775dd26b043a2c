/** What each plugin may do at this moment. */

import type { Inspector } from "../inspect/inspector.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import {
  PermissionInquiry,
  type PermissionQuery,
} from "../permissions/permission_states.ts";
import { difference, union } from "../permissions/set_algebra.ts";
import type { PluginGrants } from "../runners/runner.ts";

export interface GrantParts {
  readonly inspector: Pick<Inspector, "declarationOf">;
  readonly query: PermissionQuery;
}

/** Returns the required permissions, and the optional ones that the host has itself. */
export function grantsOf(
  { inspector, query }: GrantParts,
  plugin: ReadPlugin,
): PluginGrants {
  const { required, optional } = inspector.declarationOf(plugin);
  const missing = new PermissionInquiry({ query }).missing(optional);
  const undecided = union(
    ...missing.map(({ kind, value }) =>
      value === undefined ? { [kind]: true } : { [kind]: [value] }
    ),
  );
  return Object.freeze({
    granted: union(required, difference(optional, undecided)),
    undecided,
    revoked: Object.freeze({}),
  });
}
