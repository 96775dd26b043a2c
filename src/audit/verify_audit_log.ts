/** Verifies that an audit log is as it was written. */

import { requireOptions, requirePath } from "../base/errors.ts";
import { type AuditEvent, parseEvent } from "./audit_event.ts";
import { type AuditAnchor, createHashing } from "./chain.ts";
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
   * A former last line, kept out of reach of anybody who can change the log. The
   * log must hold this line or begin right after it; otherwise it is never
   * `intact`.
   *
   * @default {undefined}
   */
  readonly anchor?: AuditAnchor | undefined;
  /**
   * Former last lines, as a `CheckpointHandler` signed them. The log must match
   * each of them that rotation has not removed, and the newest one in any case.
   * Verify their signatures first.
   *
   * @default {[]}
   */
  readonly checkpoints?: readonly AuditAnchor[] | undefined;
  /**
   * Called for each event once its line is verified, the oldest first, up to the
   * first changed line. Reading the log again could return other events.
   *
   * Check the result as well: a line can reveal that the one before was changed.
   *
   * @default {undefined}
   */
  readonly onEvent?:
    | ((event: AuditEvent, at: AuditLogPosition) => void)
    | undefined;
  /**
   * Called for each verified line that is not an event.
   *
   * @default {undefined} one line on standard error reports their number
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
 * Verifies the chain of an audit log and its rotated files.
 *
 * Finds the first line that was changed, removed, inserted or moved. A chain
 * alone cannot show that lines were removed at the end, that the oldest files are
 * missing (rotation removes them too) or, without a key, that the whole chain was
 * recomputed. An anchor or a checkpoint shows all of these. Needs `--allow-read` for the files
 * and their directory.
 *
 * @example A changed line
 * ```ts
 * import {
 *   createAuditLogger,
 *   JsonLinesHandler,
 *   verifyAuditLog,
 * } from "@semantik/plugins/audit";
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
 * @example Verified events, in one pass
 * ```ts
 * import {
 *   createAuditLogger,
 *   JsonLinesHandler,
 *   verifyAuditLog,
 * } from "@semantik/plugins/audit";
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
 * @param options The key and the anchor, and the receiver of the events.
 * @returns The result.
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
  const { key, anchor, checkpoints, signal, onEvent } = options;
  const verifier = new ChainVerifier(createHashing(key), anchor, checkpoints);
  const malformed = new MalformedLines(path, options.onMalformed);
  const decoder = new TextDecoder();
  using files = new DisposableStack();
  files.defer(() => malformed.report());
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
        const isNext = verifier.take(line, reader.begins, reader.ends);
        if (isNext && onEvent !== undefined) {
          const event = parseEvent(decoder.decode(line));
          if (event === undefined) malformed.add(verifier.position);
          else onEvent(event, verifier.position);
          signal?.throwIfAborted();
        }
        line = reader.next();
      }
    }
  }
  return verifier.finish();
}

/** Reads on; an error of the caller's own functions stays what it is. */
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
