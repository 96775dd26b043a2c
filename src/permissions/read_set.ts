import { PluginError } from "../errors.ts";
import { entriesOf } from "./entries_of.ts";
import { formatEntry } from "./format_entry.ts";
import { normalForm } from "./normal_form.ts";
import { normalValues } from "./normal_values.ts";
import { isAbsolutePath, normalizePath } from "./permission_path.ts";
import type { PermissionEntry, PermissionSet } from "./permission_set.ts";
import { valueFault } from "./value_fault.ts";

function invalid(entry: PermissionEntry, what: string): PluginError {
  return new PluginError(
    `Cannot use a permission set: ${formatEntry(entry)} ${what}`,
    {
      code: "PLUGIN_OPTION_INVALID",
      remedy: "Make the set with normalizePermissions",
    },
  );
}

function readEntry(entry: PermissionEntry): readonly PermissionEntry[] {
  const { kind, value } = entry;
  if (value === undefined) return [entry];
  const isPath = kind === "read" || kind === "write" || kind === "ffi" ||
    (kind === "run" && /[\\/]/.test(value));
  // A directory somebody else chose may bear any character, even a comma.
  if (isPath) {
    if (!isAbsolutePath(value)) throw invalid(entry, "is not an absolute path");
    return [{ kind, value: normalizePath(value) }];
  }
  const fault = valueFault(kind, value, undefined);
  if (fault !== undefined) throw invalid(entry, fault.fault);
  return normalValues(kind, value).map((each) => ({ kind, value: each }));
}

/**
 * Brings a set that a caller handed over into normal form.
 *
 * @param set A set whose paths are absolute.
 * @returns The same set in normal form.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when a path is relative or a
 * value is one that Deno would reject.
 */
export function readSet(set: PermissionSet): PermissionSet {
  return normalForm(entriesOf(set).flatMap(readEntry));
}
