/**
 * Runs plugins in processes of their own, where Deno enforces their manifests.
 *
 * @example A host whose plugins run in processes of their own
 * ```ts
 * import { PluginHost } from "@semantik/plugins";
 * import { subprocess } from "@semantik/plugins/subprocess";
 * import { assertEquals } from "@std/assert";
 *
 * await using host = new PluginHost({
 *   name: "search",
 *   version: "1.4.0",
 *   runner: subprocess({ limits: { memory: 256, call: 30_000 } }),
 * });
 * const report = await host.load();
 *
 * assertEquals(report.loaded, []);
 * ```
 *
 * @module
 */

import "../../base/require_deno.ts";

import { isRecord, PluginError } from "../../base/errors.ts";
import { isAbsolutePath, normalizePath, resolvePath } from "../../base/path.ts";
import { defineRunner, type PluginRunner } from "../runner.ts";
import type { SubprocessCommand, SubprocessPlugin } from "./command.ts";
import { readLimits, type SubprocessLimits } from "./limits.ts";
import { DEFAULT_SOCKETS } from "./placement.ts";
import { SubprocessRunner } from "./runner.ts";

export type { PluginRunner } from "../runner.ts";
export type { SubprocessCommand, SubprocessPlugin } from "./command.ts";
export type { SubprocessLimits } from "./limits.ts";

/** The options of {@linkcode subprocess}. */
export interface SubprocessOptions {
  /**
   * The way in which Deno enforces a manifest: by its permission flags, or by asking
   * the host about each access (`"live"`). The second follows what the host grants
   * and revokes while the plugin runs. It is experimental in Deno, and takes some
   * 50 µs an access.
   *
   * @default {"flags"}
   */
  readonly mode?: "flags" | "live";
  /**
   * The directory of the sockets at which processes ask, in live mode. It is made
   * with access for this user alone, and must not be open to others.
   *
   * @default {"/tmp/semantik_plugins"}
   */
  readonly sockets?: string;
  /**
   * The part of the allowed accesses that is recorded as `permission.allowed`, in
   * live mode: 1 for all of them. Denied ones are always recorded, summed up.
   *
   * @default {0}
   */
  readonly recordAllowed?: number;
  /**
   * The number of processes that are started before a plugin needs one, in live
   * mode. A plugin that gets one starts some 10 ms sooner. There,
   * `Deno.permissions` knows nothing of its manifest, and its local storage ends
   * with the process. A plugin with imports from packages or servers, or with a
   * `deno.json`, gets a process of its own, and so does each if `wrap` is given.
   *
   * @default {0}
   */
  readonly prewarm?: number;
  /**
   * The limits of each process.
   *
   * @default {{}} 256 MiB of memory, 30 s a call
   */
  readonly limits?: Partial<SubprocessLimits>;
  /**
   * The path of Deno.
   *
   * @default {Deno.execPath()} and for a compiled program the first on `PATH`
   */
  readonly deno?: string;
  /**
   * The `deno.json` by which plugins without one of their own resolve imports.
   *
   * @default {undefined} such plugins import by full specifiers
   */
  readonly config?: string;
  /**
   * True to have Deno fetch the packages and modules that a plugin imports, before
   * any of its code runs.
   *
   * @default {true}
   */
  readonly fetch?: boolean;
  /**
   * Changes the command that starts a process, e.g. to one that starts it in a
   * container with the files that the plugin may use.
   *
   * @default {undefined} the command is run as it is
   */
  readonly wrap?: (
    command: SubprocessCommand,
    plugin: SubprocessPlugin,
  ) => SubprocessCommand;
}

const MAX_PREWARM = 64;

function invalid(option: string, remedy: string): PluginError {
  return new PluginError(
    `Cannot create a runner: option "${option}" is invalid`,
    { code: "PLUGIN_OPTION_INVALID", remedy },
  );
}

/**
 * Creates a runner that gives each plugin a process of its own, with exactly the
 * permissions that its manifest declares.
 *
 * Requires `run` permission for Deno.
 *
 * @param options The limits of a process, and how it is started.
 * @returns The runner, for the option `runner` of a host.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` if an option is invalid.
 */
export function subprocess(options: SubprocessOptions = {}): PluginRunner {
  const given: unknown = options;
  if (!isRecord(given)) {
    throw invalid("options", "Pass an object, or nothing");
  }
  const { mode = "flags", deno, config, wrap, fetch = true } = options;
  const { sockets = DEFAULT_SOCKETS, recordAllowed = 0, prewarm = 0 } = options;
  if (mode !== "flags" && mode !== "live") {
    throw invalid("mode", 'Pass "flags" or "live"');
  }
  if (typeof sockets !== "string" || !isAbsolutePath(sockets)) {
    throw invalid("sockets", "Pass the absolute path of a directory");
  }
  if (!Number.isInteger(prewarm) || prewarm < 0 || prewarm > MAX_PREWARM) {
    throw invalid("prewarm", `Pass a whole number from 0 to ${MAX_PREWARM}`);
  }
  if (!(recordAllowed >= 0 && recordAllowed <= 1)) {
    throw invalid("recordAllowed", "Pass a number from 0 to 1");
  }
  if (deno !== undefined && typeof deno !== "string") {
    throw invalid("deno", "Pass the path of Deno");
  }
  if (config !== undefined && typeof config !== "string") {
    throw invalid("config", "Pass the path of a deno.json");
  }
  if (typeof fetch !== "boolean") {
    throw invalid("fetch", "Pass false, or nothing");
  }
  if (wrap !== undefined && typeof wrap !== "function") {
    throw invalid("wrap", "Pass a function from a command to a command");
  }
  const settings = Object.freeze({
    limits: readLimits(options.limits),
    deno,
    config: config === undefined ? undefined : resolvePath(config, Deno.cwd()),
    wrap,
    fetch,
    recordAllowed,
    prewarm: mode === "live" && wrap === undefined ? prewarm : 0,
    sockets: mode === "live" ? normalizePath(sockets) : undefined,
  });
  return defineRunner(
    "subprocess",
    (parts) => new SubprocessRunner(settings, parts),
  );
}
