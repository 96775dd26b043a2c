import type {
  Health,
  HostEvents,
  PluginStatus,
  Problem,
} from "@semantik/plugins";

/** What is known of a plugin from what happened to it. */
export interface BoardEntry {
  /** What became of it. */
  readonly status: PluginStatus | "refused";
  /** Why, where something is wrong. */
  readonly problems: readonly Problem[];
  /** How it said that it was, since it became live. */
  readonly health: Health | undefined;
}

/** Listens to a host, and knows how each plugin is. */
export class StatusBoard {
  readonly #entries = new Map<string, BoardEntry>();

  /**
   * Begins to listen.
   *
   * @param events The events of a host that has not loaded yet.
   */
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

  /**
   * What is known of a plugin.
   *
   * @param id The plugin.
   * @returns What is known, or `undefined` where nothing happened to it yet.
   */
  get(id: string): BoardEntry | undefined {
    return this.#entries.get(id);
  }
}
