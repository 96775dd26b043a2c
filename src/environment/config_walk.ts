import type { Problem } from "../base/errors.ts";
import { isPlainObject } from "../base/json.ts";
import {
  fieldRole,
  findCommand,
  findSecretItems,
  isCredential,
  isNamedSecret,
  isNameInMap,
  isSecretMap,
} from "../secrets/credentials.ts";
import { isSecretKey, withheldBecause } from "../secrets/secret_names.ts";
import { REDACTED } from "../secrets/redaction.ts";
import type {
  ConfigNotice,
  ConfigReference,
  UnsetVariable,
} from "./config_findings.ts";
import {
  ConfigProblems,
  findRawSecret,
  isShowable,
  joinConfigPath,
  namesVariable,
  parseReferenceKey,
  parseTemplate,
  readVariable,
  type ReferenceScope,
  type SecretFiles,
  type Template,
} from "./config_reference.ts";
import type { Environment } from "./environment.ts";
import {
  Declaration,
  type DeclaredVariables,
} from "./sanitized_environment.ts";

/** Options of {@linkcode resolveConfigReferences}. */
export interface ResolveConfigOptions {
  /** The source of the variables. */
  readonly environment: Environment;
  /** The variables of the manifest's `permissions.env`, required and optional. */
  readonly declared: DeclaredVariables;
  /**
   * Reads the files that keys such as `api_key_file` name; see
   * {@linkcode secretFiles}. Without it, such a key is an ordinary setting.
   *
   * @default {undefined}
   */
  readonly files?: SecretFiles | undefined;
  /**
   * Tests if a value is a secret, in addition to the known forms.
   *
   * @default {undefined}
   */
  readonly isSecret?: ((text: string) => boolean) | undefined;
  /**
   * Allows secrets in plain text.
   *
   * @default {false}
   */
  readonly allowRawSecrets?: boolean | undefined;
  /**
   * The plugin, for messages.
   *
   * @default {undefined}
   */
  readonly pluginId?: string | undefined;
}

// Far more than any configuration, far less than what ends the process.
const MAX_DEPTH = 200;
const MAX_VALUES = 100_000;

// The keys of the secret itself in an object under a secret's key.
const HOLDER_KEYS: ReadonlySet<string> = new Set(
  "content data plain raw string text value".split(" "),
);

/** The surroundings of a value that tell if it is a secret. */
type Place = Readonly<{
  /** The key; empty in a list, and at the top. */
  key: string;
  /** True if its key, or a name beside it, is that of a secret. */
  isSecret: boolean;
  /** True in a map of secrets by name. */
  isInMap: boolean;
  isInList: boolean;
  /** The command that a list of arguments is for. */
  command?: string | undefined;
}>;

const TOP: Place = {
  key: "",
  isSecret: false,
  isInMap: false,
  isInList: false,
};
const ITEM: Place = { ...TOP, isInList: true };

type Entry = readonly [key: string, value: unknown];

/** The source of another key's value: texts that name variables, or a file. */
type Reference =
  & Readonly<{ key: string }>
  & Readonly<{ texts: Template | readonly Template[] } | { file: string }>;

// Takes the place of a reference with a problem: the copy is not used then.
const NOTHING: Template = { literals: [], names: [] };

// `${` without a name and an end, or a name without braces.
const UNREAD_DOLLAR_REGEXP = /\$(?:\{|[A-Za-z_])/;

/** The destination of a reference's value. */
type Target = Readonly<{
  /** The key that gets the value. */
  path: string;
  /** The key of the reference. */
  at: string;
  /** True if the destination makes the value a secret. */
  isSecret: boolean;
}>;

function isTemplate(texts: Template | readonly Template[]): texts is Template {
  return "literals" in texts;
}

function setOwn(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

/** Copies one configuration in one pass, and collects its references and problems. */
export class ConfigWalk {
  readonly references: ConfigReference[] = [];
  readonly unset: UnsetVariable[] = [];
  readonly notices: ConfigNotice[] = [];
  /** The values that are secrets, by their place or by their form. */
  readonly secrets: string[] = [];
  /** The paths of the values that the copy does not show. */
  readonly hidden: string[] = [];
  readonly #isShown: boolean;
  readonly #options: ResolveConfigOptions;
  readonly #scope: ReferenceScope;
  readonly #problems: ConfigProblems;
  readonly #ancestors = new Set<object>();
  #values = 0;
  #isTooDeep = false;
  #isTooLarge = false;

  /** With `isShown`, the copy keeps references, and a mark replaces each secret. */
  constructor(options: ResolveConfigOptions, isShown = false) {
    this.#options = options;
    this.#isShown = isShown;
    const { environment, declared } = options;
    this.#scope = { environment, declaration: new Declaration(declared) };
    this.#problems = new ConfigProblems(options);
  }

  get problems(): readonly Problem[] {
    return this.#problems.all;
  }

  /** Copies a value and everything in it. */
  copy(value: unknown, path = "", place: Place = TOP): unknown {
    if (++this.#values > MAX_VALUES) return this.#refuseSize();
    if (typeof value !== "object" || value === null) {
      return this.#checkLiteral(value, path, place.isSecret) ? value : REDACTED;
    }
    if (this.#ancestors.has(value)) {
      this.#problems.add(
        path,
        "contains itself",
        "Remove the reference to itself",
      );
      return undefined;
    }
    if (this.#ancestors.size >= MAX_DEPTH) {
      if (!this.#isTooDeep) {
        this.#problems.add(
          "",
          `is nested deeper than ${MAX_DEPTH} levels`,
          "Give a flatter configuration",
        );
      }
      this.#isTooDeep = true;
      return undefined;
    }
    this.#ancestors.add(value);
    try {
      return this.#copyObject(value, path, place);
    } catch {
      // A getter or a trap of a foreign object threw, perhaps with a secret.
      this.#problems.add(
        path,
        "cannot be read",
        "Give plain objects without getters",
      );
      return undefined;
    } finally {
      this.#ancestors.delete(value);
    }
  }

  #refuseSize(): undefined {
    if (!this.#isTooLarge) {
      this.#problems.add(
        "",
        `has more than ${MAX_VALUES} values`,
        "Put what is large into a file that the plugin reads",
      );
    }
    this.#isTooLarge = true;
  }

  #copyObject(value: object, path: string, place: Place): unknown {
    if (Array.isArray(value)) {
      if (value.length > MAX_VALUES) return this.#refuseSize();
      const items = Array.from<unknown>(value);
      const secrets = findSecretItems(items, place);
      return items.map((item, index) => {
        const isSecret = place.isSecret || secrets.has(index);
        const at = joinConfigPath(path, index);
        return this.copy(item, at, { ...ITEM, isSecret });
      });
    }
    if (!isPlainObject(value)) {
      if (this.#isShown) return this.#hide(path);
      this.#checkLiteral(value, path, place.isSecret);
      this.#checkNamed(value, path, place);
      return value;
    }
    return this.#copyEntries(Object.entries(value), path, place);
  }

  /** Checks the values by name of an object that is passed unchanged. */
  #checkNamed(value: object, path: string, place: Place): void {
    if (
      !(value instanceof Map || value instanceof Headers ||
        value instanceof URLSearchParams || value instanceof FormData)
    ) return;
    for (const [name, item] of value.entries()) {
      if (typeof name !== "string") continue;
      if (++this.#values > MAX_VALUES) return this.#refuseSize();
      this.#checkLiteral(
        item,
        joinConfigPath(path, name),
        place.isSecret || isSecretKey(name),
      );
    }
  }

  #copyEntries(
    entries: readonly Entry[],
    path: string,
    place: Place,
  ): object {
    const copy = {};
    const given = new Map(entries);
    const keys = [...given.keys()];
    const get = (key: string) => given.get(key);
    const literals = new Set(
      entries.filter(([, value]) => value !== undefined).map(([key]) => key),
    );
    const referenced = new Map<string, string>();
    for (const [key, value] of entries) {
      const at = joinConfigPath(path, key);
      const reference = this.#findReference(key, value, at);
      if (reference === undefined) {
        // A reference may have set it already: `undefined` takes nothing away.
        if (value === undefined && Object.hasOwn(copy, key)) continue;
        const role = fieldRole(key);
        const isInMap = isSecretMap(key) || (place.isInMap && isNameInMap(key));
        const isSecret = isInMap || isSecretKey(key) ||
          (this.#isShown && isSecretKey(parseReferenceKey(key)?.key ?? "")) ||
          (place.isSecret && HOLDER_KEYS.has(key)) ||
          isNamedSecret(role, keys, get);
        setOwn(
          copy,
          key,
          this.copy(value, at, {
            key,
            isSecret,
            isInMap,
            isInList: false,
            command: findCommand(role, key, keys, get),
          }),
        );
        continue;
      }
      if (this.#isShown) {
        const shown = this.#isShowable(reference) ? value : this.#hide(at);
        setOwn(copy, key, shown);
        continue;
      }
      const target = joinConfigPath(path, reference.key);
      const other = referenced.get(reference.key);
      if (literals.has(reference.key) || other !== undefined) {
        this.#problems.add(
          target,
          `is given twice, by ${other ?? "its value"} and by ${at}`,
          "Remove one of them",
        );
        continue;
      }
      referenced.set(reference.key, at);
      const isSecret = place.isSecret || place.isInMap ||
        isSecretKey(reference.key);
      const to = { path: target, at, isSecret };
      const resolved = "file" in reference
        ? this.#readFile(reference.file, to)
        : this.#resolveTexts(reference.texts, to);
      if (resolved !== undefined) setOwn(copy, reference.key, resolved);
    }
    return copy;
  }

  #hide(path: string): string {
    this.hidden.push(path);
    return REDACTED;
  }

  /** Tests if a reference contains no secret itself. */
  #isShowable(reference: Reference): boolean {
    const isPlain = (text: string) =>
      findRawSecret(text, false, this.#options.isSecret) === undefined;
    if ("file" in reference) return isPlain(reference.file);
    const { texts } = reference;
    return (isTemplate(texts) ? [texts] : texts).every((template) =>
      template !== NOTHING && template.names.every(isShowable) &&
      isPlain(template.literals.join("x"))
    );
  }

  #findReference(
    key: string,
    value: unknown,
    path: string,
  ): Reference | undefined {
    const found = parseReferenceKey(key);
    if (found === undefined || value === undefined) return undefined;
    if (found.from === "file") return this.#findFile(found.key, value, path);
    const texts = Array.isArray(value) && value.length <= MAX_VALUES
      ? this.#findTemplates(value, path)
      : this.#findTemplate(value, path);
    if (texts !== undefined) return { key: found.key, texts };
    this.notices.push({
      path,
      message: `${path} does not name a variable and is passed unchanged`,
    });
    return undefined;
  }

  #findFile(key: string, value: unknown, path: string): Reference | undefined {
    const { files } = this.#options;
    if (files === undefined) return undefined;
    // An ordinary setting may name a file too: `log_file`, `model_file`.
    if (typeof value === "string" && value !== "") {
      return isSecretKey(key) || files.isSecretPath(value)
        ? { key, file: value }
        : undefined;
    }
    if (!isSecretKey(key)) return undefined;
    this.#problems.add(
      path,
      "does not name a file",
      "Write the absolute path of one file",
    );
    return { key, texts: NOTHING };
  }

  #findTemplates(
    items: readonly unknown[],
    path: string,
  ): readonly Template[] | undefined {
    const templates = Array.from(
      items,
      (item, index) => this.#findTemplate(item, joinConfigPath(path, index)),
    )
      .filter((one) => one !== undefined);
    if (templates.length === 0) return undefined;
    if (templates.length < items.length && !templates.includes(NOTHING)) {
      this.#problems.add(
        path,
        "names a variable in only some of its items",
        'Name a variable in each item, or write "text ${NAME}", or rename the key',
      );
    }
    return templates;
  }

  #findTemplate(text: unknown, path: string): Template | undefined {
    if (typeof text !== "string") return undefined;
    if (namesVariable(text, this.#scope)) {
      return { literals: ["", ""], names: [text] };
    }
    const template = parseTemplate(text);
    if (template !== undefined) return template;
    if (!UNREAD_DOLLAR_REGEXP.test(text)) return undefined;
    this.#problems.add(
      path,
      "contains a $ without the name of a variable in braces after it",
      'Write "${NAME}" for each variable, as in "Bearer ${API_KEY}"',
    );
    return NOTHING;
  }

  #resolveTexts(
    texts: Template | readonly Template[],
    to: Target,
  ): string | readonly string[] | undefined {
    if (isTemplate(texts)) return this.#resolveText(texts, to);
    const resolved = texts.map((text, index) =>
      this.#resolveText(text, {
        ...to,
        path: joinConfigPath(to.path, index),
        at: joinConfigPath(to.at, index),
      })
    );
    const all = resolved.filter((text) => text !== undefined);
    return all.length === resolved.length ? all : undefined;
  }

  #resolveText(
    { literals, names }: Template,
    to: Target,
  ): string | undefined {
    for (const literal of literals) this.#checkLiteral(literal, to.at, false);
    const values = names.map((name) => this.#readVariable(name, to));
    if (values.some((value) => value === undefined)) return undefined;
    const text = literals.map((literal, index) =>
      literal + (values[index] ?? "")
    ).join("");
    // Such as a URL composed of a user and a password.
    if (names.length > 1 && isCredential(text)) this.secrets.push(text);
    return text;
  }

  #readVariable(
    variable: string,
    { path, at, isSecret }: Target,
  ): string | undefined {
    const { environment, declaration } = this.#scope;
    if (!declaration.covers(variable)) {
      this.#problems.undeclared(
        at,
        isShowable(variable) ? variable : undefined,
      );
      return undefined;
    }
    const value = readVariable(environment, variable);
    if (value === undefined) {
      const permitted = environment.permits(variable);
      this.unset.push({ path, variable, permitted });
      return undefined;
    }
    this.references.push({ from: "variable", path, variable });
    if (
      isSecret || isCredential(value) ||
      this.#options.isSecret?.(value) === true ||
      withheldBecause(variable) !== undefined
    ) this.secrets.push(value);
    return value;
  }

  #readFile(file: string, { path, at }: Target): string | undefined {
    const read = this.#options.files?.read(file);
    if (read === undefined) return undefined;
    if (!read.ok) {
      this.#problems.add(at, read.fault, read.remedy);
      return undefined;
    }
    this.references.push({ from: "file", path, file });
    this.secrets.push(read.value);
    return read.value;
  }

  /** Returns false for a secret that the copy must not show. */
  #checkLiteral(value: unknown, path: string, hasSecretKey: boolean): boolean {
    const found = findRawSecret(
      value,
      hasSecretKey,
      this.#options.isSecret,
    );
    if (found === undefined) return true;
    if (this.#isShown) {
      this.#hide(path);
      return false;
    }
    if (this.#options.allowRawSecrets === true) this.secrets.push(`${value}`);
    else this.#problems.rawSecret(path, found);
    return true;
  }
}
