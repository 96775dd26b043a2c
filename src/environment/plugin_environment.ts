/**
 * What a plugin finds in `context.env`.
 *
 * @module
 */

import {
  declaredNames,
  type DeclaredVariables,
  isDeclared,
} from "./declared_variables.ts";
import {
  asPlainObject,
  copyKept,
  type SanitizeOptions,
  viewEnvironment,
} from "./environment_filter.ts";

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
  const view = viewEnvironment(options);
  const env = copyKept(view);
  const wanted = new Set([
    ...declaredNames(declared),
    ...[...Object.keys(view.listed), ...view.others].filter((name) =>
      isDeclared(declared, name)
    ),
  ]);
  for (const name of wanted) {
    const value = view.read(name);
    if (value !== undefined) env[name] = value;
  }
  return Object.freeze(asPlainObject(env));
}
