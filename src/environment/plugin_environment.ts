/**
 * What a plugin finds in `context.env`.
 *
 * @module
 */

import {
  declaredNames,
  type DeclaredVariables,
  isDeclared,
  isExact,
} from "./declared_variables.ts";
import {
  copyKept,
  type SanitizeOptions,
  viewEnvironment,
} from "./environment_filter.ts";

/**
 * Makes the environment of a plugin, of variables that were read once.
 *
 * @param declared What the manifest declares under `permissions.env`, required and optional.
 * @returns Names and values, frozen; one object for all plugins whose
 * declaration adds nothing.
 */
export type PluginEnvironments = (
  declared: DeclaredVariables,
) => Readonly<Record<string, string>>;

/**
 * Reads the variables once, for the environments of many plugins.
 *
 * Reading the process's variables needs `env` permission; what may not be read
 * is left out.
 *
 * @param options Options for the sanitized part.
 * @returns What makes the environment of each.
 */
export function readPluginEnvironments(
  options: SanitizeOptions = {},
): PluginEnvironments {
  const view = viewEnvironment(options);
  const kept = copyKept(view);
  // Spread: there `__proto__` is a name like any other, and what was spread is
  // laid out to be spread again for each plugin.
  const common = Object.freeze({ ...kept });
  const names = [...Object.keys(view.listed), ...view.others];
  const found = new Map<string, string>();
  function read(name: string): string | undefined {
    const known = found.get(name);
    if (known !== undefined) return known;
    const value = view.read(name);
    // What is not to be read now may be granted before the next plugin.
    if (value !== undefined) found.set(name, value);
    return value;
  }
  return (declared) => {
    const own: Record<string, string> = Object.create(null);
    let addsAny = false;
    const wanted = new Set([
      ...declaredNames(declared),
      ...isExact(declared)
        ? []
        : names.filter((name) => isDeclared(declared, name)),
    ]);
    for (const name of wanted) {
      const value = read(name);
      if (value === undefined) continue;
      own[name] = value;
      addsAny ||= kept[name] !== value;
    }
    return addsAny ? Object.freeze({ ...common, ...own }) : common;
  };
}

/**
 * The environment of one plugin: what {@linkcode getSanitizedEnvironment} keeps
 * for all plugins, and exactly the variables that this one's manifest declares,
 * secrets or not.
 *
 * Reading the process's variables needs `env` permission; what may not be read
 * is left out.
 *
 * @param declared What the manifest declares under `permissions.env`, required and optional.
 * @param options Options for the sanitized part.
 * @returns Names and values, frozen.
 */
export function pluginEnvironment(
  declared: DeclaredVariables,
  options: SanitizeOptions = {},
): Readonly<Record<string, string>> {
  return readPluginEnvironments(options)(declared);
}
