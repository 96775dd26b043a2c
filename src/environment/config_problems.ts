import type { Problem } from "../base/errors.ts";
import { quote } from "../base/text.ts";
import type { RawSecret } from "./config_reference.ts";
import { declaredNames, type DeclaredVariables } from "./plugin_environment.ts";

const MOST_SHOWN = 5;
const MOST_PROBLEMS = 1_000;

/** Collects the problems of one configuration. Shows no value of it. */
export class ConfigProblems {
  readonly all: Problem[] = [];
  readonly #action: string;
  readonly #names: readonly string[];
  readonly #once = new Set<string>();

  constructor(
    options: Readonly<
      { pluginId?: string | undefined; declared: DeclaredVariables }
    >,
  ) {
    const { pluginId, declared } = options;
    this.#action = pluginId === undefined
      ? "Cannot use configuration"
      : `Cannot use configuration of plugin ${quote(pluginId)}`;
    this.#names = declaredNames(declared);
  }

  rawSecret(path: string, found: RawSecret): void {
    const [name] = this.#names;
    const variable = this.#names.length === 1 && name !== undefined
      ? name
      : "NAME_OF_THE_VARIABLE";
    const key = /(?:^|\.|\[")([A-Za-z_$][\w$-]*)(?:"\])?$/.exec(path)?.[1];
    const form = key === undefined
      ? 'under a key of its own that ends in "_env"'
      : `with "${key}_env": "${variable}"`;
    this.#add(
      path,
      found === "key"
        ? "is a secret by its key and is written in plain text"
        : "contains a credential in plain text",
      `Put it into a variable that the manifest declares under permissions.env, and name that variable here ${form}`,
    );
  }

  undeclared(path: string, variable: string | undefined): void {
    const shown = this.#names.slice(0, MOST_SHOWN).map(quote).join(", ");
    const declared = this.#names.length === 0
      ? "declares none by its full name"
      : `declares ${shown}${this.#names.length > MOST_SHOWN ? ", …" : ""}`;
    const named = variable === undefined ? "a variable" : quote(variable);
    this.#add(
      path,
      `names ${named}, which the manifest does not declare under permissions.env`,
      `Declare the variable in the manifest, which now ${declared}, or name one that it declares`,
    );
  }

  ambiguous(path: string, first: string | undefined, second: string): void {
    this.#add(
      path,
      `is given twice, ${
        first === undefined ? "by its value" : `by ${first}`
      } and by ${second}`,
      "Remove one of them",
    );
  }

  malformed(path: string): void {
    this.#add(
      path,
      "contains a $ without the name of a variable in braces after it",
      'Write "${NAME}" for each variable, as in "Bearer ${API_KEY}"',
    );
  }

  mixed(path: string): void {
    this.#add(
      path,
      "names a variable in only some of its items",
      'Name a variable in each item, or write "text ${NAME}", or rename the key',
    );
  }

  file(path: string, fault: string, remedy: string): void {
    this.#add(path, fault, remedy);
  }

  circular(path: string): void {
    this.#add(path, "contains itself", "Remove the reference to itself");
  }

  unreadable(path: string): void {
    this.#add(path, "cannot be read", "Give plain objects without getters");
  }

  tooDeep(limit: number): void {
    this.#addOnce(
      `is nested deeper than ${limit} levels`,
      "Give a flatter configuration",
    );
  }

  tooLarge(limit: number): void {
    this.#addOnce(
      `has more than ${limit} values`,
      "Put what is large into a file that the plugin reads",
    );
  }

  #addOnce(fault: string, remedy: string): void {
    if (this.#once.has(fault)) return;
    this.#once.add(fault);
    this.#add("", fault, remedy);
  }

  #add(path: string, fault: string, remedy: string): void {
    if (this.all.length >= MOST_PROBLEMS) return;
    const code = "PLUGIN_CONFIG_INVALID";
    this.all.push(
      path === ""
        ? { code, message: `${this.#action}: it ${fault}`, remedy }
        : { code, message: `${this.#action}: ${path} ${fault}`, remedy, path },
    );
  }
}
