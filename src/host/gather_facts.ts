/**
 * Gathers the facts that a plan is made from: manifests, state, switches and
 * permission states. Runs no plugin code and asks nobody.
 *
 * @module
 */

import type { FoundPlugin } from "../manifest/found_plugin.ts";
import { detectPermissionBroker } from "../permissions/detect_permission_broker.ts";
import { entriesOf } from "../permissions/entries_of.ts";
import { missingEntries } from "../permissions/missing_entries.ts";
import type { PermissionSet } from "../permissions/permission_set.ts";
import { queryPermissions } from "../permissions/query_permissions.ts";
import type { PlanFacts } from "../plan/facts.ts";
import { readProcessSwitch } from "../state/process_switch.ts";
import type { StateReadResult } from "../state/state_store.ts";
import {
  decideSwitch,
  readSwitches,
  type Switches,
} from "../state/switches.ts";
import type { HostCore } from "./core.ts";
import {
  type DeclaredPermissions,
  resolveDeclarations,
} from "./declared_permissions.ts";
import { findPlugins, type PlacedPlugin } from "./find_plugins.ts";
import { permissionRemedy } from "./permission_remedy.ts";
import { configProblems } from "./plugin_config.ts";

/** Everything that is known before any plugin code runs. */
export interface Facts extends PlanFacts {
  /** What each plugin declares. */
  readonly declared: ReadonlyMap<FoundPlugin, DeclaredPermissions>;
  /** The configuration of each plugin, with references. */
  readonly configs: ReadonlyMap<string, unknown>;
  /** The switches, as they were read. */
  readonly switches: Switches;
}

/** The types of plugins that a switch may turn off. */
function switchableTypes(placed: readonly PlacedPlugin[]): ReadonlySet<string> {
  const types = placed.flatMap(({ found }) =>
    found.ok && found.origin === "external" ? [found.manifest.type] : []
  );
  return new Set(types);
}

/** What the environment of the host supplies needs no permission of Deno. */
function withoutSupplied(core: HostCore, set: PermissionSet): PermissionSet {
  const { environment } = core.settings;
  if (!Array.isArray(set.env)) return set;
  const { env, ...others } = set;
  const asked = env.filter((name: string) => !environment.supplies(name));
  return asked.length === 0 ? others : { ...others, env: asked };
}

/** The configurations of the host's options, and over them what was stored. */
function configsOf(
  core: HostCore,
  stored: StateReadResult,
): ReadonlyMap<string, unknown> {
  const configs = new Map(core.settings.config);
  if (!stored.ok) return configs;
  for (const [id, { config }] of stored.snapshot.plugins) {
    if (config !== undefined) configs.set(id, config);
  }
  return configs;
}

function disabledIn(stored: StateReadResult): ReadonlySet<string> {
  if (!stored.ok) return new Set();
  return new Set(
    [...stored.snapshot.plugins]
      .filter(([, { enabled }]) => enabled === false)
      .map(([id]) => id),
  );
}

/**
 * Gathers the facts of this moment.
 *
 * @param core The host.
 * @returns Everything that a plan depends on.
 */
export async function gatherFacts(core: HostCore): Promise<Facts> {
  const { settings, registry } = core;
  const broker = detectPermissionBroker();
  const [placed, stored] = await Promise.all([
    findPlugins(settings, broker),
    settings.state.read(),
  ]);
  const { declared, problems } = resolveDeclarations(
    settings,
    placed.map(({ found }) => found),
  );
  const asked = new Map(
    [...declared].map((
      [found, { required }],
    ) => [found, withoutSupplied(core, required)]),
  );
  const states = queryPermissions([...asked.values()].flatMap(entriesOf), {
    broker,
  });
  const configs = configsOf(core, stored);
  const switches = readSwitches(readProcessSwitch, switchableTypes(placed));
  return {
    declared,
    configs,
    switches,
    plugins: placed.map(({ found, sourceIndex }) => ({
      found,
      sourceIndex,
      missing: missingEntries(asked.get(found) ?? {}, states),
      problems: [
        ...problems.get(found) ?? [],
        ...found.ok
          ? configProblems(core, found, configs.get(found.manifest.id))
          : [],
      ],
    })),
    hostVersion: settings.version,
    permissionMode: settings.permissions,
    permissionRemedy,
    live: new Set(
      registry.inOrder().map(({ plugin }) => plugin.manifest.id),
    ),
    disabled: disabledIn(stored),
    isSwitchedOff: (type) => !decideSwitch(switches, type).on,
    stateProblem: stored.ok ? undefined : stored.problem,
  };
}
