/**
 * Gathers the facts that a plan is made from: manifests, state, switches and
 * permission states. Runs no plugin code and asks nobody.
 *
 * @module
 */

import type { ReadPlugin } from "../manifest/found_plugin.ts";
import { PermissionInquiry } from "../permissions/query_permissions.ts";
import {
  EMPTY_PERMISSIONS,
  type PermissionSet,
} from "../permissions/permission_set.ts";
import type { PlanFacts, PluginFacts } from "../plan/facts.ts";
import type { StateReadResult } from "../state/state_store.ts";
import {
  decideSwitch,
  readSwitches,
  type Switches,
} from "../state/switches.ts";
import { describeThrown } from "../text.ts";
import type { HostCore } from "./core.ts";
import {
  resolveDeclarations,
  type ResolvedPermissions,
} from "./declared_permissions.ts";
import { findPlugins, type PlacedPlugin } from "./find_plugins.ts";
import { withoutSupplied } from "./permission_needs.ts";
import { permissionRemedy } from "./permission_remedy.ts";
import { configProblems } from "./plugin_config.ts";
import type { HostSettings } from "./settings.ts";

/** Everything that is known before any plugin code runs. */
export interface Facts extends PlanFacts {
  /** The configuration of each plugin, with references. */
  readonly configs: ReadonlyMap<string, unknown>;
  /** The switches, as they were read. */
  readonly switches: Switches;
  /** Whether a permission broker decides about this process. */
  readonly broker: boolean;
}

/** The types of plugins that a switch may turn off. */
function switchableTypes(plugins: readonly ReadPlugin[]): ReadonlySet<string> {
  return new Set(
    plugins.filter(({ origin }) => origin === "external")
      .map(({ manifest }) => manifest.type),
  );
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

/** What is stored; a store that throws knows nothing. */
async function readState(core: HostCore): Promise<StateReadResult> {
  try {
    return await core.settings.state.read();
  } catch (thrown) {
    return {
      ok: false,
      problem: Object.freeze({
        code: "PLUGIN_STATE_CORRUPT",
        message: `Cannot read plugin state: ${
          core.mask(describeThrown(thrown))
        }`,
        remedy: "Mend the state store; external plugins wait for it",
      }),
    };
  }
}

function disabledIn(stored: StateReadResult): ReadonlySet<string> {
  if (!stored.ok) return new Set();
  return new Set(
    [...stored.snapshot.plugins]
      .filter(([, { enabled }]) => enabled === false)
      .map(([id]) => id),
  );
}

/** The hosts that somebody declares to import from. */
function importsOf(
  { hostPermissions }: HostSettings,
  declared: ReadonlyMap<ReadPlugin, ResolvedPermissions>,
): readonly string[] {
  const sets: readonly PermissionSet[] = [
    hostPermissions,
    ...declared.values().map(({ required }) => required),
  ];
  return sets.flatMap(({ import: hosts }) =>
    hosts === undefined || hosts === true ? [] : hosts
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
  const { powers } = settings;
  core.forgetEnvironment();
  const broker = powers.hasBroker();
  const [placed, stored] = await Promise.all([
    findPlugins(settings, broker),
    readState(core),
  ]);
  const readable = placed.map(({ found }) => found).filter((found) => found.ok);
  const { declared, problems } = resolveDeclarations(settings, readable);
  const inquiry = new PermissionInquiry({ broker, query: powers.query });
  const imports = importsOf(settings, declared);
  const configs = configsOf(core, stored);
  const switches = readSwitches(
    (name) => powers.readSwitch(name),
    switchableTypes(readable),
  );

  function factsOf({ found, sourceIndex }: PlacedPlugin): PluginFacts {
    if (!found.ok) return { found, sourceIndex, missing: [], problems: [] };
    const required = declared.get(found)?.required ?? EMPTY_PERMISSIONS;
    return {
      found,
      sourceIndex,
      missing: inquiry.missing(withoutSupplied(core, required)),
      problems: [
        ...problems.get(found) ?? [],
        ...configProblems(core, found, configs.get(found.manifest.id)),
      ],
    };
  }

  return {
    broker,
    configs,
    switches,
    plugins: placed.map(factsOf),
    hostVersion: settings.version,
    permissionMode: settings.permissions,
    permissionRemedy: (missing) =>
      permissionRemedy(missing, {
        imports,
        states: inquiry.states,
        isSealed: core.isSealed,
      }),
    live: new Set(
      registry.inOrder().map(({ plugin }) => plugin.manifest.id),
    ),
    disabled: disabledIn(stored),
    isSwitchedOff: (type) => !decideSwitch(switches, type).on,
    stateProblem: stored.ok ? undefined : stored.problem,
  };
}
