import { isAbsolutePath, normalizePath } from "../base/path.ts";
import { CoverIndex, coverKey } from "./normalize_permissions.ts";
import type { PermissionEntry, PermissionKind } from "./permission_set.ts";

export type HazardLevel = Hazard["level"];

/** The levels, the most severe first. */
export const HAZARD_LEVELS: readonly HazardLevel[] = Object.freeze([
  "critical",
  "high",
  "medium",
  "low",
]);

/** A permission that is more dangerous than it looks. */
export type Hazard = Readonly<{
  /**
   * Its severity.
   *
   * - `"critical"`: as powerful as every permission, in hostile hands;
   * - `"high"`: reaches secrets, or decides about the plugin itself;
   * - `"medium"`: reaches more than most plugins need;
   * - `"low"`: worth knowing.
   */
  level: "critical" | "high" | "medium" | "low";
  /** The kind of the permission. */
  kind: PermissionKind;
  /** The permission. */
  entry: PermissionEntry;
  /** The danger, in one line that reads after the permission's name. */
  reason: string;
  /** The remedy, in one line. */
  remedy: string;
}>;

/** The places on the machine that hazards depend on. */
export interface HazardContext {
  /** The absolute directory of the plugin's own files. */
  readonly ownDirectory?: string | undefined;
  /** The absolute private data directory of the plugin, which it may write. */
  readonly dataDirectory?: string | undefined;
  /** The absolute directory of the host's code. */
  readonly hostDirectory?: string | undefined;
  /** The absolute path of the file that stores which plugins are enabled. */
  readonly stateFile?: string | undefined;
  /** The absolute path of the audit file. */
  readonly auditFile?: string | undefined;
  /**
   * The absolute paths that decide which plugins are trusted: the lock, the trust
   * file, and the directory of the copies that run.
   */
  readonly trustedPaths?: readonly string[] | undefined;
  /** The absolute directory of Deno's cache, `DENO_DIR`. */
  readonly denoDirectory?: string | undefined;
  /** The absolute home directory of the user. */
  readonly homeDirectory?: string | undefined;
  /** The absolute paths of programs that the process may run, and of Deno. */
  readonly programs?: readonly string[] | undefined;
  /** The absolute directories in which programs are looked up: `PATH`. */
  readonly searchPath?: readonly string[] | undefined;
}

/** A hazard without the permission that it belongs to. */
export type Danger = readonly [
  level: HazardLevel,
  reason: string,
  remedy: string,
];

const NAME_FILES = "Name the files or directories that are needed";
const OWN_DIRECTORY = 'Ask for a directory of its own, such as "$DATA"';

const SECRETS_IN_HOME: readonly string[] = [
  ".aws",
  ".azure",
  ".bash_history",
  ".config/gcloud",
  ".config/gh",
  ".config/google-chrome",
  ".docker",
  ".git-credentials",
  ".gnupg",
  ".kube",
  ".mozilla",
  ".netrc",
  ".npmrc",
  ".password-store",
  ".pgpass",
  ".ssh",
  "Library/Keychains",
  "AppData/Roaming/gcloud",
  "AppData/Roaming/Microsoft/Credentials",
  "AppData/Roaming/Mozilla",
];

const SECRETS: readonly string[] = [
  "/etc/shadow",
  "/etc/ssl/private",
  "/run/secrets",
  "/var/run/secrets",
  "/var/lib/docker",
];

const KERNEL: readonly string[] = ["/dev", "/proc", "/sys"];

// Deno opens these few with a grant of their own.
const HARMLESS_REGEXP =
  /^\/(?:dev\/(?:null|zero|u?random|tty)|proc\/pressure(?:\/.*)?)$/;

// A shell, a desktop, a scheduler or Deno runs these without being asked.
const RUN_FROM_HOME: readonly string[] = [
  ".bashrc",
  ".bash_profile",
  ".bash_login",
  ".profile",
  ".zshrc",
  ".zshenv",
  ".zprofile",
  ".config/fish",
  ".config/autostart",
  ".config/systemd",
  ".config/git",
  ".gitconfig",
  ".ssh",
  ".npmrc",
  ".local/bin",
  ".deno/bin",
  ".cargo/bin",
  "bin",
  "Library/LaunchAgents",
];

const CACHES_IN_HOME: readonly string[] = [
  ".cache/deno",
  "Library/Caches/deno",
  "AppData/Local/deno",
];

const SYSTEM: readonly string[] = [
  "/bin",
  "/boot",
  "/etc/bash.bashrc",
  "/etc/cron.d",
  "/etc/cron.daily",
  "/etc/crontab",
  "/etc/environment",
  "/etc/init.d",
  "/etc/ld.so.preload",
  "/etc/pam.d",
  "/etc/passwd",
  "/etc/profile",
  "/etc/profile.d",
  "/etc/ssh",
  "/etc/ssl",
  "/etc/sudoers",
  "/etc/sudoers.d",
  "/etc/systemd",
  "/lib",
  "/lib64",
  "/opt/homebrew/bin",
  "/sbin",
  "/usr/bin",
  "/usr/lib",
  "/usr/local/bin",
  "/usr/local/lib",
  "/usr/local/sbin",
  "/usr/sbin",
  "/var/spool/cron",
  "C:\\Program Files",
  "C:\\Windows",
];

const CONTAINER_ENGINES: readonly string[] = [
  "/run/docker.sock",
  "/var/run/docker.sock",
  "/run/podman",
];

const NOWHERE: readonly string[] = [];

/**
 * Compares a granted path in normal form (`undefined` for every path) with an
 * absolute path.
 *
 * @returns `"covers"` if the grant includes the place, `"within"` if it
 * includes only something below it, otherwise `"apart"`.
 */
export function reach(
  granted: string | undefined,
  place: string,
): "covers" | "within" | "apart" {
  if (granted === undefined) return "covers";
  if (!isAbsolutePath(place)) return "apart";
  const one = coverKey("read", granted);
  const other = coverKey("read", normalizePath(place));
  if (one.group !== other.group) return "apart";
  if (other.key.startsWith(one.key)) return "covers";
  return one.key.startsWith(other.key) ? "within" : "apart";
}

type Places = readonly (string | undefined)[];

// Every entry of a set is compared with the same lists.
const INDEXES = new WeakMap<Places, CoverIndex>();

function indexOf(places: Places): CoverIndex {
  const known = INDEXES.get(places);
  if (known !== undefined) return known;
  const keys = places.flatMap((place) =>
    place !== undefined && isAbsolutePath(place)
      ? [coverKey("read", normalizePath(place))]
      : []
  );
  const index = new CoverIndex(keys);
  INDEXES.set(places, index);
  return index;
}

function touches(granted: string, places: Places): boolean {
  return indexOf(places).touches(coverKey("read", granted));
}

// As far as a path shows it: /home/me, /Users/me, C:\Users\me.
const HOME_REGEXP =
  /^(?:\/root|\/(?:home|Users)\/[^/]+|[A-Za-z]:\\Users\\[^\\]+)(?=[\\/]|$)/i;
const EXAMPLE_HOMES = ["/root", "/home/somebody", "/Users/somebody"];

/** The places below the homes that a grant may reach. */
function inHomes(
  granted: string,
  { homeDirectory }: HazardContext,
  paths: readonly string[],
): readonly string[] {
  const [seen] = HOME_REGEXP.exec(granted) ?? [];
  const known = [homeDirectory, seen].filter((home) => home !== undefined);
  // A grant of /home or / reaches homes that it does not name.
  const homes = known.length > 0 ? known : EXAMPLE_HOMES;
  return homes.flatMap((home) => paths.map((path) => below(home, path)));
}

function below(directory: string, path: string): string {
  return normalizePath(`${directory}/${path}`);
}

/** Finds the dangers of reading a path; `undefined` for every path. */
export function* readDangers(
  path: string | undefined,
  context: HazardContext,
): Generator<Danger> {
  if (path === undefined) {
    yield [
      "high",
      "reads every file of the user, including keys and passwords",
      NAME_FILES,
    ];
    return;
  }
  const { hostDirectory, stateFile, auditFile } = context;
  if (touches(path, KERNEL) && !HARMLESS_REGEXP.test(path)) {
    yield [
      "high",
      "reaches processes, devices or the kernel, such as the environment and the memory of this process. Deno opens them only with --allow-all",
      "Leave it out: on Linux only --allow-all makes it work",
    ];
  }
  if (
    touches(path, SECRETS) ||
    touches(path, inHomes(path, context, SECRETS_IN_HOME))
  ) {
    yield [
      "high",
      "reaches keys and passwords of the user or the system",
      NAME_FILES,
    ];
  }
  if (
    hostDirectory !== undefined && touches(path, [below(hostDirectory, ".env")])
  ) {
    yield [
      "medium",
      "reaches the host's own files, including its .env file if it has one",
      NAME_FILES,
    ];
  }
  for (const file of [stateFile, auditFile]) {
    if (file === undefined || reach(path, file) !== "covers") continue;
    yield [
      "medium",
      "reaches the state file or the audit file, which describe other plugins",
      NAME_FILES,
    ];
  }
}

/** A directory that covers code rewrites it, one inside it adds to it. */
function* codeDangers(
  path: string,
  { ownDirectory, hostDirectory, dataDirectory }: HazardContext,
): Generator<Danger> {
  const places = [
    [ownDirectory, "the plugin's own files"],
    [hostDirectory, "the host's code"],
  ] as const;
  for (const [place, name] of places) {
    const how = place === undefined ? "apart" : reach(path, place);
    if (how === "covers") {
      yield [
        "critical",
        `reaches ${name}, and the next start runs what is written there`,
        OWN_DIRECTORY,
      ];
    }
    const isData = dataDirectory !== undefined &&
      reach(dataDirectory, path) === "covers";
    if (how === "within" && !isData) {
      yield [
        "medium",
        `is inside ${name}, and the next start might run what is written there`,
        OWN_DIRECTORY,
      ];
    }
  }
}

/** The lock and the rotated files of a record have its name as their prefix. */
function* recordDangers(
  path: string,
  { stateFile, auditFile }: HazardContext,
): Generator<Danger> {
  const records = [
    [
      stateFile,
      "the state file, which decides which plugins are enabled, with which configuration",
    ],
    [auditFile, "the audit file, which records what the plugin does"],
  ] as const;
  for (const [file, name] of records) {
    if (file === undefined) continue;
    if (reach(path, file) === "covers" || path.startsWith(`${file}.`)) {
      yield ["high", `reaches ${name}`, OWN_DIRECTORY];
    }
  }
}

/** The signature of a file has its name as a prefix, and a copy is in the store. */
function* trustDangers(
  path: string,
  { trustedPaths = [] }: HazardContext,
): Generator<Danger> {
  const isReached = trustedPaths.some((place) =>
    reach(path, place) !== "apart" || path.startsWith(`${place}.`)
  );
  if (!isReached) return;
  yield [
    "critical",
    "reaches the lock, the trust file or the copies of plugins, which decide what code runs",
    OWN_DIRECTORY,
  ];
}

/** Finds the dangers of writing a path; `undefined` for every path. */
export function* writeDangers(
  path: string | undefined,
  context: HazardContext,
): Generator<Danger> {
  if (path === undefined) {
    yield [
      "critical",
      "reaches every file of the user, including the host's code and the programs it runs",
      OWN_DIRECTORY,
    ];
    return;
  }
  yield* codeDangers(path, context);
  yield* recordDangers(path, context);
  yield* trustDangers(path, context);
  const { programs = NOWHERE, searchPath = NOWHERE, denoDirectory } = context;
  const places: readonly (readonly [Places, HazardLevel, string])[] = [
    [
      programs,
      "critical",
      "reaches a program that the process may run, and its writer decides what it does",
    ],
    [
      searchPath,
      "critical",
      "reaches a directory of PATH, in which programs are looked up",
    ],
    [
      [denoDirectory, ...inHomes(path, context, CACHES_IN_HOME)],
      "critical",
      "reaches the cache of Deno, which runs the code in it unchecked",
    ],
    [
      inHomes(path, context, RUN_FROM_HOME),
      "critical",
      "reaches files that a shell or the system runs by itself, outside of Deno",
    ],
    [SYSTEM, "critical", "reaches programs and settings of the system"],
    [
      CONTAINER_ENGINES,
      "critical",
      "reaches the socket of a container engine, which controls the machine",
    ],
    [
      KERNEL,
      "high",
      "reaches devices or the kernel, which Deno opens only with --allow-all",
    ],
  ];
  for (const [list, level, reason] of places) {
    if (touches(path, list)) yield [level, reason, OWN_DIRECTORY];
  }
}
