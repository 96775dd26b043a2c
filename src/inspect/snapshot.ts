/** The one reading of everything that a plan depends on. */

import { errorOf, PluginError, type Problem } from "../base/errors.ts";
import { describeThrown, nearestName, quote } from "../base/text.ts";
import { withTimeLimit } from "../base/timing.ts";
import {
  type FoundPlugin,
  inferIdFromSource,
  type ReadPlugin,
  unreadable,
  type UnreadablePlugin,
} from "../manifest/manifest.ts";
import {
  readBuiltin,
  readSource,
  withNpmDirectories,
} from "../manifest/read_source.ts";
import {
  denoSourceSystem,
  importJson,
  type SourceSystem,
} from "../manifest/source_system.ts";
import type { PermissionSet } from "../permissions/permission_set.ts";
import type {
  PermissionAnswer,
  PermissionDescriptor,
  PermissionQuery,
} from "../permissions/permission_states.ts";
import type { Plan, PlanFacts } from "../plan/plan.ts";
import type { KeptId, PluginFacts } from "../policy/checks.ts";
import type { ConsentRecord } from "../policy/consent.ts";
import type { Runner } from "../runners/runner.ts";
import type { Switch } from "../state/switches.ts";
import type { InspectionSettings, Reading } from "./inspection.ts";

/** The states by query; `null` if Deno does not know the permission. */
export type RecordedAnswers = Readonly<Record<string, PermissionAnswer | null>>;

function keyOf(descriptor: PermissionDescriptor): string {
  const { name, path, host, variable, kind, command } = descriptor;
  const value = path ?? host ?? variable ?? kind ?? command;
  return value === undefined ? name : `${name}:${value}`;
}

/** Passes queries on, and records every result. */
export function recordAnswers(
  query: PermissionQuery,
  answers: Record<string, PermissionAnswer | null>,
): PermissionQuery {
  return (descriptor) => {
    const key = keyOf(descriptor);
    const known = Object.hasOwn(answers, key) ? answers[key] : undefined;
    if (known) return known;
    answers[key] = null;
    const { state, partial } = query(descriptor);
    return answers[key] = Object.freeze({ state, partial });
  };
}

/** Replays recorded states. Throws for any other query, as Deno does for unknown ones. */
export function replayAnswers(answers: RecordedAnswers): PermissionQuery {
  return (descriptor) => {
    const key = keyOf(descriptor);
    const answer = Object.hasOwn(answers, key) ? answers[key] : undefined;
    if (!answer) throw new TypeError(`Cannot query ${key}: it is not recorded`);
    return answer;
  };
}

/** The permissions around one plugin. */
export interface PluginSnapshot extends PluginFacts {
  /** The absolute directory of its files. */
  readonly directory?: string | undefined;
  /** Its absolute private directory. */
  readonly dataDirectory?: string | undefined;
  /** The permissions that it declares, resolved; both empty if that failed. */
  readonly required: PermissionSet;
  readonly optional: PermissionSet;
  /** The part of them that the host's process must be granted. */
  readonly hostRequired: PermissionSet;
  readonly hostOptional: PermissionSet;
  /** The permissions that this package needs to read it, besides the sources. */
  readonly reading: PermissionSet;
  /** The decisions of people about its permissions; absent if there are none. */
  readonly record?: ConsentRecord;
}

/** The switches of the environment, as they were read. */
export interface SwitchesSnapshot {
  readonly every: Switch;
  readonly byType: Readonly<Record<string, Switch>>;
}

/** The places that hazards and flags depend on. */
export interface Surroundings {
  readonly hostDirectory: string;
  readonly deno: string;
  readonly searchPath?: readonly string[] | undefined;
  readonly homeDirectory?: string | undefined;
  readonly denoDirectory?: string | undefined;
  readonly auditFiles: readonly string[];
  /** The lock, the trust file and the store of copies, if the host has them. */
  readonly trustedPaths: readonly string[];
  /** The host that `jsr:` packages are imported from. */
  readonly jsrHost: string;
}

/** One reading of sources, state, switches and permissions. */
export interface Snapshot extends PlanFacts {
  readonly plugins: readonly PluginSnapshot[];
  /** The permissions that the application declares. */
  readonly application: PermissionSet;
  /** The permissions that this package needs: sources, state and audit trail. */
  readonly library: PermissionSet;
  /** The permissions to read the switches. */
  readonly switchNeeds: PermissionSet;
  /** The switches; absent if the host reads none. */
  readonly switches?: SwitchesSnapshot | undefined;
  /** True if `deno.lock` pins modules of plugins: then Deno has to keep to it. */
  readonly pinsModules?: boolean;
  /** True if a permission broker decides, so that grants are unknown. */
  readonly broker: boolean;
  /** True if the host was sealed. */
  readonly isSealed: boolean;
}

/** A snapshot with the data for the permission report. */
export interface ReportSnapshot extends Snapshot {
  readonly surroundings: Surroundings;
  /** The permission states for every query of the report. */
  readonly answers: RecordedAnswers;
}

/** A plugin of a source, as it applies in this process. */
export interface PlacedPlugin {
  /** The live plugin, or else the result of reading its source. */
  readonly found: FoundPlugin;
  /** The place of its source among the host's. */
  readonly sourceIndex: number;
  readonly isLive?: boolean;
  /** The reason why this process cannot import its code any more. */
  readonly stale?: Problem | undefined;
}

/** Another version has another copy, and is of the same place. */
function isSameCode(one: ReadPlugin, other: ReadPlugin): boolean {
  return one.code.kind === "object"
    ? other.code.kind === "object" && one.code.plugin === other.code.plugin
    : other.code.kind === "module" &&
      (one.copiedFrom ?? one.code).specifier ===
        (other.copiedFrom ?? other.code).specifier;
}

function asImported(
  placed: PlacedPlugin,
  importedAs: Runner["importedAs"],
): PlacedPlugin {
  const { found } = placed;
  const imported = found.ok ? importedAs(found) : undefined;
  if (!found.ok || imported === undefined) return placed;
  const { manifest, stale } = imported;
  return { ...placed, found: { ...found, manifest }, stale };
}

/**
 * Replaces plugins by those in force: a live plugin keeps its manifest, and so does
 * one whose code was imported.
 */
export function pluginsInForce(
  placed: readonly PlacedPlugin[],
  live: readonly ReadPlugin[],
  importedAs: Runner["importedAs"],
): readonly PlacedPlugin[] {
  const rest = new Map(live.map((plugin) => [plugin.manifest.id, plugin]));
  const current = placed.map((one): PlacedPlugin => {
    const { found } = one;
    const same = found.ok ? rest.get(found.manifest.id) : undefined;
    if (!found.ok || same === undefined || !isSameCode(same, found)) {
      return asImported(one, importedAs);
    }
    rest.delete(found.manifest.id);
    return { ...one, found: same, isLive: true };
  });
  const gone = [...rest.values()].map((found): PlacedPlugin => ({
    found,
    sourceIndex: placed.length,
    isLive: true,
  }));
  return [...current, ...gone];
}

/** The ids that were seen in the sources of a host, by place and source. */
export class SeenIds {
  readonly #ids = new Map<number, Map<string, string>>();

  /** Remembers the ids of all readable manifests. */
  see(
    placed: readonly {
      readonly found: FoundPlugin;
      readonly sourceIndex: number;
    }[],
  ): void {
    for (const { found, sourceIndex } of placed) {
      if (!found.ok) continue;
      const ids = this.#ids.get(sourceIndex) ?? new Map<string, string>();
      this.#ids.set(sourceIndex, ids.set(found.source, found.manifest.id));
    }
  }

  /** Returns the seen ids of an unreadable plugin, or of all plugins in a source. */
  #of(sourceIndex: number, source: string): readonly string[] {
    const ids = this.#ids.get(sourceIndex);
    const own = ids?.get(source);
    if (own !== undefined) return [own];
    const whole = source.replace(/[\\/]+$/, "");
    return [...ids ?? []]
      .filter(([one]) =>
        one.startsWith(whole) && /^[\\/]/.test(one.slice(whole.length))
      )
      .map(([, id]) => id);
  }

  /**
   * Returns the ids that a plugin with an invalid manifest keeps: the one it had
   * and the one it names, or else the name of its directory.
   */
  keptBy(
    { id, inferredId, origin, source }: UnreadablePlugin,
    sourceIndex: number,
    workingDirectory: string,
  ): readonly KeptId[] {
    const inferred = origin === "external"
      ? inferIdFromSource(source, workingDirectory)
      : undefined;
    const known = new Set(this.#of(sourceIndex, source));
    const named = id ?? inferredId;
    if (named !== undefined) known.add(named);
    if (known.size === 0 && inferred !== undefined) known.add(inferred);
    return [...known].map((one) => ({
      id: one,
      namedAfterId: one === inferred,
    }));
  }
}

/** Imports a manifest from a server, which may never respond. */
async function importInTime(
  { timeouts, clock, importModule }: InspectionSettings,
  specifier: string,
): Promise<unknown> {
  const limited = await withTimeLimit(
    importJson(specifier, importModule),
    timeouts.load,
    clock,
  );
  if (limited.kind === "settled") return limited.value;
  limited.eventually.catch(() => {});
  throw new Error(`It did not respond within ${timeouts.load} ms`);
}

/** Adds the digest of a plugin's files, if the host computes digests. */
async function withDigest(
  plugin: FoundPlugin,
  { digestOf, timeouts, clock }: InspectionSettings,
): Promise<FoundPlugin> {
  if (!plugin.ok || digestOf === undefined) return plugin;
  const { directory, source, origin, manifest: { id } } = plugin;
  if (directory === undefined || plugin.digest !== undefined) return plugin;
  try {
    const limited = await withTimeLimit(
      Promise.try(digestOf, directory),
      timeouts.load,
      clock,
    );
    if (limited.kind === "settled") {
      return { ...plugin, digest: String(limited.value) };
    }
    limited.eventually.catch(() => {});
    throw new Error(`It took more than ${timeouts.load} ms`);
  } catch (thrown) {
    const remedy = thrown instanceof PluginError
      ? thrown.remedy
      : "Correct its files, or the option digestOf";
    const problem: Problem = Object.freeze({
      code: "PLUGIN_SOURCE_UNREADABLE",
      message: `Cannot compute the digest of plugin "${id}": ${
        describeThrown(thrown)
      }`,
      remedy,
    });
    return { ...unreadable(source, [problem], id), origin };
  }
}

/** Adds what is known of a plugin besides its manifest. */
export type CompletePlugin = (plugin: FoundPlugin) => Promise<FoundPlugin>;

/** Reads every manifest except those that are known, by source. */
export async function readManifests(
  settings: InspectionSettings,
  hasBroker: boolean,
  known: readonly ReadonlyMap<string, FoundPlugin>[] = [],
  verify: CompletePlugin = (plugin) => Promise.resolve(plugin),
): Promise<Reading> {
  const { builtins, sources, workingDirectory, importModule, remoteRemedy } =
    settings;
  const system: SourceSystem = {
    ...denoSourceSystem,
    importJson: (specifier) => importInTime(settings, specifier),
    remoteRemedy: importModule === undefined ? remoteRemedy : undefined,
    ...hasBroker ? { permissionState: () => "unknown" } : {},
  };
  const [handedOver, read] = await Promise.all([
    Promise.all(builtins.map(readBuiltin)),
    Promise.all(
      sources.map((source, index) =>
        readSource(source, workingDirectory, system, known[index])
      ),
    ),
  ]);
  const complete = (plugins: readonly FoundPlugin[]) =>
    Promise.all(
      plugins.map(async (one) =>
        await verify(
          await withDigest(await withNpmDirectories(one, system), settings),
        )
      ),
    );
  return {
    builtins: await complete(handedOver),
    sources: await Promise.all(read.map(complete)),
  };
}

/** Puts plugins in the order in which they claim ids: builtins first. */
export function inPlace(
  { builtins, sources }: Reading,
): readonly PlacedPlugin[] {
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

/** The plugins with their code, in the order of the snapshot. */
interface Found {
  readonly found: readonly FoundPlugin[];
}

/** Returns the plugin of a step, with its code. */
export function pluginOf(
  { found }: Found,
  { index }: { readonly index: number },
): ReadPlugin | undefined {
  const plugin = found[index];
  return plugin?.ok ? plugin : undefined;
}

function notFound(
  subject: string,
  id: string,
  nearest: string | undefined,
  unread: readonly Problem[],
): PluginError {
  const [first] = unread;
  const remedy = nearest === undefined
    ? "Correct the id, or add the source that contains the plugin"
    : `Did you mean "${nearest}"? Else add the source that contains the plugin`;
  const problem: Problem = {
    code: "PLUGIN_NOT_FOUND",
    ...first === undefined
      ? { message: `${subject}: no source contains it`, remedy }
      : {
        message: `${subject}: no usable source contains it, and another has ` +
          `a problem: ${first.message}`,
        remedy: nearest === undefined
          ? `${first.remedy}, or correct the id`
          : `Did you mean "${nearest}"? Else: ${first.remedy}`,
      },
  };
  return errorOf(id, [problem, ...unread]);
}

function unusable(
  subject: string,
  id: string,
  source: string,
  problems: readonly Problem[],
): PluginError {
  const [first] = problems;
  return new PluginError(
    `${subject}: its manifest in ${quote(source)} cannot be used` +
      (first === undefined ? "" : `: ${first.message}`),
    {
      code: first?.code ?? "PLUGIN_MANIFEST_INVALID",
      pluginId: id,
      remedy: first?.remedy ?? "Correct the manifest",
      problems,
    },
  );
}

/** Finds a plugin; throws `PLUGIN_NOT_FOUND` or the problems of its manifest. */
export function findPlugin(
  inspection: Found,
  plan: Plan,
  action: string,
  id: string,
): ReadPlugin {
  const step = plan.steps[plan.places.get(id) ?? -1];
  const plugin = step && pluginOf(inspection, step);
  if (plugin !== undefined) return plugin;
  const subject = `Cannot ${action} plugin ${quote(id)}`;
  const kept = plan.kept.get(id);
  if (kept !== undefined) {
    throw unusable(subject, id, kept.source, kept.problems);
  }
  // Any of these may contain the plugin.
  const unread = plan.steps.flatMap(({ facts: { found } }) =>
    found.ok ? [] : found.problems
  );
  const nearest = nearestName(id, [
    ...plan.claimants.keys(),
    ...plan.kept.keys(),
  ]);
  throw notFound(subject, id, nearest, unread);
}
