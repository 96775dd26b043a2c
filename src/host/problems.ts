/** Turns errors into the problems of reports and events. */

import { PluginError, type Problem } from "../base/errors.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import { explainNotCapable } from "../permissions/permission_remedy.ts";
import { describeThrown, listIds, onOneLine } from "../base/text.ts";
import type { HostParts, Parts } from "./host_parts.ts";
import { dataDirectoryOf } from "../inspect/permission_needs.ts";

type ProblemParts = Parts<"settings" | "lives" | "mask">;

const MAX_REMEDY = 500;

/**
 * Returns the remedy of a `PluginError` that a plugin threw, on one line. Its class
 * may come from another copy of this package.
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

/** Returns the problems of an error of the host, with the plugin's own remedy. */
function withRemedy({ problems, cause }: PluginError): readonly Problem[] {
  const remedy = remedyIn(cause);
  if (remedy === undefined) return problems;
  return problems.map((problem) => ({
    ...problem,
    remedy: `The plugin suggests: ${remedy}`,
  }));
}

const MAX_NAMED = 3;

/**
 * Names the plugins that a plugin uses if it timed out: most likely it waits for a
 * call to one of them, which the host cannot see.
 */
function withUsed(
  lives: HostParts["lives"],
  id: string,
  problem: Problem,
): Problem {
  const used = lives.usedBy(id);
  if (problem.code !== "PLUGIN_TIMEOUT" || used.length === 0) return problem;
  const names = listIds(used, MAX_NAMED);
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
  { settings, lives }: ProblemParts,
  { manifest, directory }: ReadPlugin,
  thrown: unknown,
): readonly Problem[] {
  const { id } = manifest;
  const isOurs = thrown instanceof PluginError;
  const code = isOurs ? thrown.code : "PLUGIN_SETUP_FAILED";
  // The host's own message begins with the action that failed.
  const named = isOurs ? thrown.message.indexOf(`"${id}"`) : -1;
  const subject = isOurs && named >= 0
    ? thrown.message.slice(0, named + id.length + 2)
    : `Cannot load plugin "${id}"`;
  const denied = explainNotCapable(isOurs ? thrown.cause : thrown, manifest, {
    directory,
    dataDirectory: dataDirectoryOf(settings, id),
  });
  if (denied !== undefined) {
    const { message, remedy, path } = denied;
    const problem = { code, message: `${subject}: it ${message}`, remedy };
    return [path === undefined ? problem : { ...problem, path }];
  }
  if (isOurs) {
    return withRemedy(thrown).map((one) => withUsed(lives, id, one));
  }
  const message = `${subject}: ${describeThrown(thrown)}`;
  return [{ code, message, remedy: "See the cause" }];
}

/**
 * Turns an error of a plugin into frozen problems, at least one: explains a denied
 * permission, and masks secrets. Never throws.
 */
export function problemsOf(
  parts: ProblemParts,
  plugin: ReadPlugin,
  thrown: unknown,
): readonly Problem[] {
  const { mask } = parts;
  let problems: readonly Problem[];
  try {
    problems = explain(parts, plugin, thrown);
  } catch {
    // A plugin may throw an object that throws when it is inspected.
    const { id } = plugin.manifest;
    problems = [{
      code: "PLUGIN_SETUP_FAILED",
      message: `Cannot continue with plugin "${id}": ${describeThrown(thrown)}`,
      remedy: "See the cause",
    }];
  }
  return Object.freeze(
    problems.map((problem) =>
      Object.freeze({
        ...problem,
        message: mask(problem.message),
        remedy: mask(problem.remedy),
        ...problem.path === undefined ? {} : { path: mask(problem.path) },
      })
    ),
  );
}

/** Runs an operation, and reports its failure. */
export async function reportFailure<Result>(
  { registry, lives, events, mask }: Parts<
    "registry" | "lives" | "events" | "mask"
  >,
  id: string,
  action:
    | "plugin.enable.failed"
    | "plugin.disable.failed"
    | "plugin.config.failed",
  operation: () => Promise<Result>,
): Promise<Result> {
  try {
    return await operation();
  } catch (thrown) {
    const isOurs = thrown instanceof PluginError;
    // An unknown plugin has no events.
    if (isOurs && thrown.code === "PLUGIN_NOT_FOUND") throw thrown;
    events.emit({
      action,
      plugin: registry.get(id)?.plugin ?? lives.find(id) ?? id,
      failure: isOurs
        ? { code: thrown.code, problems: thrown.problems }
        : { error: mask(describeThrown(thrown)) },
    });
    throw thrown;
  }
}
