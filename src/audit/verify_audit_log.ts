/**
 * Whether an audit log is as it was written.
 *
 * @module
 */

import { requireOptions, requirePath } from "../base/argument.ts";
import { type AuditEvent, parseEvent } from "./audit_event.ts";
import { type AuditAnchor, createDigest } from "./chain.ts";
import { type AuditVerification, ChainVerifier } from "./chain_verifier.ts";
import { asUnavailable } from "./log_paths.ts";
import {
  type AuditLogPosition,
  LineReader,
  LogFiles,
  MalformedLines,
} from "./log_reader.ts";

/** Options of {@linkcode verifyAuditLog}. */
export interface VerifyAuditLogOptions {
  /**
   * The key that the log was written with, if it was written with one.
   *
   * @default {undefined}
   */
  readonly key?: string | Uint8Array | undefined;
  /**
   * A line that was the last one once, kept where nobody who can change the
   * log can change it. The log has to hold that line or to begin right after it;
   * otherwise it is never `intact`.
   *
   * @default {undefined}
   */
  readonly anchor?: AuditAnchor | undefined;
  /**
   * Takes each event once its line is verified, the oldest first, and none from
   * the first line on that is not as it was written: what it is given is what
   * was verified, which reading the log a second time cannot say. The result
   * still counts: a line may show that the one before it was changed.
   *
   * @default {undefined}
   */
  readonly onEvent?:
    | ((event: AuditEvent, at: AuditLogPosition) => void)
    | undefined;
  /**
   * Takes the lines that are verified and no events, beside `onEvent`.
   *
   * @default {undefined} one line on standard error says how many there were
   */
  readonly onMalformed?: ((at: AuditLogPosition) => void) | undefined;
  /**
   * Aborts the verification.
   *
   * @default {undefined}
   */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Verifies the chain of an audit log through all files that it was rotated to.
 *
 * It names the first line that was changed, removed, inserted or moved. What
 * no chain shows by itself: that lines were cut off the end, or that the oldest
 * files are gone, which rotation does too; and without a key, that somebody
 * made the whole chain anew. An anchor shows all of these.
 * Needs `--allow-read` for the files and their directory.
 *
 * @example A line that was changed
 * ```ts
 * import {
 *   createAuditLogger,
 *   JsonLinesHandler,
 *   verifyAuditLog,
 * } from "@semantik/plugins";
 * import { assertEquals } from "@std/assert";
 *
 * const directory = await Deno.makeTempDir();
 * const path = `${directory}/audit.jsonl`;
 * {
 *   using audit = createAuditLogger({
 *     handlers: [new JsonLinesHandler(path, { chain: true })],
 *   });
 *   audit.log("indexer", "index.rebuilt", { documents: 12 });
 *   audit.log("indexer", "index.rebuilt", { documents: 13 });
 * }
 * const text = await Deno.readTextFile(path);
 * await Deno.writeTextFile(path, text.replace('"documents":12', '"documents":99'));
 *
 * const result = await verifyAuditLog(path);
 *
 * assertEquals(result.status, "tampered");
 * assertEquals(result.status === "tampered" && result.at.line, 1);
 * await Deno.remove(directory, { recursive: true });
 * ```
 *
 * @example The events that were verified, in one pass
 * ```ts
 * import {
 *   createAuditLogger,
 *   JsonLinesHandler,
 *   verifyAuditLog,
 * } from "@semantik/plugins";
 * import { assertEquals } from "@std/assert";
 *
 * const directory = await Deno.makeTempDir();
 * const path = `${directory}/audit.jsonl`;
 * {
 *   using audit = createAuditLogger({
 *     handlers: [new JsonLinesHandler(path, { chain: true })],
 *   });
 *   audit.log("indexer", "index.rebuilt", { documents: 12 });
 *   audit.log("indexer", "index.rebuilt", { documents: 13 });
 * }
 * const documents: unknown[] = [];
 * const { status } = await verifyAuditLog(path, {
 *   onEvent: (event) => documents.push(event["documents"]),
 * });
 *
 * assertEquals(status, "intact");
 * assertEquals(documents, [12, 13]);
 * await Deno.remove(directory, { recursive: true });
 * ```
 *
 * @param path The path of the log.
 * @param options The key and the anchor, where there are such, and who takes the events.
 * @returns What was found.
 * @throws {PluginError} `PLUGIN_AUDIT_UNAVAILABLE` when the log cannot be read,
 * `PLUGIN_OPTION_INVALID` when the key is too short.
 */
export async function verifyAuditLog(
  path: string,
  options: VerifyAuditLogOptions = {},
): Promise<AuditVerification> {
  requirePath(path, "verify audit log", 'verifyAuditLog("./audit.jsonl")');
  requireOptions(
    options,
    "verify audit log",
    'verifyAuditLog("./audit.jsonl", { key })',
  );
  const { key, anchor, signal, onEvent } = options;
  const verifier = new ChainVerifier(createDigest(key), anchor);
  const malformed = new MalformedLines(path, options.onMalformed);
  const decoder = new TextDecoder();
  using files = new DisposableStack();
  files.defer(() => malformed.tell());
  const log = files.use(new LogFiles(path));
  for (let next = log.next(); next !== undefined; next = log.next()) {
    using current = next;
    const { path: name, file } = current;
    verifier.beginFile(name);
    const reader = new LineReader(file);
    while (!verifier.isDecided && await readOn(reader, path, signal)) {
      signal?.throwIfAborted();
      let line = reader.next();
      while (line !== undefined) {
        const text = onEvent && decoder.decode(line);
        const isNext = verifier.take(line, reader.begins, reader.ends, text);
        if (isNext && text !== undefined) {
          const event = parseEvent(text);
          if (event === undefined) malformed.add(verifier.position);
          else onEvent?.(event, verifier.position);
          signal?.throwIfAborted();
        }
        line = reader.next();
      }
    }
  }
  return verifier.finish();
}

/** Only what reading throws says something of the log: a caller's own error stays what it is. */
async function readOn(
  reader: LineReader,
  path: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    return await reader.fill();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw asUnavailable("verify", path, error);
  }
}
