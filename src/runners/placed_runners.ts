/** Runs each plugin by the runner that the application chose for it. */

import { PluginError, type Problem } from "../base/errors.ts";
import { describeThrown } from "../base/text.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import {
  type CallFollower,
  factoryOf,
  type ImportedPlugin,
  type OpenPlugin,
  type Placement,
  type PluginRunner,
  type PluginToPlace,
  type ResolvedPermissions,
  type Runner,
  type RunnerChoice,
  type RunnerParts,
  trustOf,
} from "./runner.ts";

/** The runner of a plugin, or the reason why it has none. */
type Placed =
  | { readonly ok: true; readonly runner: Runner }
  | { readonly ok: false; readonly problem: Problem };

function noRunner(id: string, fault: string): Placed {
  return {
    ok: false,
    problem: Object.freeze({
      code: "PLUGIN_OPTION_INVALID",
      message: `Cannot choose a runner for plugin "${id}": ${fault}`,
      remedy: "Return what subprocess() creates, or undefined for this process",
    }),
  };
}

export class PlacedRunners implements Runner {
  readonly #inProcess: Runner;
  readonly #choice: RunnerChoice;
  readonly #parts: RunnerParts;
  readonly #created = new Map<PluginRunner, Runner>();
  readonly #placed = new WeakMap<ReadPlugin, Placed>();
  /** The runner of each plugin that was opened. */
  readonly #opened = new Map<string, Runner>();

  constructor(inProcess: Runner, choice: RunnerChoice, parts: RunnerParts) {
    this.#inProcess = inProcess;
    this.#choice = choice;
    this.#parts = parts;
  }

  get callingPlugin(): string | undefined {
    // Code in another process cannot call the host's methods.
    return this.#inProcess.callingPlugin;
  }

  placeOf(plugin: ReadPlugin): Placement {
    const placed = this.#place(plugin);
    return placed.ok
      ? placed.runner.placeOf(plugin)
      // Without a runner, it must not run in this process either.
      : { kind: "subprocess", problems: [placed.problem] };
  }

  #place(plugin: ReadPlugin): Placed {
    const before = this.#placed.get(plugin);
    if (before !== undefined) return before;
    const placed = this.#choose(plugin);
    this.#placed.set(plugin, placed);
    return placed;
  }

  #choose(plugin: ReadPlugin): Placed {
    const { source, origin, manifest: { id, type, version } } = plugin;
    let chosen: PluginRunner | undefined;
    if (typeof this.#choice === "function") {
      const trust = trustOf(plugin);
      const facts: PluginToPlace = Object.freeze(
        { id, type, version, source, origin, trust },
      );
      try {
        chosen = this.#choice(facts);
      } catch (thrown) {
        const fault = this.#parts.mask(describeThrown(thrown));
        return noRunner(id, `option "runner" threw ${fault}`);
      }
    } else {
      chosen = this.#choice;
    }
    if (chosen === undefined) return { ok: true, runner: this.#inProcess };
    const runner = this.#create(chosen);
    return runner === undefined
      ? noRunner(id, 'option "runner" returned something else')
      : { ok: true, runner };
  }

  #create(chosen: PluginRunner): Runner | undefined {
    const before = this.#created.get(chosen);
    if (before !== undefined) return before;
    const isObject = typeof chosen === "object" && chosen !== null;
    const runner = isObject ? factoryOf(chosen)?.(this.#parts) : undefined;
    if (runner !== undefined) this.#created.set(chosen, runner);
    return runner;
  }

  #of(plugin: ReadPlugin): Runner {
    const placed = this.#place(plugin);
    if (placed.ok) return placed.runner;
    const { problem } = placed;
    const pluginId = plugin.manifest.id;
    throw new PluginError(problem.message, { ...problem, pluginId });
  }

  hostNeeds(
    plugin: ReadPlugin,
    declared: ResolvedPermissions,
  ): ResolvedPermissions {
    const placed = this.#place(plugin);
    return placed.ok ? placed.runner.hostNeeds(plugin, declared) : declared;
  }

  importedAs(plugin: ReadPlugin): ImportedPlugin | undefined {
    const placed = this.#place(plugin);
    return placed.ok ? placed.runner.importedAs(plugin) : undefined;
  }

  codeProblems(plugin: ReadPlugin): readonly Problem[] {
    const placed = this.#place(plugin);
    return placed.ok ? placed.runner.codeProblems(plugin) : [placed.problem];
  }

  async prepare(plugins: readonly ReadPlugin[]): Promise<void> {
    const byRunner = Map.groupBy(plugins, (plugin) => this.#of(plugin));
    await Promise.all(
      byRunner.entries().map(([runner, own]) => runner.prepare(own)),
    );
  }

  async open(plugin: ReadPlugin): Promise<OpenPlugin> {
    const runner = this.#of(plugin);
    this.#opened.set(plugin.manifest.id, runner);
    return await runner.open(plugin);
  }

  #openedBy(id: string): Runner {
    return this.#opened.get(id) ?? this.#inProcess;
  }

  connect(id: string, other: string): void {
    this.#openedBy(id).connect(id, other);
  }

  followCalls(id: string): CallFollower {
    return this.#openedBy(id).followCalls(id);
  }

  runAs(id: string, callback: () => void): void {
    this.#openedBy(id).runAs(id, callback);
  }

  async settle(): Promise<void> {
    await this.#inProcess.settle();
    await Promise.all(this.#created.values().map((runner) => runner.settle()));
  }

  [Symbol.dispose](): void {
    this.#inProcess[Symbol.dispose]();
    for (const runner of this.#created.values()) runner[Symbol.dispose]();
  }
}
