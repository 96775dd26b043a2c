/** Writes audit events to a file, one JSON object a line. */

import type { LevelName } from "@std/log/levels";
import {
  argumentError,
  PluginError,
  requireOptions,
  requirePath,
} from "../base/errors.ts";
import { warnOnStderr } from "../base/text.ts";
import type { EncodedEvent } from "./audit_event.ts";
import { AuditHandler } from "./audit_handler.ts";
import { type AuditAnchor, LineChain } from "./chain.ts";
import {
  asUnavailable,
  type AuditRotation,
  refuseInside,
  resolveLogPath,
  rotatedPath,
} from "./log_paths.ts";
import { LogWriter, Losses } from "./log_writer.ts";

/** Options of the chain of a log. */
export interface AuditChainOptions {
  /**
   * The key of its hashes: at least 16 random bytes that nobody has who can change
   * the file. Without a key, anybody who can change the file can recompute the
   * chain.
   *
   * @default {undefined}
   */
  readonly key?: string | Uint8Array | undefined;
}

/** Options of {@linkcode JsonLinesHandler}. */
export interface JsonLinesHandlerOptions {
  /**
   * The minimum level.
   *
   * @default {"NOTSET"}
   */
  readonly level?: LevelName | undefined;
  /**
   * Adds a sequence number and the hash of the previous line to each line, so
   * that `verifyAuditLog` can find changes.
   *
   * @default {false}
   */
  readonly chain?: boolean | AuditChainOptions | undefined;
  /**
   * The maximum size and number of files.
   *
   * @default {undefined} one file without a limit
   */
  readonly rotate?: AuditRotation | undefined;
  /**
   * Flushes each line to disk before its call returns, so that not even a power
   * failure loses it. Each event then waits for the disk.
   *
   * @default {false}
   */
  readonly fsync?: boolean | undefined;
  /**
   * The mode of the files, also of one that exists already.
   *
   * @default {0o600}
   */
  readonly mode?: number | undefined;
  /**
   * Directories of plugins that are known beforehand. The log must not be in one.
   *
   * @default {[]}
   */
  readonly pluginDirectories?: readonly string[] | undefined;
  /**
   * Called once with the first problem of the file, while events are still
   * written.
   *
   * @default {undefined} one line on standard error
   */
  readonly warn?: ((message: string) => void) | undefined;
}

const CALL = 'new JsonLinesHandler("./audit.jsonl")';
const OPTIONS_CALL = 'new JsonLinesHandler("./audit.jsonl", { chain: true })';

type Kind = readonly [expected: string, fits: (value: unknown) => boolean];

const isBoolean = (value: unknown) => typeof value === "boolean";
const isObject = (value: unknown) =>
  typeof value === "object" && value !== null;

const OPTION_KINDS: Partial<
  Readonly<Record<keyof JsonLinesHandlerOptions, Kind>>
> = {
  chain: ["true, false or { key }", (one) => isBoolean(one) || isObject(one)],
  rotate: ["{ maxBytes, maxFiles }", isObject],
  fsync: ["true or false", isBoolean],
  mode: ["a number such as 0o600", Number.isInteger],
  pluginDirectories: ["a list of paths", Array.isArray],
  warn: ["a function", (one) => typeof one === "function"],
};

function checkArguments(path: unknown, options: JsonLinesHandlerOptions): void {
  requirePath(path, "open audit log", CALL);
  requireOptions(options, "open audit log", OPTIONS_CALL);
  for (const [name, [expected, fits]] of Object.entries(OPTION_KINDS)) {
    const value: unknown = Reflect.get(options, name);
    if (value === undefined || fits(value)) continue;
    throw argumentError(value, {
      action: `use option "${name}" of the audit log`,
      expected,
      remedy: `Give ${name} ${expected}, or leave it out`,
    });
  }
}

function checkRotation(rotate: AuditRotation | undefined): void {
  if (rotate === undefined) return;
  const { maxBytes, maxFiles } = rotate;
  if (
    Number.isSafeInteger(maxBytes) && maxBytes > 0 &&
    Number.isSafeInteger(maxFiles) && maxFiles > 1
  ) return;
  throw new PluginError(
    `Cannot rotate the audit log: maxBytes is ${maxBytes} and maxFiles is ${maxFiles}`,
    {
      code: "PLUGIN_OPTION_INVALID",
      remedy:
        "Give maxBytes an integer of at least 1, and maxFiles one of at least 2",
    },
  );
}

/**
 * Writes each event as one line of JSON to a file, before the call returns.
 *
 * Each line is appended in a single unbuffered call: a process that is killed
 * loses no event whose call had returned. The file is readable by its owner only,
 * and locked: a second writer is refused, as are a symbolic link, a file that is
 * not a log, and a log in the directory of a plugin. An event `audit.lost` reports
 * events that could not be written, or that were in a file which somebody removed.
 * Needs `--allow-read` and `--allow-write` for the file, its `.lock` file and its
 * rotated files.
 *
 * @example A chained log that is rotated
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
 *   const handler = new JsonLinesHandler(path, {
 *     chain: true,
 *     rotate: { maxBytes: 10_000_000, maxFiles: 5 },
 *   });
 *   using audit = createAuditLogger({ handlers: [handler] });
 *   audit.log("indexer", "index.rebuilt", { documents: 12 });
 * }
 * const { status } = await verifyAuditLog(path);
 *
 * assertEquals(status, "intact");
 * await Deno.remove(directory, { recursive: true });
 * ```
 */
export class JsonLinesHandler extends AuditHandler {
  readonly #given: string;
  readonly #options: JsonLinesHandlerOptions;
  readonly #directories: Set<string>;
  readonly #losses = new Losses();
  #path = "";
  #writer: LogWriter | undefined;
  #chain: LineChain | undefined;

  /**
   * Opens a log, and creates its file if it does not exist.
   *
   * @param path The path of the file; its directory must exist.
   * @param options The chain, rotation, mode and more.
   * @throws {PluginError} `PLUGIN_AUDIT_UNAVAILABLE` when the file cannot be
   * written, is a link or not a log, is in the directory of a plugin, has another
   * writer, or does not end in a chained line although the log is chained;
   * `PLUGIN_OPTION_INVALID` when an option is invalid.
   */
  constructor(path: string, options: JsonLinesHandlerOptions = {}) {
    checkArguments(path, options);
    super(options.level);
    checkRotation(options.rotate);
    this.#given = path;
    this.#options = { ...options };
    this.#directories = new Set(options.pluginDirectories);
    this.setup();
  }

  /** The path of the file; links in its directory are resolved. */
  get path(): string {
    return this.#path;
  }

  /**
   * The last line of the chain. Keep it elsewhere and pass it to `verifyAuditLog`:
   * it shows whether lines were removed at the end. `undefined` without a chain or
   * a line.
   */
  get head(): AuditAnchor | undefined {
    return this.#chain?.head;
  }

  /** The files that it reads and writes. */
  override get files(): readonly string[] {
    const files = this.#writer?.files ?? [];
    // A chain in a new file looks for the previous one.
    return this.#chain === undefined || files.length === 0
      ? files
      : [...new Set([...files, rotatedPath(this.#path, 1)])];
  }

  /**
   * Opens the log again after {@linkcode JsonLinesHandler.destroy}; does
   * nothing if it is open.
   *
   * @throws {PluginError} `PLUGIN_AUDIT_UNAVAILABLE` when it cannot be opened.
   */
  override setup(): void {
    if (this.#writer !== undefined) return;
    const { chain, rotate, fsync = false, mode = 0o600 } = this.#options;
    try {
      const { path, isNew } = resolveLogPath(this.#given, mode);
      try {
        refuseInside(path, [...this.#directories]);
      } catch (error) {
        if (isNew) Deno.removeSync(path);
        throw error;
      }
      this.#chain = chain === undefined || chain === false
        ? undefined
        : new LineChain(chain === true ? undefined : chain.key);
      const warn = this.#options.warn ?? warnOnStderr;
      const options = { mode, rotate, fsync, warn };
      this.#writer = new LogWriter(path, options, this.#chain, this.#losses);
      this.#path = path;
    } catch (error) {
      throw asUnavailable("open", this.#given, error);
    }
  }

  /**
   * Writes an event as one line, before it returns.
   *
   * @param event The event.
   * @throws When the file cannot be written, or was closed.
   */
  write(event: EncodedEvent): void {
    if (this.#writer === undefined) throw new Error("The file is closed");
    this.#writer.write(event);
  }

  /**
   * Refuses to write in the directory of a plugin, now and whenever the log is
   * opened again.
   *
   * @param directories The directories of plugins.
   * @throws {PluginError} `PLUGIN_AUDIT_UNAVAILABLE` when the log is in one of them.
   */
  override protect(directories: readonly string[]): void {
    for (const directory of directories) this.#directories.add(directory);
    try {
      refuseInside(this.#path, directories);
    } catch (error) {
      throw asUnavailable("use", this.#path, error);
    }
  }

  /** Closes the file and releases its lock. */
  override destroy(): void {
    this.#writer?.[Symbol.dispose]();
    this.#writer = undefined;
  }
}
