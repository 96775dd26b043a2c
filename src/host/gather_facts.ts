/**
 * Gathers the facts that a plan is made from: manifests, state, switches and
 * permission states. Runs no plugin code and asks nobody.
 *
 * @module
 */

import type { ReadPlugin } from "../manifest/found_plugin.ts";
import { entriesOf } from "../permissions/entries_of.ts";
import { missingEntries } from "../permissions/missing_entries.ts";
import { queryPermissions } from "../permissions/query_permissions.ts";
import type { PlanFacts, PluginFacts } from "../plan/facts.ts";
import type { StateReadResult } from "../state/state_store.ts";
import {
  decideSwitch,
  readSwitches,
  type Switches,
} from "../state/switches.ts";
import { describeThrown } from "../text.ts";
import type { HostCore } from "./core.ts";
import { resolveDeclarations } from "./declared_permissions.ts";
import { findPlugins, type PlacedPlugin } from "./find_plugins.ts";
import { withoutSupplied } from "./permission_needs.ts";
import { permissionRemedy } from "./permission_remedy.ts";
import { configProblems } from "./plugin_config.ts";

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
  const asked = new Map(
    [...declared].map(([plugin, { required }]) =>
      [plugin, withoutSupplied(core, required)] as const
    ),
  );
  const states = queryPermissions([...asked.values()].flatMap(entriesOf), {
    broker,
    query: powers.query,
  });
  const imports = [settings.hostPermissions, ...asked.values()].flatMap((
    { import: hosts },
  ) => hosts === undefined || hosts === true ? [] : hosts);
  const configs = configsOf(core, stored);
  const switches = readSwitches(
    (name) => powers.readSwitch(name),
    switchableTypes(readable),
  );

  function factsOf({ found, sourceIndex }: PlacedPlugin): PluginFacts {
    if (!found.ok) return { found, sourceIndex, missing: [], problems: [] };
    return {
      found,
      sourceIndex,
      missing: missingEntries(asked.get(found) ?? {}, states),
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
      permissionRemedy(missing, { states, imports, isSealed: core.isSealed }),
    live: new Set(
      registry.inOrder().map(({ plugin }) => plugin.manifest.id),
    ),
    disabled: disabledIn(stored),
    isSwitchedOff: (type) => !decideSwitch(switches, type).on,
    stateProblem: stored.ok ? undefined : stored.problem,
  };
}
