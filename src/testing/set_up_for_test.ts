/**
 * A plugin set up as a host would, of which nothing leaves the test.
 *
 * @module
 */

import { PluginError, type Problem } from "../base/errors.ts";
import type { LoadReport } from "../host/load_plugins.ts";
import { HOST_SYSTEM, type PretendedOptions } from "../inspect/host_system.ts";
import type { PluginHostOptions } from "../host/options.ts";
import { PluginHost } from "../host/plugin_host.ts";
import type { HostTimeouts } from "../host/timeouts.ts";
import type { AnyContract } from "../host/contract.ts";
import type { Builtin, Manifest } from "../manifest/manifest.ts";
import {
  collectAudit,
  collectMessages,
  type LoggedMessage,
} from "./collect_audit.ts";
import { createFakeClock, type FakeClock } from "./fake_clock.ts";
import { pretendProcess, type ProcessOptions } from "./pretended_process.ts";
import { SignalListeners } from "./signal_listeners.ts";
import { TestedPlugin } from "./tested_plugin.ts";
import { WatchedPlugin } from "./watched_plugin.ts";

/** What a plugin is set up with: what a host would have for it. */
export interface SetUpOptions extends ProcessOptions {
  /**
   * The configuration, with its references, e.g. `api_key_env`.
   *
   * @default {undefined} the plugin has none
   */
  readonly config?: Readonly<Record<string, unknown>> | undefined;
  /**
   * Whether a secret may stand in the configuration as it is.
   *
   * @default {false}
   */
  readonly allowRawSecrets?: boolean;
  /**
   * The plugins that it requires, or stand-ins for them.
   *
   * @default {[]}
   */
  readonly requires?: readonly Builtin[];
  /**
   * The directory that holds its private directory, `$DATA` in its manifest.
   * Making it there really takes `write` permission.
   *
   * @default {undefined} a manifest that uses `$DATA` is refused
   */
  readonly dataDirectory?: string;
  /**
   * The version of the host: what the manifest's `host` is held against.
   *
   * @default {"1.0.0"}
   */
  readonly hostVersion?: string;
  /** How long each call into the plugin may take, by the clock. */
  readonly timeouts?: Partial<
    Omit<HostTimeouts, "state" | "close" | "plugins">
  >;
  /**
   * The time.
   *
   * @default {createFakeClock()}
   */
  readonly clock?: FakeClock;
}

/** The plugin to set up, and where a host would have it from. */
export interface PluginToSetUp {
  readonly manifest: Manifest;
  readonly contract: AnyContract | undefined;
  readonly from:
    | { readonly builtin: Builtin }
    | { readonly source: string | URL };
}

function problemsIn(
  report: LoadReport,
  { id }: Manifest,
): readonly Problem[] {
  const troubled = [...report.refused, ...report.failed];
  const own = troubled.find((one) => one.id === id);
  return (own ?? troubled[0])?.problems ?? [];
}

function notSetUp(
  { id }: Manifest,
  [first, ...others]: readonly Problem[],
  thrown: unknown,
): PluginError {
  const cause = thrown instanceof PluginError ? thrown.cause : thrown;
  return new PluginError(
    first?.message ?? `Cannot load plugin "${id}"`,
    {
      code: first?.code ?? "PLUGIN_NOT_LIVE",
      pluginId: id,
      remedy: first?.remedy ?? "See the manifest and the options of the test",
      problems: first === undefined ? undefined : [first, ...others],
      ...cause === undefined ? {} : { cause },
    },
  );
}

/**
 * Sets one plugin up as a host does, by a host.
 *
 * @throws {PluginError} why a host would refuse it, or what failed; its cause is
 * what the plugin threw.
 */
export async function setUpForTest<Config, Api extends object>(
  { manifest, contract, from }: PluginToSetUp,
  options: SetUpOptions,
): Promise<TestedPlugin<Config, Api>> {
  const { config, requires = [], clock = createFakeClock() } = options;
  const { dataDirectory, hostVersion = "1.0.0", timeouts = {} } = options;
  const { id, type } = manifest;
  const audit = collectAudit({ clock });
  const logged: LoggedMessage[] = [];
  const { environment, powers: system } = pretendProcess(options);
  const watched = new WatchedPlugin();
  const given: PluginHostOptions & PretendedOptions = {
    name: "test",
    version: hostVersion,
    environment,
    [HOST_SYSTEM]: system,
    builtins: "builtin" in from
      ? [watched.wrapBuiltin(from.builtin), ...requires]
      : requires,
    sources: "source" in from ? [from.source] : [],
    importModule: (specifier) => watched.import(specifier),
    contracts: contract === undefined ? {} : { [type]: contract },
    config: config === undefined ? {} : { [id]: config },
    allowRawSecrets: options.allowRawSecrets ?? false,
    ...dataDirectory === undefined ? {} : { dataDirectory },
    audit,
    timeouts,
    clock,
    // A test must fail of what a plugin leaves unhandled.
    containCrashes: false,
    log: collectMessages(logged),
  };
  const host = new PluginHost(given);
  const signals = new SignalListeners();
  const report = await host.load();
  signals.take();
  const isLive = report.loaded.some((one) => one.id === id);
  const problems = problemsIn(report, manifest);
  if (isLive && problems.length === 0) {
    return new TestedPlugin<Config, Api>({
      host,
      id,
      type,
      watched,
      audit,
      clock,
      logged,
      signals,
    });
  }
  await host[Symbol.asyncDispose]();
  throw notSetUp(manifest, problems, watched.thrown);
}
