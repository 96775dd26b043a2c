/**
 * Variables from a `.env` file, which may be any file.
 *
 * @module
 */

import { requireOptions, requirePath } from "../base/argument.ts";
import { PluginError, type Problem } from "../base/errors.ts";
import { describeThrown, escapeControls, quote } from "../base/text.ts";
import type { DotenvRemark } from "./dotenv_statements.ts";
import { readDotenvVariables } from "./dotenv_variables.ts";
import { type Environment, RecordEnvironment } from "./environment.ts";
import { readFileBytes } from "../base/read_file_bytes.ts";

/** Options of {@linkcode readDotenv}. */
export interface ReadDotenvOptions {
  /**
   * Where variables are looked up that the file refers to and does not set. The
   * process is not asked unless it is given here.
   *
   * @default {undefined} such a reference leaves nothing
   */
  readonly environment?: Environment | undefined;
  /**
   * Whether the file may be absent.
   *
   * @default {false}
   */
  readonly optional?: boolean | undefined;
}

// Far more than any file of variables.
const MAX_BYTES = 1_048_576;
const UTF8 = new TextDecoder("utf-8", { fatal: true });

function failure(
  file: string,
  fault: string,
  remedy: string,
  options?: ErrorOptions,
): PluginError {
  return new PluginError(
    `Cannot read environment file ${quote(file)}: ${fault}`,
    { code: "PLUGIN_ENVIRONMENT_INVALID", remedy, ...options },
  );
}

function problemOf(
  file: string,
  { line, text, remedy }: DotenvRemark,
  begin: string = "Cannot read environment file",
): Problem {
  return Object.freeze({
    code: "PLUGIN_ENVIRONMENT_INVALID",
    message: `${begin} ${quote(file)}: line ${line} ${text}`,
    remedy,
    path: `${file}:${line}`,
  });
}

const ACTION = "read environment file";
const CALL = 'readDotenv(".env")';
const NOT_A_FILE = "it is not a regular file";
const GIVE_A_FILE = "Give the path of a text file";

/** The path for people; of the URL nothing that can hold a password. */
function showPath(path: string | URL): string {
  if (!(path instanceof URL)) return path;
  if (path.protocol !== "file:") {
    throw new PluginError(
      "Cannot read environment file: it is given by a URL that is no file: URL",
      { code: "PLUGIN_OPTION_INVALID", remedy: "Give a path or a file: URL" },
    );
  }
  try {
    return decodeURIComponent(path.pathname);
  } catch {
    return path.pathname;
  }
}

/** The bytes of the file, or `undefined` where there is none. */
function readBytes(path: string | URL, file: string): Uint8Array | undefined {
  let bytes: Uint8Array | undefined;
  try {
    bytes = readFileBytes(path, MAX_BYTES);
  } catch (thrown) {
    const cause = { cause: thrown };
    if (thrown instanceof Deno.errors.NotFound) return undefined;
    if (thrown instanceof Deno.errors.NotCapable) {
      const flag = `--allow-read=${escapeControls(file)}`;
      const remedy = `Start the process with ${flag}`;
      throw failure(file, "the process may not read it", remedy, cause);
    }
    throw failure(file, describeThrown(thrown), GIVE_A_FILE, cause);
  }
  if (bytes === undefined) throw failure(file, NOT_A_FILE, GIVE_A_FILE);
  return bytes;
}

function decode(bytes: Uint8Array, file: string): string {
  if (bytes.length > MAX_BYTES) {
    throw failure(
      file,
      `it is larger than ${MAX_BYTES} bytes`,
      "Give a file of NAME=value lines",
    );
  }
  let text: string | undefined;
  try {
    text = UTF8.decode(bytes);
  } catch {
    // The error has nothing to add, and the bytes may be a secret.
  }
  if (text === undefined || text.includes("\0")) {
    throw failure(
      file,
      "it is not text in UTF-8",
      "Save the file as UTF-8 text, one NAME=value a line",
    );
  }
  return text;
}

/** The variables of a `.env` file. */
export interface DotenvEnvironment extends Environment {
  /**
   * The lines that set nothing, or whose value was cut: at a `#`, after a
   * quote, or by a `$` that refers to no variable. At most 100; each names file
   * and line, and holds nothing of a value.
   */
  readonly notices: readonly Problem[];
}

/**
 * Reads the variables of a `.env` file, at once, and returns them as an
 * environment of their own. They are **never exported into the process**: a
 * secret reaches only the plugin that declares it.
 *
 * `@std/dotenv` parses the values. References (`$NAME`, `${NAME}`,
 * `${NAME:-otherwise}` and the shell's other operators) are resolved in values
 * without quotes and in double quotes: from the file itself, then from the
 * option `environment`, never from the process. A reference to an unset
 * variable becomes the empty string and is among the `notices`.
 *
 * Needs `read` permission for the file, and no `env` permission.
 *
 * @example A file that a host hands to its plugins
 * ```ts
 * import { readDotenv } from "@semantik/plugins";
 * import { assertEquals } from "@std/assert";
 *
 * const path = await Deno.makeTempFile();
 * await Deno.writeTextFile(path, "MODEL=small\nNAME=embed-$MODEL\n");
 *
 * const environment = readDotenv(path);
 *
 * assertEquals(environment.get("NAME"), "embed-small");
 * assertEquals(environment.notices, []);
 * await Deno.remove(path);
 * ```
 *
 * @param path The path of the file, or its `file:` URL.
 * @param options Options.
 * @returns The variables of the file, and what to know of its lines.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when the URL is no `file:` URL.
 * @throws {PluginError} `PLUGIN_ENVIRONMENT_INVALID` when the file is absent,
 * is not text, refers to itself in a circle, or requires a variable
 * (`${NAME:?}`) that is not set. `problems` names each such line and holds
 * nothing of its value.
 */
export function readDotenv(
  path: string | URL,
  options: ReadDotenvOptions = {},
): DotenvEnvironment {
  if (!(path instanceof URL)) requirePath(path, ACTION, CALL);
  requireOptions(options, ACTION, 'readDotenv(".env", { optional: true })');
  const { environment, optional = false } = options;
  const file = showPath(path);
  const bytes = readBytes(path, file);
  if (bytes === undefined) {
    if (optional) return Object.freeze(new RecordEnvironment({}));
    throw failure(
      file,
      "no file is there",
      "Create the file, or pass { optional: true } if it may be absent",
    );
  }
  const { variables, faults, notices } = readDotenvVariables(
    decode(bytes, file),
    (name) => environment?.get(name),
  );
  const problems = faults.map((fault) => problemOf(file, fault));
  const [first] = problems;
  if (first !== undefined) {
    throw new PluginError(first.message, { ...first, problems });
  }
  return Object.freeze(
    new RecordEnvironment(
      Object.fromEntries(variables),
      notices.map((notice) => problemOf(file, notice, "Environment file")),
    ),
  );
}
