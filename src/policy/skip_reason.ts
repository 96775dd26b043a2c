/** Skips a plugin that was disabled or switched off, which is not a problem. */

import type { KnownPlugin } from "./facts.ts";

/** The reason why a plugin is skipped. */
export type SkipReason =
  /** It is disabled in the stored state. */
  | "disabled"
  /** A switch in the environment turns plugins off. */
  | "switch";

/** The lists of `HostFacts` that skip plugins, as sets. */
export interface Skipped {
  readonly disabled: ReadonlySet<string>;
  readonly switchedOff: ReadonlySet<string>;
}

export function skipReason(
  { manifest, origin }: Pick<KnownPlugin, "manifest" | "origin">,
  { disabled, switchedOff }: Skipped,
): SkipReason | undefined {
  if (origin === "external" && switchedOff.has(manifest.type)) return "switch";
  return disabled.has(manifest.id) ? "disabled" : undefined;
}
