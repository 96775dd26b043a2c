/**
 * Unix sockets that a manifest declares half. Pure.
 *
 * @module
 */

import type { Problem } from "../../base/errors.ts";
import type { PermissionSet } from "../../permissions/permission_set.ts";
import { covers, union } from "../../permissions/set_algebra.ts";
import { quote } from "../../base/text.ts";

const PREFIX = "unix:";

function problemsOf(
  { net }: PermissionSet,
  granted: PermissionSet,
  field: "permissions" | "optionalPermissions",
): readonly Problem[] {
  const sockets = net === undefined || net === true
    ? []
    : net.filter((value) => value.startsWith(PREFIX));
  return sockets.flatMap((socket): Problem[] => {
    const path = socket.slice(PREFIX.length);
    const lacking = (["read", "write"] as const)
      .filter((kind) => !covers(granted, { [kind]: [path] }));
    return lacking.length === 0 ? [] : [{
      code: "PLUGIN_PERMISSION_MISSING",
      message: `The Unix socket ${quote(path)} needs ${
        lacking.join(" and ")
      } of its path beside net, which the manifest does not declare`,
      remedy: `Add ${quote(path)} to ${
        lacking.map((kind) => `${field}.${kind}`).join(" and ")
      }`,
      path: `${field}.net`,
    }];
  });
}

/**
 * Finds the Unix sockets that a plugin could not open with what it declares: Deno
 * wants `read` and `write` of the path as well.
 *
 * @param required What it cannot do without, in normal form.
 * @param optional The optional permissions, in normal form.
 * @param directory The directory of the plugin, which it may always read.
 * @returns A problem for each socket.
 */
export function socketProblems(
  required: PermissionSet,
  optional: PermissionSet,
  directory: string | undefined,
): readonly Problem[] {
  const own = directory === undefined ? {} : { read: [directory] };
  const whole = union(required, own);
  return [
    ...problemsOf(required, whole, "permissions"),
    ...problemsOf(optional, union(whole, optional), "optionalPermissions"),
  ];
}
