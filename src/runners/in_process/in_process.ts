/** Runs plugins in the process of the host. */

import { PluginError, type Problem } from "../../base/errors.ts";
import {
  type Clock,
  nextTurn,
  shareTimers,
  withTimeLimit,
} from "../../base/timing.ts";
import type { PluginCode, ReadPlugin } from "../../manifest/manifest.ts";
import type { ImportModule } from "../../manifest/source_system.ts";
import type {
  CallFollower,
  Crash,
  ImportedPlugin,
  OpenPlugin,
  Placement,
  PluginTimeouts,
  ResolvedPermissions,
  Runner,
  RunnerKind,
} from "../runner.ts";
import { Attribution, CrashGuard, followCalls } from "./crash_guard.ts";
import {
  batchImports,
  confirmImport,
  findChange,
  forgetImport,
  importedManifest,
  isAsJudged,
  ModuleImporter,
  readDefaultExport,
  rememberImport,
  restartRequired,
} from "./imported_code.ts";

/** Every plugin can run in the process of the host. */
export const IN_PROCESS: Placement = Object.freeze({
  kind: "in-process",
  problems: Object.freeze([]),
});

/** Returns everything that the plugin declares: its code runs in that process. */
export function inProcessNeeds(
  _plugin: ReadPlugin,
  declared: ResolvedPermissions,
): ResolvedPermissions {
  return declared;
}

export interface InProcessOptions {
  readonly timeoutsOf: (id: string) => PluginTimeouts;
  readonly clock: Clock;
  /**
   * Imports a module.
   *
   * @default {undefined} modules are imported many at once
   */
  readonly importModule: ImportModule | undefined;
  /** Takes the crashes of plugins; `undefined` leaves them to end the process. */
  readonly onCrash: ((crash: Crash) => void) | undefined;
  /** True if the host called a plugin under a lease. */
  readonly wasLeased: (id: string) => boolean;
}

interface Engine {
  readonly attribution: Attribution;
  readonly open: (id: string, code: PluginCode) => Promise<OpenPlugin>;
  readonly guard: CrashGuard | undefined;
}

/** Runs plugins in this process. Loads its engine with the first plugin. */
export class InProcess implements Runner {
  readonly #options: InProcessOptions;
  readonly #importer: ModuleImporter | undefined;
  /** The plugins whose files are confirmed to be those that were judged. */
  readonly #confirmed = new WeakSet<ReadPlugin>();
  #starting: Promise<Engine> | undefined;
  #engine: Engine | undefined;

  constructor(options: InProcessOptions) {
    this.#options = options;
    if (options.importModule === undefined) {
      this.#importer = new ModuleImporter();
    }
  }

  get callingPlugin(): string | undefined {
    return this.#engine?.attribution.running;
  }

  kindOf(): RunnerKind {
    return IN_PROCESS.kind;
  }

  placeOf(): Placement {
    return IN_PROCESS;
  }

  readonly hostNeeds = inProcessNeeds;

  importedAs({ code, manifest }: ReadPlugin): ImportedPlugin | undefined {
    const change = code.kind === "module" ? findChange(code) : undefined;
    if (code.kind === "object" || change === undefined) return undefined;
    const known = importedManifest(code);
    return {
      // Not with its new version: this process has the old code.
      manifest: known?.id === manifest.id ? known : manifest,
      stale: restartRequired(manifest.id, change),
    };
  }

  codeProblems(plugin: ReadPlugin): readonly Problem[] {
    const { code, manifest: { id } } = plugin;
    if (code.kind === "object" || this.#confirmed.delete(plugin)) return [];
    const change = findChange(code);
    if (change !== undefined) return [restartRequired(id, change)];
    if (isAsJudged(code)) return [];
    return [Object.freeze({
      code: "PLUGIN_SOURCE_UNREADABLE",
      message:
        `Cannot load plugin "${id}": its manifest changed after it was ` +
        "checked",
      remedy: "Enable the plugin, so that its manifest is checked again",
    })];
  }

  async prepare(plugins: readonly ReadPlugin[]): Promise<void> {
    const { timeoutsOf, clock } = this.#options;
    const modules = new Map<string, ReadPlugin>();
    for (const plugin of plugins) {
      if (plugin.code.kind === "module") {
        modules.set(plugin.code.specifier, plugin);
      }
    }
    if (modules.size < 2 || this.#importer === undefined) return;
    const begun = new Map<string, ReadPlugin>();
    for (const [specifier, plugin] of modules) {
      if (plugin.code.kind === "module" && rememberImport(plugin.code)) {
        begun.set(specifier, plugin);
      }
    }
    const batches = batchImports([...modules.keys()]);
    const ahead = new Set(batches.flat());
    for (const specifier of begun.keys()) {
      if (!ahead.has(specifier)) forgetImport(specifier);
    }
    if (ahead.size === 0) return;
    const prepared = this.#importer.prepare(batches);
    // Each is imported by itself later, within its own time limit.
    const limit = Math.min(
      ...modules.values().map(({ manifest }) => timeoutsOf(manifest.id).load),
    );
    const { kind } = await withTimeLimit(prepared, limit, clock);
    if (kind === "late") return;
    for (const [specifier, plugin] of begun) {
      if (!ahead.has(specifier)) continue;
      if (confirmImport(plugin) === undefined) this.#confirmed.add(plugin);
    }
  }

  async open(plugin: ReadPlugin): Promise<OpenPlugin> {
    const { code, manifest: { id } } = plugin;
    const engine = await (this.#starting ??= this.#start());
    engine.guard?.watch(plugin);
    if (code.kind === "module") rememberImport(code);
    const opened = await engine.open(id, code);
    const problem = confirmImport(plugin);
    if (problem === undefined) return opened;
    throw new PluginError(problem.message, { ...problem, pluginId: id });
  }

  async #start(): Promise<Engine> {
    const { onCrash, wasLeased, timeoutsOf, clock } = this.#options;
    const { PluginCalls, readPluginParts } = await import("../plugin_calls.ts");
    const attribution = new Attribution();
    const importer = this.#importer;
    const importModule = this.#options.importModule ??
      (async (specifier: string) => await importer?.import(specifier));
    let guard: CrashGuard | undefined;
    if (onCrash !== undefined) {
      guard = new CrashGuard({ attribution, onCrash, wasLeased });
    }
    const calls = new PluginCalls({
      timeoutsOf,
      clock: shareTimers(clock),
      run: (id, callback) => attribution.run(id, callback),
    });
    return this.#engine = {
      attribution,
      guard,
      open: (id, code) =>
        calls.open<unknown>(id, {
          readParts: readPluginParts,
          ...code.kind === "object"
            ? { kind: "imported", exported: code.plugin }
            : {
              kind: "module",
              importExport: async () =>
                readDefaultExport(await importModule(code.specifier)),
            },
        }),
    };
  }

  connect(id: string, other: string): void {
    this.#engine?.guard?.connect(id, other);
  }

  followCalls(id: string): CallFollower {
    return followCalls(id, this.#engine?.attribution, this.#options.clock);
  }

  runAs(id: string, callback: () => void): void {
    const attribution = this.#engine?.attribution;
    if (attribution === undefined) callback();
    else void attribution.run(id, callback);
  }

  async settle(): Promise<void> {
    if (this.#options.onCrash !== undefined) await nextTurn();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#engine?.guard?.[Symbol.dispose]();
    return Promise.resolve();
  }
}
