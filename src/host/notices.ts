/** Reports notices about the environment, each once. */

import type { Problem } from "../base/errors.ts";
import type { LifecycleEvents } from "../events/lifecycle_event.ts";
import type { PermissionQuery } from "../permissions/permission_states.ts";
import {
  type Switches,
  SWITCHES_FLAG,
  switchRemedy,
  switchWarnings,
} from "../state/switches.ts";

export class Notices {
  readonly #events: LifecycleEvents;
  readonly #warned = new Set<string>();
  #hasReported = false;

  constructor(events: LifecycleEvents) {
    this.#events = events;
  }

  /** Reports what the environment's files ignore or cut. */
  environment(notices: readonly Problem[] = []): void {
    if (this.#hasReported) return;
    this.#hasReported = true;
    for (const problem of notices) {
      this.#events.emit({ action: "host.environment.notice", problem });
    }
  }

  /** Reports switches that cannot be read or understood. */
  switches(switches: Switches | undefined, query: PermissionQuery): void {
    // Without an external plugin, no switch has an effect.
    if (switches === undefined || switches.byType.size === 0) return;
    const warned = switchWarnings(switches)
      .filter(({ name }) => !this.#warned.has(name));
    for (const { name } of warned) this.#warned.add(name);
    const variables = warned.filter(({ kind }) => kind === "unreadable")
      .map(({ name }) => name);
    if (variables.length > 0) {
      const isDenied = variables.some((variable) =>
        query({ name: "env", variable }).state === "denied"
      );
      this.#events.emit({
        action: "switch.unreadable",
        variables,
        flag: SWITCHES_FLAG,
        remedy: switchRemedy(isDenied),
      });
    }
    for (const { name: variable, kind, warning = "" } of warned) {
      if (kind !== "unclear") continue;
      this.#events.emit({ action: "switch.unclear", variable, warning });
    }
  }
}
