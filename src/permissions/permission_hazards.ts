import { isAbsolutePath } from "../base/path.ts";
import {
  type Danger,
  type Hazard,
  HAZARD_LEVELS,
  type HazardContext,
} from "./hazard.ts";
import { type NetEndpoint, parseNetEndpoint } from "./net_endpoint.ts";
import { readSet } from "./normal_form.ts";
import { readDangers, writeDangers } from "./path_hazards.ts";
import {
  DEFAULT_IMPORT_HOSTS,
  entriesOf,
  type PermissionEntry,
  type PermissionSet,
} from "./permission_set.ts";
import { covers } from "./set_algebra.ts";

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
