/**
 * The secrets that the plugins of a host are given.
 *
 * @module
 */

import { type SecretHold, SecretValues } from "../secrets/secret_values.ts";
import type { HostCore } from "./core.ts";

/**
 * Makes room for the secrets of one configuration of one plugin. The host's
 * reports and its trail are masked from the first one on.
 *
 * @param core The host.
 * @returns What adds them, and lets them go again.
 */
export function holdSecrets(core: HostCore): SecretHold {
  const { clock } = core.settings;
  return core.holdSecrets(() => new SecretValues(() => clock.elapsed()));
}
