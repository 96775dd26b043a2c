import {
  copyKept,
  type SanitizeOptions,
  viewEnvironment,
} from "./sanitized_environment.ts";

/** The variables under `permissions.env` of a manifest: all, or names and prefixes such as `AWS_*`. */
export type DeclaredVariables = readonly string[] | true;

/**
 * The variables that a manifest declares, as Deno matches them: a star at the
 * end matches any ending, and on Windows letter case does not matter.
 */
export class Declaration {
  readonly #isWhole: boolean;
  readonly #windows: boolean;
  readonly #names = new Set<string>();
  // Prefixes by their length: a name is looked up once for each length.
  readonly #beginnings = new Map<number, Set<string>>();

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

  /** Tests if a variable is declared, by its name or by a prefix. */
  covers(name: string): boolean {
    if (this.#isWhole || this.names(name)) return true;
    const text = this.#written(name);
    return this.#beginnings.entries().some(([length, texts]) =>
      texts.has(text.slice(0, length))
    );
  }

  /** Tests if a variable is declared by its full name. */
  names(name: string): boolean {
    return this.#names.has(this.#written(name));
  }
}

/** Returns the variables that are declared by their full name. */
export function declaredNames(declared: DeclaredVariables): readonly string[] {
  return declared === true
    ? []
    : declared.filter((name) => !name.endsWith("*"));
}

/** Returns the declared variables of an environment. */
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

/** Tests if each entry declares exactly one name. */
function isExact(
  declared: DeclaredVariables,
): declared is readonly string[] {
  return declared !== true && Deno.build.os !== "windows" &&
    !declared.some((entry) => entry.endsWith("*"));
}

/**
 * Creates the frozen environment of a plugin from variables that were read once:
 * those that {@linkcode getSanitizedEnvironment} keeps, and exactly those that
 * its manifest declares, secrets or not. Plugins whose declarations add nothing
 * share one object.
 */
export type PluginEnvironments = (
  declared: DeclaredVariables,
) => Readonly<Record<string, string>>;

/** Reads the variables once, for the environments of many plugins. Unreadable ones are left out. */
export function readPluginEnvironments(
  options: SanitizeOptions = {},
): PluginEnvironments {
  const view = viewEnvironment(options);
  const kept = copyKept(view);
  // A spread keeps `__proto__` as an ordinary name, and makes an object that
  // is fast to spread again for each plugin.
  const common = Object.freeze({ ...kept });
  const names = [...Object.keys(view.listed), ...view.others];
  const found = new Map<string, string>();
  function read(name: string): string | undefined {
    const known = found.get(name);
    if (known !== undefined) return known;
    const value = view.read(name);
    // A variable that is unreadable now may be granted before the next plugin.
    if (value !== undefined) found.set(name, value);
    return value;
  }
  return (declared) => {
    const wanted = new Set(declaredNames(declared));
    if (!isExact(declared)) {
      const declaration = new Declaration(declared);
      for (const name of names) if (declaration.covers(name)) wanted.add(name);
    }
    const own: Record<string, string> = Object.create(null);
    let addsAny = false;
    for (const name of wanted) {
      const value = read(name);
      if (value === undefined) continue;
      own[name] = value;
      addsAny ||= kept[name] !== value;
    }
    return addsAny ? Object.freeze({ ...common, ...own }) : common;
  };
}
