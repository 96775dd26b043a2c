/**
 * The command line of Deno 2.9, taken apart as Deno itself does it.
 *
 * @module
 */

import { PERMISSION_KINDS } from "./permission_set.ts";

/** A command line, taken apart. */
export type DenoArguments = Readonly<{
  /** The subcommand; `"run"` where none is named. */
  subcommand: string;
  /** The script, or `undefined` where there is none. */
  script: string | undefined;
  /**
   * The flags before the script that matter here, by their long name without
   * dashes, each with its values in order; no value is an empty list.
   */
  flags: ReadonlyMap<string, readonly string[]>;
}>;

const LISTS: ReadonlySet<string> = new Set([
  ...PERMISSION_KINDS.flatMap((kind) => [`allow-${kind}`, `deny-${kind}`]),
  "ignore-env",
  "ignore-read",
]);

const SHORTS: ReadonlyMap<string, string> = new Map([
  ["A", "allow-all"],
  ["R", "allow-read"],
  ["W", "allow-write"],
  ["N", "allow-net"],
  ["E", "allow-env"],
  ["S", "allow-sys"],
  ["I", "allow-import"],
  ["P", "permission-set"],
  ["c", "config"],
  ["r", "reload"],
  ["q", "quiet"],
  ["h", "help"],
  ["L", "log-level"],
  ["o", "output"],
]);

// Only these may stand between `deno` and a subcommand.
const GLOBALS_REGEXP = /^(?:-q|--quiet|-L.*|--log-level.*|-h|--help.*)$/;

// What takes the argument after it for its value when there is no "=".
const VALUED: ReadonlySet<string> = new Set([
  "cert",
  "conditions",
  "config",
  "coverage-threshold",
  "cpu-prof-dir",
  "cpu-prof-interval",
  "cpu-prof-name",
  "exclude",
  "ext",
  "filter",
  "host",
  "icon",
  "import",
  "import-map",
  "importmap",
  "include",
  "inspect-publish-uid",
  "junit-path",
  "linker",
  "location",
  "log-level",
  "min-dep-age",
  "minimum-dependency-age",
  "node-modules-linker",
  "output",
  "port",
  "preload",
  "repeats",
  "reporter",
  "require",
  "retry",
  "seed",
  "shard",
  "target",
]);

const SUBCOMMANDS: ReadonlySet<string> = new Set(
  ("add approve-builds approve-scripts audit bench bump-version bundle cache " +
    "check ci clean compile completions coverage create deploy desktop doc " +
    "eval fmt help i info init install json_reference jupyter link lint list " +
    "lsp outdated pack publish remove repl rm run sandbox serve sync-types " +
    "task test transpile types uninstall unlink update upgrade vendor watch " +
    "why x").split(" "),
);

/** Takes a command line apart, one argument after the other. */
class Parser {
  readonly flags = new Map<string, string[]>();
  readonly #arguments: readonly string[];
  #position = 0;

  constructor(args: readonly string[]) {
    this.#arguments = args;
  }

  take(): string | undefined {
    return this.#arguments[this.#position++];
  }

  peek(): string | undefined {
    return this.#arguments[this.#position];
  }

  add(name: string, value: string | undefined): void {
    const values = this.flags.get(name) ?? [];
    this.flags.set(name, values);
    if (value === undefined) return;
    // One by one: a call takes only so many arguments.
    const parts = LISTS.has(name) ? value.split(",") : [value];
    for (const part of parts) values.push(part);
  }

  long(argument: string): void {
    const equals = argument.indexOf("=");
    if (equals !== -1) {
      this.add(argument.slice(2, equals), argument.slice(equals + 1));
      return;
    }
    const name = argument.slice(2);
    // --lock takes a file unless a flag follows.
    const valued = VALUED.has(name) ||
      (name === "lock" && !(this.peek() ?? "-").startsWith("-"));
    this.add(name, valued ? this.take() : undefined);
  }

  short(argument: string): void {
    for (let index = 1; index < argument.length; index++) {
      const name = SHORTS.get(argument.charAt(index));
      if (name === undefined) continue;
      const rest = argument.slice(index + 1);
      const value = rest.replace(/^=/, "");
      if (VALUED.has(name)) {
        this.add(name, rest === "" ? this.take() : value);
        return;
      }
      // "-NE" is two flags, "-Na.example" one with a value.
      const takesValue = LISTS.has(name) || name === "permission-set" ||
        name === "reload";
      if (takesValue && rest !== "" && !SHORTS.has(rest.charAt(0))) {
        this.add(name, value);
        return;
      }
      this.add(name, undefined);
    }
  }
}

/**
 * Takes a command line of Deno apart.
 *
 * @param args The arguments, with or without the `deno` before them.
 * @returns The subcommand, the script and the flags before it.
 */
export function denoArguments(args: readonly string[]): DenoArguments {
  // Deno strips what a script with Windows line ends leaves behind.
  const clean = args.map((argument) => argument.replace(/\r$/, ""));
  const named = /(?:^|[\\/])deno(?:\.exe)?$/i.test(clean[0] ?? "");
  const parser = new Parser(named ? clean.slice(1) : clean);
  let subcommand: string | undefined;
  let nameable = true;
  for (;;) {
    const argument = parser.take();
    if (argument !== undefined && argument !== "--") {
      if (argument.startsWith("-") && argument !== "-") {
        nameable &&= GLOBALS_REGEXP.test(argument);
        if (argument.startsWith("--")) parser.long(argument);
        else parser.short(argument);
        continue;
      }
      if (nameable && subcommand === undefined && SUBCOMMANDS.has(argument)) {
        subcommand = argument;
        continue;
      }
    }
    return {
      subcommand: subcommand ?? "run",
      script: argument === "--" ? undefined : argument,
      flags: parser.flags,
    };
  }
}
