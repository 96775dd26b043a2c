import type { Plugin } from "../base/plugin.ts";
import { errorOf, PluginError, type Problem } from "../base/errors.ts";
import { quote } from "../base/text.ts";
import {
  type Contracts,
  type HostTimeouts,
  MAX_TIMEOUT,
  type PluginHostOptions,
} from "../host/options.ts";
import type { LoadReport } from "../host/execute_plan.ts";
import { PluginHost } from "../host/plugin_host.ts";
import { HOST_SYSTEM, type PretendedOptions } from "../inspect/inspection.ts";
import type { Builtin, Manifest } from "../manifest/manifest.ts";
import { parseManifest } from "../manifest/parse_manifest.ts";
import { readSource } from "../manifest/read_source.ts";
import {
  denoSourceSystem,
  importJson,
  type ImportModule,
} from "../manifest/source_system.ts";
import { queryDeno } from "../permissions/permission_states.ts";
import type { PluginRunner } from "../runners/runner.ts";
import { collectAudit } from "./collect_audit.ts";
import type { FakeClock } from "./fake_clock.ts";
import { createFakeProcess, type ProcessOptions } from "./fake_process.ts";
import { TestHost } from "./test_host.ts";
import { SignalListeners, TestedPlugin } from "./tested_plugin.ts";
import { WatchedPlugin } from "./watched_plugin.ts";

/** The environment of a plugin under test. */
export interface SetUpOptions extends ProcessOptions {
  /**
   * The configuration, with its references, e.g. `api_key_env`.
   *
   * @default {undefined} no configuration
   */
  readonly config?: Readonly<Record<string, unknown>> | undefined;
  /**
   * Allows secrets in the configuration.
   *
   * @default {false}
   */
  readonly allowRawSecrets?: boolean;
  /**
   * The plugins that it requires, or stubs of them.
   *
   * @default {[]}
   */
  readonly requires?: readonly Builtin[];
  /**
   * The directory of its private directory, `$DATA` in its manifest. Creating it
   * needs the real `write` permission.
   *
   * @default {undefined} a manifest that uses `$DATA` is refused
   */
  readonly dataDirectory?: string;
  /**
   * The version of the host, which the manifest's `host` must include.
   *
   * @default {"1.0.0"}
   */
  readonly hostVersion?: string;
  /** The time limits of each call into the plugin, by the clock. */
  readonly timeouts?: Partial<
    Omit<HostTimeouts, "state" | "close" | "plugins">
  >;
  /**
   * The clock of the host.
   *
   * @default {createFakeClock()}
   */
  readonly clock?: FakeClock;
}

/** Options of {@linkcode testPlugin}. */
export interface TestPluginOptions extends SetUpOptions {
  /**
   * The contract of the host for plugins of this type.
   *
   * @default {undefined} the object of `setup` is not checked
   */
  readonly contract?: Contracts[string];
  /**
   * The absolute directory for relative paths in the manifest's permissions, e.g.
   * `import.meta.dirname`.
   *
   * @default {undefined} a relative path is refused
   */
  readonly directory?: string | undefined;
}

/** Sets up one plugin, given as a builtin or as a source, with a host. */
async function setUp<Config, Api extends object>(
  { id, type }: Manifest,
  plugin: { readonly builtin: Builtin } | { readonly source: string | URL },
  contract: Contracts[string] | undefined,
  options: SetUpOptions,
  importModule?: ImportModule,
): Promise<TestedPlugin<Config, Api>> {
  const { env, grants, clock, config, requires = [], dataDirectory } = options;
  const watched = new WatchedPlugin(importModule);
  const host = new TestHost<Contracts>({
    env,
    grants,
    clock,
    version: options.hostVersion ?? "1.0.0",
    builtins: "builtin" in plugin
      ? [watched.wrapBuiltin(plugin.builtin), ...requires]
      : requires,
    sources: "source" in plugin ? [plugin.source] : [],
    importModule: (specifier, options) => watched.import(specifier, options),
    contracts: contract === undefined ? {} : { [type]: contract },
    config: config === undefined ? {} : { [id]: config },
    allowRawSecrets: options.allowRawSecrets ?? false,
    ...dataDirectory === undefined ? {} : { dataDirectory },
    // Only the plugin's own limits count.
    timeouts: { close: MAX_TIMEOUT, ...options.timeouts },
  });
  const signals = new SignalListeners();
  const report = await host.load();
  signals.take();
  const problems = problemsIn(report, id);
  if (problems === undefined) {
    return new TestedPlugin<Config, Api>({ host, id, type, watched, signals });
  }
  // What a stub's dispose throws must not hide why the plugin is not live.
  await host[Symbol.asyncDispose]().catch(() => {});
  throw setUpError(id, problems, watched.thrown);
}

/** Returns why a plugin is not live; `undefined` if it is. */
function problemsIn(
  { loaded, refused, failed }: LoadReport,
  id: string,
): readonly Problem[] | undefined {
  const troubled = [...refused, ...failed];
  const { problems = [] } = troubled.find((one) => one.id === id) ??
    troubled[0] ?? {};
  return problems.length === 0 && loaded.some((one) => one.id === id)
    ? undefined
    : problems;
}

/** Sets one plugin up by a runner, and disposes it. */
async function tryWith(
  runner: PluginRunner,
  { id, type }: Manifest,
  source: string | URL,
  contract: Contracts[string] | undefined,
  options: AssertPluginContractOptions,
): Promise<void> {
  const { env, grants, config, requires = [], dataDirectory } = options;
  const { system, environment } = createFakeProcess({ env, grants }, true);
  const given: PluginHostOptions<Contracts> & PretendedOptions = {
    name: "test",
    version: options.hostVersion ?? "1.0.0",
    environment,
    sources: [source],
    // Stubs are objects, which no other process can get.
    builtins: requires,
    runner: ({ origin }) => origin === "builtin" ? undefined : runner,
    contracts: contract === undefined ? {} : { [type]: contract },
    config: config === undefined ? {} : { [id]: config },
    allowRawSecrets: options.allowRawSecrets ?? false,
    containCrashes: false,
    timeouts: { ...options.timeouts },
    audit: collectAudit(),
    log: () => {},
    [HOST_SYSTEM]: {
      ...system,
      // Real processes are started, and nobody may be asked about them.
      query: (descriptor) =>
        descriptor.name === "run"
          ? queryDeno(descriptor)
          : system.query(descriptor),
    },
    ...dataDirectory === undefined ? {} : { dataDirectory },
    ...options.clock === undefined ? {} : { clock: options.clock },
  };
  const host = new PluginHost<Contracts>(given);
  const problems = problemsIn(await host.load(), id);
  if (problems === undefined) return await host[Symbol.asyncDispose]();
  await host[Symbol.asyncDispose]().catch(() => {});
  throw setUpError(id, problems, undefined);
}

function setUpError(
  id: string,
  [first, ...others]: readonly Problem[],
  cause: unknown,
): PluginError {
  return new PluginError(first?.message ?? `Cannot load plugin "${id}"`, {
    code: first?.code ?? "PLUGIN_NOT_LIVE",
    pluginId: id,
    remedy: first?.remedy ?? "See the manifest and the options of the test",
    problems: first === undefined ? undefined : [first, ...others],
    ...cause === undefined ? {} : { cause },
  });
}

/**
 * Sets a plugin up as a host does: reads its manifest, checks its permissions,
 * resolves its configuration and `context.env`, and checks its contract. Collects
 * its audit events and log, and uses a fake clock.
 *
 * Needs no permission. The option `grants` decides which plugins are refused. The
 * plugin's code runs with the real permissions of the test.
 *
 * @example A plugin with a configuration and a secret
 * ```ts
 * import { definePlugin } from "@semantik/plugins/plugin";
 * import { testPlugin } from "@semantik/plugins/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const plugin = definePlugin({
 *   setup: ({ env }) => ({ isReady: () => env.WEATHER_API_KEY !== undefined }),
 *   healthCheck: () => ({ status: "degraded", message: "slow today" }),
 * });
 * const manifest = {
 *   id: "weather",
 *   type: "forecast",
 *   version: "1.0.0",
 *   permissions: { env: ["WEATHER_API_KEY"] },
 * };
 *
 * await using tested = await testPlugin(plugin, manifest, {
 *   env: { WEATHER_API_KEY: "w-1", OTHER_API_KEY: "o-1" },
 * });
 *
 * assertEquals(tested.api.isReady(), true);
 * assertEquals(tested.context.env, { WEATHER_API_KEY: "w-1" });
 * assertEquals((await tested.health()).message, "slow today");
 * assertEquals(tested.audit.actions("weather"), [
 *   "plugin.registered.builtin",
 *   "plugin.health_check",
 * ]);
 * ```
 *
 * @example Testing a missing permission
 * ```ts
 * import { definePlugin, PluginError } from "@semantik/plugins";
 * import { testPlugin } from "@semantik/plugins/testing";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * const manifest = {
 *   id: "weather",
 *   type: "forecast",
 *   version: "1.0.0",
 *   permissions: { net: ["api.weather.example:443"] },
 * };
 *
 * const error = await assertRejects(
 *   () => testPlugin(definePlugin({ setup: () => ({}) }), manifest, { grants: {} }),
 *   PluginError,
 *   'permission net to "api.weather.example:443" is not granted',
 * );
 * assertEquals(error.remedy, "Start the host with --allow-net=api.weather.example:443");
 * ```
 *
 * @typeParam Config The configuration after validation.
 * @typeParam Api The object that the plugin's `setup` returns.
 * @param plugin The default export of the plugin's module.
 * @param manifest Its manifest: an object, or the JSON module of its `plugin.json`.
 * @param options The configuration, environment and grants of the host.
 * @returns The live plugin; dispose it at the end of the test.
 * @throws {PluginError} when a host would refuse the plugin or when it fails. The
 * cause is the error of the plugin.
 */
export async function testPlugin<Config, Api extends object>(
  plugin: Plugin<Config, Api>,
  manifest: Builtin["manifest"] | Readonly<Record<string, unknown>>,
  options: TestPluginOptions = {},
): Promise<TestedPlugin<Config, Api>> {
  const parsed = parseManifest(manifest);
  if (!parsed.ok) throw errorOf(parsed.id ?? "?", parsed.problems);
  const { contract, directory } = options;
  const builtin = { manifest: parsed.manifest, plugin, directory };
  return await setUp(parsed.manifest, { builtin }, contract, options);
}

/** Options of {@linkcode assertPluginContract}. */
export interface AssertPluginContractOptions extends SetUpOptions {
  /**
   * Imports a plugin from a server, `jsr:` or `npm:`, as the option of a host
   * does: `importModule: (specifier, options) => import(specifier, options)`.
   *
   * @default {undefined} this package imports it, which Deno refuses to a package
   * from JSR
   */
  readonly importModule?: (
    specifier: string,
    options?: ImportCallOptions,
  ) => Promise<unknown>;
  /**
   * The process that the plugin runs in: `subprocess()` of
   * `@semantik/plugins/subprocess` shows that it works with no permission but those
   * that it declares. The permission `run` is then the real one, which Deno itself
   * needs, and the clock is the real one unless `clock` is given.
   *
   * @default {undefined} the process of the test, with the permissions of the test
   */
  readonly runner?: PluginRunner;
}

/**
 * Asserts that a host can load a plugin from its directory: that its manifest is
 * valid, its module can be imported, its setup succeeds and fulfills the contract,
 * and it can be disposed.
 *
 * Needs `read` permission for the plugin's directory, and otherwise behaves as
 * {@linkcode testPlugin}.
 *
 * @example Testing a plugin of the search example
 * ```ts
 * import { contract } from "@semantik/plugins";
 * import { assertPluginContract } from "@semantik/plugins/testing";
 *
 * interface Embedding {
 *   embed(texts: readonly string[]): Promise<readonly Float32Array[]>;
 * }
 *
 * await assertPluginContract(
 *   "./examples/search/plugins/hashing-embedding",
 *   contract<Embedding>("embed"),
 * );
 * ```
 *
 * @example Testing that it works with what it declares alone
 * ```ts ignore
 * import { assertPluginContract } from "@semantik/plugins/testing";
 * import { subprocess } from "@semantik/plugins/subprocess";
 *
 * await assertPluginContract("./my-plugin", undefined, { runner: subprocess() });
 * ```
 *
 * @param source The plugin's directory or `plugin.json`, or another source with one plugin.
 * @param contract The contract of the host for plugins of this type.
 * @param options The configuration, environment and grants of the host.
 * @throws {PluginError} when the plugin cannot be loaded, with every problem.
 */
export async function assertPluginContract(
  source: string | URL,
  contract?: Contracts[string],
  options: AssertPluginContractOptions = {},
): Promise<void> {
  const { importModule, runner } = options;
  const found = await readSource(source, Deno.cwd(), {
    ...denoSourceSystem,
    importJson: (specifier) => importJson(specifier, importModule),
  });
  const [plugin, ...others] = found;
  if (plugin === undefined || others.length > 0) {
    throw new PluginError(
      `Cannot test source ${quote(String(source))}: it contains ` +
        `${found.length} plugins`,
      {
        code: "PLUGIN_SOURCE_UNREADABLE",
        remedy: "Name the directory of one plugin",
      },
    );
  }
  if (!plugin.ok) throw errorOf(plugin.id ?? plugin.source, plugin.problems);
  if (runner !== undefined) {
    return await tryWith(runner, plugin.manifest, source, contract, options);
  }
  const tested = await setUp(
    plugin.manifest,
    { source },
    contract,
    options,
    importModule,
  );
  await tested.dispose();
}
