import { readSet } from "./normal_form.ts";
import { type DenialOptions, undeclaredVariables } from "./permission_flags.ts";
import type { PermissionKind, PermissionSet } from "./permission_set.ts";
import { withoutDefaultImports } from "./set_algebra.ts";

/** A list of a permission set of `deno.json`, with what is taken out of it. */
export type DenoPermissionList = Readonly<{
  /** What is granted. */
  allow: true | readonly string[];
  /** What is denied all the same. */
  deny?: readonly string[];
  /** What reads as if it were not there; `true` for all that is not granted. */
  ignore?: true | readonly string[];
}>;

/** One named permission set of `deno.json`: a value under `permissions`. */
export type DenoPermissionSet = Readonly<
  Partial<Record<PermissionKind, true | readonly string[] | DenoPermissionList>>
>;

/**
 * The permission set for `deno.json` that grants a set: what no flag can say,
 * such as a path with a comma, it can.
 *
 * It goes under a name of its own into `permissions`, and counts when Deno is
 * run with `-P=NAME`. A flag of a kind replaces what the set says of that kind.
 * `--no-prompt` has no place in it and is given beside it. Deno 2.9 calls
 * permission sets experimental, and says so on standard error.
 *
 * @example What goes into deno.json
 * ```ts
 * import { denoPermissionSet } from "@semantik/plugins";
 * import { assertEquals } from "@std/assert";
 *
 * const config = {
 *   permissions: { plugins: denoPermissionSet({ read: ["/srv/a,b"], sys: true }) },
 * };
 *
 * assertEquals(config, {
 *   permissions: { plugins: { read: ["/srv/a,b"], sys: true } },
 * });
 * ```
 *
 * @param set What is to be granted.
 * @param options What else the set shall say.
 * @returns The set for `deno.json`, fresh.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when a path is relative or a
 * value is one that Deno would reject.
 */
export function denoPermissionSet(
  set: PermissionSet,
  options: DenialOptions = {},
): DenoPermissionSet {
  const normal = withoutDefaultImports(readSet(set));
  const { deny, ignore } = undeclaredVariables(normal, options);
  const copy = structuredClone(normal);
  const ignores = ignore === true || ignore.length > 0;
  if (deny.length === 0 && !ignores) return copy;
  return {
    ...copy,
    env: {
      allow: copy.env ?? [],
      ...(deny.length > 0 ? { deny } : {}),
      ...(ignores ? { ignore } : {}),
    },
  };
}
