/**
 * Gathers the facts that a plan is made from: manifests, state, switches and
 * permission states. Runs no plugin code and asks nobody.
 *
 * @module
 */

import type { FoundPlugin, ReadPlugin } from "../manifest/manifest.ts";
import {
  denoSourceSystem,
  type SourceSystem,
} from "../manifest/source_system.ts";
import { readBuiltin, readSource } from "../manifest/read_source.ts";
import {
  EMPTY_PERMISSIONS,
  type PermissionSet,
} from "../permissions/permission_set.ts";
import { PermissionInquiry } from "../permissions/permission_states.ts";
import type { PlanFacts, PluginFacts } from "../plan/plan.ts";
import { withTimeLimit } from "../base/time_limit.ts";
import type { StateReadResult } from "../state/state_store.ts";
import {
  decideSwitch,
  readSwitches,
  type Switches,
  type SwitchReading,
} from "../state/switches.ts";
import { describeThrown } from "../base/text.ts";
import { permissionRemedy } from "../permissions/permission_remedy.ts";
import type { HostCore, Reading } from "./core.ts";
import {
  resolveDeclarations,
  type ResolvedPermissions,
} from "./declared_permissions.ts";
import { keptIds } from "./kept_ids.ts";
import { withoutSupplied } from "./permission_needs.ts";
import { configProblems } from "./plugin_context.ts";
import { type PlacedPlugin, pluginsInForce } from "./plugins_in_force.ts";
import type { HostSettings } from "./settings.ts";
import { disabledIn } from "./stored_state.ts";

/** A manifest on a server, which may never answer. */
async function importInTime(
  { timeouts, clock }: HostSettings,
  specifier: string,
): Promise<unknown> {
  const limited = await withTimeLimit(
    denoSourceSystem.importJson(specifier),
    timeouts.load,
    clock,
  );
  if (limited.kind === "settled") return limited.value;
  limited.eventually.catch(() => {});
  throw new Error(`It did not answer within ${timeouts.load} ms`);
}

/**
 * Reads every source.
 *
 * @param settings The host's options.
 * @param hasBroker Whether a permission broker decides, so that what may be read is not to be known.
 * @param known What is not read again, by source, and in each by its shown source.
 * @returns What was found.
 */
export async function readAll(
  settings: HostSettings,
  hasBroker: boolean,
  known: readonly ReadonlyMap<string, FoundPlugin>[] = [],
): Promise<Reading> {
  const { builtins, sources, workingDirectory } = settings;
  const powers: SourceSystem = {
    ...denoSourceSystem,
    importJson: (specifier) => importInTime(settings, specifier),
    ...hasBroker ? { permissionState: () => "unknown" } : {},
  };
  const [handedOver, read] = await Promise.all([
    Promise.all(builtins.map(readBuiltin)),
    Promise.all(
      sources.map((source, index) =>
        readSource(source, workingDirectory, powers, known[index])
      ),
    ),
  ]);
  return { builtins: handedOver, sources: read };
}

/** Puts plugins in the order in which they claim ids: builtins first. */
function inPlace({ builtins, sources }: Reading): readonly PlacedPlugin[] {
  return [
    ...builtins.map((found, sourceIndex) => ({ found, sourceIndex })),
    ...sources.flatMap((plugins, index) =>
      plugins.map((found) => ({
        found,
        sourceIndex: builtins.length + index,
      }))
    ),
  ];
}

/**
 * Finds the plugins of a host.
 *
 * @param settings The host's options.
 * @param hasBroker Whether a permission broker decides, so that what may be read is not to be known.
 * @returns The plugins: builtins first, then in the order of the sources.
 */
export async function findPlugins(
  settings: HostSettings,
  hasBroker: boolean,
): Promise<readonly PlacedPlugin[]> {
  return inPlace(await readAll(settings, hasBroker));
}

/** Everything that is known before any plugin code runs. */
export interface Facts extends PlanFacts {
  /** The configuration of each plugin, with references. */
  readonly configs: ReadonlyMap<string, unknown>;
  /** What is stored, or why that is not known. */
  readonly stored: StateReadResult;
  /** The switches, as they were read; `undefined` when the host reads none. */
  readonly switches: Switches | undefined;
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

/**
 * Reads a switch. One that was read before counts as it was when it may not be
 * read any more: who gives up or revokes the permission switches nothing on.
 */
function readSwitch(
  { settings, switchReadings }: HostCore,
  name: string,
): SwitchReading {
  const reading = settings.powers.readSwitch(name);
  if (reading.kind === "unreadable") return switchReadings.get(name) ?? reading;
  switchReadings.set(name, reading);
  return reading;
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
    return await core.state.read();
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

/**
 * Tells which types of external plugins the switches keep out.
 *
 * @param switches The switches; none keep nobody out.
 * @returns Whether a type is kept out.
 */
export function switchedOffBy(
  switches: Switches | undefined,
): (type: string) => boolean {
  return (type) => switches !== undefined && !decideSwitch(switches, type).on;
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
 * @param read Reads the manifests, all of them by default.
 * @returns Everything that a plan depends on.
 */
export async function gatherFacts(
  core: HostCore,
  read: (hasBroker: boolean) => Promise<Reading> = (hasBroker) =>
    readAll(core.settings, hasBroker),
): Promise<Facts> {
  const { settings, registry } = core;
  const { powers } = settings;
  core.forgetEnvironment();
  const broker = powers.hasBroker();
  const [reading, stored] = await Promise.all([read(broker), readState(core)]);
  core.reading = reading;
  const found = inPlace(reading);
  core.seenIds.see(found);
  const placed = pluginsInForce(core, found);
  const readable = placed.map(({ found }) => found).filter((found) => found.ok);
  const { declared, problems } = resolveDeclarations(settings, readable);
  const inquiry = new PermissionInquiry({ broker, query: powers.query });
  const imports = importsOf(settings, declared);
  const configs = configsOf(core, stored);
  const switches = settings.switches
    ? readSwitches(
      (name) => readSwitch(core, name),
      switchableTypes(readable),
    )
    : undefined;

  function factsOf(placed: PlacedPlugin): PluginFacts {
    const { found } = placed;
    if (!found.ok) {
      const keeps = keptIds(core, found, placed.sourceIndex);
      return { ...placed, keeps, missing: [], problems: [] };
    }
    const required = declared.get(found)?.required ?? EMPTY_PERMISSIONS;
    return {
      ...placed,
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
    stored,
    switches,
    plugins: placed.map(factsOf),
    hostVersion: settings.version,
    permissionMode: settings.permissions,
    permissionRemedy: (missing) =>
      permissionRemedy(missing, {
        imports,
        ask: (entry) => inquiry.ask(entry),
        isSealed: core.isSealed,
      }),
    live: new Set(
      registry.inOrder().map(({ plugin }) => plugin.manifest.id),
    ),
    disabled: stored.ok ? disabledIn(stored.snapshot) : new Set(),
    isSwitchedOff: switchedOffBy(switches),
    stateProblem: stored.ok ? undefined : stored.problem,
  };
}
