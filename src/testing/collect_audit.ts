/**
 * What plugins and hosts said: messages of the log, and events of the audit
 * trail.
 *
 * @module
 */

import {
  type AuditEvent,
  type AuditLogOptions,
  type EncodedEvent,
  parseEvent,
} from "../audit/audit_event.ts";
import { AuditHandler } from "../audit/audit_handler.ts";
import { type AuditLogger, createAuditLogger } from "../audit/audit_logger.ts";
import type { PluginLog } from "../base/plugin.ts";
import type { PluginLogSink } from "../host/plugin_log.ts";
import type { RedactOptions } from "../secrets/tokens.ts";

/** One message of a plugin's log. */
export interface LoggedMessage {
  /** The plugin. */
  readonly id: string;
  /** How grave it is. */
  readonly level: keyof PluginLog;
  /** What the plugin said; secrets are masked. */
  readonly message: string;
}

/**
 * Makes a sink that keeps what plugins log.
 *
 * @param messages Where to add each message.
 * @returns The sink: the option `log` of a host.
 */
export function collectMessages(messages: LoggedMessage[]): PluginLogSink {
  return (id, level, message) => {
    messages.push(Object.freeze({ id, level, message }));
  };
}

/** An audit trail that keeps its events in memory. */
export interface CollectedAudit extends AuditLogger {
  /** Every event so far, as a reader of the written trail would get it: redacted. A fresh list. */
  readonly events: readonly AuditEvent[];
  /**
   * What happened so far, in short.
   *
   * @param pluginId The plugin; without, every plugin and the host itself.
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
   * As the option `redact` of `createAuditLogger`.
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

class MemoryAudit implements CollectedAudit {
  readonly #handler = new MemoryHandler();
  readonly #logger: AuditLogger;

  constructor(options: CollectAuditOptions) {
    this.#logger = createAuditLogger({
      ...options,
      handlers: [this.#handler],
    });
  }

  get events(): readonly AuditEvent[] {
    return [...this.#handler.events];
  }

  get dropped(): number {
    return this.#logger.dropped;
  }

  get files(): readonly string[] {
    return this.#logger.files;
  }

  actions(pluginId?: string): readonly string[] {
    return this.#handler.events
      .filter(({ plugin_id }) =>
        pluginId === undefined || plugin_id === pluginId
      )
      .map(({ action }) => action);
  }

  log(
    pluginId: string,
    action: string,
    details?: Readonly<Record<string, unknown>>,
    options?: AuditLogOptions,
  ): void {
    this.#logger.log(pluginId, action, details, options);
  }

  redactWith(mask: (text: string) => string): Disposable {
    return this.#logger.redactWith(mask);
  }

  protect(directories: readonly string[]): void {
    this.#logger.protect(directories);
  }

  [Symbol.dispose](): void {
    this.#logger[Symbol.dispose]();
  }
}

/**
 * Makes an audit trail that keeps its events in memory, for a test to read.
 * What is written is what any trail holds, secrets redacted. Needs no permission.
 *
 * @example What an application wrote
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
 * @param options Where time stamps come from, and whether secrets are redacted.
 * @returns The trail: hand it over as the option `audit` of a host.
 */
export function collectAudit(
  options: CollectAuditOptions = {},
): CollectedAudit {
  return new MemoryAudit(options);
}
