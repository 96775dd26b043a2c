import {
  below,
  type Hazard,
  hazard,
  type HazardContext,
  type HazardLevel,
  homesFor,
  reach,
  reachesAny,
} from "./hazard.ts";
import type { PermissionEntry } from "./permission_set.ts";

const NARROWER = 'Ask for a directory of its own, such as "$DATA"';

// What a shell, a desktop, a scheduler or Deno runs without being asked.
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

const KERNEL: readonly string[] = ["/dev", "/proc", "/sys"];

const NOWHERE: readonly string[] = [];

const PROGRAM_REASON =
  "reaches a program that the process may run, and whoever writes it decides what it does";

/** Directories: what covers them rewrites them, what lies in them adds to them. */
function codeHazards(
  entry: PermissionEntry,
  context: HazardContext,
): readonly Hazard[] {
  const places: readonly (readonly [string | undefined, string])[] = [
    [context.ownDirectory, "the plugin's own files"],
    [context.hostDirectory, "the host's code"],
  ];
  const { dataDirectory } = context;
  return places.flatMap(([place, name]) => {
    if (place === undefined) return [];
    const how = reach(entry.value, place);
    if (how === "covers") {
      return [hazard(
        "critical",
        entry,
        `reaches ${name}, and what is written there runs at the next start`,
        NARROWER,
      )];
    }
    const isData = dataDirectory !== undefined &&
      reach(dataDirectory, entry.value ?? "") === "covers";
    if (how === "apart" || isData) return [];
    return [hazard(
      "medium",
      entry,
      `lies among ${name}, and might hold what runs at the next start`,
      NARROWER,
    )];
  });
}

/** Files: beside the file itself count its lock and its rotated names. */
function recordHazards(
  entry: PermissionEntry,
  context: HazardContext,
): readonly Hazard[] {
  const records: readonly (readonly [string | undefined, string])[] = [
    [
      context.stateFile,
      "the state file, which says what is enabled and with which configuration",
    ],
    [context.auditFile, "the audit file, which is to tell what the plugin did"],
  ];
  return records.flatMap(([file, name]) => {
    if (file === undefined) return [];
    const beside = entry.value?.startsWith(`${file}.`) ?? false;
    if (reach(entry.value, file) !== "covers" && !beside) return [];
    return [hazard("high", entry, `reaches ${name}`, NARROWER)];
  });
}

function placeHazards(
  entry: PermissionEntry,
  context: HazardContext,
): readonly Hazard[] {
  const homes = homesFor(entry.value, context.homeDirectory);
  const found = (
    places: readonly (string | undefined)[],
    level: HazardLevel,
    reason: string,
  ): readonly Hazard[] =>
    reachesAny(entry.value, places)
      ? [hazard(level, entry, reason, NARROWER)]
      : [];
  return [
    ...found(context.programs ?? NOWHERE, "critical", PROGRAM_REASON),
    ...found(
      context.searchPath ?? NOWHERE,
      "critical",
      "reaches a directory of PATH, where programs are looked up",
    ),
    ...found(
      [
        context.denoDirectory,
        ...homes.flatMap((home) =>
          CACHES_IN_HOME.map((path) => below(home, path))
        ),
      ],
      "critical",
      "reaches the cache of Deno, and the code in it runs without another look",
    ),
    ...found(
      homes.flatMap((home) => RUN_FROM_HOME.map((path) => below(home, path))),
      "critical",
      "reaches files that a shell or the system runs by itself, outside of Deno",
    ),
    ...found(
      SYSTEM,
      "critical",
      "reaches programs and settings of the system",
    ),
    ...found(
      CONTAINER_ENGINES,
      "critical",
      "reaches the socket of a container engine, which gives the machine away",
    ),
    ...found(
      KERNEL,
      "high",
      "reaches devices or the kernel, which Deno opens only for a process that was granted everything",
    ),
  ];
}

/**
 * What is dangerous about a permission to write.
 *
 * @param entry A permission of kind `write`, in normal form.
 * @param context What lies where.
 * @returns Its hazards.
 */
export function writeHazards(
  entry: PermissionEntry,
  context: HazardContext,
): readonly Hazard[] {
  if (entry.value === undefined) {
    return [hazard(
      "critical",
      entry,
      "reaches every file of the user, the host's code and the programs it runs among them",
      NARROWER,
    )];
  }
  return [
    ...codeHazards(entry, context),
    ...recordHazards(entry, context),
    ...placeHazards(entry, context),
  ];
}
