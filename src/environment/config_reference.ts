import { joinJsonPath } from "../base/json.ts";
import { isCredential, maskCredentials } from "../secrets/credentials.ts";
import type { Environment } from "./environment.ts";
import type { Declaration } from "./plugin_environment.ts";

/** Returns the path of a value in a configuration. A credential in a key is masked. */
export function joinConfigPath(parent: string, key: string | number): string {
  return joinJsonPath(
    parent,
    typeof key === "number" ? key : maskCredentials(key),
  );
}

const NAME_REGEXP = /^[A-Za-z_][A-Za-z0-9_]*$/;
const UPPER_NAME_REGEXP = /^[A-Z_][A-Z0-9_]*$/;
const KEY_REGEXP =
  /^(.+?)(?:[_.-](env|file)|(?<=[a-z0-9])(Env|File)|(?<=[a-z0-9])[_.-]?(ENV|FILE)|[_.-](ENV|FILE))$/s;
const VARIABLE_REGEXP = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;
const LONGEST_SHOWN = 64;
const SHORTEST_CODE = 16;

/** The source of the values, and the variables that the manifest declares. */
export interface ReferenceScope {
  readonly environment: Environment;
  readonly declaration: Declaration;
}

/** The meaning of a key such as `api_key_env`, `apiKeyFile` or `API-KEY-ENV`. */
interface ReferenceKey {
  /** The key that gets the value, in the same spelling: `apiKey` for `apiKeyEnv`. */
  readonly key: string;
  readonly from: "variable" | "file";
}

/** Parses the key of a reference. Returns `undefined` for `env`, `_env` and others. */
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
 * Parses a text that is composed of variables, such as `Bearer ${API_KEY}`.
 * Returns `undefined` if it has no `${`, or one that names no variable.
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
 * Tests if the text under an `_env` key names a variable. The key of an ordinary
 * setting may end in `_env` too (`python_env: "venv"`). A text with lower-case
 * letters names a variable only if one of that name is declared in full, or set.
 */
export function namesVariable(text: string, scope: ReferenceScope): boolean {
  if (UPPER_NAME_REGEXP.test(text)) return true;
  if (!NAME_REGEXP.test(text)) return false;
  const { declaration } = scope;
  if (declaration.names(text)) return true;
  return declaration.covers(text) &&
    readVariable(scope.environment, text) !== undefined;
}

/** Reads a variable. Returns `undefined` if it is unset, empty or unreadable. */
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
 * Tests if the name of a variable can be shown: somebody may have written the
 * secret itself instead of the name of its variable.
 */
export function isShowable(name: string): boolean {
  if (name.length > LONGEST_SHOWN || isCredential(name)) return false;
  const isCode = name.length >= SHORTEST_CODE && !name.includes("_") &&
    /\d/.test(name);
  return NAME_REGEXP.test(name) && !isCode;
}

// Values of settings such as `auth` that are not secrets.
const PLAIN_VALUES: ReadonlySet<string> = new Set(
  ("anonymous auto basic bearer default digest disabled enabled include none oauth " +
    "oauth2 off omit on optional required same-origin").split(" "),
);
// A smaller number is a count, as in `salt: 10`.
const SMALLEST_SECRET_NUMBER = 1_000;

/** The evidence that a literal in a configuration is a secret. */
export type RawSecret = "key" | "value";

/** Finds the evidence that a literal in a configuration is a secret. */
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
