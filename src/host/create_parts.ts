/** Creates the parts of a host, when the first operation needs them. */

import {
  type LifecycleEvent,
  LifecycleEvents,
  recordEvents,
} from "../events/lifecycle_event.ts";
import { Inspector } from "../inspect/inspector.ts";
import { InProcess } from "../runners/in_process/in_process.ts";
import { maskCredentials } from "../secrets/credentials.ts";
import { REDACTED } from "../secrets/redaction.ts";
import { declaredVariables } from "../inspect/permission_needs.ts";
import { trustLevelOf } from "../manifest/manifest.ts";
import type { Runner } from "../runners/runner.ts";
import { createPluginLog, isPredicate, timeoutsOf } from "./options.ts";
import { createCrashHandler } from "./failures.ts";
import { revokedOf } from "../policy/consent.ts";
import type { HostBeginnings, HostParts } from "./host_parts.ts";
import { Consents } from "./plugin_grants.ts";
import type { HostSecrets } from "./registry.ts";
import { Lives } from "./change_queue.ts";
import { Notices, StoredState } from "./stored_state.ts";
import { PermissionUses, PermissionWatch } from "./permission_watch.ts";
import { Questions } from "./questions.ts";
import { PluginStatuses } from "../events/host_events.ts";

function createMask({ maskKnown }: HostSecrets): (text: string) => string {
  return (text) => {
    try {
      // Known secrets first, before a part of one is masked.
      return maskCredentials(maskKnown(text));
    } catch {
      // A text that cannot be searched may contain a secret.
      return REDACTED;
    }
  };
}

export async function createParts(
  beginnings: HostBeginnings,
): Promise<HostParts> {
  const { settings, registry, secrets, hostEvents, ending } = beginnings;
  const { timeouts, clock, follow } = settings;
  const following = follow === undefined
    ? undefined
    : await import("./follow_store.ts");
  const held = following &&
    new following.Held((id) => revokedOf(consents.recordOf(id)));
  const mask = createMask(secrets);
  const telemetry = settings.telemetry === undefined
    ? undefined
    : (await import("../telemetry/telemetry.ts")).startTelemetry({
      choice: settings.telemetry,
      host: settings.name,
      audit: settings.audit,
      clock,
    });
  const events = new LifecycleEvents(
    recordEvents({
      host: settings.name,
      audit: settings.audit,
      redactLate: () => secrets.redactLate(),
      mask,
    }),
    (event) => hostEvents.onLifecycleEvent(event),
    ...telemetry === undefined
      ? []
      : [(event: LifecycleEvent) => telemetry.onLifecycleEvent(event)],
    ...held === undefined
      ? []
      : [(event: LifecycleEvent) => held.onEvent(event)],
  );
  const lives = new Lives();
  const watch = new PermissionWatch(events);
  const uses: PermissionUses = new PermissionUses((plugin) =>
    inspector.declarationOf(plugin)
  );
  const state = new StoredState({
    store: settings.state,
    copy: follow?.copy && { store: follow.copy, maxAge: follow.staleAfter },
    mask,
    limit: timeouts.state,
    clock,
    events,
    find: (id) => lives.find(id),
  });
  const questions = new Questions({
    system: settings.system,
    ask: settings.ask,
    limit: timeouts.ask,
    clock,
    ending,
  });
  const consents: Consents = new Consents({
    settings,
    state,
    events,
    questions,
    registry,
    mask,
    inspector: () => inspector,
    runner: () => runner,
  });
  const onCrash = createCrashHandler(() => parts);
  const inProcess = new InProcess({
    timeoutsOf: (id) => timeoutsOf(timeouts, id),
    clock,
    importModule: settings.importModule,
    wasLeased: (id) => registry.get(id)?.wasLeased ?? false,
    onCrash: settings.containCrashes ? onCrash : undefined,
  });
  let runner: Runner = inProcess;
  if (settings.runner !== undefined) {
    const { PlacedRunners } = await import("../runners/runner.ts");
    runner = new PlacedRunners(inProcess, settings.runner, {
      timeoutsOf: (id) => timeoutsOf(timeouts, id),
      clock,
      system: {
        query: settings.system.query,
        variable: (name) => settings.environment.get(name),
      },
      logOf: (id) => createPluginLog(id, settings.log, mask),
      trustOf: trustLevelOf,
      permissionsOf: (plugin) => inspector.declarationOf(plugin),
      grantsOf: (plugin) => consents.grantsOf(plugin),
      askFor: (plugin, entry, signal) => consents.askFor(plugin, entry, signal),
      onCheck: (plugin, check) => {
        if (check.outcome === "allowed") uses.add(plugin, check.permission);
        if (!check.isRecorded) return;
        events.emit({ action: `permission.${check.outcome}`, plugin, check });
      },
      environmentOf: (plugin) =>
        inspector.environmentFor(declaredVariables(plugin)),
      hasPredicate: (type) => {
        const contract = settings.contracts.get(type);
        return contract !== undefined && isPredicate(contract);
      },
      mask,
      onProcess: (plugin, step) =>
        events.emit({ action: `plugin.process.${step.kind}`, plugin, step }),
      onCrash,
    });
  }
  const inspector: Inspector = new Inspector({
    settings,
    state,
    runner,
    consentOf: (id) => consents.inThisRun(id),
    usedBy: (id) => uses.usedBy(id),
    canAsk: () => questions.canAsk(),
    live: () => registry.inOrder(),
    isSecret: secrets.isOwn,
    mask,
  });
  const made: Omit<HostParts, "follower"> = {
    ...beginnings,
    events,
    state,
    consents,
    inspector,
    runner,
    lives,
    watch,
    uses,
    mask,
    notices: new Notices(events),
    statuses: new PluginStatuses(hostEvents, clock),
    questions,
    telemetry,
  };
  const follower = held && follow && following &&
    new following.StoreFollower(made, follow, held);
  const parts: HostParts = Object.freeze({ ...made, follower });
  return parts;
}
