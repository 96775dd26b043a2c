/** Remembers the last status of each plugin, for `inspect()`. */

import type { Clock } from "../base/timing.ts";
import type { Problem } from "../base/errors.ts";
import type { HostEvents } from "../events/host_events.ts";
import type { PluginStatus } from "../events/lifecycle_event.ts";

export interface RememberedStatus {
  readonly status: PluginStatus;
  readonly problems: readonly Problem[];
  /** ISO 8601, UTC. */
  readonly since: string;
}

export class PluginStatuses {
  readonly #byId = new Map<string, RememberedStatus>();

  constructor(events: HostEvents, clock: Pick<Clock, "now">) {
    events.addEventListener("statuschange", ({ detail }) => {
      const { id, problems, status } = detail;
      const since = new Date(clock.now()).toISOString();
      this.#byId.set(id, { status, problems, since });
    });
  }

  get(id: string): RememberedStatus | undefined {
    return this.#byId.get(id);
  }
}
