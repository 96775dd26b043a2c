/** A host whose audit trail and log a test can read. */

import {
  type Contracts,
  PluginHost,
  type PluginHostOptions,
} from "@semantik/plugins";
import { createAuditLogger } from "@semantik/plugins/audit";
import { HOST_SYSTEM, type HostSystem } from "../../src/inspect/inspection.ts";
import { Collector, type Event } from "../audit/collector.ts";

/** The options of a test host. */
export type TestOptions<Types extends Contracts = Contracts> =
  & Partial<Omit<PluginHostOptions<Types>, "audit" | "log">>
  & {
    /** The process that the host pretends to be. */
    readonly powers?: HostSystem;
  };

/** One message of a plugin's log. */
export type LogEntry = readonly [id: string, level: string, message: string];

/** A host, and what it told. */
export interface TestHost<Types extends Contracts = Contracts>
  extends AsyncDisposable {
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
 * @param options The options that differ.
 * @returns The host, and what it tells.
 */
export function createTestHost<
  Types extends Contracts = Contracts,
>({ powers, ...options }: TestOptions<Types> = {}): TestHost<Types> {
  const collector = new Collector();
  const logged: LogEntry[] = [];
  const given: PluginHostOptions<Types> = {
    name: "test",
    version: "1.0.0",
    ...options,
    audit: createAuditLogger({ handlers: [collector] }),
    log: (...entry) => logged.push(entry),
    ...powers === undefined ? {} : { [HOST_SYSTEM]: powers },
  };
  const host = new PluginHost(given);
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
