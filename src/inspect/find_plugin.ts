/** Finds a plugin by its id. */

import { errorOf, PluginError, type Problem } from "../base/errors.ts";
import { nearestName, quote } from "../base/text.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import type { Plan } from "../plan/plan.ts";
import { type Inspection, pluginOf } from "./inspector.ts";

function notFound(
  subject: string,
  id: string,
  nearest: string | undefined,
  unread: readonly Problem[],
): PluginError {
  const [first] = unread;
  const remedy = nearest === undefined
    ? "Correct the id, or add the source that contains the plugin"
    : `Did you mean "${nearest}"? Else add the source that contains the plugin`;
  const problem: Problem = {
    code: "PLUGIN_NOT_FOUND",
    ...first === undefined
      ? { message: `${subject}: no source contains it`, remedy }
      : {
        message: `${subject}: no usable source contains it, and another has ` +
          `a problem: ${first.message}`,
        remedy: nearest === undefined
          ? `${first.remedy}, or correct the id`
          : `Did you mean "${nearest}"? Else: ${first.remedy}`,
      },
  };
  return errorOf(id, [problem, ...unread]);
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

/** Finds a plugin; throws `PLUGIN_NOT_FOUND` or the problems of its manifest. */
export function findPlugin(
  inspection: Inspection,
  plan: Plan,
  action: string,
  id: string,
): ReadPlugin {
  const step = plan.steps[plan.places.get(id) ?? -1];
  const plugin = step && pluginOf(inspection, step);
  if (plugin !== undefined) return plugin;
  const subject = `Cannot ${action} plugin ${quote(id)}`;
  const kept = plan.kept.get(id);
  if (kept !== undefined) {
    throw unusable(subject, id, kept.source, kept.problems);
  }
  // Any of these may contain the plugin.
  const unread = plan.steps.flatMap(({ facts: { found } }) =>
    found.ok ? [] : found.problems
  );
  const nearest = nearestName(id, [
    ...plan.claimants.keys(),
    ...plan.kept.keys(),
  ]);
  throw notFound(subject, id, nearest, unread);
}
