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
 * Finds signal listeners that a plugin added and did not remove. Deno lists one
 * resource per signal, so a second listener for a signal is not found.
 */
export class SignalListeners {
  readonly #list = findResources();
  readonly #before = new Set(listSignals(this.#list));
  #added: readonly string[] = [];

  /** Attributes the listeners that were added since the construction to the plugin. */
  take(): void {
    this.#added = listSignals(this.#list).filter((id) => !this.#before.has(id));
  }

  /** Throws `PLUGIN_DISPOSE_FAILED` if the plugin left a listener. */
  check(id: string): void {
    const open = new Set(listSignals(this.#list));
    if (!this.#added.some((one) => open.has(one))) return;
    throw new PluginError(
      `Plugin "${id}" leaks after dispose: a signal listener`,
      {
        code: "PLUGIN_DISPOSE_FAILED",
        pluginId: id,
        remedy: "Remove it in dispose or when context.signal is aborted",
      },
    );
  }
}
