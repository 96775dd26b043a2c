/** Finds the plugin that a caller names. */

import { PluginError, type Problem } from "../base/errors.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import type { Plan } from "../plan/plan.ts";
import { quote } from "../base/text.ts";
import type { Inspection } from "../inspect/inspector.ts";
import { pluginOf } from "./execute_plan.ts";
import type { Parts } from "./host_parts.ts";

function notFound(
  subject: string,
  id: string,
  unread: readonly Problem[],
): PluginError {
  const [first] = unread;
  const remedy = "Correct the id, or add the source that holds the plugin";
  const problem: Problem = {
    code: "PLUGIN_NOT_FOUND",
    ...first === undefined
      ? { message: `${subject}: no source holds it`, remedy }
      : {
        message: `${subject}: no source that can be used holds it, and of ` +
          `others this is wrong: ${first.message}`,
        remedy: `${first.remedy}; or else correct the id`,
      },
  };
  return new PluginError(problem.message, {
    ...problem,
    pluginId: id,
    problems: [problem, ...unread],
  });
}

function unusable(
  subject: string,
  id: string,
  source: string,
  problems: readonly Problem[],
): PluginError {
  const [first] = problems;
  return new PluginError(
    `${subject}: its manifest in ${quote(source)} cannot be used` +
      (first === undefined ? "" : `: ${first.message}`),
    {
      code: first?.code ?? "PLUGIN_MANIFEST_INVALID",
      pluginId: id,
      remedy: first?.remedy ?? "Correct the manifest",
      problems,
    },
  );
}

/**
 * Finds the plugin that has an id.
 *
 * @throws {PluginError} `PLUGIN_NOT_FOUND` when no source holds it, or what is
 * wrong with its manifest.
 */
export function findPlugin(
  { registry }: Parts<"registry">,
  inspection: Inspection,
  plan: Plan,
  action: string,
  id: string,
): ReadPlugin {
  const step = plan.steps[plan.places.get(id) ?? -1];
  const plugin = registry.get(id)?.plugin ??
    (step && pluginOf(inspection, step));
  if (plugin !== undefined) return plugin;
  const subject = `Cannot ${action} plugin ${quote(id)}`;
  const kept = plan.kept.get(id);
  if (kept !== undefined) {
    throw unusable(subject, id, kept.source, kept.problems);
  }
  // Any of these may be the one that holds it.
  const unread = plan.steps.flatMap(({ facts: { found } }) =>
    found.ok ? [] : found.problems
  );
  throw notFound(subject, id, unread);
}
