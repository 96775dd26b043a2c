import { quote } from "../../base/text.ts";
import { PERMISSION_KINDS } from "../../permissions/permission_set.ts";

function words(text: string): readonly string[] {
  return text.split(" ");
}

/** Flags whose value is a list of permissions. */
const LIST_FLAGS: ReadonlySet<string> = new Set([
  ...PERMISSION_KINDS.flatMap((kind) => [`allow-${kind}`, `deny-${kind}`]),
  "ignore-env",
  "ignore-read",
]);

/** Flags whose value is the next argument if there is no `=`. */
const VALUED_FLAGS: ReadonlySet<string> = new Set(words(
  "app-name cert conditions config coverage-threshold cpu-prof-dir " +
    "cpu-prof-interval cpu-prof-name engine exclude ext filter host icon import " +
    "import-map importmap include inspect-publish-uid junit-path linker " +
    "location log-level min-dep-age minimum-dependency-age node-modules-linker " +
    "output port preload related repeats reporter require retry seed shard " +
    "target",
));

/** The short flags of every subcommand that runs a script. */
const SHORT_FLAGS: ReadonlyMap<string, string> = new Map([
  ["A", "allow-all"],
  ["R", "allow-read"],
  ["W", "allow-write"],
  ["N", "allow-net"],
  ["E", "allow-env"],
  ["S", "allow-sys"],
  ["I", "allow-import"],
  ["P", "permission-set"],
  ["V", "version"],
  ["c", "config"],
  ["r", "reload"],
  ["q", "quiet"],
  ["h", "help"],
  ["L", "log-level"],
]);

const OWN_SHORT_FLAGS: Readonly<Record<string, readonly [string, string]>> = {
  compile: ["o", "output"],
  eval: ["p", "print"],
  serve: ["t", "tunnel"],
  test: ["u", "update-snapshots"],
};

/** Returns the long name of a short flag; `undefined` if Deno rejects the letter. */
function shortFlag(
  letter: string,
  subcommand: string,
): string | undefined {
  const [own, name] = OWN_SHORT_FLAGS[subcommand] ?? [];
  return letter === own ? name : SHORT_FLAGS.get(letter);
}

const COMMON_FLAGS: ReadonlySet<string> = new Set([
  ...LIST_FLAGS,
  ...words(
    "allow-all permission-set no-prompt allow-hrtime deny-hrtime check " +
      "no-check import-map importmap no-remote no-npm node-modules-dir vendor " +
      "node-modules-linker linker config no-config reload lock no-lock frozen " +
      "frozen-lockfile cert unsafely-ignore-certificate-errors min-dep-age " +
      "minimum-dependency-age cached-only location v8-flags seed preload " +
      "require import conditions env env-file ext quiet log-level help version " +
      "unstable no-code-cache inspect inspect-brk inspect-wait " +
      "inspect-publish-uid trace-ops eszip-internal-do-not-use " +
      "enable-testing-features-do-not-use watch watch-exclude no-clear-screen",
  ),
  ...words(
    "bare-node-builtins broadcast-channel bundle byonm cron detect-cjs ffi fs " +
      "hmr http kv lazy-dynamic-imports lockfile-v5 net no-legacy-abort " +
      "node-globals npm-lazy-caching otel process raw-imports sloppy-imports " +
      "subdomain-wildcards temporal tsgo unsafe-proto vsock webgpu " +
      "worker-options",
  ).map((name) => `unstable-${name}`),
]);

const PROFILE_FLAGS = "cpu-prof cpu-prof-dir cpu-prof-name " +
  "cpu-prof-interval cpu-prof-md cpu-prof-flamegraph";
const RUN_FLAGS = words(
  "allow-scripts coverage hmr watch-hmr use-env-proxy tunnel connected " +
    PROFILE_FLAGS,
);

const OWN_FLAGS: Readonly<Record<string, readonly string[]>> = {
  run: RUN_FLAGS,
  watch: RUN_FLAGS,
  serve: words(
    "host port open parallel watch-hmr allow-scripts tunnel connected " +
      PROFILE_FLAGS,
  ),
  test: words(
    "allow-scripts changed clean coverage coverage-raw-data-only " +
      "coverage-threshold doc fail-fast filter hide-stacktraces ignore " +
      "junit-path no-run parallel permit-no-files related repeats reporter " +
      "retry sanitize-ops sanitize-resources shard shuffle trace-leaks " +
      "update-snapshots",
  ),
  bench: words("filter ignore json no-run permit-no-files"),
  compile: words(
    "app-name bundle engine exclude exclude-unused-npm icon include minify " +
      "no-terminal output self-extracting target",
  ),
  eval: words(`print ${PROFILE_FLAGS}`),
};

/** The subcommands that run a script with the flags before it. */
export const RUNNERS: ReadonlySet<string> = new Set(Object.keys(OWN_FLAGS));

/** Tests if a subcommand of {@linkcode RUNNERS} has a flag, given without dashes. */
function isDenoFlag(name: string, subcommand: string): boolean {
  return COMMON_FLAGS.has(name) ||
    (OWN_FLAGS[subcommand]?.includes(name) ?? false);
}

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
