/** Changes one live plugin: its configuration, or its code. */

import { errorOf, PluginError, type Problem } from "../base/errors.ts";
import { copyJson, isJsonObject, type JsonObject } from "../base/json.ts";
import { configProblems } from "../inspect/permission_needs.ts";
import { findPlugin, pluginOf } from "../inspect/snapshot.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import { startTiming } from "../base/timing.ts";
import { isInRange } from "../manifest/version.ts";
import { makePlan, selectPlan } from "../plan/plan.ts";
import type { SecretHold } from "../secrets/secret_values.ts";
import type { PluginState } from "../state/state_store.ts";
import { changedKeys, configuring } from "../state/state_text.ts";
import {
  askAll,
  type ExecuteParts,
  loadPlugin,
  type StartParts,
  startPlugin,
  validateConfig,
} from "./execute_plan.ts";
import { disposeInTurn, problemsOf, reportFailure } from "./failures.ts";
import { byStore } from "./follow_state.ts";
import type { Parts } from "./host_parts.ts";
import { timeoutsOf } from "./options.ts";
import { createPluginContext, holdSecrets } from "./plugin_context.ts";
import { type LivePlugin, notLive } from "./registry.ts";

type ConfigureParts = StartParts & Parts<"state">;

/** The result of a new configuration. */
export interface ConfigureResult {
  /**
   * True if the plugin's own schema validated it. The schema of a plugin that is
   * not live is unknown until it is loaded; references and literal secrets were
   * checked.
   */
  readonly validated: boolean;
  /** The names of the top-level keys that changed. */
  readonly changed: readonly string[];
}

function readConfig(id: string, config: unknown): JsonObject {
  const copy = copyJson(config, "config");
  if (copy.ok && isJsonObject(copy.value)) return copy.value;
  const fault = copy.ok ? "it is not an object" : `${copy.path} ${copy.what}`;
  const problem: Problem = {
    code: "PLUGIN_CONFIG_INVALID",
    message: `Cannot configure plugin "${id}": ${fault}`,
    remedy: "Pass an object of plain JSON",
  };
  throw errorOf(id, [problem]);
}

/** Stores a configuration, and returns the previous one. */
async function storeConfig(
  parts: ConfigureParts,
  id: string,
  config: PluginState["config"],
): Promise<PluginState["config"]> {
  let before: PluginState["config"];
  await parts.state.update([id], (current) => {
    before = current.plugins.get(id)?.config;
    return configuring(current, id, config);
  });
  return before;
}

async function validate(
  parts: ConfigureParts,
  { plugin, opened }: LivePlugin,
  config: JsonObject,
  secrets: SecretHold,
): Promise<unknown> {
  try {
    return await validateConfig(parts, plugin, opened, config, secrets);
  } catch (thrown) {
    // The schema's own message may contain a resolved secret.
    const problems = problemsOf(parts, plugin, thrown);
    throw errorOf(plugin.manifest.id, problems, thrown);
  }
}

/** Sets a plugin up again, unless its files changed meanwhile. */
async function setUpAgain(
  parts: ConfigureParts,
  plugin: ReadPlugin,
  config: unknown,
): Promise<readonly Problem[]> {
  const problems = parts.runner.codeProblems(plugin);
  if (problems.length === 0) return await loadPlugin(parts, plugin, config);
  parts.events.emit({ action: "plugin.load.failed", plugin, problems });
  return problems;
}

/**
 * Disposes a plugin and its dependents, and sets them up again. If the plugin
 * fails, it gets its old configuration back.
 */
async function restart(
  parts: ConfigureParts,
  live: LivePlugin,
  config: unknown,
): Promise<readonly Problem[]> {
  const { id } = live.plugin.manifest;
  const dependents = parts.registry.dependentsOf(id);
  await disposeInTurn(parts, [...dependents, live]);
  const problems = await setUpAgain(parts, live.plugin, config);
  const inForce = problems.length === 0
    ? []
    : await setUpAgain(parts, live.plugin, live.config);
  if (inForce.length > 0) return problems;
  for (const dependent of dependents.reverse()) {
    await setUpAgain(parts, dependent.plugin, dependent.config);
  }
  return problems;
}

/** Passes a validated configuration to a live plugin. */
async function apply(
  parts: ConfigureParts,
  live: LivePlugin,
  raw: JsonObject,
  config: unknown,
  secrets: SecretHold,
): Promise<readonly Problem[]> {
  if (!live.running.canReconfigure) return await restart(parts, live, raw);
  const { plugin } = live;
  const { dataDir, signal } = live.context;
  const context = createPluginContext(parts, plugin, secrets, {
    config,
    dataDir,
    signal,
  });
  try {
    await live.running.reconfigure(context);
    live.update(context, raw, secrets);
    return [];
  } catch (thrown) {
    // It may have applied half of it, which only a new setup surely undoes.
    await restart(parts, live, live.config);
    return problemsOf(parts, live.plugin, thrown);
  }
}

/** Returns what is wrong with a configuration, before the plugin sees it. */
function faultsOf(
  { settings, inspector, secrets }: ConfigureParts,
  plugin: ReadPlugin,
  config: JsonObject,
): readonly Problem[] {
  const declared = inspector.declarationOf(plugin);
  return configProblems(settings, plugin, declared, config, secrets.isOwn);
}

/** Returns why a plugin, or one that requires it, cannot be set up again. */
function staleFor(
  { registry, runner }: Parts<"registry" | "runner">,
  live: LivePlugin,
): readonly Problem[] {
  // None of them is disposed if its code cannot be imported again.
  return live.running.canReconfigure
    ? []
    : [live, ...registry.dependentsOf(live.plugin.manifest.id)]
      .flatMap(({ plugin }) => runner.codeProblems(plugin));
}

/** Checks a configuration, stores it with its references, and applies it to a live plugin. */
export function configurePlugin(
  parts: ConfigureParts,
  id: string,
  given: unknown,
): Promise<ConfigureResult> {
  return reportFailure(
    parts,
    id,
    "plugin.config.failed",
    () => configure(parts, id, given),
  );
}

async function configure(
  parts: ConfigureParts,
  id: string,
  given: unknown,
): Promise<ConfigureResult> {
  const inspection = await parts.inspector.inspectAbout(id);
  const plugin = parts.registry.get(id)?.plugin ?? findPlugin(
    inspection,
    makePlan(inspection.snapshot),
    "configure",
    id,
  );
  const config = readConfig(id, given);
  const problems = faultsOf(parts, plugin, config);
  if (problems.length > 0) throw errorOf(id, problems);
  const live = parts.registry.get(id);
  using secrets = holdSecrets(parts);
  const validated = live === undefined
    ? undefined
    : await validate(parts, live, config, secrets);
  const wanted = inspection.configs.get(id);
  // Another host may have stored a configuration that is not in force here.
  const changed = changedKeys(
    live === undefined ? wanted : live.config,
    config,
  );
  const isStored = changedKeys(wanted, config).length === 0;
  const result = Object.freeze({
    validated: live !== undefined,
    changed: Object.freeze(changed),
  });
  if (changed.length === 0 && isStored) return result;
  const stale = live === undefined || changed.length === 0
    ? []
    : staleFor(parts, live);
  if (stale.length > 0) throw errorOf(id, stale);
  const before = isStored ? undefined : await storeConfig(parts, id, config);
  const refusal = live === undefined || changed.length === 0
    ? []
    : await apply(parts, live, config, validated, secrets);
  if (refusal.length > 0) {
    if (!isStored) {
      await storeConfig(parts, id, before);
      await parts.state.confirm([id]);
    }
    throw errorOf(id, refusal);
  }
  parts.events.emit({ action: "plugin.config.updated", plugin, keys: changed });
  if (!isStored) await parts.state.confirm([id]);
  return result;
}

/** Gives a live plugin a configuration that another host stored. */
export async function followConfig(
  parts: ConfigureParts,
  live: LivePlugin,
  given: unknown,
): Promise<void> {
  const { plugin } = live;
  const { id } = plugin.manifest;
  const by = byStore(parts);
  await reportFailure(parts, id, "plugin.config.failed", async () => {
    const config = readConfig(id, given);
    const problems = faultsOf(parts, plugin, config);
    if (problems.length > 0) throw errorOf(id, problems);
    using secrets = holdSecrets(parts);
    const validated = await validate(parts, live, config, secrets);
    const keys = changedKeys(live.config, config);
    const stale = staleFor(parts, live);
    if (stale.length > 0) throw errorOf(id, stale);
    const refusal = await apply(parts, live, config, validated, secrets);
    if (refusal.length > 0) throw errorOf(id, refusal);
    parts.events.emit({ action: "plugin.config.updated", plugin, keys, ...by });
  }, by.by);
}

/** Reloads a plugin. The old one stays in force if the new one fails. */
export function reloadPlugin(parts: ExecuteParts, id: string): Promise<void> {
  return reportFailure(
    parts,
    id,
    "plugin.reload.failed",
    () => reload(parts, id),
  );
}

function restartRequired(id: string): PluginError {
  return new PluginError(
    `Cannot reload plugin "${id}": it runs in the process of the host`,
    {
      code: "PLUGIN_RESTART_REQUIRED",
      pluginId: id,
      remedy: "Restart the host, or run the plugin in a process of its own",
    },
  );
}

/** Finds the live plugins that require another version than the new one. */
function unfitFor(
  dependents: readonly LivePlugin[],
  id: string,
  version: string,
): readonly Problem[] {
  return dependents.flatMap(({ plugin: { manifest } }) =>
    manifest.requires
      .filter((one) => one.id === id && !isInRange(version, one.version))
      .map((one): Problem => ({
        code: "PLUGIN_DEPENDENCY_VERSION",
        message: `Cannot reload plugin "${id}": "${manifest.id}" requires ` +
          `"${one.version}", and the new version is ${version}`,
        remedy: `Disable "${manifest.id}" first, or update it`,
      }))
  );
}

async function reload(parts: ExecuteParts, id: string): Promise<void> {
  const { inspector, registry, events, watch, lives, settings } = parts;
  const live = registry.get(id);
  if (live === undefined) {
    const inspection = await inspector.inspectAbout(id);
    findPlugin(inspection, makePlan(inspection.snapshot), "reload", id);
    throw notLive(id);
  }
  const { handOver } = live.running;
  if (handOver === undefined) throw restartRequired(id);
  const end = startTiming(settings.clock);
  const inspection = await inspector.inspectAbout(id, { asNew: true });
  const plan = selectPlan(makePlan(inspection.snapshot), id);
  const { steps } = await askAll(parts, inspection, plan);
  const step = steps.find(({ plugin }) => plugin?.manifest.id === id);
  const plugin = step === undefined ? undefined : pluginOf(inspection, step);
  if (step === undefined || plugin === undefined) {
    findPlugin(inspection, plan, "reload", id);
    throw notLive(id);
  }
  const { decision } = step;
  if (decision.kind === "refuse") throw errorOf(id, decision.problems);
  if (decision.kind !== "load") throw notLive(id);
  const { version } = plugin.manifest;
  const unfit = unfitFor(registry.dependentsOf(id), id, version);
  if (unfit.length > 0) throw errorOf(id, unfit);
  let next: LivePlugin;
  try {
    next = await startPlugin(parts, plugin, inspection.configs.get(id));
  } catch (thrown) {
    lives.begin(live.plugin);
    throw errorOf(id, problemsOf(parts, plugin, thrown), thrown);
  }
  registry.add(next);
  await handOver(next.api);
  const problems = await retire(parts, live);
  const previous = live.plugin.manifest.version;
  const timing = end();
  events.emit({
    action: "plugin.reloaded",
    plugin,
    previous,
    problems,
    timing,
  });
  watch.checkForRevoked(plugin);
}

async function retire(
  parts: ExecuteParts,
  live: LivePlugin,
): Promise<readonly Problem[]> {
  const { settings: { timeouts, clock } } = parts;
  const { id } = live.plugin.manifest;
  try {
    await live.retire(timeoutsOf(timeouts, id).dispose, clock);
    return [];
  } catch (thrown) {
    return problemsOf(parts, live.plugin, thrown);
  }
}
