import { quote } from "../../base/text.ts";
import {
  isDenoFlag,
  LIST_FLAGS,
  RUNNERS,
  shortFlag,
  VALUED_FLAGS,
} from "./deno_flags.ts";
import { PERMISSION_KINDS } from "../../permissions/permission_set.ts";

/** The arguments of Deno 2.9, parsed as Deno does. */
export type DenoArguments = Readonly<{
  /** The subcommand, `"run"` by default. */
  subcommand: string;
  /** True if the subcommand was given. */
  isNamed: boolean;
  script: string | undefined;
  /** The values of the flags before the script, by the long name without dashes. */
  flags: ReadonlyMap<string, readonly string[]>;
  /** The reasons why Deno 2.9 does not run the script. */
  faults: readonly string[];
}>;

// Only these flags may precede a subcommand.
const GLOBALS_REGEXP = /^(?:-q|--quiet|-L.*|--log-level.*|-h|--help.*)$/;

const SUBCOMMANDS: ReadonlySet<string> = new Set(
  ("add approve-builds approve-scripts audit bench bump-version bundle cache " +
    "check ci clean compile completions coverage create deploy desktop doc " +
    "eval fmt help i info init install json_reference jupyter link lint list " +
    "lsp outdated pack publish remove repl rm run sandbox serve sync-types " +
    "task test transpile types uninstall unlink update upgrade vendor watch " +
    "why x").split(" "),
);

class Parser {
  readonly flags = new Map<string, string[]>();
  /** Letters and flags that Deno rejects. */
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
    // Not push(...parts): the number of arguments of a call is limited.
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
    // --lock has a value unless a flag follows.
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
      // "-NE" is two flags; "-Na.example" and "-Ro" are one flag with a value.
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
        `the flag ${quote(flag)}: Deno 2.9 does not support it`
      ),
      ...conflicts.map((name) =>
        `the permissions: Deno does not start with --allow-all and --${name} together`
      ),
      ...["help", "version"].filter((name) => this.flags.has(name)).map((
        name,
      ) => `the effect of the script: Deno does not run it with --${name}`),
    ];
  }
}

function valueAt(argument: string, index: number): string {
  const start = argument.charAt(index + 1) === "=" ? index + 2 : index + 1;
  return argument.slice(start);
}

/** Parses the arguments of Deno, with or without `deno` before them. */
export function denoArguments(args: readonly string[]): DenoArguments {
  // Deno strips the carriage returns of a script with Windows line endings.
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
