import { isAbsolutePath } from "../base/path.ts";
import { readSet } from "./normalize_permissions.ts";
import {
  type Danger,
  type Hazard,
  HAZARD_LEVELS,
  type HazardContext,
  readDangers,
  writeDangers,
} from "./path_hazards.ts";
import {
  flagProblems,
  formatFlags,
  keepImportHosts,
  permissionFlags,
} from "./permission_flags.ts";
import {
  DEFAULT_IMPORT_HOSTS,
  entriesOf,
  type NetEndpoint,
  parseNetEndpoint,
  PERMISSION_KINDS,
  type PermissionEntry,
  type PermissionKind,
  type PermissionSet,
} from "./permission_set.ts";
import {
  jsrHost,
  permissionKey,
  type PermissionQuery,
  type PermissionStates,
  queryPermissions,
} from "./permission_states.ts";
import { covers, difference, union } from "./set_algebra.ts";

const NAME_HOSTS = "Name the hosts and their ports";
const ONLY_FOR_ITS_PURPOSE = "Leave it out unless it is the plugin's purpose";

// A cloud gives its credentials here to every program on the machine.
const METADATA: readonly string[] = [
  "169.254.169.254:80",
  "169.254.170.2:80",
  "[fd00:ec2::254]:80",
  "metadata.google.internal:80",
];

const LOCAL: readonly string[] = ["127.0.0.1", "[::1]", "localhost"];

const SOCKET_REGEXP =
  /\/(?:docker|podman|containerd|crio)[^/]*\.sock$|\/containerd\/|\/podman\//;

// Whoever sets one of these decides what programs load that start later.
const STEERING_REGEXP =
  /^(?:LD_|DYLD_|DENO_|NODE_|BASH_ENV$|ENV$|PATH$|PYTHON|PERL5|GIT_)/;

const INTERPRETERS_REGEXP =
  /^(?:deno|node|bun|npx?|yarn|pnpm|python[\d.]*|perl|ruby|php[\d.]*|lua[\d.]*|java|tclsh|ba?sh|da?sh|zsh|ksh|fish|csh|tcsh|busybox|env|xargs|find|awk|gawk|sed|vim?|emacs|less|man|nohup|setsid|time|timeout|watch|su|sudo|doas|docker|podman|kubectl|ssh|scp|rsync|git|make|cargo|go|gcc|cc|tar|zip|curl|wget|cmd|powershell|pwsh|wscript|cscript|mshta|rundll32)$/;

function* envDangers(name: string | undefined): Generator<Danger> {
  if (name === undefined || name === "*") {
    yield [
      "high",
      "reads every variable, including secrets of the host and other plugins",
      "Name the variables, or keep secrets back with --ignore-env",
    ];
    return;
  }
  if (name.endsWith("*")) {
    yield [
      "medium",
      "reads variables that nobody has named yet",
      "Name the variables",
    ];
  }
  if (STEERING_REGEXP.test(name)) {
    yield [
      "medium",
      "also sets the variable, which decides what programs load that start later",
      ONLY_FOR_ITS_PURPOSE,
    ];
  }
}

function* sysDangers(kind: string | undefined): Generator<Danger> {
  if (kind === undefined) {
    yield [
      "medium",
      "identifies the machine, its networks and its user, and changes the user of the process",
      "Name the kinds of information",
    ];
  } else if (/^set(?:e?[ug]id|Priority)$|^umask$|^inspector$/.test(kind)) {
    yield [
      "high",
      "changes how the process runs, instead of only reading information",
      ONLY_FOR_ITS_PURPOSE,
    ];
  }
}

function isEveryHost(endpoint: NetEndpoint): boolean {
  return endpoint.kind === "subnet" && endpoint.host.endsWith("/0") ||
    endpoint.kind === "wildcard" && !endpoint.host.includes(".");
}

function* netDangers(value: string | undefined): Generator<Danger> {
  if (value === undefined) {
    yield [
      "high",
      "reaches every host, including the local network, and may send it whatever was read",
      NAME_HOSTS,
    ];
    return;
  }
  const endpoint = parseNetEndpoint(value);
  if ("fault" in endpoint) return;
  const reachesAny = (hosts: readonly string[]) =>
    hosts.some((host) => covers({ net: [value] }, { net: [host] }));
  if (endpoint.kind === "unix") {
    if (!SOCKET_REGEXP.test(endpoint.path)) return;
    yield [
      "critical",
      "reaches the socket of a container engine, which controls the machine",
      "Leave it out",
    ];
  } else if (endpoint.kind === "vsock") {
    yield [
      "medium",
      "reaches the machine that runs this virtual machine, or its neighbors",
      ONLY_FOR_ITS_PURPOSE,
    ];
  } else if (isEveryHost(endpoint)) {
    yield ["high", "reaches more hosts than anybody can know", NAME_HOSTS];
  } else {
    if (reachesAny(METADATA)) {
      yield [
        "high",
        "reaches the address at which a cloud gives out credentials",
        "Leave it out, or use the library of the cloud in the host",
      ];
    }
    if (endpoint.port === undefined && reachesAny(LOCAL)) {
      yield [
        "medium",
        "reaches every service of this machine",
        'Name the port, as in "localhost:8080"',
      ];
    }
  }
}

function* importDangers(value: string | undefined): Generator<Danger> {
  const endpoint = value === undefined ? undefined : parseNetEndpoint(value);
  const isEvery = endpoint === undefined ||
    !("fault" in endpoint) && isEveryHost(endpoint);
  if (value === undefined || isEvery) {
    yield [
      "critical",
      "runs code of any host with all permissions of the process",
      "Name the hosts that are imported from",
    ];
  } else if (!covers({ import: DEFAULT_IMPORT_HOSTS }, { import: [value] })) {
    yield [
      "medium",
      "runs code of that host with all permissions of the process",
      "Publish the code with the plugin, or in a registry that keeps versions",
    ];
  }
}

function programName(command: string): string {
  const name = command.split(/[\\/]/).at(-1) ?? command;
  return name.toLowerCase().replace(/\.(?:exe|cmd|bat|com)$/, "");
}

function* runDangers(command: string | undefined): Generator<Danger> {
  if (command === undefined) {
    yield [
      "critical",
      "runs any program with everything that the user may do: as powerful as --allow-all",
      "Name the programs, by their absolute paths",
    ];
  } else if (INTERPRETERS_REGEXP.test(programName(command))) {
    yield [
      "critical",
      "runs a program that runs others, or code that it is given: as powerful as --allow-all",
      "Leave it out, or run a program that does only what is needed",
    ];
  } else {
    yield [
      "high",
      "runs a program, which Deno's permissions do not limit",
      ONLY_FOR_ITS_PURPOSE,
    ];
  }
}

function dangersOf(
  { kind, value }: PermissionEntry,
  context: HazardContext,
): Iterable<Danger> {
  switch (kind) {
    case "read":
      return readDangers(value, context);
    case "write":
      return writeDangers(value, context);
    case "net":
      return netDangers(value);
    case "env":
      return envDangers(value);
    case "sys":
      return sysDangers(value);
    case "run":
      return runDangers(value);
    case "ffi":
      return [[
        "critical",
        "loads native code, which Deno's permissions do not limit: as powerful as --allow-all",
        "Leave it out, or use WebAssembly",
      ]];
    case "import":
      return importDangers(value);
  }
}

/**
 * Finds permissions that are more dangerous than they look: those as powerful
 * as all of them, and those that reach the plugin's own code, the host's code,
 * its state or its audit trail.
 *
 * Pure: compares paths as text, with the given places.
 *
 * @example A plugin that may rewrite the host
 * ```ts
 * import { permissionHazards } from "@semantik/plugins/permissions";
 * import { assertEquals } from "@std/assert";
 *
 * const hazards = permissionHazards(
 *   { write: ["/srv"], net: ["api.example.com:443"] },
 *   { hostDirectory: "/srv/app" },
 * );
 *
 * assertEquals(hazards.map(({ level, entry }) => [level, entry.value]), [
 *   ["critical", "/srv"],
 * ]);
 * ```
 *
 * @param set The declared or granted permissions.
 * @param context The places on the machine.
 * @returns The hazards, the most severe first; frozen.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when a path is relative or Deno
 * would reject a value.
 */
export function permissionHazards(
  set: PermissionSet,
  context: HazardContext = {},
): readonly Hazard[] {
  const entries = entriesOf(readSet(set));
  // To write a program that the set itself runs is a hazard too.
  const programs = [
    ...context.programs ?? [],
    ...entries.flatMap(({ kind, value }) =>
      kind === "run" && value !== undefined && isAbsolutePath(value)
        ? [value]
        : []
    ),
  ];
  const found = entries.flatMap((entry) =>
    Array.from(
      dangersOf(entry, { ...context, programs }),
      ([level, reason, remedy]) =>
        Object.freeze({ level, kind: entry.kind, entry, reason, remedy }),
    )
  );
  return Object.freeze(
    found.toSorted((one, other) =>
      HAZARD_LEVELS.indexOf(one.level) - HAZARD_LEVELS.indexOf(other.level)
    ),
  );
}

/** The permissions of a process that nobody declares, as far as Deno tells. */
export type SurplusReport = Readonly<{
  /** The surplus that is certain, one finding per kind. */
  findings: readonly Readonly<{
    /** The kind. */
    kind: PermissionKind;
    /** The permissions that nobody declares. */
    entries: readonly PermissionEntry[];
    /** The surplus, in one line. */
    message: string;
    /** The flag to drop, and the one to write instead, in one line. */
    remedy: string;
  }>[];
  /**
   * The kinds that may have a surplus. Deno reports single values and whole
   * kinds, and does not list what it granted.
   */
  undecided: readonly PermissionKind[];
}>;

type SurplusFinding = SurplusReport["findings"][number];

/** Options of {@linkcode permissionSurplus}. */
export interface PermissionSurplusOptions {
  /**
   * Queries a permission.
   *
   * @default {Deno.permissions.querySync}
   */
  readonly query?: PermissionQuery | undefined;
}

function replacement(kind: PermissionKind, declared: PermissionSet): string {
  const list = declared[kind];
  const drop = `Drop --allow-${kind}`;
  if (list === undefined) return drop;
  const set = keepImportHosts({ [kind]: list }, [jsrHost()]);
  if (flagProblems(set).length > 0) {
    return `${drop}, and use a permission set of deno.json for the declared values`;
  }
  const flags = permissionFlags(set, { noPrompt: false });
  return flags.length === 0
    ? `${drop}: Deno grants the declared values without it`
    : `${drop}, and write ${formatFlags(flags)} instead`;
}

function wholeFinding(
  kind: PermissionKind,
  declared: PermissionSet,
): SurplusFinding {
  return Object.freeze({
    kind,
    entries: Object.freeze([Object.freeze({ kind })]),
    message: declared[kind] === undefined
      ? `The process has ${kind} as a whole, but nobody declares any of it`
      : `The process has ${kind} as a whole, but only a part of it is declared`,
    remedy: replacement(kind, declared),
  });
}

function importFinding(
  declared: PermissionSet,
  states: PermissionStates,
): SurplusFinding | undefined {
  const hosts = DEFAULT_IMPORT_HOSTS.filter((value) =>
    states.get(permissionKey({ kind: "import", value })) === "granted"
  );
  const entries = entriesOf(
    difference(
      { import: hosts },
      // No manifest has to declare where this package comes from.
      union({ import: [jsrHost()] }, { import: declared.import ?? [] }),
    ),
  );
  if (entries.length === 0) return undefined;
  const names = entries.map(({ value }) => value).join(",");
  return Object.freeze({
    kind: "import",
    entries,
    message:
      `The process may import from ${entries.length} of Deno's default hosts that nobody declares`,
    remedy: `Add --deny-import=${names}`,
  });
}

/**
 * Finds permissions of this process that neither the host nor a plugin
 * declares. Needs no permission and never prompts.
 *
 * Detects an unused `--allow-net`, but not an unused host in
 * `--allow-net=a,b`: Deno does not list what it granted. The command line
 * `semantik-plugin permissions --check` finds these as well.
 *
 * @example An unused flag
 * ```ts
 * import { permissionSurplus } from "@semantik/plugins/permissions";
 * import { assertEquals } from "@std/assert";
 *
 * const { findings } = permissionSurplus({ net: ["a.example:443"] }, {
 *   query: ({ name }) => ({
 *     state: name === "net" ? "granted" : "prompt",
 *     partial: false,
 *   }),
 * });
 *
 * assertEquals(findings.map(({ remedy }) => remedy), [
 *   "Drop --allow-net, and write --allow-net=a.example:443 instead",
 * ]);
 * ```
 *
 * @param declared The permissions that the host and its plugins declare.
 * @param options The query function.
 * @returns The surplus that is certain, and the kinds that may have more.
 */
export function permissionSurplus(
  declared: PermissionSet,
  options: PermissionSurplusOptions = {},
): SurplusReport {
  const states = queryPermissions([
    ...PERMISSION_KINDS.map((kind) => ({ kind })),
    ...DEFAULT_IMPORT_HOSTS.map((value) => ({
      kind: "import" as const,
      value,
    })),
  ], options);
  const open = PERMISSION_KINDS.filter((kind) => declared[kind] !== true);
  const wholes = open.filter((kind) =>
    ["granted", "partial"].includes(states.get(kind) ?? "prompt")
  );
  const imports = wholes.includes("import") || declared.import === true
    ? undefined
    : importFinding(declared, states);
  return Object.freeze({
    findings: Object.freeze([
      ...wholes.map((kind) => wholeFinding(kind, declared)),
      ...(imports === undefined ? [] : [imports]),
    ]),
    undecided: Object.freeze(open.filter((kind) => !wholes.includes(kind))),
  });
}
