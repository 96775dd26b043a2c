import type { Problem } from "../errors.ts";
import { entriesOf } from "./entries_of.ts";
import { formatEntry } from "./format_entry.ts";
import type { PermissionEntry, PermissionSet } from "./permission_set.ts";
import { readSet } from "./read_set.ts";
import { FLAG_SYS_KINDS } from "./sys_kinds.ts";

function problemOf({ kind, value }: PermissionEntry): string | undefined {
  if (value === undefined) return undefined;
  if (value.includes(",")) {
    return "has a comma, by which a flag separates two values";
  }
  // Deno takes a carriage return off the end of an argument, a shell takes
  // line feeds off the end of what it is told on one line.
  if (/[\r\n]$/.test(value)) return "ends with a line break";
  if (kind === "sys" && !FLAG_SYS_KINDS.includes(value)) {
    return "is one that the command line of Deno does not take";
  }
  return undefined;
}

/**
 * Finds the entries of a set that no flag can say.
 *
 * @example A directory with a comma in its name
 * ```ts
 * import { flagProblems } from "@semantik/plugins";
 * import { assertEquals } from "@std/assert";
 *
 * const [problem] = flagProblems({ read: ["/srv/a,b", "/srv/c"] });
 *
 * assertEquals(
 *   problem?.message,
 *   'Permission read to "/srv/a,b" has a comma, by which a flag separates two values',
 * );
 * ```
 *
 * @param set The set.
 * @returns A problem for each of them; empty when flags can say it all.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when a path is relative or a
 * value is one that Deno would reject.
 */
export function flagProblems(set: PermissionSet): readonly Problem[] {
  return Object.freeze(
    entriesOf(readSet(set)).flatMap((entry): Problem[] => {
      const what = problemOf(entry);
      return what === undefined ? [] : [Object.freeze({
        code: "PLUGIN_OPTION_INVALID",
        message: `Permission ${formatEntry(entry)} ${what}`,
        remedy:
          "Put what denoPermissionSet returns into deno.json and run with -P=NAME",
      })];
    }),
  );
}
