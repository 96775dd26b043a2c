/** Signs the head of a chained log, from time to time. */

import { argumentError, requireOptions } from "../base/errors.ts";
import { describeThrown, warnOnStderr } from "../base/text.ts";
import { type Clock, systemClock } from "../base/timing.ts";
import { AuditHandler } from "./audit_handler.ts";
import type { AuditAnchor } from "./chain.ts";
import { checkpointLine, checkpointText } from "./checkpoint.ts";

/** Options of {@linkcode CheckpointHandler}. */
export interface CheckpointHandlerOptions {
  /** The handler of the chained log, such as a `JsonLinesHandler`. */
  readonly of: {
    /** The last line of its chain. */
    readonly head: AuditAnchor | undefined;
  };
  /** The name of the log, which each checkpoint states, e.g. that of the host. */
  readonly log: string;
  /**
   * Signs bytes as `ssh-keygen -Y sign -n semantik-plugin-checkpoint` does:
   * `signSsh` of `@semantik/plugins/provenance` with `CHECKPOINT_NAMESPACE`.
   */
  readonly sign: (text: Uint8Array<ArrayBuffer>) => Promise<string>;
  /**
   * Receives each line: the path of a file to append to, or a function that sends
   * it elsewhere. A file needs `--allow-write`.
   */
  readonly to: string | ((line: string) => void | Promise<void>);
  /**
   * The number of events after which the head is signed.
   *
   * @default {1_000}
   */
  readonly every?: number | undefined;
  /**
   * The time after which the head is signed if there is any event, in
   * milliseconds.
   *
   * @default {60_000}
   */
  readonly interval?: number | undefined;
  /**
   * Called with the first failure to sign or to append, and again with the next
   * one after a success.
   *
   * @default {undefined} one line on standard error
   */
  readonly warn?: ((message: string) => void) | undefined;
  /**
   * The clock.
   *
   * @default {undefined} the clock of the system
   */
  readonly clock?: Clock | undefined;
}

const CALL =
  'new CheckpointHandler({ of: handler, log: "search", sign, to: "./checkpoints.jsonl" })';

function checkOptions(options: CheckpointHandlerOptions): void {
  const action = "create checkpoints";
  requireOptions(options, action, CALL);
  const { of, log, sign, to, every = 1, interval = 1 } = options;
  const remedy = `Call ${CALL}`;
  const wrong = (value: unknown, expected: string) =>
    argumentError(value, { action, expected, remedy });
  if (typeof of !== "object" || of === null || !("head" in of)) {
    throw wrong(of, "the handler of a chained log as of");
  }
  if (typeof log !== "string" || log === "") {
    throw wrong(log, "a name as log");
  }
  if (typeof sign !== "function") throw wrong(sign, "a function as sign");
  if (typeof to !== "function" && (typeof to !== "string" || to === "")) {
    throw wrong(to, "a path or a function as to");
  }
  for (const limit of [every, interval]) {
    if (typeof limit === "number" && limit > 0 && limit < 2 ** 31) continue;
    throw wrong(limit, "a positive number as every and interval");
  }
}

/**
 * Signs the head of a chained log every 1,000 events, every minute in which there
 * are events, and at the end, and appends that to a place which the host cannot
 * change. `verifyAuditLog` with such checkpoints finds a cut tail, a replaced file,
 * and a chain that was made anew with its key.
 *
 * Give it to the logger after the handler of the log. It signs in the background:
 * writing an event does not wait for it.
 *
 * @example Checkpoints, and a tail that was cut off
 * ```ts
 * import {
 *   CheckpointHandler,
 *   createAuditLogger,
 *   JsonLinesHandler,
 *   parseCheckpoints,
 *   verifyAuditLog,
 * } from "@semantik/plugins/audit";
 * import { assertEquals } from "@std/assert";
 *
 * const directory = await Deno.makeTempDir();
 * const path = `${directory}/audit.jsonl`;
 * const log = new JsonLinesHandler(path, { chain: true });
 * const checkpoints = new CheckpointHandler({
 *   of: log,
 *   log: "search",
 *   // In production: signSsh(text, { key, namespace: CHECKPOINT_NAMESPACE })
 *   sign: () => Promise.resolve("a signature"),
 *   to: `${directory}/checkpoints.jsonl`,
 * });
 * {
 *   using audit = createAuditLogger({ handlers: [log, checkpoints] });
 *   audit.log("indexer", "index.rebuilt", { documents: 12 });
 *   audit.log("indexer", "index.rebuilt", { documents: 13 });
 * }
 * await checkpoints.flush();
 * const lines = (await Deno.readTextFile(path)).split("\n");
 * await Deno.writeTextFile(path, `${lines[0]}\n`);
 *
 * const kept = await Deno.readTextFile(`${directory}/checkpoints.jsonl`);
 * const { status } = await verifyAuditLog(path, {
 *   checkpoints: parseCheckpoints(kept).checkpoints,
 * });
 * assertEquals(status, "tampered");
 * await Deno.remove(directory, { recursive: true });
 * ```
 */
export class CheckpointHandler extends AuditHandler {
  readonly #options: CheckpointHandlerOptions;
  readonly #clock: Clock;
  readonly #every: number;
  readonly #interval: number;
  #waiting = 0;
  #cancelTimer: (() => void) | undefined;
  #signed: AuditAnchor | undefined;
  #signing: Promise<void> = Promise.resolve();
  #isFailing = false;

  /**
   * Creates a handler. Signs nothing yet.
   *
   * @param options The log, the key and the destination.
   * @throws {PluginError} `PLUGIN_OPTION_INVALID` if an option is invalid.
   */
  constructor(options: CheckpointHandlerOptions) {
    checkOptions(options);
    super();
    this.#options = { ...options };
    this.#clock = options.clock ?? systemClock;
    this.#every = options.every ?? 1_000;
    this.#interval = options.interval ?? 60_000;
  }

  /** The files that it appends to. */
  override get files(): readonly string[] {
    const { to } = this.#options;
    return typeof to === "string" ? [to] : [];
  }

  /** Counts an event, and signs the head if it is time. */
  write(): void {
    this.#waiting++;
    if (this.#waiting >= this.#every) this.#begin();
    else {
      this.#cancelTimer ??= this.#clock.after(
        this.#interval,
        () => this.#begin(),
      );
    }
  }

  /**
   * Signs the head now, unless it is signed already.
   *
   * @returns A promise that resolves once that was tried.
   */
  async flush(): Promise<void> {
    this.#begin();
    await this.#signing;
  }

  /**
   * Signs the last head in the background. Await
   * {@linkcode CheckpointHandler.flush} to wait for it.
   */
  override destroy(): void {
    this.#begin();
  }

  #begin(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#waiting = 0;
    const { head } = this.#options.of;
    if (head === undefined || head.hash === this.#signed?.hash) return;
    // One after the other: what is appended must not go back.
    this.#signing = this.#signing.then(() => this.#sign(head));
  }

  async #sign(head: AuditAnchor): Promise<void> {
    if (head.hash === this.#signed?.hash) return;
    const { log, sign, to } = this.#options;
    const time = new Date(this.#clock.now()).toISOString();
    const text = checkpointText({ ...head, log, time });
    try {
      const signature = await sign(new TextEncoder().encode(text));
      const line = checkpointLine(text, signature);
      if (typeof to === "function") await to(line);
      else await Deno.writeTextFile(to, line, { append: true, mode: 0o600 });
      this.#signed = head;
      this.#isFailing = false;
    } catch (thrown) {
      if (this.#isFailing) return;
      this.#isFailing = true;
      (this.#options.warn ?? warnOnStderr)(
        `A checkpoint of the audit log was not written: ${
          describeThrown(thrown)
        }`,
      );
    }
  }
}
