/** Creates the parts of a host, when the first operation needs them. */

import { LifecycleEvents, recordEvents } from "../events/lifecycle_event.ts";
import { Inspector } from "../inspect/inspector.ts";
import { InProcess } from "../runners/in_process/in_process.ts";
import { maskCredentials } from "../secrets/credentials.ts";
import { REDACTED } from "../secrets/redaction.ts";
import { createCrashHandler } from "./failures.ts";
import type { HostBeginnings, HostParts } from "./host_parts.ts";
import type { HostSecrets } from "./host_secrets.ts";
import { Lives } from "./change_queue.ts";
import { Notices, StoredState } from "./stored_state.ts";
import { PermissionQuestions, PermissionWatch } from "./permission_watch.ts";
import { PluginStatuses } from "../events/host_events.ts";
import { timeoutsOf } from "./options.ts";

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

export function createParts(beginnings: HostBeginnings): HostParts {
  const { settings, registry, secrets, hostEvents } = beginnings;
  const { timeouts, clock } = settings;
  const mask = createMask(secrets);
  const events = new LifecycleEvents(
    recordEvents({
      host: settings.name,
      audit: settings.audit,
      redactLate: () => secrets.redactLate(),
      mask,
    }),
    (event) => hostEvents.onLifecycleEvent(event),
  );
  const lives = new Lives();
  const watch = new PermissionWatch(events);
  const state = new StoredState({
    store: settings.state,
    limit: timeouts.state,
    clock,
    events,
    find: (id) => lives.find(id),
  });
  const runner = new InProcess({
    timeoutsOf: (id) => timeoutsOf(timeouts, id),
    clock,
    importModule: settings.importModule,
    wasLeased: (id) => registry.get(id)?.wasLeased ?? false,
    onCrash: settings.containCrashes
      ? createCrashHandler(() => parts)
      : undefined,
  });
  const inspector = new Inspector({
    settings,
    state,
    runner,
    live: () => registry.inOrder(),
    isSecret: secrets.isOwn,
    mask,
  });
  const parts: HostParts = Object.freeze({
    ...beginnings,
    events,
    state,
    inspector,
    runner,
    lives,
    watch,
    mask,
    notices: new Notices(events),
    statuses: new PluginStatuses(hostEvents, clock),
    questions: new PermissionQuestions(settings.system),
  });
  return parts;
}
