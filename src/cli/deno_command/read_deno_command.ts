import { resolvePath } from "../../base/path.ts";
import { quote } from "../../base/text.ts";
import { denoArguments } from "./deno_arguments.ts";
import { type DenoCommand, parseDenoCommand } from "./parse_deno_command.ts";
import { UsageError } from "../failure.ts";

/** The command's own arguments, and the Deno command line after `--`. */
export interface SplitArguments {
  readonly own: readonly string[];
  readonly denoCommand: readonly string[] | undefined;
}

/** A configuration file that may define a task. */
export interface TaskSource {
  readonly path: string;
  /** False if this process may not read the file. */
  readonly isRead: boolean;
}

const DENO_REGEXP = /(?:^|[\\/])deno(?:\.exe)?$/i;
const EXAMPLE = "Write e.g. -- deno run --allow-net main.ts";
// Other commands take the arguments after -- as operands.
const COMMANDS: ReadonlySet<string> = new Set([
  "plan",
  "permissions",
  "observe",
]);
const CONFIGS = ["deno.json", "deno.jsonc", "package.json"];
// Deno accepts comments and single quotes in its configuration.
const TOKEN_REGEXP =
  /\/\/[^\n]*|\/\*[^*]*(?:\*(?!\/)[^*]*)*(?:\*\/)?|"[^"\\]*(?:\\[^][^"\\]*)*"?|'[^'\\]*(?:\\[^][^'\\]*)*'?|[:,{}[\]]/g;
const ESCAPE_REGEXP = /\\(?:u([0-9a-f]{4})|([^]))/gi;

export function splitArguments(args: readonly string[]): SplitArguments {
  const command = args.find((argument) => !argument.startsWith("-"));
  const at = args.indexOf("--");
  return at === -1 || command === undefined || !COMMANDS.has(command)
    ? { own: args, denoCommand: undefined }
    : { own: args.slice(0, at), denoCommand: args.slice(at + 1) };
}

function unescape(text: string): string {
  return text.replaceAll(
    ESCAPE_REGEXP,
    (_, hex: string | undefined, character: string) =>
      hex === undefined ? character : String.fromCharCode(parseInt(hex, 16)),
  );
}

/** Tests if a text in JSON with comments has a key. */
function hasKey(text: string, key: string): boolean {
  let isKey = false;
  for (const [token] of text.matchAll(TOKEN_REGEXP)) {
    if (token.startsWith("/")) continue;
    if (token === ":" && isKey) return true;
    isKey = /^["']/.test(token) && unescape(token.slice(1, -1)) === key;
  }
  return false;
}

function configState(
  path: string,
  script: string,
): "named" | "other" | "hidden" | "absent" {
  try {
    return hasKey(Deno.readTextFileSync(path), script) ? "named" : "other";
  } catch (error) {
    // A file that the system hides from this process is hidden from Deno, too.
    return error instanceof Deno.errors.NotCapable ? "hidden" : "absent";
  }
}

/**
 * Finds the configuration file that defines a task named like a script, or may
 * do so. Deno prefers a module of that name unless one of its imports is missing.
 *
 * @param configs The files of `--config`.
 */
export function findTask(
  script: string,
  directory: string,
  configs: readonly string[] = [],
): TaskSource | undefined {
  const paths = configs.map((path) => resolvePath(path, directory));
  let inner = "";
  let outer = directory;
  while (outer !== inner) {
    paths.push(...CONFIGS.map((name) => resolvePath(name, outer)));
    inner = outer;
    outer = resolvePath("..", inner);
  }
  let hidden: string | undefined;
  let isKnown = false;
  for (const path of paths) {
    const state = configState(path, script);
    if (state === "named") return { path, isRead: true };
    // Above the innermost configuration, only a workspace has tasks.
    isKnown ||= state === "other";
    if (state === "hidden" && !isKnown) hidden ??= path;
  }
  return hidden === undefined ? undefined : { path: hidden, isRead: false };
}

/** Returns the program's arguments of a command line that begins with Deno. */
export function argumentsOfDeno(words: readonly string[]): readonly string[] {
  const [program, ...args] = words;
  if (program !== undefined && DENO_REGEXP.test(program)) return args;
  throw new UsageError(
    program === undefined
      ? "No command line follows --"
      : `The command line begins with ${quote(program)} instead of deno`,
    EXAMPLE,
  );
}

/** Reads the Deno command line after `--`. Looks for a task of the script's name. */
export function readDenoCommand(words: readonly string[]): DenoCommand {
  argumentsOfDeno(words);
  const command = parseDenoCommand(words);
  const { script, subcommand, unknown } = command;
  if (script === undefined) {
    throw new UsageError("The Deno command line has no script", EXAMPLE);
  }
  if (subcommand !== "run" || unknown.length > 0) return command;
  const configs = denoArguments(words).flags.get("config");
  const source = findTask(script, Deno.cwd(), configs);
  if (source === undefined) return command;
  const [name, path] = [quote(script), quote(source.path)];
  const what = source.isRead
    ? `the command and flags of the task ${name}: see ${path}`
    : `the command and flags of ${name}: ${path} may define a task of that ` +
      "name, but this process may not read it; add --allow-read";
  return { ...command, unknown: [what] };
}
