/**
 * The variables that a manifest declares.
 *
 * @module
 */

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
export function isExact(
  declared: DeclaredVariables,
): declared is readonly string[] {
  return declared !== true && Deno.build.os !== "windows" &&
    !declared.some((entry) => entry.endsWith("*"));
}
