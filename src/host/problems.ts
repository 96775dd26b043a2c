/**
 * From what was thrown to what is told and recorded.
 *
 * @module
 */

import { PluginError, type Problem } from "../base/errors.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import { explainNotCapable } from "../permissions/not_capable.ts";
import { describeThrown, onOneLine } from "../base/text.ts";
import type { HostCore } from "./core.ts";
import { dataDirectoryOf } from "./declared_permissions.ts";

/** What Deno refused to a plugin, as a problem with the flag that grants it. */
function refusedByDeno(
  core: HostCore,
  plugin: ReadPlugin,
  thrown: unknown,
  code: Problem["code"],
  subject: string,
): Problem | undefined {
  const { manifest, directory } = plugin;
  const explained = explainNotCapable(thrown, manifest, {
    directory,
    dataDirectory: dataDirectoryOf(core.settings, manifest.id),
  });
  if (explained === undefined) return undefined;
  const { message, remedy, path } = explained;
  return {
    code,
    message: `${subject}: it ${message}`,
    remedy,
    ...path === undefined ? {} : { path },
  };
}

const MAX_REMEDY = 500;

/**
 * Finds the remedy in what a plugin threw: a `PluginError` of its own, or one
 * of the host that it let pass. Its class may be of another copy of this package.
 *
 * @param thrown What the plugin threw.
 * @returns The remedy on one line, not masked.
 */
export function remedyIn(thrown: unknown): string | undefined {
  try {
    if (!(thrown instanceof Error) || thrown.name !== "PluginError") return;
    const remedy: unknown = Reflect.get(thrown, "remedy");
    if (typeof remedy !== "string" || remedy.trim() === "") return;
    return onOneLine(remedy, MAX_REMEDY);
  } catch {
    return undefined;
  }
}

/** Tells the problems of an error of ours, with the remedy that the plugin knows. */
function withRemedy({ problems, cause }: PluginError): readonly Problem[] {
  const remedy = remedyIn(cause);
  if (remedy === undefined) return problems;
  return problems.map((problem) => ({
    ...problem,
    remedy: `See what the plugin says: ${remedy}`,
  }));
}

const MAX_NAMED = 3;

/**
 * Names the plugins that one that timed out was given: a call into one of them
 * is what it most likely waits for, and the host cannot see the call.
 */
function withUsed(
  core: HostCore,
  id: string,
  problem: Problem,
): Problem {
  const used = core.usedBy(id);
  if (problem.code !== "PLUGIN_TIMEOUT" || used.length === 0) return problem;
  const named = used.slice(0, MAX_NAMED).map((one) => `"${one}"`).join(", ");
  const rest = used.length - MAX_NAMED;
  const names = rest > 0 ? `${named} and ${rest} more` : named;
  const plugins = used.length > 1 ? "plugins" : "plugin";
  return {
    ...problem,
    message: `${problem.message}; it uses ${plugins} ${names}, ` +
      "for which it may wait",
    remedy: `Find what it waits for, first in ${plugins} ${names}, ` +
      `or allow it more time: timeouts.plugins["${id}"]`,
  };
}

function explain(
  core: HostCore,
  plugin: ReadPlugin,
  thrown: unknown,
): readonly Problem[] {
  const { id } = plugin.manifest;
  const isOurs = thrown instanceof PluginError;
  const code = isOurs ? thrown.code : "PLUGIN_SETUP_FAILED";
  // What was being done is the beginning of our own message.
  const named = isOurs ? thrown.message.indexOf(`"${id}"`) : -1;
  const subject = isOurs && named >= 0
    ? thrown.message.slice(0, named + id.length + 2)
    : `Cannot load plugin "${id}"`;
  const refused = refusedByDeno(
    core,
    plugin,
    isOurs ? thrown.cause : thrown,
    code,
    subject,
  );
  if (refused !== undefined) return [refused];
  if (isOurs) {
    return withRemedy(thrown).map((one) => withUsed(core, id, one));
  }
  return [{
    code,
    message: `${subject}: ${describeThrown(thrown)}`,
    remedy: "See the cause",
  }];
}

// A plugin may throw what throws again when it is looked at.
function explainGuarded(
  core: HostCore,
  plugin: ReadPlugin,
  thrown: unknown,
): readonly Problem[] {
  try {
    return explain(core, plugin, thrown);
  } catch {
    return [{
      code: "PLUGIN_SETUP_FAILED",
      message: `Cannot go on with plugin "${plugin.manifest.id}": ${
        describeThrown(thrown)
      }`,
      remedy: "See the cause",
    }];
  }
}

/**
 * Describes what went wrong as problems of a report: explains what Deno refused,
 * and masks the secrets in a plugin's own words. Never throws.
 *
 * @param core The host.
 * @param plugin The plugin.
 * @param thrown What was thrown.
 * @returns At least one problem; frozen.
 */
export function problemsOf(
  core: HostCore,
  plugin: ReadPlugin,
  thrown: unknown,
): readonly Problem[] {
  return Object.freeze(
    explainGuarded(core, plugin, thrown).map((problem) =>
      Object.freeze({
        ...problem,
        message: core.mask(problem.message),
        remedy: core.mask(problem.remedy),
        ...problem.path === undefined ? {} : { path: core.mask(problem.path) },
      })
    ),
  );
}

/**
 * Problems of a report, to be thrown at a caller.
 *
 * @param id The plugin.
 * @param problems At least one.
 * @param cause What was thrown, where that is at hand.
 * @returns The error: the first of them, with all of them on board.
 */
export function errorOf(
  id: string,
  problems: readonly Problem[],
  cause?: unknown,
): PluginError {
  const [first] = problems;
  return new PluginError(first?.message ?? `Cannot use plugin "${id}"`, {
    code: first?.code ?? "PLUGIN_NOT_LIVE",
    pluginId: id,
    remedy: first?.remedy ?? "See the audit trail",
    problems,
    ...cause === undefined
      ? {}
      : { cause: cause instanceof PluginError ? cause.cause : cause },
  });
}

/**
 * Carries out an operation, and records that it changed nothing where it failed.
 *
 * @param core The host.
 * @param id The plugin, as the caller named it.
 * @param action What is recorded, e.g. `plugin.disable.failed`.
 * @param operation The operation.
 * @returns What it returns.
 * @throws what it throws.
 */
export async function recorded<Result>(
  core: HostCore,
  id: string,
  action: string,
  operation: () => Promise<Result>,
): Promise<Result> {
  try {
    return await operation();
  } catch (thrown) {
    const plugin = core.registry.get(id)?.plugin ?? core.opened.get(id);
    // Of a plugin that nobody knows there is nothing to record.
    const isUnknown = thrown instanceof PluginError &&
      thrown.code === "PLUGIN_NOT_FOUND";
    if (isUnknown) throw thrown;
    const details = thrown instanceof PluginError
      ? { code: thrown.code, problems: thrown.problems }
      : { error: core.mask(describeThrown(thrown)) };
    if (plugin !== undefined) core.record(plugin, action, details, "warn");
    else core.recordAs(id, action, details, { level: "warn" });
    throw thrown;
  }
}
