import { type Command, Option } from "commander";
import { isRecord } from "../base/errors.ts";
import { rotatedPath } from "../audit/log_paths.ts";
import { IMPORT_MODULE, type ImportModule } from "../manifest/source_system.ts";
import { isInRange, isVersion } from "../manifest/version.ts";
import { checkDeclaration } from "../permissions/check_declaration.ts";
import { resolvePath } from "../base/path.ts";
import { quote } from "../base/text.ts";
import {
  PERMISSION_KINDS,
  type PermissionDeclaration,
} from "../permissions/permission_set.ts";
import { normalizePermissions } from "../permissions/normalize_permissions.ts";
import { processEnvironment } from "../environment/environment.ts";
import { systemClock } from "../base/timing.ts";
import {
  denoHostSystem,
  type InspectionSettings,
  type Verification,
  verificationOf,
} from "../inspect/inspection.ts";
import { FileStateStore } from "../state/file_state_store.ts";
import { MemoryStateStore } from "../state/memory_state_store.ts";
import type { ConsentMode } from "../policy/consent.ts";
import { treeDigest } from "../provenance/read_tree.ts";
import type { RunnerKind } from "../runners/runner.ts";
import { DEFAULT_SOCKETS } from "../runners/subprocess/placement.ts";
import type { StateStore } from "../state/state_store.ts";
import { UsageError } from "./failure.ts";
import {
  invalidValue,
  parseCount,
  parseJson,
  readJsonFile,
} from "./option_values.ts";

/** A runner: a process, and for one of its own the way in which it is enforced. */
type RunnerName = RunnerKind | "live";

/** The options that describe a host. */
export interface HostFlags {
  readonly hostVersion?: string;
  readonly hostPermissions?: string;
  readonly dataDirectory?: string;
  readonly config?: string;
  readonly state?: string;
  readonly auditLog?: string;
  readonly auditFiles?: string;
  /** The process that plugins run in. */
  readonly runner?: RunnerName;
  readonly sockets?: string;
  /** Tells whether what a plugin declares needs a recorded yes. */
  readonly consent?: ConsentMode;
  /** True if a yes holds for the files alone that it was given for. */
  readonly digest?: true;
  readonly lock?: string;
  readonly trust?: string;
  readonly store?: string;
  /** False if `--no-switches` was given. */
  readonly switches?: boolean;
}

/** A host, as an operator describes it. */
export interface HostDescription {
  readonly settings: InspectionSettings;
  readonly state: StateStore;
  /** The process that plugins run in. */
  readonly runner: RunnerName;
  /** The directory of the sockets at which processes ask, with the runner `live`. */
  readonly sockets: string;
}

export const DEFAULT_DATA_DIRECTORY = "./plugin_data";

const REMOTE_REMEDY =
  `Download the plugin, or call main(Deno.args, { ${IMPORT_MODULE} }) of ` +
  '"@semantik/plugins/cli" in a module of your own';
const LOCK_EXAMPLE = "./plugins.lock.json";
const MAX_AUDIT_FILES = 1_000;
const NUMBERS_REGEXP = /(\d+)(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?(-[\w.-]+)?/g;
const FALLBACK_VERSION = "1.0.0";
// Each candidate is compared with each range.
const MAX_RANGES = 200;
const MAX_CANDIDATES = 100;

const LOCK_OPTION = "the host's option lock";
const TRUST_OPTION = "the host's option trust";
const STORE_OPTION =
  "the host's option store (default: plugin_store beside the lock)";

/** Adds the options by which a host verifies sources. */
export function addVerificationOptions(command: Command): Command {
  return command
    .option("--lock <file>", LOCK_OPTION)
    .option("--trust <file>", TRUST_OPTION)
    .option("--store <dir>", STORE_OPTION);
}

export function addHostOptions(command: Command): Command {
  return command
    .optionsGroup("The host, as it runs:")
    .option("--host-version <version>", "the version of the host application")
    .option(
      "--host-permissions <json>",
      "the host's own hostPermissions, as JSON or a JSON file",
    )
    .option(
      "--data-directory <dir>",
      "the host's dataDirectory, for $DATA",
      DEFAULT_DATA_DIRECTORY,
    )
    .option("--config <file>", "a JSON file with a configuration per plugin id")
    .option("--state <file>", "the host's state file")
    .option("--audit-log <file>", "the host's audit log")
    .option(
      "--audit-files <count>",
      "the number of audit log files, rotated ones included",
    )
    .addOption(
      new Option("--runner <kind>", "the process that plugins run in")
        .choices(["in-process", "subprocess", "live"]).default("in-process"),
    )
    .option(
      "--sockets <dir>",
      "the option sockets of subprocess(), for --runner=live",
      DEFAULT_SOCKETS,
    )
    .addOption(
      new Option("--consent <mode>", "the host's option consent")
        .choices(["none", "required"]).default("none"),
    )
    .option("--digest", "the host's option digestOf is treeDigest")
    .option("--lock <file>", LOCK_OPTION)
    .option("--trust <file>", TRUST_OPTION)
    .option("--store <dir>", STORE_OPTION)
    .option("--no-switches", "the host is created with switches: false")
    .optionsGroup("Options:");
}

/** Tests if a value is a valid declaration. */
export function isDeclaration(value: unknown): value is PermissionDeclaration {
  return value !== undefined && checkDeclaration(value).length === 0;
}

/** Reads permissions of an option: JSON, or the name of a JSON file. */
export async function readDeclaration(
  text: string,
  option: string,
): Promise<PermissionDeclaration> {
  const value = text.trimStart().startsWith("{")
    ? parseJson(
      text,
      `The value of ${option}`,
      `Write e.g. ${option}='{"net":["0.0.0.0:8000"]}'`,
    )
    : await readJsonFile(text, option);
  if (isDeclaration(value)) return value;
  const [problem] = checkDeclaration(value, "");
  throw new UsageError(
    `Invalid value for ${option}: ${problem?.message ?? ""}`,
    problem?.remedy ?? `Write an object of ${PERMISSION_KINDS.join(", ")}`,
  );
}

async function readConfig(
  path: string,
): Promise<Readonly<Record<string, unknown>>> {
  const value = await readJsonFile(path, "--config");
  if (isRecord(value)) return value;
  throw new UsageError(
    `The file ${quote(path)} of --config does not contain an object`,
    'Write the configuration of each plugin under its id: { "id": { } }',
  );
}

function auditFiles({ auditLog, auditFiles }: HostFlags): readonly string[] {
  if (auditLog === undefined) return [];
  const path = resolvePath(auditLog, Deno.cwd());
  const length = auditFiles === undefined
    ? 1
    : parseCount(auditFiles, "--audit-files", MAX_AUDIT_FILES);
  const rotated = Array.from(
    { length },
    (_, index) => rotatedPath(path, index),
  );
  return [...rotated, `${path}.lock`];
}

function readVerificationFlags(
  { lock, trust, store }: HostFlags,
  directory: string,
): Verification | undefined {
  for (const [name, path] of Object.entries({ lock, trust, store })) {
    if (path !== "" && path?.includes("\0") !== true) continue;
    throw invalidValue(`--${name}`, path, `Name a file, e.g. ${LOCK_EXAMPLE}`);
  }
  if (store !== undefined && lock === undefined && trust === undefined) {
    throw new UsageError(
      "The option --store has no use without --lock or --trust",
      `Add --lock=${LOCK_EXAMPLE}`,
    );
  }
  return verificationOf({ lock, trust, store }, directory);
}

export async function readHostDescription(
  sources: readonly string[],
  flags: HostFlags,
  importModule: ImportModule | undefined,
): Promise<HostDescription> {
  const { hostVersion, hostPermissions, config, state } = flags;
  if (hostVersion !== undefined && !isVersion(hostVersion)) {
    throw invalidValue(
      "--host-version",
      hostVersion,
      "Use a semantic version, e.g. 1.4.0",
    );
  }
  const { dataDirectory = DEFAULT_DATA_DIRECTORY } = flags;
  // An empty path would be the working directory.
  if (dataDirectory === "") {
    throw invalidValue(
      "--data-directory",
      dataDirectory,
      `Name a directory, e.g. ${DEFAULT_DATA_DIRECTORY}`,
    );
  }
  const directory = Deno.cwd();
  const verification = readVerificationFlags(flags, directory);
  return {
    runner: flags.runner ?? "in-process",
    sockets: resolvePath(flags.sockets ?? DEFAULT_SOCKETS, Deno.cwd()),
    settings: {
      version: hostVersion ?? "0.0.0",
      permissions: "enforce",
      consent: {
        mode: flags.consent ?? "none",
        byDigest: flags.digest === true || verification !== undefined,
      },
      verification,
      digestOf: flags.digest === true ? treeDigest : undefined,
      workingDirectory: directory,
      sources,
      builtins: [],
      secretDirectories: ["/run/secrets"],
      allowRawSecrets: false,
      switches: flags.switches ?? true,
      environment: processEnvironment({ broker: denoHostSystem.hasBroker() }),
      dataDirectory: resolvePath(dataDirectory, directory),
      audit: { files: auditFiles(flags) },
      timeouts: { load: 10_000 },
      clock: systemClock,
      importModule,
      remoteRemedy: REMOTE_REMEDY,
      system: denoHostSystem,
      hostPermissions: normalizePermissions(
        hostPermissions === undefined
          ? {}
          : await readDeclaration(hostPermissions, "--host-permissions"),
        { directory },
      ),
      config: new Map(
        Object.entries(config === undefined ? {} : await readConfig(config)),
      ),
    },
    state: state === undefined
      ? new MemoryStateStore()
      : new FileStateStore(state),
  };
}

function candidates(range: string): readonly string[] {
  return [...range.matchAll(NUMBERS_REGEXP)].flatMap(
    ([, ...[major, minor, patch, preRelease = ""]]) => {
      const [x = 0, y = 0, z = 0] = [major, minor, patch]
        .map((part) => /^\d+$/.test(part ?? "") ? Number(part) : 0);
      // The version itself for ^, ~ and >=, the next one for >.
      return [`${x}.${y}.${z}${preRelease}`, `${x}.${y}.${z + 1}`];
    },
  ).filter(isVersion);
}

/** Returns the version in the most ranges; of equally good ones, the first named. */
export function chooseHostVersion(ranges: readonly string[]): string {
  const distinct = [...new Set(ranges)].slice(0, MAX_RANGES);
  const named = ["0.0.0", ...distinct.flatMap(candidates)];
  const versions = [FALLBACK_VERSION, ...named.slice(0, MAX_CANDIDATES)];
  const counts = versions.map((version) =>
    distinct.filter((range) => isInRange(version, range)).length
  );
  return versions[counts.indexOf(Math.max(...counts))] ?? FALLBACK_VERSION;
}
