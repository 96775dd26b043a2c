import type { Problem } from "../base/errors.ts";
import { joinJsonPath } from "../base/json.ts";
import { decodeFileText, readFileBytes } from "../base/path.ts";
import { describeThrown, quote } from "../base/text.ts";
import { pathFlags, UNNAMEABLE_PATH } from "../permissions/permission_flags.ts";
import { isCredential, maskCredentials } from "../secrets/credentials.ts";
import type { Environment } from "./environment.ts";
import {
  type Declaration,
  declaredNames,
  type DeclaredVariables,
} from "./sanitized_environment.ts";

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

/** The content of a secret file, or the reason why it cannot be used. */
export type SecretFileResult =
  | Readonly<{ ok: true; value: string }>
  | Readonly<{
    ok: false;
    /** The reason, to follow the path of the setting in a message. */
    fault: string;
    remedy: string;
  }>;

/** Reads secret files for one plugin. */
export interface SecretFiles {
  /**
   * Tests if a path lies in a directory of secrets. A key that names such a path
   * is a reference, whatever its own name is.
   *
   * @param path The path in the configuration.
   * @returns True if it lies in such a directory.
   */
  isSecretPath(path: string): boolean;
  /**
   * Reads a file. Needs `read` permission for it.
   *
   * @param path The path in the configuration.
   * @returns Its text without the newline at its end, or the reason why it
   * cannot be used.
   */
  read(path: string): SecretFileResult;
}

/** The part of the file system that secret files need. */
export interface SecretFileSystem {
  /** Resolves symbolic links. */
  realPath(path: string): string;
  /** Reads a regular file up to a limit; returns `undefined` for anything else. */
  readFile(path: string, limit: number): Uint8Array | undefined;
}

const denoSecretFileSystem: SecretFileSystem = {
  realPath: (path) => Deno.realPathSync(path),
  readFile: readFileBytes,
};

/** Options of {@linkcode secretFiles}. */
export interface SecretFilesOptions {
  /**
   * The directories whose files the configuration of any plugin may name.
   *
   * @default {["/run/secrets"]}
   */
  readonly directories?: readonly string[] | undefined;
  /** Tests if the manifest declares a path for reading. */
  readonly declares: (path: string) => boolean;
  /**
   * The file system.
   *
   * @default {denoSecretFileSystem}
   */
  readonly system?: SecretFileSystem | undefined;
}

// A secret is short; a certificate chain has some kilobytes.
const MAX_BYTES = 65_536;
const ABSOLUTE_REGEXP = /^(?:\/|[A-Za-z]:[\\/]|\\\\)/;
const DETOUR_REGEXP = /[\\/](?:\.{0,2}[\\/]|\.{1,2}$)/;

function isWithin(directory: string, path: string): boolean {
  return /[\\/]$/.test(directory)
    ? path.startsWith(directory)
    : path.startsWith(directory) &&
      /^[\\/]./.test(path.slice(directory.length));
}

function refuse(fault: string, remedy: string): SecretFileResult {
  return { ok: false, fault, remedy };
}

function refuseThrown(path: string, thrown: unknown): SecretFileResult {
  if (thrown instanceof Deno.errors.NotFound) {
    return refuse(
      "names a file that does not exist",
      "Create the file, or correct its path",
    );
  }
  if (thrown instanceof Deno.errors.NotCapable) {
    const flags = pathFlags({ read: [path] });
    return refuse(
      "names a file that the process may not read",
      flags === undefined ? UNNAMEABLE_PATH : `Start the host with ${flags}`,
    );
  }
  return refuse(
    `names a file that cannot be read: ${describeThrown(thrown)}`,
    "Make the file readable for the user that runs the host",
  );
}

function decodeSecret(bytes: Uint8Array | undefined): SecretFileResult {
  const read = decodeFileText(bytes, MAX_BYTES);
  const value = "text" in read ? read.text.replace(/\r?\n$/, "") : "";
  if (value !== "") return { ok: true, value };
  return refuse(
    `names a file that ${"fault" in read ? read.fault : "is empty"}`,
    "Name a text file that contains only the secret",
  );
}

/**
 * Creates a reader of secret files for one plugin, as Docker and Kubernetes
 * mount them. It reads files in a directory of secrets, and files that the
 * manifest declares for reading. A link must lead to such a file as well.
 *
 * @example A secret of Docker or Kubernetes
 * ```ts
 * import {
 *   recordEnvironment,
 *   resolveConfigReferences,
 *   secretFiles,
 * } from "@semantik/plugins/environment";
 * import { assertEquals } from "@std/assert";
 *
 * const directory = await Deno.makeTempDir();
 * await Deno.writeTextFile(`${directory}/api_key`, "k1\n");
 *
 * const resolved = resolveConfigReferences(
 *   { api_key_file: `${directory}/api_key` },
 *   {
 *     environment: recordEnvironment({}),
 *     declared: [],
 *     files: secretFiles({ directories: [directory], declares: () => false }),
 *   },
 * );
 *
 * assertEquals(resolved.ok && resolved.config, { api_key: "k1" });
 * await Deno.remove(directory, { recursive: true });
 * ```
 *
 * @param options Options.
 * @returns The reader, for the option `files` of `resolveConfigReferences`.
 */
export function secretFiles(options: SecretFilesOptions): SecretFiles {
  const {
    directories = ["/run/secrets"],
    declares,
    system = denoSecretFileSystem,
  } = options;

  function isSecretPath(path: string): boolean {
    return directories.some((directory) => isWithin(directory, path));
  }

  function realDirectories(): readonly string[] {
    return directories.flatMap((directory) => {
      try {
        return [system.realPath(directory)];
      } catch {
        return [];
      }
    });
  }

  function read(path: string): SecretFileResult {
    if (!ABSOLUTE_REGEXP.test(path) || DETOUR_REGEXP.test(path)) {
      return refuse(
        "does not name a file by its absolute path",
        "Write the absolute path, without . and .. in it",
      );
    }
    if (!isSecretPath(path) && !declares(path)) {
      return refuse(
        "names a file that the manifest does not declare under permissions.read",
        `Declare the file in the manifest, or put it into ${
          directories[0] ?? "a directory of the option secretDirectories"
        }`,
      );
    }
    try {
      const real = system.realPath(path);
      const isAllowed = isSecretPath(real) || declares(real) ||
        realDirectories().some((directory) => isWithin(directory, real));
      if (!isAllowed) {
        return refuse(
          "names a link to a file that the manifest does not declare",
          "Declare the file that the link leads to, or name another one",
        );
      }
      return decodeSecret(system.readFile(path, MAX_BYTES));
    } catch (thrown) {
      return refuseThrown(path, thrown);
    }
  }

  return Object.freeze({ isSecretPath, read });
}
