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

  /** Adds a problem, of the whole configuration if the path is empty. */
  add(path: string, fault: string, remedy: string): void {
    if (this.all.length >= MOST_PROBLEMS) return;
    const message = `${this.#action}: ${path === "" ? "it" : path} ${fault}`;
    this.all.push({
      code: "PLUGIN_CONFIG_INVALID",
      message,
      remedy,
      ...(path === "" ? {} : { path }),
    });
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
    this.add(
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
    this.add(
      path,
      `names ${named}, which the manifest does not declare under permissions.env`,
      `Declare the variable in the manifest, which now ${declared}, or name one that it declares`,
    );
  }
}
