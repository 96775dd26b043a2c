/**
 * Brings one plugin to life: its code, its configuration, its setup, and the
 * check of what came out.
 *
 * @module
 */

import { joinConfigPath } from "../environment/config_reference.ts";
import { PluginError, type Problem } from "../base/errors.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import { usesDataDirectory } from "../permissions/normalize_permissions.ts";
import type { PluginContext } from "../base/plugin.ts";
import type { OpenPlugin, Runner } from "../runners/runner.ts";
import type { SecretHold } from "../secrets/secret_values.ts";
import { copyJson } from "../base/json.ts";
import type { StandardIssue } from "../base/standard_schema.ts";
import { cut, escapeControls, onOneLine } from "../base/text.ts";
import type { HostCore } from "./core.ts";
import { dataDirectoryOf } from "./declared_permissions.ts";
import { createEngine, lostRequirements } from "./engine.ts";
import { hostDisposed } from "./entry_checks.ts";
import { holdSecrets } from "./hold_secrets.ts";
import { watchLeases } from "./watch_leases.ts";
import { confirmImport, rememberImport } from "./imported_code.ts";
import { LivePlugin } from "./live_plugin.ts";
import { contractBreaches } from "./contract.ts";
import {
  createPluginContext,
  environmentOf,
  resolveConfig,
} from "./plugin_context.ts";
import { errorOf, problemsOf } from "./problems.ts";

function formatIssuePath(path: StandardIssue["path"]): string {
  return (path ?? [])
    .map((key) => typeof key === "object" ? key.key : key)
    .reduce<string>(
      (at, key) =>
        joinConfigPath(at, typeof key === "number" ? key : String(key)),
      "",
    );
}

/**
 * What a plugin's schema found wrong, as problems.
 *
 * @param id The plugin.
 * @param issues What the schema found.
 * @param unset The variables that were referred to and not set, by path.
 * @returns A problem for each issue.
 */
function issueProblems(
  id: string,
  issues: readonly StandardIssue[],
  unset: ReadonlyMap<string, string>,
): readonly Problem[] {
  return issues.map(({ message, path }) => {
    const place = formatIssuePath(path);
    const variable = unset.get(place);
    const at = escapeControls(cut(place, 200));
    // Masked with the problem, whole: a part that is masked before hides the rest.
    const shown = onOneLine(String(message), 500);
    return {
      code: "PLUGIN_CONFIG_INVALID",
      message: `Cannot configure plugin "${id}": ` +
        (at === "" ? shown : `${at}: ${shown}`) +
        (variable === undefined ? "" : ` (variable ${variable} is not set)`),
      remedy: variable === undefined
        ? "Correct the configuration of the plugin"
        : `Set the variable ${variable}`,
      path: at,
    };
  });
}

/**
 * Validates a configuration by the plugin's own schema.
 *
 * @param core The host.
 * @param plugin The plugin.
 * @param opened Its code.
 * @param raw The configuration, with references.
 * @param secrets Keeps what is secret in it.
 * @returns The configuration to hand over.
 * @throws {PluginError} `PLUGIN_CONFIG_INVALID` with every problem at once.
 */
export async function validateConfig(
  core: HostCore,
  plugin: ReadPlugin,
  opened: OpenPlugin,
  raw: unknown,
  secrets: SecretHold,
): Promise<unknown> {
  const { id } = plugin.manifest;
  const { config, unset } = resolveConfig(core, plugin, raw, secrets);
  const result = await opened.validateConfig(config);
  if (result.issues === undefined) return result.value;
  const problems = issueProblems(id, result.issues, unset);
  throw new PluginError(
    problems[0]?.message ?? `Cannot configure plugin "${id}"`,
    {
      code: "PLUGIN_CONFIG_INVALID",
      pluginId: id,
      remedy: problems[0]?.remedy ?? "Correct the configuration of the plugin",
      problems: problems.length > 0 ? problems : undefined,
    },
  );
}

async function prepareDataDirectory(
  core: HostCore,
  plugin: ReadPlugin,
): Promise<string | undefined> {
  const { id, permissions, optionalPermissions } = plugin.manifest;
  const directory = dataDirectoryOf(core.settings, id);
  if (directory === undefined) return undefined;
  const isUsed = usesDataDirectory(permissions) ||
    usesDataDirectory(optionalPermissions);
  // A plugin that only reads it needs no permission to write for that.
  const { query } = core.settings.powers;
  const mayMake = query({ name: "write", path: directory }).state === "granted";
  if (isUsed && mayMake) {
    await Deno.mkdir(directory, { recursive: true, mode: 0o700 });
  }
  return directory;
}

/**
 * Makes what a live plugin is handed with another configuration.
 *
 * @param core The host.
 * @param plugin The plugin.
 * @param before What it was handed before.
 * @param config The configuration: validated, its references resolved.
 * @param secrets Keeps what is secret in it.
 * @returns The context, frozen.
 */
export function createContext(
  core: HostCore,
  plugin: ReadPlugin,
  before: PluginContext,
  config: unknown,
  secrets: SecretHold,
): PluginContext {
  return createPluginContext(core, plugin, {
    config,
    env: environmentOf(core, plugin, secrets),
    dataDir: before.dataDir,
    signal: before.signal,
  });
}

/** Copies a configuration: what is in force stays what it is, whoever changes the original. */
function ownConfig(config: unknown): unknown {
  const copy = copyJson(config, "config");
  return copy.ok ? copy.value : config;
}

/** A plugin to bring to life. */
interface StartRequest {
  /** The plugin. */
  readonly plugin: ReadPlugin;
  /** Its configuration, with references. */
  readonly config: unknown;
}

/** Brings in a plugin's code, and holds it to the files that were judged. */
async function openPlugin(
  { code, manifest: { id } }: ReadPlugin,
  runner: Runner,
): Promise<OpenPlugin> {
  if (code.kind === "module") rememberImport(code);
  const opened = await runner.open(id, code);
  const problem = code.kind === "module" ? confirmImport(id, code) : undefined;
  if (problem === undefined) return opened;
  throw new PluginError(problem.message, { ...problem, pluginId: id });
}

/**
 * Brings a plugin to life. What goes wrong on the way leaves nothing behind.
 *
 * @param core The host.
 * @param request The plugin and its configuration.
 * @returns The live plugin, not registered yet.
 * @throws {PluginError} with the code of what went wrong.
 */
async function startPlugin(
  core: HostCore,
  request: StartRequest,
): Promise<LivePlugin> {
  const { plugin } = request;
  const raw = ownConfig(request.config);
  const { id, type } = plugin.manifest;
  const engine = await core.engine(createEngine);
  const { runner } = engine;
  core.watch(plugin);
  const opened = await openPlugin(plugin, runner);
  const controller = new AbortController();
  // Its listeners are code of the plugin, as is what they leave behind.
  const stop = (reason: unknown) =>
    void engine.attribution.run(id, () => controller.abort(reason));
  using secrets = holdSecrets(core);
  try {
    const config = await validateConfig(core, plugin, opened, raw, secrets);
    const context = createPluginContext(core, plugin, {
      config,
      env: environmentOf(core, plugin, secrets),
      dataDir: await prepareDataDirectory(core, plugin),
      signal: controller.signal,
    });
    const running = await opened.setup(context);
    const live = new LivePlugin(
      plugin,
      opened,
      running,
      context,
      raw,
      secrets.move(),
      stop,
      watchLeases(core, engine, plugin),
    );
    const expected = core.settings.contracts.get(type);
    const breaches = expected === undefined
      ? []
      : await contractBreaches(live.api, expected);
    if (breaches.length > 0) {
      await live.retire(0, core.settings.clock).catch(() => {});
      throw broken(id, type, breaches);
    }
    return live;
  } catch (thrown) {
    stop(thrown);
    throw thrown;
  }
}

function broken(
  id: string,
  type: string,
  breaches: readonly string[],
): PluginError {
  return new PluginError(
    `Cannot load plugin "${id}": ` +
      `${breaches.join(", ")}, which a plugin of type "${type}" must have`,
    {
      code: "PLUGIN_CONTRACT_BROKEN",
      pluginId: id,
      remedy: `Return from setup what the host expects of type "${type}"`,
    },
  );
}

/**
 * Tells and records that a plugin could not be brought to life.
 *
 * @param core The host.
 * @param plugin The plugin.
 * @param problems Why.
 */
export function recordFailure(
  core: HostCore,
  plugin: ReadPlugin,
  problems: readonly Problem[],
): void {
  const { id } = plugin.manifest;
  const [first] = problems;
  core.events.emit("statuschange", { id, status: "failed", problems });
  core.record(plugin, "plugin.load.failed", {
    code: first?.code,
    error: first?.message,
    problems,
  }, "error");
}

/**
 * Brings one plugin to life and registers it. Never throws.
 *
 * @param core The host.
 * @param plugin The plugin.
 * @param config Its configuration, with references.
 * @returns What went wrong; nothing where it is live.
 */
export function loadPlugin(
  core: HostCore,
  plugin: ReadPlugin,
  config: unknown,
): Promise<readonly Problem[]> {
  const { id } = plugin.manifest;
  const begun = core.starting.get(id);
  if (begun !== undefined) return begun;
  // Two changes side by side may require the same plugin.
  const starting = bringToLife(core, plugin, config)
    .finally(() => core.starting.delete(id));
  core.starting.set(id, starting);
  return starting;
}

async function bringToLife(
  core: HostCore,
  plugin: ReadPlugin,
  config: unknown,
): Promise<readonly Problem[]> {
  const { id } = plugin.manifest;
  if (core.registry.get(id) !== undefined) return [];
  core.crashes.delete(id);
  try {
    const live = await startPlugin(core, { plugin, config });
    if (core.isEnding) {
      await live.retire(0, core.settings.clock).catch(() => {});
      throw hostDisposed(`load plugin "${id}"`);
    }
    const lost = core.crashes.get(id) ?? lostRequirements(core, plugin);
    if (lost.length > 0) {
      await live.retire(0, core.settings.clock).catch(() => {});
      throw errorOf(id, lost);
    }
    core.registry.add(live);
    core.record(plugin, `plugin.registered.${plugin.origin}`);
    core.events.emit("statuschange", { id, status: "live", problems: [] });
    return [];
  } catch (thrown) {
    const problems = problemsOf(core, plugin, thrown);
    recordFailure(core, plugin, problems);
    return problems;
  } finally {
    core.noticeRevocation(plugin);
  }
}
