/** Describes live plugins: their health, and all that is known of them. */

import {
  PluginError,
  type PluginErrorCode,
  type Problem,
} from "../base/errors.ts";
import { pause } from "../base/timing.ts";
import type { Health } from "../events/lifecycle_event.ts";
import { showPluginConfig } from "../inspect/permission_needs.ts";
import {
  type PermissionReport,
  type PermissionReportOptions,
  pluginHazards,
} from "../inspect/permission_report.ts";
import {
  inPlace,
  type PluginSnapshot,
  type ReportSnapshot,
} from "../inspect/snapshot.ts";
import type {
  FoundPlugin,
  Manifest,
  ReadPlugin,
} from "../manifest/manifest.ts";
import { normalForm } from "../permissions/normalize_permissions.ts";
import type { Hazard } from "../permissions/path_hazards.ts";
import type { PermissionSet } from "../permissions/permission_set.ts";
import { type Decision, makePlan } from "../plan/plan.ts";
import { missingConsent } from "../policy/consent.ts";
import { EVERYONE } from "../state/state_text.ts";
import { codeOf, problemsOf, remedyIn } from "./failures.ts";
import type { Parts } from "./host_parts.ts";
import {
  HealthHistory,
  type LivePlugin,
  measureHealth,
  notLive,
} from "./registry.ts";

/** The longest time of a timer of the engine. */
const MAX_INTERVAL = 2_147_483_647;

type HealthParts = Parts<
  "settings" | "runner" | "registry" | "events" | "lives" | "watch" | "mask"
>;

/** Describes why a check failed, with the plugin's own remedy. */
function describeFailure(
  parts: HealthParts,
  plugin: ReadPlugin,
  thrown: unknown,
): string | undefined {
  const [problem] = problemsOf(parts, plugin, thrown);
  if (problem === undefined) return undefined;
  const { message, remedy } = problem;
  const cause = thrown instanceof Error ? thrown.cause : undefined;
  return remedyIn(cause) === undefined ? message : `${message}. ${remedy}`;
}

async function runCheck(parts: HealthParts, live: LivePlugin): Promise<Health> {
  const { settings, registry, events, watch, mask } = parts;
  const { clock, health: options } = settings;
  const { plugin, running, context } = live;
  let code: PluginErrorCode | undefined;
  const health = await measureHealth(
    running.canCheckHealth ? () => running.checkHealth(context) : undefined,
    clock,
    mask,
    (thrown) => {
      code = codeOf(thrown);
      return describeFailure(parts, plugin, thrown);
    },
  );
  watch.checkForRevoked(plugin);
  // The plugin was disposed meanwhile.
  if (registry.get(plugin.manifest.id) !== live) return health;
  live.health ??= new HealthHistory(options);
  const { isRecorded, isChange, previous } = live.health.add(
    health,
    clock.elapsed(),
  );
  events.emit({
    action: "plugin.health_check",
    plugin,
    health,
    ...code === undefined ? {} : { code },
    previous,
    isRecorded,
    isChange,
  });
  return health;
}

/** Joins the check that is running, if there is one. */
function check(parts: HealthParts, live: LivePlugin): Promise<Health> {
  return live.checking ??= runCheck(parts, live).finally(() => {
    live.checking = undefined;
  });
}

/** Checks the health of one plugin. Throws `PLUGIN_NOT_LIVE` if it is not live. */
export async function checkHealth(
  parts: HealthParts,
  id: string,
): Promise<Health> {
  const live = parts.registry.get(id);
  if (live === undefined) throw notLive(id);
  return await check(parts, live);
}

/** Checks the health of every live plugin concurrently. */
export async function checkAllHealth(
  parts: HealthParts,
): Promise<ReadonlyMap<string, Health>> {
  return new Map(
    await Promise.all(
      parts.registry.inOrder().map(async (live) =>
        [live.plugin.manifest.id, await check(parts, live)] as const
      ),
    ),
  );
}

/** Checks health repeatedly, with a pause after each round. */
export async function watchHealth(
  parts: HealthParts,
  every: number,
  signal: AbortSignal,
): Promise<void> {
  if (!(every >= 1 && every <= MAX_INTERVAL)) {
    throw new PluginError(`Cannot watch health: the interval is ${every}`, {
      code: "PLUGIN_OPTION_INVALID",
      remedy: `Pass milliseconds from 1 to ${MAX_INTERVAL}`,
    });
  }
  const { clock } = parts.settings;
  while (!signal.aborted) {
    await checkAllHealth(parts);
    await pause(clock, every, signal).catch(() => {});
  }
}

type InspectParts = Parts<
  | "settings"
  | "inspector"
  | "registry"
  | "runner"
  | "statuses"
  | "mask"
  | "consents"
  | "state"
>;

/** The plugins of a host, as `PluginHost.inspect` describes them. */
export interface HostInspection {
  /** The name of the application. */
  readonly name: string;
  /** The version of the application. */
  readonly version: string;
  /** The plugins, in the order of the plan. */
  readonly plugins: readonly {
    /** Its id, if it could be read. */
    readonly id: string | undefined;
    /** Its source, without secrets. */
    readonly source: string;
    /** The option of the host that named it: `builtins` or `sources`. */
    readonly origin: "builtin" | "external";
    /** Its manifest, if it could be read. */
    readonly manifest: Manifest | undefined;
    /**
     * Its status.
     *
     * - `"live"`: it can be used;
     * - `"failed"`: its code ran and failed;
     * - `"refused"`: its code must not run;
     * - `"disabled"`: it is disabled in the stored state, or switched off;
     * - `"idle"`: nothing speaks against it, but it is not loaded, or was disposed.
     */
    readonly status: "live" | "failed" | "refused" | "disabled" | "idle";
    /** The time of the last change of its status, if there was one: ISO 8601, UTC. */
    readonly since: string | undefined;
    /** The reasons, if something is wrong. */
    readonly problems: readonly Problem[];
    /** The decision that a load would make now. */
    readonly decision: Decision;
    /** Its health, if it is live and was checked. */
    readonly health: Health | undefined;
    /** The process that it has of its own, if one runs. */
    readonly process: {
      /** The id of the process. */
      readonly pid: number;
      /** The limits that hold for it, e.g. `memory_mib`: see `docs/subprocess.md`. */
      readonly limits: Readonly<Record<string, number>>;
      /** The time of its start: ISO 8601, UTC. */
      readonly since: string;
    } | undefined;
    /** The permissions that it requires, in whatever process it runs. */
    readonly required: PermissionSet;
    /** The permissions that it uses if they are granted. */
    readonly optional: PermissionSet;
    /** The permissions that the host's process needs for it and was not granted. */
    readonly missing: PermissionSet;
    /** The permissions that are more dangerous than they look, the worst first. */
    readonly hazards: readonly Hazard[];
    /** The decisions about its permissions, if its manifest could be read. */
    readonly consent: {
      /** The recorded yes, if there is one. */
      readonly agreed: {
        /** The permissions that were agreed to. */
        readonly permissions: PermissionSet;
        /** The place of the code that it was given for. */
        readonly source: string;
        /** The person who gave it, unless it was the application. */
        readonly by?: string;
        /** The time: ISO 8601, UTC. */
        readonly at: string;
      } | undefined;
      /** The yes that its code waits for, if it does. */
      readonly waiting:
        | Extract<Decision, { readonly kind: "ask" }>["consent"]
        | undefined;
      /** The permissions that were taken from it, or from all plugins. */
      readonly revoked: PermissionSet;
      /** The permissions that were taken from it alone, and who did that. */
      readonly revocation: HostInspection["revocation"];
      /** The permissions that it may use once it runs. */
      readonly granted: PermissionSet;
      /** The optional permissions that nobody decided about. */
      readonly undecided: PermissionSet;
    } | undefined;
    /**
     * What its files declare now, if it runs in a process of its own, which has
     * older ones: `reload` needs that.
     */
    readonly update: {
      /** The version. */
      readonly version: string;
      /** The permissions that it will require. */
      readonly required: PermissionSet;
      /** The permissions that it will use if they are granted. */
      readonly optional: PermissionSet;
      /** Those that are more dangerous than they look, the worst first. */
      readonly hazards: readonly Hazard[];
      /** The yes that it will wait for, if it does. */
      readonly waiting:
        | Extract<Decision, { readonly kind: "ask" }>["consent"]
        | undefined;
    } | undefined;
    /** Its configuration, if it has one. */
    readonly config: {
      /** JSON with its references, and `[REDACTED]` in the place of each secret. */
      readonly value: unknown;
      /** The paths of the values that `value` does not show. */
      readonly hidden: readonly string[];
    } | undefined;
  }[];
  /** The permissions that were taken from all plugins, and who did that. */
  readonly revocation: {
    /** The permissions. */
    readonly permissions: PermissionSet;
    /** The person who took the last of them, unless it was the application. */
    readonly by?: string;
    /** The time of that, if it is known: ISO 8601, UTC. */
    readonly at?: string;
  } | undefined;
  /** The permissions that the application, this package and the plugins need. */
  readonly permissions: PermissionReport;
}

type InspectedPlugin = HostInspection["plugins"][number];

function statusOf(
  { registry, statuses }: InspectParts,
  decision: Decision,
): Pick<InspectedPlugin, "status" | "since" | "problems"> {
  const { id, kind } = decision;
  const last = id === undefined ? undefined : statuses.get(id);
  const since = last?.since;
  if (kind === "refuse") {
    return { status: "refused", since, problems: decision.problems };
  }
  if (id !== undefined && registry.get(id) !== undefined) {
    return { status: "live", since, problems: [] };
  }
  if (kind === "skip") return { status: "disabled", since, problems: [] };
  return last?.status === "failed"
    ? { status: "failed", since, problems: last.problems }
    : { status: "idle", since, problems: [] };
}

function revocationOf(
  { state }: Parts<"state">,
  id: string,
): HostInspection["revocation"] {
  const { revoked, revocation } = state.stateOf(id) ?? {};
  return revoked === undefined
    ? undefined
    : Object.freeze({ permissions: revoked, ...revocation });
}

function consentOf(
  parts: InspectParts,
  plugin: ReadPlugin,
  waiting: PluginSnapshot["waiting"],
): InspectedPlugin["consent"] {
  const { id } = plugin.manifest;
  const { consents } = parts;
  const { consents: [agreed] } = consents.recordOf(id);
  const { granted, revoked, undecided } = consents.grantsOf(plugin);
  return Object.freeze({
    agreed,
    waiting,
    revoked,
    revocation: revocationOf(parts, id),
    granted,
    undecided,
  });
}

/** A plugin in a process of its own whose files differ from what runs. */
interface Updated {
  readonly index: number;
  readonly file: ReadPlugin;
}

function findUpdated(
  { inspector, registry, runner }: InspectParts,
  found: readonly FoundPlugin[],
): readonly Updated[] {
  const { reading } = inspector;
  if (reading === undefined) return [];
  const files = new Map(
    inPlace(reading).flatMap(({ found }) =>
      found.ok ? [[found.manifest.id, found] as const] : []
    ).reverse(),
  );
  return found.flatMap((one, index) => {
    if (!one.ok || registry.get(one.manifest.id) === undefined) return [];
    const file = files.get(one.manifest.id);
    // Without a restart, this process cannot run other code.
    return file === undefined || runner.kindOf(file) === "in-process" ||
        JSON.stringify(file.manifest) === JSON.stringify(one.manifest)
      ? []
      : [{ index, file }];
  });
}

/** Describes the updates of live plugins, by their place. */
function updatesOf(
  parts: InspectParts,
  snapshot: ReportSnapshot,
  found: readonly FoundPlugin[],
): ReadonlyMap<number, InspectedPlugin["update"]> {
  const updated = findUpdated(parts, found);
  if (updated.length === 0) return new Map();
  const { consents, inspector, settings } = parts;
  const plugins = [...snapshot.plugins];
  for (const { file, index } of updated) {
    const facts = plugins[index];
    const { required, optional } = inspector.declarationOf(file);
    if (facts === undefined) continue;
    plugins[index] = {
      ...facts,
      required,
      optional,
      hostRequired: required,
      hostOptional: optional,
    };
  }
  const hazards = pluginHazards({ ...snapshot, plugins });
  return new Map(updated.map(({ file, index }) => {
    const { required, optional } = inspector.declarationOf(file);
    const { id, version } = file.manifest;
    return [
      index,
      Object.freeze({
        version,
        required,
        optional,
        hazards: hazards[index] ?? [],
        waiting: missingConsent(
          inspector.subjectOf(file),
          consents.recordOf(id),
          settings.consent,
        ),
      }),
    ];
  }));
}

function describe(
  parts: InspectParts,
  decision: Decision,
  found: FoundPlugin,
  { missing, optional, required, waiting }: PluginSnapshot,
  hazards: readonly Hazard[],
  config: unknown,
  update: InspectedPlugin["update"],
): InspectedPlugin {
  const { settings, registry, statuses, mask } = parts;
  const { id, source } = decision;
  const status = statusOf(parts, decision);
  return Object.freeze({
    id,
    source,
    origin: found.origin,
    manifest: found.ok ? found.manifest : undefined,
    ...status,
    decision,
    health: status.status === "live" && id !== undefined
      ? registry.get(id)?.health?.inForce
      : undefined,
    process: id === undefined ? undefined : statuses.processOf(id),
    required,
    optional,
    missing: normalForm(missing),
    hazards,
    consent: found.ok ? consentOf(parts, found, waiting) : undefined,
    update,
    config: !found.ok || config === undefined ? undefined : showPluginConfig(
      settings,
      found,
      config,
      (text) => mask(text) !== text,
    ),
  });
}

export async function inspectPlugins(
  parts: InspectParts,
  options: PermissionReportOptions,
): Promise<HostInspection> {
  const { name, version } = parts.settings;
  const { inspection, report } = await parts.inspector.report(options);
  const { configs, found, snapshot } = inspection;
  const hazards = pluginHazards(snapshot);
  const updates = updatesOf(parts, snapshot, found);
  const plugins = makePlan(snapshot).steps.flatMap(({ decision, index }) => {
    const one = found[index];
    const facts = snapshot.plugins[index];
    if (one === undefined || facts === undefined) return [];
    const config = one.ok ? configs.get(one.manifest.id) : undefined;
    return [
      describe(
        parts,
        decision,
        one,
        facts,
        hazards[index] ?? [],
        config,
        updates.get(index),
      ),
    ];
  });
  return Object.freeze({
    name,
    version,
    plugins: Object.freeze(plugins),
    revocation: revocationOf(parts, EVERYONE),
    permissions: report,
  });
}
