/**
 * Whether an audit log is as it was written.
 *
 * @module
 */

import type { AuditVerification } from "./audit_verification.ts";
import type { AuditAnchor } from "./chain_link.ts";
import { ChainVerifier } from "./chain_verifier.ts";
import { createDigest } from "./digest.ts";
import { LineReader } from "./line_reader.ts";
import { openLogFiles } from "./open_log_files.ts";
import { asUnavailable } from "./unavailable.ts";

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
   * log can change it: the log has to hold that line.
   *
   * @default {undefined}
   */
  readonly anchor?: AuditAnchor | undefined;
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
 * made the whole chain anew. An anchor shows the first and the last of these.
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
 * @param path The path of the log.
 * @param options The key and the anchor, where there are such.
 * @returns What was found.
 * @throws {PluginError} `PLUGIN_AUDIT_UNAVAILABLE` when the log cannot be read,
 * `PLUGIN_OPTION_INVALID` when the key is too short.
 */
export async function verifyAuditLog(
  path: string,
  options: VerifyAuditLogOptions = {},
): Promise<AuditVerification> {
  const { key, anchor, signal } = options;
  const verifier = new ChainVerifier(createDigest(key), anchor);
  using files = new DisposableStack();
  const opened = openLogFiles(path).map((file) => files.use(file));
  try {
    for (const { path, file } of opened) {
      verifier.beginFile(path);
      const reader = new LineReader(file);
      while (!verifier.isDecided && await reader.fill()) {
        signal?.throwIfAborted();
        let line = reader.next();
        while (line !== undefined) {
          verifier.take(line, reader.begins, reader.ends);
          line = reader.next();
        }
      }
    }
  } catch (error) {
    if (signal?.aborted) throw error;
    throw asUnavailable("verify", path, error);
  }
  return verifier.finish();
}
