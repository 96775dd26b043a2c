/**
 * A plugin set up as a host would, of which nothing leaves the test.
 *
 * @module
 */

import { PluginError, type Problem } from "../base/errors.ts";
import { type Engine, HostCore } from "../host/core.ts";
import { HOST_POWERS } from "../host/host_powers.ts";
import { loadAll, type LoadReport } from "../host/load_plugins.ts";
import type { AnyContract } from "../host/contract.ts";
import { readOptions } from "../host/settings.ts";
import type { HostTimeouts } from "../host/timeouts.ts";
import type { Builtin, Manifest } from "../manifest/manifest.ts";
import type { OpenPlugin, Runner } from "../runners/runner.ts";
import {
  collectAudit,
  collectMessages,
  type LoggedMessage,
} from "./collect_audit.ts";
import { createFakeClock, type FakeClock } from "./fake_clock.ts";
import { pretendProcess, type ProcessOptions } from "./pretended_process.ts";
import { SignalListeners } from "./signal_listeners.ts";
import { TestedPlugin } from "./tested_plugin.ts";

/**
 * A host that remembers what its plugins threw: a report holds problems alone,
 * and an author wants the stack.
 */
class WatchedCore extends HostCore {
  /** What was thrown last, by plugin. */
  readonly thrown: Map<string, unknown> = new Map();

  /** @inheritdoc */
  override async engine(
    create: (core: HostCore) => Promise<Engine>,
  ): Promise<Engine> {
    const engine = await super.engine(create);
    return { ...engine, runner: this.#watch(engine.runner) };
  }

  #watch(runner: Runner): Runner {
    return {
      open: async (id, code) => {
        const opened = await this.#remember(id, runner.open(id, code));
        const watched: OpenPlugin = {
          hasConfigSchema: opened.hasConfigSchema,
          validateConfig: (config) =>
            this.#remember(id, opened.validateConfig(config)),
          setup: (context) => this.#remember(id, opened.setup(context)),
        };
        return watched;
      },
    };
  }

  async #remember<Value>(id: string, promise: Promise<Value>): Promise<Value> {
    try {
      return await promise;
    } catch (thrown) {
      this.thrown.set(id, thrown);
      throw thrown;
    }
  }
}

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
 * Sets one plugin up as a host does, through the host's own code.
 *
 * @param wanted The plugin.
 * @param options What a host would have for it.
 * @returns The plugin, live.
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
  const { environment, powers } = pretendProcess(options);
  const settings = readOptions({
    name: "test",
    version: hostVersion,
    environment,
    [HOST_POWERS]: powers,
    builtins: "builtin" in from ? [from.builtin, ...requires] : requires,
    sources: "source" in from ? [from.source] : [],
    contracts: contract === undefined ? {} : { [type]: contract },
    config: config === undefined ? {} : { [id]: config },
    allowRawSecrets: options.allowRawSecrets ?? false,
    ...dataDirectory === undefined ? {} : { dataDirectory },
    audit,
    timeouts,
    clock,
    // A test is to fail of what a plugin leaves unhandled.
    containCrashes: false,
    log: collectMessages(logged),
  });
  const core = new WatchedCore(settings);
  const signals = new SignalListeners();
  const report = await loadAll(core, { narrow() {}, [Symbol.dispose]() {} });
  signals.take();
  const live = core.registry.get(id);
  const tested = live &&
    new TestedPlugin<Config, Api>({
      core,
      live,
      audit,
      clock,
      logged,
      signals,
    });
  const problems = problemsIn(report, manifest);
  if (tested !== undefined && problems.length === 0) return tested;
  await tested?.dispose();
  throw notSetUp(manifest, problems, core.thrown.get(id));
}
