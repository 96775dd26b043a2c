import { PluginError, type Problem } from "../errors.ts";
import { flagProblems } from "./flag_problems.ts";
import {
  type DenialOptions,
  undeclaredVariables,
} from "./undeclared_variables.ts";
import { withoutDefaultImports } from "./without_default_imports.ts";
import { PERMISSION_KINDS } from "./permission_kind.ts";
import type { PermissionSet } from "./permission_set.ts";
import { readSet } from "./read_set.ts";

/** What {@linkcode permissionFlags} is given. */
export interface PermissionFlagsOptions extends DenialOptions {
  /**
   * Whether to add `--no-prompt`, so that what is not granted fails at once
   * instead of asking.
   *
   * @default {true}
   */
  readonly noPrompt?: boolean | undefined;
}

/**
 * The smallest list of flags for `deno run` that grants a set.
 *
 * One flag a kind, sorted, without what another value covers. A set that
 * declares nothing needs no flag and gets none. Hosts that Deno imports from
 * without a flag get none either, as long as no other host is imported from:
 * a flag `--allow-import` takes the place of them all.
 *
 * @example Two plugins' flags
 * ```ts
 * import { permissionFlags } from "@semantik/plugins";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(
 *   permissionFlags({
 *     net: ["api.openai.com:443"],
 *     env: ["OPENAI_API_KEY"],
 *     read: ["/srv/models", "/srv/models/small"],
 *   }),
 *   [
 *     "--allow-env=OPENAI_API_KEY",
 *     "--allow-net=api.openai.com:443",
 *     "--allow-read=/srv/models",
 *     "--no-prompt",
 *   ],
 * );
 * ```
 *
 * @param set What is to be granted.
 * @param options What else the flags shall say.
 * @returns The flags, one text each, not yet quoted for a shell; frozen.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when no flag can say an entry,
 * such as a path with a comma: `flagProblems` names them, and
 * `denoPermissionSet` can say them all.
 */
export function permissionFlags(
  set: PermissionSet,
  options: PermissionFlagsOptions = {},
): readonly string[] {
  const { noPrompt = true } = options;
  const normal = withoutDefaultImports(readSet(set));
  const problems = flagProblems(normal);
  const [first] = problems;
  if (first !== undefined) throw unsayable(first, problems);
  const flags = PERMISSION_KINDS.flatMap((kind) => {
    const list = normal[kind];
    if (list === undefined) return [];
    return [`--allow-${kind}${list === true ? "" : `=${list.join(",")}`}`];
  });
  const { deny, ignore } = undeclaredVariables(normal, options);
  if (deny.length > 0) flags.push(`--deny-env=${deny.join(",")}`);
  if (ignore.length > 0) flags.push(`--ignore-env=${ignore.join(",")}`);
  if (flags.length > 0 && noPrompt) flags.push("--no-prompt");
  return Object.freeze(flags.sort());
}

function unsayable(first: Problem, problems: readonly Problem[]): PluginError {
  return new PluginError(`Cannot write flags: ${first.message}`, {
    code: first.code,
    remedy: first.remedy,
    problems,
  });
}
