import {
  PluginError,
  type Problem,
  requireOptions,
  requirePath,
} from "../base/errors.ts";
import { decodeFileText, readFileBytes } from "../base/path.ts";
import { describeThrown, quote } from "../base/text.ts";
import { pathFlags, UNNAMEABLE_PATH } from "../permissions/permission_flags.ts";
import { type Environment, RecordEnvironment } from "./environment.ts";
import { type DotenvRemark, parseDotenv } from "./parse_dotenv.ts";

/** Options of {@linkcode readDotenv}. */
export interface ReadDotenvOptions {
  /**
   * The source of variables that the file refers to and does not set. The
   * process is read only if it is given here.
   *
   * @default {undefined} such a reference becomes the empty string
   */
  readonly environment?: Environment | undefined;
  /**
   * Allows the file to be absent.
   *
   * @default {false}
   */
  readonly optional?: boolean | undefined;
}

// A file of variables is far smaller.
const MAX_BYTES = 1_048_576;
const GIVE_A_FILE = "Give a file of UTF-8 text with NAME=value lines";

const ACTION = "read environment file";
const CALL = 'readDotenv(".env")';

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
  subject: string,
  file: string,
  { line, text, remedy }: DotenvRemark,
): Problem {
  return Object.freeze({
    code: "PLUGIN_ENVIRONMENT_INVALID",
    message: `${subject} ${quote(file)}: line ${line} ${text}`,
    remedy,
    path: `${file}:${line}`,
  });
}

/** Returns the path for people. Shows nothing of a URL that can hold a password. */
function showPath(path: string | URL): string {
  if (!(path instanceof URL)) return path;
  if (path.protocol !== "file:") {
    throw new PluginError(
      "Cannot read environment file: it is given by a URL that is not a file: URL",
      { code: "PLUGIN_OPTION_INVALID", remedy: "Give a path or a file: URL" },
    );
  }
  try {
    return decodeURIComponent(path.pathname);
  } catch {
    return path.pathname;
  }
}

/** Returns the text, or `undefined` if there is no file. */
function readText(path: string | URL, file: string): string | undefined {
  let bytes: Uint8Array | undefined;
  try {
    bytes = readFileBytes(path, MAX_BYTES);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return undefined;
    const cause = { cause: thrown };
    if (!(thrown instanceof Deno.errors.NotCapable)) {
      throw failure(file, describeThrown(thrown), GIVE_A_FILE, cause);
    }
    const flags = pathFlags({ read: [file] });
    const remedy = flags === undefined
      ? UNNAMEABLE_PATH
      : `Start the process with ${flags}`;
    throw failure(file, "the process may not read it", remedy, cause);
  }
  const read = decodeFileText(bytes, MAX_BYTES);
  if ("text" in read) return read.text;
  throw failure(file, `it ${read.fault}`, GIVE_A_FILE);
}

/** The variables of a `.env` file. */
export interface DotenvEnvironment extends Environment {
  /**
   * The lines that set nothing, or whose value was cut: at a `#`, after a
   * quote, or by a `$` that refers to no variable. Lists at most 100. Each names
   * the file and the line, and shows nothing of a value.
   */
  readonly notices: readonly Problem[];
}

/**
 * Reads the variables of a `.env` file, synchronously. They are **never exported
 * into the process**: a secret reaches only the plugin that declares it.
 *
 * `@std/dotenv` parses the values. References (`$NAME`, `${NAME}`,
 * `${NAME:-otherwise}` and the shell's other operators) are resolved in values
 * without quotes and in double quotes: from the file itself, then from the
 * option `environment`, never from the process. A reference to an unset
 * variable becomes the empty string, with a notice.
 *
 * Needs `read` permission for the file, and no `env` permission.
 *
 * @example A file that a host hands to its plugins
 * ```ts
 * import { readDotenv } from "@semantik/plugins/environment";
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
 * @returns The variables of the file, with notices about its lines.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` if the URL is not a `file:` URL.
 * @throws {PluginError} `PLUGIN_ENVIRONMENT_INVALID` if the file is absent, is
 * not text, has a cycle of references, or requires a variable (`${NAME:?}`) that
 * is not set. `problems` names each such line and shows nothing of its value.
 */
export function readDotenv(
  path: string | URL,
  options: ReadDotenvOptions = {},
): DotenvEnvironment {
  if (!(path instanceof URL)) requirePath(path, ACTION, CALL);
  requireOptions(options, ACTION, 'readDotenv(".env", { optional: true })');
  const { environment, optional = false } = options;
  const file = showPath(path);
  const text = readText(path, file);
  if (text === undefined) {
    if (optional) return Object.freeze(new RecordEnvironment({}));
    throw failure(
      file,
      "the file does not exist",
      "Create the file, or pass { optional: true } if it may be absent",
    );
  }
  const { variables, faults, notices } = parseDotenv(
    text,
    (name) => environment?.get(name),
  );
  const problems = faults.map((fault) =>
    problemOf("Cannot read environment file", file, fault)
  );
  const [first] = problems;
  if (first !== undefined) {
    throw new PluginError(first.message, { ...first, problems });
  }
  return Object.freeze(
    new RecordEnvironment(
      Object.fromEntries(variables),
      notices.map((notice) => problemOf("Environment file", file, notice)),
    ),
  );
}
