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

/**
 * The variables that a manifest declares, in the meaning of Deno: a star at the
 * end stands for any ending, and names of Windows have no case.
 */
export class Declaration {
  readonly #isWhole: boolean;
  readonly #windows: boolean;
  readonly #names = new Set<string>();
  // The beginnings by their length: a name is looked up once a length.
  readonly #beginnings = new Map<number, Set<string>>();

  /**
   * Reads the list once.
   *
   * @param declared What the manifest declares.
   * @param windows Whether names have no case.
   */
  constructor(
    declared: DeclaredVariables,
    windows: boolean = Deno.build.os === "windows",
  ) {
    this.#isWhole = declared === true;
    this.#windows = windows;
    if (declared === true) return;
    for (const entry of declared) {
      const text = this.#written(entry);
      if (text.endsWith("*")) this.#addBeginning(text.slice(0, -1));
      else this.#names.add(text);
    }
  }

  #written(name: string): string {
    return this.#windows ? name.toUpperCase() : name;
  }

  #addBeginning(text: string): void {
    const known = this.#beginnings.get(text.length) ?? new Set();
    this.#beginnings.set(text.length, known.add(text));
  }

  /**
   * Tests if a variable is declared.
   *
   * @param name The name of the variable.
   * @returns True if an entry is the name, or its beginning before a star.
   */
  covers(name: string): boolean {
    if (this.#isWhole || this.names(name)) return true;
    const text = this.#written(name);
    return this.#beginnings.entries().some(([length, texts]) =>
      texts.has(text.slice(0, length))
    );
  }

  /**
   * Tests if a variable is declared by its full name.
   *
   * @param name The name of the variable.
   * @returns True if an entry is the name.
   */
  names(name: string): boolean {
    return this.#names.has(this.#written(name));
  }
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
  if (isExact(declared)) {
    return declared.filter((name) => Object.hasOwn(environment, name));
  }
  const declaration = new Declaration(declared);
  return Object.keys(environment).filter((name) => declaration.covers(name));
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
    const declaration = isExact(declared)
      ? undefined
      : new Declaration(declared);
    const own: Record<string, string> = Object.create(null);
    let addsAny = false;
    const wanted = new Set([
      ...declaredNames(declared),
      ...declaration === undefined
        ? []
        : names.filter((name) => declaration.covers(name)),
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
