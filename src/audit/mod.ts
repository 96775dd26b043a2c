/**
 * The audit trail: loggers, handlers that write events, and functions that read
 * a log and verify that nobody changed it.
 *
 * @example Writing a log and reading it
 * ```ts
 * import {
 *   createAuditLogger,
 *   JsonLinesHandler,
 *   readAuditLog,
 * } from "@semantik/plugins/audit";
 * import { assertEquals } from "@std/assert";
 *
 * const directory = await Deno.makeTempDir();
 * const path = `${directory}/audit.jsonl`;
 * {
 *   using audit = createAuditLogger({ handlers: [new JsonLinesHandler(path)] });
 *   audit.log("indexer", "index.rebuilt", { documents: 12 });
 * }
 * const [event] = await Array.fromAsync(readAuditLog(path));
 *
 * assertEquals(event?.action, "index.rebuilt");
 * await Deno.remove(directory, { recursive: true });
 * ```
 *
 * @module
 */

import "../base/require_deno.ts";

export {
  type AuditEvent,
  type AuditLevel,
  type AuditLogOptions,
  type AuditValue,
  EncodedEvent,
} from "./audit_event.ts";
export { AuditHandler } from "./audit_handler.ts";
export {
  auditLog,
  type AuditLogger,
  type AuditLoggerOptions,
  createAuditLogger,
} from "./audit_logger.ts";
export type { Clock } from "../base/timing.ts";
export type { AuditAnchor } from "./chain.ts";
export type {
  AuditVerification,
  Tampered,
  Unchained,
  VerifiedLines,
} from "./chain_verifier.ts";
export {
  type AuditCheckpoint,
  CHECKPOINT_NAMESPACE,
  type CheckpointList,
  parseCheckpoints,
  type SignedCheckpoint,
} from "./checkpoint.ts";
export {
  CheckpointHandler,
  type CheckpointHandlerOptions,
} from "./checkpoint_handler.ts";
export {
  type AuditSink,
  shipAuditLog,
  type ShipAuditLogOptions,
  type ShippedEvent,
  type ShippingProgress,
} from "./ship_audit_log.ts";
export { commandSink, type CommandSinkOptions } from "./command_sink.ts";
export {
  AuditConsoleHandler,
  type AuditConsoleHandlerOptions,
} from "./console_handler.ts";
export {
  type AuditChainOptions,
  JsonLinesHandler,
  type JsonLinesHandlerOptions,
} from "./json_lines_handler.ts";
export type { AuditRotation } from "./log_paths.ts";
export type { AuditLogPosition } from "./log_reader.ts";
export { readAuditLog, type ReadAuditLogOptions } from "./read_audit_log.ts";
export {
  verifyAuditLog,
  type VerifyAuditLogOptions,
} from "./verify_audit_log.ts";
export type { RedactOptions } from "../secrets/tokens.ts";
