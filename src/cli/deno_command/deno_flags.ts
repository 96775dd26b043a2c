/** The flags of Deno 2.9. */

import { PERMISSION_KINDS } from "../../permissions/permission_set.ts";

function words(text: string): readonly string[] {
  return text.split(" ");
}

/** Flags whose value is a list of permissions. */
export const LIST_FLAGS: ReadonlySet<string> = new Set([
  ...PERMISSION_KINDS.flatMap((kind) => [`allow-${kind}`, `deny-${kind}`]),
  "ignore-env",
  "ignore-read",
]);

/** Flags whose value is the next argument if there is no `=`. */
export const VALUED_FLAGS: ReadonlySet<string> = new Set(words(
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
export function shortFlag(
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
export function isDenoFlag(name: string, subcommand: string): boolean {
  return COMMON_FLAGS.has(name) ||
    (OWN_FLAGS[subcommand]?.includes(name) ?? false);
}
