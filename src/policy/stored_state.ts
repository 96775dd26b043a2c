/** Refuses external plugins while the stored state is unknown. */

import type { Problem } from "../base/errors.ts";
import type { HostFacts, KnownPlugin } from "./facts.ts";

export function checkStoredState(
  { origin }: Pick<KnownPlugin, "origin">,
  { stateProblem }: Pick<HostFacts, "stateProblem">,
): readonly Problem[] {
  return origin === "external" && stateProblem !== undefined
    ? [stateProblem]
    : [];
}
