/**
 * One call that writes one audit event.
 *
 * @module
 */

import type { AuditDetails } from "./audit_event.ts";
import {
  type AuditLogger,
  type AuditLogOptions,
  createAuditLogger,
} from "./audit_logger.ts";

let shared: AuditLogger | undefined;

/**
 * Writes an audit event as one line on standard error. Never throws, and needs
 * no permission.
 *
 * It is for code without a host at hand; a host's own trail is its `audit`.
 *
 * @example An event
 * ```ts
 * import { auditLog } from "@semantik/plugins";
 *
 * auditLog("indexer", "index.rebuilt", { documents: 12 });
 * auditLog("indexer", "index.failed", { error: new Error("no space") }, {
 *   level: "error",
 * });
 * ```
 *
 * @param pluginId The plugin that it is about.
 * @param action What happened, e.g. `index.rebuilt`.
 * @param details Anything that helps; what looks like a secret is redacted.
 * @param options How grave it is, and what is known of the plugin.
 */
export function auditLog(
  pluginId: string,
  action: string,
  details?: AuditDetails,
  options?: AuditLogOptions,
): void {
  shared ??= createAuditLogger();
  shared.log(pluginId, action, details, options);
}
