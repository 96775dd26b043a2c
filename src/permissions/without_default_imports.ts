import { covers } from "./covers.ts";
import { DEFAULT_IMPORT_HOSTS } from "./default_import_hosts.ts";
import { entriesOf } from "./entries_of.ts";
import { normalForm } from "./normal_form.ts";
import type { PermissionSet } from "./permission_set.ts";

/**
 * Leaves out imports that Deno permits without being told.
 *
 * @param set A set in normal form.
 * @returns The set without `import` when every host of it is a default one;
 * otherwise the set as it is, for a flag replaces the defaults.
 */
export function withoutDefaultImports(set: PermissionSet): PermissionSet {
  const list = set.import;
  if (list === undefined || list === true) return set;
  return covers({ import: DEFAULT_IMPORT_HOSTS }, { import: list })
    ? normalForm(entriesOf(set).filter(({ kind }) => kind !== "import"))
    : set;
}
