import { difference } from "./difference.ts";
import { DEFAULT_IMPORT_HOSTS } from "./default_import_hosts.ts";
import { entriesOf } from "./entries_of.ts";
import { normalForm } from "./normal_form.ts";
import { permissionFlags } from "./permission_flags.ts";
import type { PermissionEntry } from "./permission_set.ts";

/**
 * The flags to add to a command line, so that it grants what is missing and
 * still all that it granted before.
 *
 * Deno adds up the values of a flag that is given twice, so the flags can be
 * put beside those that are there. Only `--allow-import` takes something away:
 * the hosts that Deno imports from by itself, which are therefore repeated.
 * Beside a permission set of `deno.json` (`-P`) a flag takes the place of what
 * the set says of its kind, and beside a flag without a list it takes the place
 * of that: there, write out what `permissionFlags` says of all that is needed.
 *
 * @param missing What is missing, in normal form.
 * @returns The flags, one text each, not yet quoted for a shell; frozen.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when no flag can say an entry.
 */
export function flagsToAdd(
  missing: readonly PermissionEntry[],
): readonly string[] {
  const set = normalForm(missing);
  const others = difference(
    { import: set.import ?? [] },
    { import: DEFAULT_IMPORT_HOSTS },
  );
  const kept = others.import === undefined || others.import === true
    ? []
    : entriesOf({ import: DEFAULT_IMPORT_HOSTS });
  return permissionFlags(normalForm([...missing, ...kept]), {
    noPrompt: false,
  });
}
