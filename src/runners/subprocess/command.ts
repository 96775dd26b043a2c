/** Makes the command that starts a plugin's process. Pure. */

import { isRecord, type Problem } from "../../base/errors.ts";
import { describeThrown } from "../../base/text.ts";
import type { ModuleCode } from "../../manifest/manifest.ts";
import {
  flagProblems,
  permissionFlags,
} from "../../permissions/permission_flags.ts";
import {
  listEntries,
  type PermissionEntry,
  type PermissionSet,
} from "../../permissions/permission_set.ts";
import { covers, difference, union } from "../../permissions/set_algebra.ts";
import type { SubprocessLimits } from "./limits.ts";

/** A command that starts a process. */
export interface SubprocessCommand {
  /** The program: an absolute path, or a name. */
  readonly program: string;
  /** Its arguments. */
  readonly args: readonly string[];
  /** The whole environment of the process. */
  readonly env: Readonly<Record<string, string>>;
}

/** The plugin that a command starts, and the files that its process may use. */
export interface SubprocessPlugin {
  /** The id of the plugin. */
  readonly id: string;
  /** The paths that it may read: its code, its `deno.json`, those it declares. */
  readonly read: readonly string[];
  /** The paths that it may write. */
  readonly write: readonly string[];
}

/** Changes the command that starts a plugin's process. */
export type WrapCommand = (
  command: SubprocessCommand,
  plugin: SubprocessPlugin,
) => SubprocessCommand;

/** The command as it is run. */
export interface StartCommand extends SubprocessCommand {
  /** True if it makes a process group of its own. */
  readonly isGrouped: boolean;
}

/** The programs that set limits which Deno itself cannot set. */
export type Limiters = Readonly<{
  /** `prlimit` bounds memory, open files, processor time and core files. */
  prlimit: boolean;
  /** `setpriv` ends the process with its host. */
  setpriv: boolean;
  /** `setsid` makes a process group. Deno does that by a fork, which copies the host. */
  setsid: boolean;
}>;

/** The imports that a plugin brings besides its own files. */
export type Brings = Readonly<{ npm: boolean; remote: boolean }>;

/** Everything that decides which modules may be imported. */
export interface ImportFacts {
  /** The permissions to grant. */
  readonly permissions: PermissionSet;
  /** The host that `jsr:` packages are imported from. */
  readonly jsrHost: string;
  readonly brings: Brings;
  /** The date after which no version of a package is taken. */
  readonly newest: string | undefined;
  /** The `deno.json` that imports are resolved by. */
  readonly config: string | undefined;
  /** The `deno.lock` that pins all that it brings; `undefined` if none does. */
  readonly denoLock: string | undefined;
}

/** Everything that a command depends on. */
export interface CommandFacts extends ImportFacts {
  readonly id: string;
  readonly code: ModuleCode;
  /** The paths of its code, without symbolic links, which it may always read. */
  readonly codePaths: readonly string[];
  /** The permissions to deny, even where a granted one covers them. */
  readonly revoked: PermissionSet;
  /** The socket at which the process asks its host; `undefined` with flags alone. */
  readonly socket: string | undefined;
  /** The values of the variables that it declares. */
  readonly declaredEnv: Readonly<Record<string, string>>;
  readonly limits: SubprocessLimits;
  /** Reads a variable of the host. */
  readonly variable: (name: string) => string | undefined;
  readonly deno: string;
  readonly os: typeof Deno.build.os;
  readonly limiters: Limiters;
  readonly wrap: WrapCommand | undefined;
  /** The bytes of the bootstrap module, which the process reads first. */
  readonly bootstrapBytes: number;
  /** The mark of the session's frames. */
  readonly mark: string;
}

export type CommandResult =
  | { readonly ok: true; readonly command: StartCommand }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const MIB = 1_048_576;
// The data segment of Deno 2.9 before it runs anything, and that of each worker.
const BASE_DATA = 556;
const WORKER_DATA = 521;

/** The variables that Deno itself needs. */
const BASE_VARIABLES = ["DENO_DIR", "HOME", "TZ", "LANG"];
const WINDOWS_VARIABLES = [
  "SystemRoot",
  "TEMP",
  "TMP",
  "LOCALAPPDATA",
  "USERPROFILE",
];
export const NET_VARIABLES: readonly string[] = [
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "DENO_CERT",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
];

/** The registries, by which Deno finds packages in its cache. */
export const REGISTRY_VARIABLES: readonly string[] = [
  "JSR_URL",
  "NPM_CONFIG_REGISTRY",
];

/** Lists the variables of the host that a process gets without declaring them. */
export function passedVariables(
  permissions: PermissionSet,
  os: typeof Deno.build.os,
): readonly string[] {
  return [
    ...BASE_VARIABLES,
    ...os === "windows" ? WINDOWS_VARIABLES : [],
    ...permissions.net === undefined ? [] : NET_VARIABLES,
    // Deno finds the programs that a flag names by it.
    ...permissions.run === undefined ? [] : ["PATH"],
  ];
}

// A plugin with such a variable would change how Deno or its loader runs.
const LOADER_REGEXP =
  /^(?:DENO_|NODE_(?:CHANNEL_|OPTIONS$)|OTEL_DENO|LD_|DYLD_)/i;

/** A process that fetches nothing needs no password of a registry. */
function withoutUser(value: string): string {
  const url = URL.parse(value);
  if (url === null) return "";
  url.username = "";
  url.password = "";
  return url.href;
}

function environmentOf(
  { permissions, declaredEnv, variable, os, brings, socket }: CommandFacts,
): Readonly<Record<string, string>> {
  // The last words of a process are read in a log.
  const env: Record<string, string> = {
    DENO_NO_UPDATE_CHECK: "1",
    NO_COLOR: "1",
  };
  if (socket !== undefined) env.DENO_PERMISSION_BROKER_PATH = socket;
  for (const [name, value] of Object.entries(declaredEnv)) {
    if (!LOADER_REGEXP.test(name)) env[name] = value;
  }
  for (const name of passedVariables(permissions, os)) {
    const value = variable(name);
    if (value !== undefined) env[name] = value;
  }
  if (!brings.npm && !brings.remote) return env;
  for (const name of REGISTRY_VARIABLES) {
    const value = variable(name);
    if (value !== undefined) env[name] = withoutUser(value);
  }
  return env;
}

/**
 * Reads the bootstrap from standard input and runs it as a function, which Deno
 * need not analyze as it does a module. It needs no file and no permission, and
 * Windows allows 32 KiB for a whole command line. The workspace of an application
 * applies to a plugin in it, with its unstable features.
 */
const LOADER = `
for (const name of ["bundle", "openKv"]) {
  if (!(name in Deno)) continue;
  console.error("A workspace enables Deno." + name + ", which no permission holds");
  Deno.exit(1);
}
const bytes = new Uint8Array(+Deno.args[1]);
for (let at = 0; at < bytes.length;) {
  const length = Deno.stdin.readSync(bytes.subarray(at));
  if (length === null) Deno.exit(1);
  at += length;
}
const text = '"use strict";' + new TextDecoder().decode(bytes);
await new (async () => {}).constructor(text)();`;

/**
 * The main module. Deno keeps the local storage of each main module apart, unless a
 * configuration applies. An import map may replace a main module by its whole URL,
 * and Deno checks no permission for what that imports.
 */
function mainModule(fragment: string): string {
  return `data:text/javascript,${encodeURIComponent(LOADER)}#${
    encodeURIComponent(fragment)
  }`;
}

/**
 * Deno keeps the local storage of each configuration file apart, and one of the
 * application's is shared. An origin of its own keeps each plugin apart again.
 */
function ownLocation(name: string): string {
  const hex = Array.from(
    new TextEncoder().encode(name),
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join("");
  return `https://${(hex.match(/.{1,60}/g) ?? []).join(".")}.invalid/`;
}

/** No host can have this name, so nothing is imported over the network. */
const NO_HOST = "none.invalid";

/** Returns the hosts that a plugin may import from. */
export function importHosts(
  { permissions, brings, jsrHost }: Pick<
    ImportFacts,
    "permissions" | "brings" | "jsrHost"
  >,
): true | readonly string[] {
  if (permissions.import === true) return true;
  const hosts = new Set(permissions.import ?? []);
  if (brings.remote) hosts.add(jsrHost);
  return [...hosts];
}

/**
 * Returns the flags that hold modules to a `deno.lock`. One that another
 * configuration wrote is never up to date, and is left out.
 */
export function lockFlags(
  { config, denoLock }: Pick<ImportFacts, "config" | "denoLock">,
): readonly string[] {
  return config !== undefined || denoLock === undefined
    ? ["--no-lock"]
    : ["--frozen", `--lock=${denoLock}`];
}

/** Returns the flags for imports: from which hosts, and which packages. */
export function importFlags(facts: ImportFacts): string[] {
  const { brings, newest } = facts;
  const flags: string[] = [];
  if (!brings.npm) flags.push("--no-npm");
  if (newest !== undefined) flags.push(`--min-dep-age=${newest}`);
  const hosts = importHosts(facts);
  if (hosts === true) return [...flags, "--allow-import"];
  if (!brings.remote) flags.push("--no-remote");
  // An empty list would be all of the hosts that Deno allows by itself.
  const list = hosts.length === 0 ? NO_HOST : hosts.join(",");
  return [...flags, `--allow-import=${list}`];
}

function limiterArgs({ limiters, limits }: CommandFacts): readonly string[] {
  const args: string[] = [];
  if (limiters.prlimit) {
    const data = BASE_DATA + limits.memory + WORKER_DATA * limits.workers;
    args.push("prlimit", `--data=${data * MIB}`);
    args.push(`--nofile=${limits.openFiles}`, "--core=0");
    if (limits.cpu !== Infinity) args.push(`--cpu=${limits.cpu}`);
    args.push("--");
  }
  if (limiters.setsid) args.push("setsid");
  if (limiters.setpriv) args.push("setpriv", "--pdeathsig", "KILL", "--");
  return args;
}

function pathsOf(paths: true | readonly string[] = []): readonly string[] {
  return paths === true ? ["/"] : paths;
}

function filesOf(
  { id, config, denoLock, socket }: CommandFacts,
  { read, write }: PermissionSet,
): SubprocessPlugin {
  const files = [config ?? denoLock].filter((path) => path !== undefined);
  const sockets = socket === undefined ? [] : [socket];
  return Object.freeze({
    id,
    read: Object.freeze([...files, ...pathsOf(read)]),
    write: Object.freeze([...pathsOf(write), ...sockets]),
  });
}

/** Returns the command that the application makes, or the fault of its function. */
function wrapCommand(
  wrap: () => SubprocessCommand,
): SubprocessCommand | string {
  try {
    const wrapped: unknown = wrap();
    if (isCommand(wrapped)) return wrapped;
    return "did not return a command";
  } catch (thrown) {
    return `threw ${describeThrown(thrown)}`;
  }
}

function isCommand(value: unknown): value is SubprocessCommand {
  if (!isRecord(value)) return false;
  const { program, args, env } = value;
  return typeof program === "string" && Array.isArray(args) &&
    isRecord(env) && [...args, ...Object.values(env)]
    .every((one: unknown) => typeof one === "string");
}

interface MadeFlags {
  readonly granted: PermissionSet;
  readonly flags: readonly string[];
  readonly problems: readonly Problem[];
}

/** Removes the entries that no flag can name. */
function nameable(set: PermissionSet): PermissionSet {
  return union(
    ...listEntries(set).map(toSet).filter((one) =>
      flagProblems(one).length === 0
    ),
  );
}

function toSet({ kind, value }: PermissionEntry): PermissionSet {
  return { [kind]: value === undefined ? true : [value] };
}

/** Returns the flags that grant some permissions except those that were revoked. */
function makePermissionFlags(
  { id, codePaths, permissions, revoked, socket }: CommandFacts,
): MadeFlags {
  const { import: _, ...left }: PermissionSet = difference(
    permissions,
    revoked,
  );
  const kinds = new Set(listEntries(left).map(({ kind }) => kind));
  // Only a part of what is left has to be denied.
  const denied = union(
    ...listEntries(revoked).filter(({ kind }) => kinds.has(kind))
      .map(toSet),
  );
  // Reading its own code is the one permission that no plugin declares.
  const granted = codePaths.length === 0
    ? left
    : union(left, { read: codePaths });
  // Flags only answer what the plugin queries when the host decides.
  if (socket !== undefined) {
    const flags = flagsOf(nameable(granted), nameable(denied));
    return { granted, flags, problems: [] };
  }
  const start = `Cannot start plugin "${id}" in its own process: `;
  const problems = [...flagProblems(granted), ...flagProblems(denied)]
    .map(({ message }): Problem =>
      Object.freeze({
        code: "PLUGIN_RUNNER_UNAVAILABLE",
        message: `${start}${message}`,
        remedy: "Rename it, so that a flag can name it",
      })
    );
  const isCodeDenied = codePaths.some((path) =>
    covers(denied, { read: [path] })
  );
  if (isCodeDenied) {
    problems.push(Object.freeze({
      code: "PLUGIN_RUNNER_UNAVAILABLE",
      message: `${start}a permission was revoked for a directory in which ` +
        "its own code is, which no flag can except",
      remedy: 'Revoke a directory beside it, or use mode "live"',
    }));
  }
  if (problems.length > 0) return { granted, flags: [], problems };
  return { granted, flags: flagsOf(granted, denied), problems };
}

function flagsOf(
  granted: PermissionSet,
  denied: PermissionSet,
): readonly string[] {
  const denials = permissionFlags(denied, { noPrompt: false })
    .map((flag) => flag.replace("--allow-", "--deny-"));
  return [...permissionFlags(granted), ...denials];
}

/** Returns the command that starts a plugin's process, or the problems against it. */
export function makeCommand(facts: CommandFacts): CommandResult {
  const { id, code, config, limits, deno, wrap } = facts;
  const name = `${id} ${code.specifier}`;
  const made = makePermissionFlags(facts);
  if (made.problems.length > 0) return { ok: false, problems: made.problems };
  const { granted } = made;
  const inner: SubprocessCommand = Object.freeze({
    program: deno,
    args: [
      "run",
      "--quiet",
      ...lockFlags(facts),
      ...config === undefined
        ? ["--no-config"]
        : [`--config=${config}`, `--location=${ownLocation(name)}`],
      "--cached-only",
      ...importFlags(facts),
      ...made.flags,
      `--v8-flags=--max-old-space-size=${limits.heap}`,
      mainModule(config === undefined ? name : facts.mark),
      facts.mark,
      `${facts.bootstrapBytes}`,
    ],
    env: environmentOf(facts),
  });
  const wrapped = wrap === undefined
    ? inner
    : wrapCommand(() => wrap(inner, filesOf(facts, granted)));
  if (typeof wrapped === "string") {
    return {
      ok: false,
      problems: [Object.freeze({
        code: "PLUGIN_RUNNER_UNAVAILABLE",
        message:
          `Cannot start plugin "${id}" in its own process: the option wrap ${wrapped}`,
        remedy: "Return { program, args, env } from it",
      })],
    };
  }
  const { program, args, env } = wrapped;
  const [first = program, ...rest] = [...limiterArgs(facts), program, ...args];
  const isGrouped = facts.limiters.setsid;
  return { ok: true, command: { program: first, args: rest, env, isGrouped } };
}
