/**
 * Events in a file, one line of JSON each.
 *
 * @module
 */

import type { LevelName } from "@std/log/levels";
import {
  argumentError,
  requireOptions,
  requirePath,
} from "../base/argument.ts";
import { PluginError } from "../base/errors.ts";
import { warnOnStderr } from "../base/stderr.ts";
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

/** The chain of a log. */
export interface AuditChainOptions {
  /**
   * The key of its hashes, at least 16 random bytes that who can change the
   * file does not have. Without a key, who can change the file can make it
   * verify again.
   *
   * @default {undefined}
   */
  readonly key?: string | Uint8Array | undefined;
}

/** Options of {@linkcode JsonLinesHandler}. */
export interface JsonLinesHandlerOptions {
  /**
   * The lowest level it writes.
   *
   * @default {"NOTSET"}
   */
  readonly level?: LevelName | undefined;
  /**
   * Whether each line bears a sequence number and the hash of the line before
   * it, so that `verifyAuditLog` can show what was changed.
   *
   * @default {false}
   */
  readonly chain?: boolean | AuditChainOptions | undefined;
  /**
   * When a new file is begun, and how many are kept.
   *
   * @default {undefined} one file, which only grows
   */
  readonly rotate?: AuditRotation | undefined;
  /**
   * Whether each line is on the disk before its call returns, so that not even
   * a power failure loses it. Costs a wait for the disk at each event.
   *
   * @default {false}
   */
  readonly fsync?: boolean | undefined;
  /**
   * Who may read and write the files, in the system's numbers. A file that is
   * there already is changed to it.
   *
   * @default {0o600}
   */
  readonly mode?: number | undefined;
  /**
   * Directories of plugins that are known beforehand; the log may not be in one.
   *
   * @default {[]}
   */
  readonly pluginDirectories?: readonly string[] | undefined;
  /**
   * Is told what does not go well with the file while events are still written.
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
      remedy: "Give maxBytes a whole number from 1 and maxFiles one from 2",
    },
  );
}

/**
 * Writes each event as one line of JSON to a file, before the call returns.
 *
 * Each line is appended whole, in one call and through no buffer, so that a
 * process that is killed loses no event whose call had returned. The file is
 * readable by its owner alone, and locked: a second writer is refused. So are a
 * symbolic link, a file that is not a log, and a log in the directory of a
 * plugin. Events that could not be written, or were written to a file that
 * somebody removed, are told by an event `audit.lost` before the next one. Needs
 * `--allow-read` and `--allow-write` for the file, its `.lock` file and the files
 * it is rotated to.
 *
 * @example A chained log that is rotated
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
   * Opens a log, and makes its file where there is none.
   *
   * @param path The path of the file; its directory has to be there.
   * @param options How it is written.
   * @throws {PluginError} `PLUGIN_AUDIT_UNAVAILABLE` when the file cannot be
   * written, is a link or no log, is in the directory of a plugin, has another
   * writer, or does not end in a line of the chain; `PLUGIN_OPTION_INVALID` when an option cannot be used.
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

  /** The path of the file, with the links of its directories followed. */
  get path(): string {
    return this.#path;
  }

  /**
   * The last line of the chain: kept elsewhere and given to `verifyAuditLog`,
   * it shows whether lines were cut off the end. `undefined` without a chain or a line.
   */
  get head(): AuditAnchor | undefined {
    return this.#chain?.head;
  }

  /** The files that it reads and writes. */
  override get files(): readonly string[] {
    const files = this.#writer?.files ?? [];
    // A chain that begins in a new file looks for the one before it.
    return this.#chain === undefined || files.length === 0
      ? files
      : [...new Set([...files, rotatedPath(this.#path, 1)])];
  }

  /**
   * Opens the log again after {@linkcode JsonLinesHandler.destroy}; does
   * nothing where it is open.
   *
   * @throws {PluginError} `PLUGIN_AUDIT_UNAVAILABLE` when it cannot be opened.
   */
  override setup(): void {
    if (this.#writer !== undefined) return;
    const { chain, rotate, fsync = false, mode = 0o600 } = this.#options;
    try {
      const { path, made } = resolveLogPath(this.#given, mode);
      try {
        refuseInside(path, [...this.#directories]);
      } catch (error) {
        if (made) Deno.removeSync(path);
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
   * Writes an event as one line; the file has it when this returns.
   *
   * @param event The event.
   * @throws When the file cannot take it, or was closed.
   */
  write(event: EncodedEvent): void {
    if (this.#writer === undefined) throw new Error("The file is closed");
    this.#writer.write(event);
  }

  /**
   * Refuses to write into the directory of a plugin, now and when the log is
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

  /** Closes the file, and lets others open it. */
  override destroy(): void {
    this.#writer?.[Symbol.dispose]();
    this.#writer = undefined;
  }
}
