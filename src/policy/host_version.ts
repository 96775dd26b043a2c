/** Refuses a plugin that does not support this version of the host. */

import type { Problem } from "../base/errors.ts";
import { escapeControls } from "../base/text.ts";
import type { Manifest } from "../manifest/manifest.ts";
import { isInRange, isPreRelease } from "../manifest/version.ts";
import type { HostFacts } from "./facts.ts";

/** Adds the rule of pre-releases to a remedy if that is why a version is out of range. */
export function rangeRemedy(version: string, remedy: string): string {
  return isPreRelease(version)
    ? `${remedy}; a pre-release is in a range only if the range names one ` +
      `of the same version, e.g. >=${version}`
    : remedy;
}

export function checkHostVersion(
  { id, host }: Pick<Manifest, "id" | "host">,
  { hostVersion }: Pick<HostFacts, "hostVersion">,
): readonly Problem[] {
  if (host === undefined || isInRange(hostVersion, host)) return [];
  return [{
    code: "PLUGIN_HOST_INCOMPATIBLE",
    message: `Cannot load plugin "${id}": it supports host versions ` +
      `${escapeControls(host)}, and this is ${hostVersion}`,
    remedy: rangeRemedy(
      hostVersion,
      "Use a version of the plugin that supports this host",
    ),
  }];
}
