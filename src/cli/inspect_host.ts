/**
 * A host that is only looked at: it plans and reports, and runs no plugin code.
 *
 * @module
 */

import { HostCore } from "../host/core.ts";
import { findPlugins } from "../host/gather_facts.ts";
import type { PluginHostOptions } from "../host/options.ts";
import { readOptions } from "../host/settings.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import { usesDataDirectory } from "../permissions/normalize_permissions.ts";
import { detectPermissionBroker } from "../permissions/permission_query.ts";
import { chooseHostVersion } from "./host_options.ts";
import type { CommandRun } from "./command_run.ts";
import {
  DEFAULT_DATA_DIRECTORY,
  type HostFlags,
  readHostOptions,
} from "./host_options.ts";

/** A host that is only looked at. */
export interface InspectedHost {
  /** What its parts share. */
  readonly core: HostCore;
  /** Its options. */
  readonly options: PluginHostOptions;
  /** The plugins whose manifests can be used. */
  readonly plugins: readonly ReadPlugin[];
}

/**
 * What the parts of a host share, of one that runs no plugin.
 *
 * @param options Its options.
 * @returns It. Nothing has to be closed.
 */
export function createCore(options: PluginHostOptions): HostCore {
  return new HostCore(readOptions(options));
}

function noteAssumptions(
  run: CommandRun,
  flags: HostFlags,
  version: string,
  plugins: readonly ReadPlugin[],
): void {
  const isHeldAgainst = plugins.some(({ manifest }) =>
    manifest.host !== undefined
  );
  if (flags.hostVersion === undefined && isHeldAgainst) {
    run.note(
      `The host version is taken to be ${version}; --host-version says another`,
    );
  }
  const usesData = plugins.some(({ manifest }) =>
    usesDataDirectory(manifest.permissions) ||
    usesDataDirectory(manifest.optionalPermissions)
  );
  if (usesData && flags.dataDirectory === DEFAULT_DATA_DIRECTORY) {
    run.note(
      `The host's dataDirectory is taken to be ${DEFAULT_DATA_DIRECTORY}; ` +
        "--data-directory says another",
    );
  }
}

/**
 * Makes a host of what an operator says of it, and reads the manifests. What is
 * assumed is said on standard error.
 *
 * Needs `read` permission for the sources.
 *
 * @param run The run of the command line.
 * @param sources Where the plugins come from.
 * @param flags What the operator says.
 * @returns The host.
 * @throws {UsageError} when an option cannot be used.
 */
export async function inspectHost(
  run: CommandRun,
  sources: readonly string[],
  flags: HostFlags,
): Promise<InspectedHost> {
  const given = await readHostOptions(sources, flags);
  const found = await findPlugins(
    readOptions(given),
    detectPermissionBroker(),
  );
  const plugins = found.map((one) => one.found).filter((one) => one.ok);
  const ranges = plugins.flatMap(({ manifest }) => manifest.host ?? []);
  const version = flags.hostVersion ?? chooseHostVersion(ranges);
  noteAssumptions(run, flags, version, plugins);
  const options = { ...given, version };
  return {
    core: createCore(options),
    options,
    plugins,
  };
}
