import {
  type Inspection,
  Inspector,
  type InspectorOptions,
} from "../inspect/inspector.ts";
import type { PermissionReport } from "../inspect/permission_report.ts";
import type { ReportSnapshot } from "../inspect/snapshot.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import { usesDataDirectory } from "../permissions/normalize_permissions.ts";
import {
  IN_PROCESS,
  inProcessNeeds,
} from "../runners/in_process/in_process.ts";
import { SubprocessPlacement } from "../runners/subprocess/placement.ts";
import { maskCredentials } from "../secrets/credentials.ts";
import type { CommandRun } from "./command_run.ts";
import {
  chooseHostVersion,
  DEFAULT_DATA_DIRECTORY,
  type HostDescription,
  type HostFlags,
  readHostDescription,
} from "./host_options.ts";

/** A host that an operator described, as inspected without running plugin code. */
export interface InspectedHost {
  readonly host: HostDescription;
  readonly inspection: Inspection<ReportSnapshot>;
  readonly report: PermissionReport;
  /** The plugins with usable manifests. */
  readonly plugins: readonly ReadPlugin[];
}

function runnerFor(
  { runner, sockets, settings: { environment } }: HostDescription,
): InspectorOptions["runner"] {
  const importedAs = () => undefined;
  if (runner === "in-process") {
    return { placeOf: () => IN_PROCESS, hostNeeds: inProcessNeeds, importedAs };
  }
  const placement = new SubprocessPlacement({
    sockets: runner === "live" ? sockets : undefined,
    prewarm: 0,
    deno: undefined,
    config: undefined,
    // Contracts are known to the application alone.
    hasPredicate: () => false,
    variable: (name) => environment.get(name),
  });
  return {
    placeOf: (plugin) => placement.placeOf(plugin),
    hostNeeds: (plugin, declared) => placement.hostNeeds(plugin, declared),
    importedAs,
  };
}

export function inspectorFor(description: HostDescription): Inspector {
  const { settings, state } = description;
  return new Inspector({
    settings,
    state: {
      read: () => state.read(),
      permissions: async () => await state.permissions?.() ?? {},
    },
    runner: runnerFor(description),
    isSecret: () => false,
    mask: maskCredentials,
  });
}

function noteAssumptions(
  run: CommandRun,
  flags: HostFlags,
  version: string,
  plugins: readonly ReadPlugin[],
): void {
  const isCompared = plugins.some(({ manifest }) =>
    manifest.host !== undefined
  );
  if (flags.hostVersion === undefined && isCompared) {
    run.note(
      `Assuming host version ${version}; set another with --host-version`,
    );
  }
  const usesData = plugins.some(({ manifest }) =>
    usesDataDirectory(manifest.permissions) ||
    usesDataDirectory(manifest.optionalPermissions)
  );
  if (usesData && flags.dataDirectory === DEFAULT_DATA_DIRECTORY) {
    run.note(
      `Assuming the host's dataDirectory is ${DEFAULT_DATA_DIRECTORY}; ` +
        "set another with --data-directory",
    );
  }
}

type InspectFlags = HostFlags & { readonly ignoreEnv?: boolean };

/**
 * Inspects the host that an operator describes. Needs `read` permission for the
 * sources.
 *
 * @throws {UsageError} when an option is invalid.
 */
export async function inspectQuietly(
  { importModule }: Pick<CommandRun, "importModule">,
  sources: readonly string[],
  flags: InspectFlags,
): Promise<InspectedHost> {
  const given = await readHostDescription(sources, flags, importModule);
  const { ignoreEnv } = flags;
  const { inspection, report } = await inspectorFor(given).report({
    ignoreEnv,
  });
  const plugins = inspection.found.filter((one) => one.ok);
  const ranges = plugins.flatMap(({ manifest }) => manifest.host ?? []);
  const version = flags.hostVersion ?? chooseHostVersion(ranges);
  return {
    host: { ...given, settings: { ...given.settings, version } },
    inspection: {
      ...inspection,
      snapshot: { ...inspection.snapshot, hostVersion: version },
    },
    report,
    plugins,
  };
}

/** Does the same, and notes assumptions on standard error. */
export async function inspectHost(
  run: CommandRun,
  sources: readonly string[],
  flags: InspectFlags,
): Promise<InspectedHost> {
  const inspected = await inspectQuietly(run, sources, flags);
  const { host: { settings }, plugins } = inspected;
  noteAssumptions(run, flags, settings.version, plugins);
  return inspected;
}
