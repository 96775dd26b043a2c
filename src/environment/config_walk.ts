/**
 * One way through a configuration, that copies it and collects what it finds.
 *
 * @module
 */

import type { Problem } from "../errors.ts";
import { isCredential } from "../secrets/credentials.ts";
import {
  isNameInMap,
  isSecretItem,
  isSecretKey,
  isSecretMap,
  isSecretPair,
  PAIR_VALUE,
} from "../secrets/secret_keys.ts";
import { withheldBecause } from "../secrets/withheld_because.ts";
import { ConfigProblems } from "./config_problems.ts";
import {
  findRawSecret,
  isShowable,
  joinPath,
  namesVariable,
  readVariable,
  referencedKey,
} from "./config_reference.ts";
import type { Environment } from "./environment.ts";
import { type DeclaredVariables, isDeclared } from "./plugin_environment.ts";

/** A reference that was resolved. */
export type ConfigReference = Readonly<{
  /** The key that got the value, such as `servers[0].api_key`. */
  path: string;
  /** The variable that it came from. */
  variable: string;
}>;

/** A reference whose variable has no value. */
export type UnsetVariable = Readonly<{
  /** The key that was left out. */
  path: string;
  /** The variable. */
  variable: string;
  /** Whether it may be read; if not, it may well be set. */
  permitted: boolean;
}>;

/** Something that a person may have meant otherwise. */
export type ConfigNotice = Readonly<{
  /** Where it is. */
  path: string;
  /** What is the case, in one line. Holds no value. */
  message: string;
}>;

/** What a walk needs to know. */
export interface ConfigWalkOptions {
  /** Where the variables are. */
  readonly environment: Environment;
  /** What the manifest declares. */
  readonly declared: DeclaredVariables;
  /** Whether secrets may stand as they are. */
  readonly allowRawSecrets?: boolean | undefined;
  /** The plugin that it is for. */
  readonly pluginId?: string | undefined;
}

// Far more than any configuration, far less than what ends the process.
const MAX_DEPTH = 200;
const MAX_VALUES = 100_000;

// Where an object under a secret's key keeps the secret itself.
const HOLDER_KEYS: ReadonlySet<string> = new Set([
  "content",
  "data",
  "plain",
  "raw",
  "string",
  "text",
  "value",
]);

/** Where a value stands, as far as that says what it is. */
type Place = Readonly<{
  /** Whether its key, or a name beside it, says that it is a secret. */
  isSecret: boolean;
  /** Whether it stands in a map of secrets by name. */
  isInMap: boolean;
  /** Whether it is an item of a list. */
  isInList: boolean;
}>;

const TOP: Place = { isSecret: false, isInMap: false, isInList: false };

type Entry = readonly [key: string, value: unknown];

/** What a key is for: a value of its own, or the variable of another key. */
type Reference = Readonly<{ key: string; variable: string }>;

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype ||
    // A plain object of another realm.
    Object.getPrototypeOf(prototype) === null;
}

function setOwn(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

/** Copies one configuration. */
export class ConfigWalk {
  readonly references: ConfigReference[] = [];
  readonly unset: UnsetVariable[] = [];
  readonly notices: ConfigNotice[] = [];
  /** The values that are secret, by their place or by what they are. */
  readonly secrets: string[] = [];
  readonly #options: ConfigWalkOptions;
  readonly #problems: ConfigProblems;
  readonly #ancestors = new Set<object>();
  #values = 0;

  /**
   * Makes a walk.
   *
   * @param options What it needs to know.
   */
  constructor(options: ConfigWalkOptions) {
    this.#options = options;
    this.#problems = new ConfigProblems(options);
  }

  /** Everything that was found wrong. */
  get problems(): readonly Problem[] {
    return this.#problems.all;
  }

  /**
   * Copies a value and what is in it.
   *
   * @param value The value.
   * @param path Where it stands.
   * @param place What that says of it.
   * @returns The copy.
   */
  copy(value: unknown, path = "", place: Place = TOP): unknown {
    if (++this.#values > MAX_VALUES) {
      this.#problems.tooLarge(MAX_VALUES);
      return undefined;
    }
    if (typeof value !== "object" || value === null) {
      this.#checkLiteral(value, path, place.isSecret);
      return value;
    }
    if (this.#ancestors.has(value)) {
      this.#problems.circular(path);
      return undefined;
    }
    if (this.#ancestors.size >= MAX_DEPTH) {
      this.#problems.tooDeep(MAX_DEPTH);
      return undefined;
    }
    this.#ancestors.add(value);
    try {
      return this.#copyObject(value, path, place);
    } catch {
      // A getter or a trap of a foreign object; what it throws may hold anything.
      this.#problems.unreadable(path);
      return undefined;
    } finally {
      this.#ancestors.delete(value);
    }
  }

  #copyObject(value: object, path: string, place: Place): unknown {
    if (Array.isArray(value)) {
      const { length } = value;
      if (length > MAX_VALUES) {
        this.#problems.tooLarge(MAX_VALUES);
        return undefined;
      }
      const list = { length, isInList: place.isInList };
      return Array.from({ length }, (_, index) => {
        const item: unknown = value[index];
        const isSecret = place.isSecret ||
          isSecretItem(list, index, value[index - 1], item);
        const inside = { isSecret, isInMap: false, isInList: true };
        return this.copy(item, joinPath(path, index), inside);
      });
    }
    if (!isPlainObject(value)) {
      this.#checkLiteral(value, path, place.isSecret);
      return value;
    }
    return this.#copyEntries(Object.entries(value), path, place);
  }

  #copyEntries(
    entries: readonly Entry[],
    path: string,
    place: Place,
  ): object {
    const copy = {};
    const given = new Map(entries);
    const isPair = given.has(PAIR_VALUE) &&
      isSecretPair((key) => given.get(key));
    const literals = new Set(
      entries.filter(([, value]) => value !== undefined).map(([key]) => key),
    );
    for (const [key, value] of entries) {
      const at = joinPath(path, key);
      const reference = this.#findReference(key, value, at);
      if (reference === undefined) {
        // A reference may have set it already: `undefined` takes nothing away.
        if (value === undefined && Object.hasOwn(copy, key)) continue;
        const isInMap = isSecretMap(key) || (place.isInMap && isNameInMap(key));
        const isSecret = isInMap || isSecretKey(key) ||
          (place.isSecret && HOLDER_KEYS.has(key)) ||
          (isPair && key === PAIR_VALUE);
        setOwn(
          copy,
          key,
          this.copy(value, at, { isSecret, isInMap, isInList: false }),
        );
      } else if (literals.has(reference.key)) {
        this.#problems.ambiguous(joinPath(path, reference.key), at);
      } else {
        const isSecret = place.isSecret || place.isInMap;
        this.#resolve(
          copy,
          reference,
          joinPath(path, reference.key),
          at,
          isSecret,
        );
      }
    }
    return copy;
  }

  #findReference(
    key: string,
    value: unknown,
    path: string,
  ): Reference | undefined {
    const referenced = referencedKey(key);
    if (referenced === undefined || typeof value !== "string") return undefined;
    if (namesVariable(value, this.#options)) {
      return { key: referenced, variable: value };
    }
    this.notices.push({
      path,
      message: `${path} does not name a variable and is left as it is`,
    });
    return undefined;
  }

  #resolve(
    copy: object,
    { key, variable }: Reference,
    path: string,
    at: string,
    isInSecret: boolean,
  ): void {
    const { environment, declared } = this.#options;
    if (!isDeclared(declared, variable)) {
      this.#problems.undeclared(
        at,
        isShowable(variable) ? variable : undefined,
      );
      return;
    }
    const value = readVariable(environment, variable);
    if (value === undefined) {
      const permitted = environment.permits(variable);
      this.unset.push({ path, variable, permitted });
      return;
    }
    this.references.push({ path, variable });
    const isSecret = isInSecret || isSecretKey(key) || isCredential(value) ||
      withheldBecause(variable) !== undefined;
    if (isSecret) this.secrets.push(value);
    setOwn(copy, key, value);
  }

  #checkLiteral(value: unknown, path: string, hasSecretKey: boolean): void {
    const found = findRawSecret(value, hasSecretKey);
    if (found === undefined) return;
    if (this.#options.allowRawSecrets === true) this.secrets.push(`${value}`);
    else this.#problems.rawSecret(path, found);
  }
}
