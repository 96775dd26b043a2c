/**
 * The signal listeners that a plugin's `setup` adds.
 *
 * @module
 */

import { PluginError } from "../base/errors.ts";
import {
  findResources,
  type ListResources,
} from "../runners/in_process/open_resources.ts";

function listSignals(list: ListResources): readonly string[] {
  return Object.entries(list())
    .flatMap(([id, kind]) => kind === "signal" ? [id] : []);
}

/**
 * Finds the signal listeners that were added and not removed. Deno counts one
 * for each signal: a second listener for a signal is not seen.
 */
export class SignalListeners {
  readonly #list = findResources();
  readonly #before = new Set(listSignals(this.#list));
  #added: readonly string[] = [];

  /** Takes all that were added since for those of the plugin. */
  take(): void {
    this.#added = listSignals(this.#list).filter((id) => !this.#before.has(id));
  }

  /**
   * Throws if one of them is still there.
   *
   * @param id The plugin.
   * @throws {PluginError} `PLUGIN_DISPOSE_FAILED` when one is.
   */
  check(id: string): void {
    const open = new Set(listSignals(this.#list));
    if (!this.#added.some((one) => open.has(one))) return;
    throw new PluginError(
      `Cannot dispose of plugin "${id}" whole: a signal listener is left`,
      {
        code: "PLUGIN_DISPOSE_FAILED",
        pluginId: id,
        remedy:
          "Remove it in dispose, or when context.signal is aborted: a host cannot",
      },
    );
  }
}
