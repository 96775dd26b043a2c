import { envHazards, sysHazards } from "./env_hazards.ts";
import {
  type Hazard,
  HAZARD_LEVELS,
  type HazardContext,
  type HazardRule,
} from "./hazard.ts";
import { importHazards, netHazards } from "./net_hazards.ts";
import { readSet } from "./normal_form.ts";
import { isAbsolutePath } from "../base/path.ts";
import {
  entriesOf,
  type PermissionKind,
  type PermissionSet,
} from "./permission_set.ts";
import { readHazards } from "./read_hazards.ts";
import { ffiHazards, runHazards } from "./run_hazards.ts";
import { writeHazards } from "./write_hazards.ts";

const RULES: Readonly<Record<PermissionKind, HazardRule>> = {
  read: readHazards,
  write: writeHazards,
  net: netHazards,
  env: envHazards,
  sys: sysHazards,
  run: runHazards,
  ffi: ffiHazards,
  import: importHazards,
};

/**
 * Finds what is more dangerous in a set than it looks: permissions that are as
 * good as all of them, and such as reach the plugin's own code, the host's, or
 * what records and decides about it.
 *
 * Pure: it judges by the text of the paths and the places it is told.
 *
 * @example A plugin that may rewrite the host
 * ```ts
 * import { permissionHazards } from "@semantik/plugins";
 * import { assertEquals } from "@std/assert";
 *
 * const hazards = permissionHazards(
 *   { write: ["/srv"], net: ["api.example.com:443"] },
 *   { hostDirectory: "/srv/app" },
 * );
 *
 * assertEquals(hazards.map(({ level, entry }) => [level, entry.value]), [
 *   ["critical", "/srv"],
 * ]);
 * ```
 *
 * @param set What is declared or granted.
 * @param context What lies where on the machine.
 * @returns The hazards, the worst first; frozen.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when a path is relative or a
 * value is one that Deno would reject.
 */
export function permissionHazards(
  set: PermissionSet,
  context: HazardContext = {},
): readonly Hazard[] {
  const normal = readSet(set);
  // What the set itself lets run is a place to be careful with, too.
  const programs = [
    ...context.programs ?? [],
    ...entriesOf(normal).flatMap(({ kind, value }) =>
      kind === "run" && value !== undefined && isAbsolutePath(value)
        ? [value]
        : []
    ),
  ];
  const found = entriesOf(normal).flatMap((entry) =>
    RULES[entry.kind](entry, { ...context, programs })
  );
  return Object.freeze(
    found.toSorted((one, other) =>
      HAZARD_LEVELS.indexOf(one.level) - HAZARD_LEVELS.indexOf(other.level)
    ),
  );
}
