/** A host whose audit trail and log a test can read. */

import {
  type Contracts,
  createAuditLogger,
  PluginHost,
  type PluginHostOptions,
} from "@semantik/plugins";
import { Collector, type Event } from "../audit/collector.ts";

/** What a test gives to a host. */
export type TestOptions<Types extends Contracts> = Partial<
  Omit<PluginHostOptions<Types>, "audit" | "log">
>;

/** One message of a plugin's log. */
export type LogEntry = readonly [id: string, level: string, message: string];

/** A host, and what it told. */
export interface TestHost<Types extends Contracts> extends AsyncDisposable {
  readonly host: PluginHost<Types>;
  readonly logged: readonly LogEntry[];
  /** Every event of the trail so far. */
  events(): readonly Event[];
  /** The actions of a plugin so far, or of all as `id action`. */
  actions(id?: string): readonly string[];
}

/**
 * Makes a host of version 1.0.0.
 *
 * @param options What is to be otherwise.
 * @returns The host, and what it tells.
 */
export function createTestHost<
  Types extends Contracts = Readonly<Record<never, never>>,
>(options: TestOptions<Types> = {}): TestHost<Types> {
  const collector = new Collector();
  const logged: LogEntry[] = [];
  const host = new PluginHost<Types>({
    name: "test",
    version: "1.0.0",
    ...options,
    audit: createAuditLogger({ handlers: [collector] }),
    log: (...entry) => logged.push(entry),
  });
  return {
    host,
    logged,
    events: () => collector.events,
    actions: (id) =>
      collector.events
        // A test may not read the switches, and is told so; that is a test of its own.
        .filter(({ action }) => action !== "switch.unreadable")
        .filter(({ plugin_id }) => id === undefined || plugin_id === id)
        .map(({ plugin_id, action }) =>
          id === undefined ? `${plugin_id} ${action}` : String(action)
        ),
    async [Symbol.asyncDispose]() {
      await host[Symbol.asyncDispose]();
    },
  };
}
