import type {
  Health,
  HostEvents,
  PluginStatus,
  Problem,
} from "@semantik/plugins";

/** The state of a plugin, as its events tell it. */
export interface BoardEntry {
  readonly status: PluginStatus | "refused";
  /** The reasons if something is wrong. */
  readonly problems: readonly Problem[];
  /** The last health check since it became live. */
  readonly health: Health | undefined;
}

/** Listens to a host, and keeps the state of each plugin. */
export class StatusBoard {
  readonly #entries = new Map<string, BoardEntry>();

  /** Listens to a host that has not loaded yet. */
  constructor(events: HostEvents) {
    events.addEventListener("statuschange", ({ detail }) => {
      const { id, status, problems } = detail;
      this.#entries.set(id, { status, problems, health: undefined });
    });
    events.addEventListener("healthchange", ({ detail: { id, health } }) => {
      const entry = this.#entries.get(id);
      if (entry !== undefined) this.#entries.set(id, { ...entry, health });
    });
    events.addEventListener("refusal", ({ detail: { id, problems } }) => {
      if (id === undefined) return;
      this.#entries.set(id, {
        status: "refused",
        problems,
        health: undefined,
      });
    });
  }

  /** Returns the state of a plugin, or `undefined` before its first event. */
  get(id: string): BoardEntry | undefined {
    return this.#entries.get(id);
  }
}
