import {
  type AuditEvent,
  type EncodedEvent,
  parseEvent,
} from "../audit/audit_event.ts";
import { AuditHandler } from "../audit/audit_handler.ts";
import { type AuditLogger, HandlerAuditLogger } from "../audit/audit_logger.ts";
import type { PluginLog } from "../base/plugin.ts";
import type { PluginLogSink } from "../host/options.ts";
import type { RedactOptions } from "../secrets/tokens.ts";

/** One message of a plugin's log. */
export interface LoggedMessage {
  /** The id of the plugin. */
  readonly id: string;
  /** The level of the message. */
  readonly level: keyof PluginLog;
  /** The text, with secrets masked. */
  readonly message: string;
}

/** Creates a log sink that appends each message to a list. */
export function collectMessages(messages: LoggedMessage[]): PluginLogSink {
  return (id, level, message) => {
    messages.push(Object.freeze({ id, level, message }));
  };
}

/** An audit logger that keeps its events in memory. */
export interface CollectedAudit extends AuditLogger {
  /** A new list of all events so far, redacted as in a written log. */
  readonly events: readonly AuditEvent[];
  /**
   * Lists the actions so far.
   *
   * @param pluginId The id of a plugin; by default, all plugins and the host.
   * @returns The actions, in order.
   */
  actions(pluginId?: string): readonly string[];
}

/** Options of {@linkcode collectAudit}. */
export interface CollectAuditOptions {
  /**
   * The source of time stamps.
   *
   * @default {systemClock}
   */
  readonly clock?: { now(): number } | undefined;
  /**
   * Redacts secrets, as the option `redact` of `createAuditLogger`.
   *
   * @default {true}
   */
  readonly redact?: boolean | RedactOptions | undefined;
}

class MemoryHandler extends AuditHandler {
  readonly events: AuditEvent[] = [];

  override write(event: EncodedEvent): void {
    const parsed = parseEvent(`${event.open}}`);
    if (parsed !== undefined) this.events.push(parsed);
  }
}

class MemoryAudit extends HandlerAuditLogger implements CollectedAudit {
  readonly #events: readonly AuditEvent[];

  constructor(options: CollectAuditOptions) {
    const handler = new MemoryHandler();
    super({ ...options, handlers: [handler] });
    this.#events = handler.events;
  }

  get events(): readonly AuditEvent[] {
    return [...this.#events];
  }

  actions(pluginId?: string): readonly string[] {
    return this.#events
      .filter(({ plugin_id }) =>
        pluginId === undefined || plugin_id === pluginId
      )
      .map(({ action }) => action);
  }
}

/**
 * Creates an audit logger that keeps its events in memory. The events are those of
 * a written log, with secrets redacted. Needs no permission.
 *
 * @example The events of an application
 * ```ts
 * import { collectAudit } from "@semantik/plugins/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const audit = collectAudit();
 * audit.log("indexer", "index.rebuilt", { documents: 12, api_key: "x" });
 *
 * assertEquals(audit.actions("indexer"), ["index.rebuilt"]);
 * assertEquals(audit.events[0]?.documents, 12);
 * assertEquals(audit.events[0]?.api_key, "[REDACTED]");
 * ```
 *
 * @param options The source of time stamps and the redaction.
 * @returns The logger, for the option `audit` of a host.
 */
export function collectAudit(
  options: CollectAuditOptions = {},
): CollectedAudit {
  return new MemoryAudit(options);
}
