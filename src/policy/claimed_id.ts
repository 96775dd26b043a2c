/** Refuses a plugin whose id another plugin has. */

import type { Problem } from "../base/errors.ts";
import { quote } from "../base/text.ts";
import type { KnownPlugin, PluginFacts } from "./facts.ts";

function conflict(
  { manifest }: KnownPlugin,
  holder: PluginFacts["found"],
): Problem {
  const source = quote(holder.source);
  const subject = `Cannot load plugin "${manifest.id}"`;
  return {
    code: "PLUGIN_ID_CONFLICT",
    ...holder.ok
      ? {
        message: `${subject}: the plugin of ${source} has this id`,
        remedy: "Change the id of one of the two, or remove its source",
      }
      : {
        message: `${subject}: the plugin of ${source} keeps this id, and its ` +
          "manifest cannot be used",
        remedy: `Correct the manifest of ${source}, or remove that source`,
      },
  };
}

/** Returns why a plugin does not have its id; nothing if it is the holder. */
export function checkClaimedId(
  found: PluginFacts["found"],
  holder: PluginFacts["found"] | undefined,
): readonly Problem[] {
  if (!found.ok) return found.problems;
  return holder === undefined || holder === found
    ? []
    : [conflict(found, holder)];
}
