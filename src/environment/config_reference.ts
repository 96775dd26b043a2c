/**
 * The forms of a reference in a configuration, and raw secrets beside them.
 *
 * @module
 */

import { isCredential, maskCredentials } from "../secrets/credentials.ts";
import { cut, escapeControls } from "../base/text.ts";
import type { Environment } from "./environment.ts";
import type { Declaration } from "./plugin_environment.ts";

const IDENTIFIER_REGEXP = /^[A-Za-z_$][\w$-]{0,63}$/;
const LONGEST_KEY = 64;

/**
 * Makes the path of a value in an object or an array.
 *
 * @param parent The path of the object or the array, empty at the top.
 * @param key The key, or the index.
 * @returns The path, such as `servers[0].api_key`. What looks like a credential
 * in a key is masked.
 */
export function joinPath(parent: string, key: string | number): string {
  if (typeof key === "number") return `${parent}[${key}]`;
  const shown = maskCredentials(key);
  if (!IDENTIFIER_REGEXP.test(shown)) {
    const text = escapeControls(cut(shown, LONGEST_KEY));
    return `${parent}[${JSON.stringify(text)}]`;
  }
  return parent === "" ? shown : `${parent}.${shown}`;
}

const NAME_REGEXP = /^[A-Za-z_][A-Za-z0-9_]*$/;
const UPPER_NAME_REGEXP = /^[A-Z_][A-Z0-9_]*$/;
const KEY_REGEXP =
  /^(.+?)(?:[_.-](env|file)|(?<=[a-z0-9])(Env|File)|(?<=[a-z0-9])[_.-]?(ENV|FILE)|[_.-](ENV|FILE))$/s;
const VARIABLE_REGEXP = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;
const LONGEST_SHOWN = 64;
const SHORTEST_CODE = 16;

/** The declaration of a manifest, and the source of the values. */
export interface ReferenceScope {
  /** The source of the values. */
  readonly environment: Environment;
  /** The variables that the manifest declares. */
  readonly declaration: Declaration;
}

/** A key that stands for another one: `api_key_env`, `apiKeyFile`, `API-KEY-ENV`. */
export interface ReferenceKey {
  /** The key that gets the value, in the same spelling: `apiKey` for `apiKeyEnv`. */
  readonly key: string;
  /** The source of the value. */
  readonly from: "variable" | "file";
}

/**
 * Reads a key as that of a reference.
 *
 * @param key A key of a configuration.
 * @returns The key it stands for; `undefined` for `env`, `_env` and others.
 */
export function parseReferenceKey(key: string): ReferenceKey | undefined {
  const found = KEY_REGEXP.exec(key);
  const stem = found?.[1];
  if (found === null || stem === undefined || /^[_.-]+$/.test(stem)) {
    return undefined;
  }
  const noun = (found.slice(2).find((one) => one !== undefined) ?? "")
    .toLowerCase();
  return { key: stem, from: noun === "env" ? "variable" : "file" };
}

/** A text that names variables: its literal parts, and the names between them. */
export interface Template {
  /** One more than there are names. */
  readonly literals: readonly string[];
  readonly names: readonly string[];
}

/**
 * Reads a text that is composed of variables, such as `Bearer ${API_KEY}`.
 *
 * @param text The text.
 * @returns Its parts; `undefined` if it holds no `${`, or one that names no variable.
 */
export function parseTemplate(text: string): Template | undefined {
  if (!text.includes("${")) return undefined;
  const names: string[] = [];
  const literals: string[] = [];
  let from = 0;
  for (
    const { index, 0: whole, 1: name = "" } of text.matchAll(VARIABLE_REGEXP)
  ) {
    literals.push(text.slice(from, index));
    names.push(name);
    from = index + whole.length;
  }
  literals.push(text.slice(from));
  return literals.some((literal) => literal.includes("${"))
    ? undefined
    : { literals, names };
}

/**
 * Whether the text under an `_env` key names a variable. An ordinary setting may
 * end in `_env` too (`python_env: "venv"`): small letters name a variable only
 * where one of that name is declared in full, or is set.
 *
 * @param text The text.
 * @param scope What is declared.
 * @returns Whether it is to be taken for the name of a variable.
 */
export function namesVariable(text: string, scope: ReferenceScope): boolean {
  if (UPPER_NAME_REGEXP.test(text)) return true;
  if (!NAME_REGEXP.test(text)) return false;
  const { declaration } = scope;
  if (declaration.names(text)) return true;
  return declaration.covers(text) &&
    readVariable(scope.environment, text) !== undefined;
}

/**
 * Reads a variable, whatever the environment does.
 *
 * @param environment The environment.
 * @param name The name.
 * @returns The value, or `undefined` where it is unset, empty or unreadable.
 */
export function readVariable(
  environment: Environment,
  name: string,
): string | undefined {
  try {
    const value = environment.get(name);
    return typeof value === "string" && value !== "" ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether the name of a variable can be shown. Somebody may have put the secret
 * itself where its variable's name belongs.
 *
 * @param name The name.
 * @returns Whether it looks like a name and not like a secret.
 */
export function isShowable(name: string): boolean {
  if (name.length > LONGEST_SHOWN || isCredential(name)) return false;
  const isCode = name.length >= SHORTEST_CODE && !name.includes("_") &&
    /\d/.test(name);
  return NAME_REGEXP.test(name) && !isCode;
}

// What settings with a telling name are set to without holding a secret.
const PLAIN_VALUES: ReadonlySet<string> = new Set([
  "anonymous",
  "auto",
  "basic",
  "bearer",
  "default",
  "digest",
  "disabled",
  "enabled",
  "include",
  "none",
  "oauth",
  "oauth2",
  "off",
  "omit",
  "on",
  "optional",
  "required",
  "same-origin",
]);
// A number of fewer digits counts something, as in `salt: 10`.
const SMALLEST_SECRET_NUMBER = 1_000;

/** Why a literal may not stand in a configuration. */
export type RawSecret = "key" | "value";

/**
 * Whether a literal in a configuration is a secret.
 *
 * @param value The literal.
 * @param hasSecretKey Whether its key says that it is one.
 * @param isSecret Tells further values that are secret.
 * @returns What gives it away, or `undefined` where nothing does.
 */
export function findRawSecret(
  value: unknown,
  hasSecretKey: boolean,
  isSecret: (text: string) => boolean = () => false,
): RawSecret | undefined {
  if (typeof value === "string") {
    if (isCredential(value) || isSecret(value)) return "value";
    const isPlain = value === "" || PLAIN_VALUES.has(value.toLowerCase());
    return hasSecretKey && !isPlain ? "key" : undefined;
  }
  if (typeof value === "number" || typeof value === "bigint") {
    return hasSecretKey && value >= SMALLEST_SECRET_NUMBER ? "key" : undefined;
  }
  if (value instanceof URL && isCredential(value.href)) return "value";
  return undefined;
}
