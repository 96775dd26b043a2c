import { type Hazard, hazard } from "./hazard.ts";
import type { PermissionEntry } from "./permission_set.ts";

// Whoever sets one of these decides what the programs started later load.
const STEERING_REGEXP =
  /^(?:LD_|DYLD_|DENO_|NODE_|BASH_ENV$|ENV$|PATH$|PYTHON|PERL5|GIT_)/;

/**
 * What is dangerous about a permission to use the environment.
 *
 * @param entry A permission of kind `env`, in normal form.
 * @returns Its hazards.
 */
export function envHazards(entry: PermissionEntry): readonly Hazard[] {
  const { value } = entry;
  if (value === undefined || value === "*") {
    return [hazard(
      "high",
      entry,
      "reads every variable, the secrets of the host and of other plugins among them",
      "Name the variables, or keep secrets back with --ignore-env",
    )];
  }
  const found: Hazard[] = [];
  if (value.endsWith("*")) {
    found.push(hazard(
      "medium",
      entry,
      "reads variables that nobody has named yet",
      "Name the variables",
    ));
  }
  if (STEERING_REGEXP.test(value)) {
    found.push(hazard(
      "medium",
      entry,
      "also sets the variable, and it decides what programs load that are started later",
      "Leave it out unless it is what the plugin is for",
    ));
  }
  return found;
}

/**
 * What is dangerous about a permission to ask for information of the system.
 *
 * @param entry A permission of kind `sys`, in normal form.
 * @returns Its hazards.
 */
export function sysHazards(entry: PermissionEntry): readonly Hazard[] {
  const { value } = entry;
  if (value === undefined) {
    return [hazard(
      "medium",
      entry,
      "tells the machine, its networks and its user apart from others, and changes who the process runs as",
      "Name the kinds of information",
    )];
  }
  return /^set(?:e?[ug]id|Priority)$|^umask$|^inspector$/.test(value)
    ? [hazard(
      "high",
      entry,
      "changes how the process runs rather than telling about it",
      "Leave it out unless it is what the plugin is for",
    )]
    : [];
}
