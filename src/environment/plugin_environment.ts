/**
 * What a plugin finds in `context.env`: the variables that its manifest
 * declares.
 *
 * @module
 */

import {
  copyKept,
  type SanitizeOptions,
  viewEnvironment,
} from "./environment_filter.ts";

/** What stands under `permissions.env` of a manifest: every variable, or names and prefixes such as `AWS_*`. */
export type DeclaredVariables = readonly string[] | true;

function covers(entry: string, name: string): boolean {
  return entry.endsWith("*")
    ? name.startsWith(entry.slice(0, -1))
    : name === entry;
}

/**
 * Whether a manifest declares a variable, in the meaning of Deno: a star at the
 * end stands for any ending, and names of Windows have no case.
 *
 * @param declared What the manifest declares.
 * @param name The name of the variable.
 * @param windows Whether names have no case.
 * @returns Whether it is declared.
 */
export function isDeclared(
  declared: DeclaredVariables,
  name: string,
  windows: boolean = Deno.build.os === "windows",
): boolean {
  if (declared === true) return true;
  if (!windows) return declared.some((entry) => covers(entry, name));
  const upper = name.toUpperCase();
  return declared.some((entry) => covers(entry.toUpperCase(), upper));
}

/**
 * The variables that a manifest declares by their full name.
 *
 * @param declared What the manifest declares.
 * @returns The names.
 */
export function declaredNames(declared: DeclaredVariables): readonly string[] {
  return declared === true
    ? []
    : declared.filter((name) => !name.endsWith("*"));
}

/**
 * The variables of an environment that a manifest declares.
 *
 * @param declared What the manifest declares.
 * @param environment Names and values.
 * @returns The names.
 */
export function declaredIn(
  declared: DeclaredVariables,
  environment: Readonly<Record<string, string>>,
): readonly string[] {
  return isExact(declared)
    ? declared.filter((name) => Object.hasOwn(environment, name))
    : Object.keys(environment).filter((name) => isDeclared(declared, name));
}

/**
 * Whether each entry is the one name that it declares.
 *
 * @param declared What the manifest declares.
 * @returns True where no entry stands for other names too.
 */
function isExact(
  declared: DeclaredVariables,
): declared is readonly string[] {
  return declared !== true && Deno.build.os !== "windows" &&
    !declared.some((entry) => entry.endsWith("*"));
}

/**
 * Makes the environment of a plugin, of variables that were read once: what
 * {@linkcode getSanitizedEnvironment} keeps for all plugins, and exactly the
 * variables that this one's manifest declares, secrets or not.
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
