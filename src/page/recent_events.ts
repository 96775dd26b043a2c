import {
  type AuditEvent,
  AuditHandler,
  type EncodedEvent,
} from "../audit/mod.ts";
import { argumentError } from "../base/errors.ts";

/** Options of {@linkcode RecentEvents}. */
export interface RecentEventsOptions {
  /**
   * The number of events to keep for each plugin.
   *
   * @default {10}
   */
  readonly perPlugin?: number;
}

// Ids that no plugin has could otherwise fill the memory.
const MAX_PLUGINS = 2_000;
const MAX_PER_PLUGIN = 1_000;

/**
 * An audit handler that keeps the last events of each plugin in memory, for the
 * page. It writes nothing anywhere: use it beside the handlers that do.
 *
 * @example The last events of a plugin
 * ```ts
 * import { createAuditLogger } from "@semantik/plugins/audit";
 * import { RecentEvents } from "@semantik/plugins/page";
 * import { assertEquals } from "@std/assert";
 *
 * const trail = new RecentEvents({ perPlugin: 2 });
 * using audit = createAuditLogger({ handlers: [trail] });
 * for (const documents of [1, 2, 3]) {
 *   audit.log("indexer", "index.rebuilt", { documents });
 * }
 *
 * assertEquals(trail.of("indexer").map((event) => event.documents), [3, 2]);
 * ```
 */
export class RecentEvents extends AuditHandler {
  readonly #perPlugin: number;
  readonly #byPlugin = new Map<string, EncodedEvent[]>();
  readonly #listeners = new Set<(id: string) => void>();

  /**
   * Creates a handler that keeps nothing yet.
   *
   * @param options The number of events to keep.
   * @throws {PluginError} `PLUGIN_OPTION_INVALID` if the number is invalid.
   */
  constructor({ perPlugin = 10 }: RecentEventsOptions = {}) {
    super();
    if (
      !Number.isSafeInteger(perPlugin) || perPlugin < 1 ||
      perPlugin > MAX_PER_PLUGIN
    ) {
      throw argumentError(perPlugin, {
        action: "keep recent events",
        expected: `a whole number from 1 to ${MAX_PER_PLUGIN}`,
        remedy: "Pass a number, as in new RecentEvents({ perPlugin: 10 })",
      });
    }
    this.#perPlugin = perPlugin;
  }

  /**
   * Keeps an event, and forgets the oldest one if there are too many.
   *
   * @param event The event.
   */
  override write(event: EncodedEvent): void {
    const { message } = event;
    const id = message.slice(
      "PLUGIN_AUDIT: ".length,
      Math.max(0, message.indexOf(" - ")),
    );
    const kept = this.#byPlugin.get(id) ?? [];
    kept.push(event);
    if (kept.length > this.#perPlugin) kept.shift();
    // The plugins that were quiet for longest come first.
    this.#byPlugin.delete(id);
    this.#byPlugin.set(id, kept);
    const [quietest] = this.#byPlugin.keys();
    if (this.#byPlugin.size > MAX_PLUGINS && quietest !== undefined) {
      this.#byPlugin.delete(quietest);
    }
    for (const listener of this.#listeners) listener(id);
  }

  /**
   * Returns the last events of a plugin.
   *
   * @param id The id of the plugin.
   * @returns The events, the newest first.
   */
  of(id: string): readonly AuditEvent[] {
    return (this.#byPlugin.get(id) ?? []).map((event) => event.data())
      .reverse();
  }

  /**
   * Calls a function after each event.
   *
   * @param listener The function, with the id of the plugin. Must not throw.
   * @returns Stops the calls when it is disposed.
   */
  listen(listener: (id: string) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }
}
