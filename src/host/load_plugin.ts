/**
 * Brings one plugin to life.
 *
 * @module
 */

import type { Problem } from "../errors.ts";
import type { ReadPlugin } from "../manifest/found_plugin.ts";
import { describeThrown } from "../text.ts";
import type { HostCore } from "./core.ts";
import { lostRequirements } from "./lost_requirements.ts";
import { errorOf, problemsOf } from "./problems.ts";
import { startPlugin } from "./start_plugin.ts";

/**
 * Brings one plugin to life and registers it. Never throws.
 *
 * @param core The host.
 * @param plugin The plugin.
 * @param config Its configuration, with references.
 * @returns What went wrong; nothing where it is live.
 */
export async function loadPlugin(
  core: HostCore,
  plugin: ReadPlugin,
  config: unknown,
): Promise<readonly Problem[]> {
  const { id } = plugin.manifest;
  if (core.registry.get(id) !== undefined) return [];
  core.crashes.delete(id);
  try {
    const live = await startPlugin(core, { plugin, config });
    const lost = core.crashes.get(id) ?? lostRequirements(core, plugin);
    if (lost.length > 0) {
      await live.retire(0, core.settings.clock).catch(() => {});
      throw errorOf(id, lost);
    }
    core.registry.add(live);
    core.record(plugin, `plugin.registered.${plugin.origin}`);
    core.events.emit("statuschange", { id, status: "live", problems: [] });
    return [];
  } catch (thrown) {
    const problems = problemsOf(core, plugin, thrown);
    core.events.emit("statuschange", { id, status: "failed", problems });
    core.record(plugin, "plugin.load.failed", {
      code: problems[0]?.code,
      error: problems[0]?.message ?? describeThrown(thrown),
      problems,
    }, "error");
    return problems;
  } finally {
    core.noticeRevocation(plugin);
  }
}
