/**
 * The command line of Deno 2.9, taken apart as Deno itself does it.
 *
 * @module
 */

import { quote } from "../../base/text.ts";
import {
  isDenoFlag,
  LIST_FLAGS,
  RUNNERS,
  shortFlag,
  VALUED_FLAGS,
} from "./deno_flags.ts";
import { PERMISSION_KINDS } from "../../permissions/permission_set.ts";

/** A command line, taken apart. */
export type DenoArguments = Readonly<{
  /** The subcommand; `"run"` where none is named. */
  subcommand: string;
  /** True if the subcommand is named. */
  isNamed: boolean;
  /** The script, or `undefined` where there is none. */
  script: string | undefined;
  /**
   * The flags before the script that matter here, by their long name without
   * dashes, each with its values in order; no value is an empty list.
   */
  flags: ReadonlyMap<string, readonly string[]>;
  /** Why Deno 2.9 does not run the script, in words. */
  faults: readonly string[];
}>;

// Only these may stand between `deno` and a subcommand.
const GLOBALS_REGEXP = /^(?:-q|--quiet|-L.*|--log-level.*|-h|--help.*)$/;

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
  /** The letters that are no flag. */
  readonly unknown = new Set<string>();
  subcommand: string | undefined;
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
    const parts = LIST_FLAGS.has(name) ? value.split(",") : [value];
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
    const valued = VALUED_FLAGS.has(name) ||
      (name === "lock" && !(this.peek() ?? "-").startsWith("-"));
    this.add(name, valued ? this.take() : undefined);
  }

  short(argument: string): void {
    for (let index = 1; index < argument.length; index++) {
      const letter = argument.charAt(index);
      const name = shortFlag(letter, this.subcommand ?? "run");
      if (name === undefined) {
        this.unknown.add(`-${letter}`);
        return;
      }
      const next = argument.charAt(index + 1);
      if (VALUED_FLAGS.has(name)) {
        this.add(name, next === "" ? this.take() : valueAt(argument, index));
        return;
      }
      // "-NE" is two flags, "-Na.example" and "-Ro" are one with a value.
      const takesValue = LIST_FLAGS.has(name) || name === "permission-set" ||
        name === "reload";
      const isFlag = shortFlag(next, this.subcommand ?? "run") !== undefined;
      if (takesValue && next !== "" && !isFlag) {
        this.add(name, valueAt(argument, index));
        return;
      }
      this.add(name, undefined);
    }
  }

  /** Why Deno does not run a script with these flags. */
  faults(): readonly string[] {
    const subcommand = this.subcommand ?? "run";
    if (!RUNNERS.has(subcommand)) return [];
    const unknown = Array.from(this.flags.keys())
      .filter((name) => !isDenoFlag(name, subcommand))
      .map((name) => `--${name}`);
    const conflicts = PERMISSION_KINDS.map((kind) => `allow-${kind}`)
      .filter((name) => this.flags.has("allow-all") && this.flags.has(name));
    return [
      ...[...this.unknown, ...unknown].map((flag) =>
        `What the flag ${quote(flag)} does: Deno 2.9 does not know it`
      ),
      ...conflicts.map((name) =>
        `What is granted: Deno does not start with --allow-all beside --${name}`
      ),
      ...["help", "version"].filter((name) => this.flags.has(name)).map((
        name,
      ) => `What the script does: with --${name} Deno does not run it`),
    ];
  }
}

function valueAt(argument: string, index: number): string {
  const start = argument.charAt(index + 1) === "=" ? index + 2 : index + 1;
  return argument.slice(start);
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
  let misplaced: string | undefined;
  for (;;) {
    const argument = parser.take();
    if (argument !== undefined && argument !== "--") {
      if (argument.startsWith("-") && argument !== "-") {
        if (!GLOBALS_REGEXP.test(argument)) misplaced ??= argument;
        if (argument.startsWith("--")) parser.long(argument);
        else parser.short(argument);
        continue;
      }
      const isName = parser.subcommand === undefined &&
        SUBCOMMANDS.has(argument);
      if (isName && misplaced === undefined) {
        parser.subcommand = argument;
        continue;
      }
      if (isName) {
        parser.unknown.add(`${misplaced} before ${argument}`);
      }
    }
    return {
      subcommand: parser.subcommand ?? "run",
      isNamed: parser.subcommand !== undefined,
      script: argument === "--" ? undefined : argument,
      flags: parser.flags,
      faults: parser.faults(),
    };
  }
}
