/** Reads sources, state, switches and permissions once, into a snapshot. Runs no plugin code. */

import { fromFileUrl, isAbsolutePath } from "../base/path.ts";
import type { Problem } from "../base/errors.ts";
import {
  type DeclaredVariables,
  type PluginEnvironments,
  readPluginEnvironments,
} from "../environment/sanitized_environment.ts";
import {
  type FoundPlugin,
  type ReadPlugin,
  trustLevelOf,
} from "../manifest/manifest.ts";
import {
  jsrHost,
  PermissionInquiry,
  queryEntry,
} from "../permissions/permission_states.ts";
import { permissionRemedy } from "../permissions/permission_remedy.ts";
import type { Hazard } from "../permissions/path_hazards.ts";
import type {
  PermissionDeclaration,
  PermissionEntry,
  PermissionSet,
} from "../permissions/permission_set.ts";
import { SetIndex, union } from "../permissions/set_algebra.ts";
import type { KnownPlugin } from "../policy/checks.ts";
import {
  consentSource,
  type ConsentSubject,
  missingConsent,
  recordOf,
  takenPermissions,
} from "../policy/consent.ts";
import type {
  Placement,
  ResolvedPermissions,
  Runner,
} from "../runners/runner.ts";
import type {
  Consent,
  PluginState,
  StateReadResult,
} from "../state/state_store.ts";
import { EVERYONE } from "../state/state_text.ts";
import {
  readSwitches,
  switchedOffBy,
  type Switches,
  type SwitchReading,
} from "../state/switches.ts";
import {
  claimsTo,
  concernedIds,
  type InspectionSettings,
  type Reading,
  unconcerned,
  unreadableState,
} from "./inspection.ts";
import {
  configFileNeeds,
  configProblems,
  dataDirectoryOf,
  type Declaration,
  libraryNeeds,
  NOTHING,
  omitHostVariables,
  resolvePermissions,
  sourcesNeeds,
  switchNeeds,
} from "./permission_needs.ts";
import type {
  PermissionReport,
  PermissionReportOptions,
} from "./permission_report.ts";
import type { SourceVerifier } from "./source_verifier.ts";
import {
  inPlace,
  type PlacedPlugin,
  pluginsInForce,
  type PluginSnapshot,
  readManifests,
  recordAnswers,
  type ReportSnapshot,
  SeenIds,
  type Snapshot,
  type Surroundings,
} from "./snapshot.ts";

/** A live plugin, and the configuration that it runs with. */
export interface InspectedLife {
  readonly plugin: ReadPlugin;
  readonly config: unknown;
}

/** The parts of a host that reading depends on. */
export interface InspectorOptions {
  readonly settings: InspectionSettings;
  /** The state. If it throws, the state is unknown. */
  readonly state: {
    read(): Promise<StateReadResult>;
    permissions(): Promise<PermissionDeclaration>;
  };
  readonly runner: Pick<Runner, "placeOf" | "hostNeeds" | "importedAs">;
  /** Returns what was agreed to for this run alone; nothing by default. */
  readonly consentOf?: (id: string) => Consent | undefined;
  /** Returns the keys of the permissions that a plugin used; nobody knows by default. */
  readonly usedBy?: (id: string) => ReadonlySet<string> | undefined;
  /** Tests if somebody can be asked for a missing yes; nobody by default. */
  readonly canAsk?: () => boolean;
  /** Lists the live plugins; none by default. */
  readonly live?: () => readonly InspectedLife[];
  /** Tests a text for the host's own forms of secrets. */
  readonly isSecret: (text: string) => boolean;
  readonly mask: (text: string) => string;
}

/** A snapshot with the parts that are not data or must not be shown. */
export interface Inspection<Of extends Snapshot = Snapshot> {
  readonly snapshot: Of;
  /** The plugins with their code, in the order of `snapshot.plugins`. */
  readonly found: readonly FoundPlugin[];
  /** The configuration of each plugin, with references. */
  readonly configs: ReadonlyMap<string, unknown>;
  readonly stored: StateReadResult;
  readonly switches: Switches | undefined;
  /** The lock and the trust file that it used, if the host verifies sources. */
  readonly verifier: SourceVerifier | undefined;
  /** Returns the remedy for missing permissions. */
  remedyFor(missing: readonly PermissionEntry[]): string;
}

/** Adds the secret files of a configuration to the paths that are read. */
function withFiles(beside: PermissionSet, files: PermissionSet): PermissionSet {
  return files.read === undefined ? beside : union(beside, files);
}

function importsOf(sets: readonly PermissionSet[]): readonly string[] {
  return sets.flatMap(({ import: hosts }) =>
    hosts === undefined || hosts === true ? [] : hosts
  );
}

function mainDirectory(otherwise: string): string {
  const main = URL.parse(Deno.mainModule);
  return main?.protocol === "file:"
    ? fromFileUrl(new URL(".", main))
    : otherwise;
}

function surroundingsOf(
  { audit, environment, workingDirectory, verification }: InspectionSettings,
): Surroundings {
  const { lock, trust, store } = verification ?? {};
  const separator = Deno.build.os === "windows" ? ";" : ":";
  return {
    hostDirectory: mainDirectory(workingDirectory),
    deno: Deno.execPath(),
    searchPath: environment.get("PATH")?.split(separator)
      .filter(isAbsolutePath),
    homeDirectory: environment.get("HOME"),
    denoDirectory: environment.get("DENO_DIR"),
    auditFiles: audit.files,
    trustedPaths: [lock, trust, store].filter((path) => path !== undefined),
    jsrHost: jsrHost(),
  };
}

/** Merges the host's configurations with stored ones, which take precedence. */
function configsOf(
  config: ReadonlyMap<string, unknown>,
  stored: StateReadResult,
): ReadonlyMap<string, unknown> {
  if (!stored.ok) return config;
  const configs = new Map(config);
  for (const [id, { config }] of stored.snapshot.plugins) {
    if (config !== undefined) configs.set(id, config);
  }
  return configs;
}

const NO_PERMISSIONS = Object.freeze({
  missing: Object.freeze([]),
  remedy: "",
  problems: Object.freeze([]),
  required: NOTHING,
  optional: NOTHING,
  hostRequired: NOTHING,
  hostOptional: NOTHING,
  reading: NOTHING,
});

const NO_CONSENT = Object.freeze({});
const NO_STATES: ReadonlyMap<string, PluginState> = new Map();

/** Joins lists of problems; most plugins have none. */
function allProblems(
  lists: readonly (readonly Problem[])[],
): readonly Problem[] {
  return lists.every(({ length }) => length === 0)
    ? NO_PERMISSIONS.problems
    : lists.flat();
}

/** Facts about a plugin that are the same at every reading. */
interface Constants {
  readonly known: KnownPlugin;
  readonly declaration: Declaration;
  readonly needs: ResolvedPermissions;
  readonly placement: Placement;
  /** The reasons that its origin and its files are to refuse it. */
  readonly distrust: readonly Problem[];
  readonly subject: ConsentSubject;
  /** The permission to read its directory, unless a source covers that. */
  readonly beside: PermissionSet;
}

/** The parts that every plugin of one reading shares. */
interface SharedFacts {
  readonly inquiry: PermissionInquiry;
  readonly remedyFor: (missing: readonly PermissionEntry[]) => string;
  readonly configs: ReadonlyMap<string, unknown>;
  readonly states: ReadonlyMap<string, PluginState>;
  readonly inForce: ReadonlyMap<string, unknown>;
  readonly supplies: (name: string) => boolean;
}

/** Reads for one host, and remembers facts for later readings. */
export class Inspector {
  readonly #options: InspectorOptions;
  readonly #constants = new WeakMap<ReadPlugin, Constants>();
  readonly #needsOfSources: PermissionSet;
  readonly #sources: SetIndex;
  readonly #seenIds = new SeenIds();
  /** The last reading of each switch. */
  readonly #switches = new Map<string, SwitchReading>();
  #reading: Reading | undefined;
  #last: Inspection | undefined;
  /** The permissions of the state store, as of the last reading of everything. */
  #storeNeeds: PermissionDeclaration | undefined;
  #environments: PluginEnvironments | undefined;
  #isSealed = false;
  /** Verifies sources, from the first reading on, if the host has any of it done. */
  #verifier: SourceVerifier | undefined;

  constructor(options: InspectorOptions) {
    this.#options = options;
    this.#needsOfSources = sourcesNeeds(options.settings);
    this.#sources = new SetIndex(this.#needsOfSources);
  }

  /** The last reading of the manifests. */
  get reading(): Reading | undefined {
    return this.#reading;
  }

  /** Remembers that the host revoked permissions. */
  seal(): void {
    this.#isSealed = true;
  }

  /** Reads everything. With `mayCopy`, missing copies of verified plugins are made. */
  async inspect(
    { mayCopy = false }: { readonly mayCopy?: boolean } = {},
  ): Promise<Inspection> {
    this.#storeNeeds = undefined;
    return await this.#inspect(async (hasBroker, stored) =>
      (await this.#readerOf(hasBroker, stored, mayCopy))()
    );
  }

  /** Returns a function that reads manifests, and verifies the plugins of new ones. */
  async #readerOf(
    hasBroker: boolean,
    stored: Promise<StateReadResult>,
    mayCopy: boolean,
  ): Promise<
    (known?: readonly ReadonlyMap<string, FoundPlugin>[]) => Promise<Reading>
  > {
    const { settings } = this.#options;
    const verifier = await this.#beginVerification(hasBroker, stored);
    return (known) =>
      readManifests(
        settings,
        hasBroker,
        known,
        verifier && ((plugin) => verifier.verify(plugin, mayCopy)),
      );
  }

  async #beginVerification(
    hasBroker: boolean,
    stored: Promise<StateReadResult>,
  ): Promise<SourceVerifier | undefined> {
    const { verification, clock, system } = this.#options.settings;
    if (verification === undefined) return undefined;
    if (this.#verifier === undefined) {
      const { SourceVerifier } = await import("./source_verifier.ts");
      this.#verifier = new SourceVerifier({
        verification,
        permissionState: (entry) =>
          hasBroker ? "unknown" : queryEntry(entry, system.query),
        now: () => clock.now(),
      });
    }
    const result = await stored;
    await this.#verifier.begin(
      result.ok ? result.snapshot.plugins.get(EVERYONE)?.serials : undefined,
    );
    return this.#verifier;
  }

  /** Reads state, switches and permissions, and no manifest again. */
  async inspectAgain(): Promise<Inspection> {
    const before = this.#reading;
    if (before === undefined) return await this.inspect();
    return await this.#inspect(() => Promise.resolve(before));
  }

  /** Reads everything, and every permission that the permission report needs. */
  async report(
    options: PermissionReportOptions = {},
  ): Promise<{
    readonly inspection: Inspection<ReportSnapshot>;
    readonly report: PermissionReport;
  }> {
    const { settings, usedBy } = this.#options;
    const { reportPermissions } = await import("./permission_report.ts");
    const inspection = await this.inspect();
    const answers = {};
    const snapshot: ReportSnapshot = {
      ...inspection.snapshot,
      surroundings: surroundingsOf(settings),
      answers,
    };
    const query = recordAnswers(settings.system.query, answers);
    const report = reportPermissions(snapshot, options, query, usedBy);
    return { inspection: { ...inspection, snapshot }, report };
  }

  /**
   * Reads the manifests that concern one plugin: its own, those of its
   * requirements, others that claim these ids, and new ones. The rest comes from
   * the last reading. Reads everything if an id is missing or a claim changed.
   * With `asNew`, a live plugin is judged by its files like one that is not live.
   */
  async inspectAbout(
    id: string,
    options: { readonly asNew?: boolean } = {},
  ): Promise<Inspection> {
    const before = this.#reading;
    const ids = before && concernedIds(before, id);
    return await this.#inspect(async (hasBroker, stored) => {
      const read = await this.#readerOf(hasBroker, stored, true);
      if (before === undefined || ids === undefined) return await read();
      const now = await read(unconcerned(before, ids));
      return claimsTo(now, ids) === claimsTo(before, ids) ? now : await read();
    }, options.asNew === true ? id : undefined);
  }

  /** Returns the hazards of what a plugin declares, at the last reading. */
  async hazardsOf(plugin: ReadPlugin): Promise<readonly Hazard[]> {
    const { pluginHazards } = await import("./permission_report.ts");
    const { found, snapshot } = this.#last ?? await this.inspectAgain();
    const same = found.indexOf(plugin);
    const index = same >= 0
      ? same
      : found.findIndex((one) =>
        one.ok && one.manifest.id === plugin.manifest.id
      );
    const surroundings = surroundingsOf(this.#options.settings);
    const hazards = pluginHazards({ ...snapshot, surroundings, answers: {} });
    return hazards[index] ?? [];
  }

  /** Resolves the permissions that a plugin declares. */
  declarationOf(plugin: ReadPlugin): Declaration {
    return this.#constantsOf(plugin).declaration;
  }

  /** Returns a plugin as consent depends on it. */
  subjectOf(plugin: ReadPlugin): ConsentSubject {
    return this.#constantsOf(plugin).subject;
  }

  #constantsOf(plugin: ReadPlugin): Constants {
    const before = this.#constants.get(plugin);
    if (before !== undefined) return before;
    const { settings, runner } = this.#options;
    const {
      code: _,
      directory,
      digest,
      trust: _trust,
      copiedFrom: _copiedFrom,
      denoLock: _denoLock,
      ...known
    } = plugin;
    const declaration = resolvePermissions(settings, plugin);
    const { required, optional } = declaration;
    const placement = runner.placeOf(plugin);
    const constants: Constants = {
      known,
      declaration,
      needs: runner.hostNeeds(plugin, declaration),
      placement,
      distrust: this.#verifier?.problemsOf(plugin, placement.kind) ?? [],
      subject: {
        origin: plugin.origin,
        source: consentSource(plugin),
        digest,
        required,
        optional,
      },
      // Only a directory that no source covers.
      beside: plugin.origin === "external" && directory !== undefined &&
          plugin.copiedFrom === undefined &&
          !this.#sources.covers({ kind: "read", value: directory })
        ? { read: [directory] }
        : NOTHING,
    };
    this.#constants.set(plugin, constants);
    return constants;
  }

  /** Returns the environment of a plugin. Variables are read once per inspection. */
  environmentFor(
    declared: DeclaredVariables,
  ): Readonly<Record<string, string>> {
    this.#environments ??= readPluginEnvironments({
      source: this.#options.settings.environment,
      isSecret: this.#options.isSecret,
    });
    return this.#environments(declared);
  }

  /** Reads the state, which is unknown if the store throws. */
  async #readState(): Promise<StateReadResult> {
    try {
      return await this.#options.state.read();
    } catch (thrown) {
      return {
        ok: false,
        problem: unreadableState(thrown, this.#options.mask),
      };
    }
  }

  /**
   * Reads a switch. A switch keeps its last value if it becomes unreadable, so
   * that revoking the permission switches nothing on.
   */
  #readSwitch(name: string): SwitchReading {
    const reading = this.#options.settings.system.readSwitch(name);
    if (reading.kind === "unreadable") {
      return this.#switches.get(name) ?? reading;
    }
    this.#switches.set(name, reading);
    return reading;
  }

  #readSwitches(plugins: readonly ReadPlugin[]): Switches | undefined {
    if (!this.#options.settings.switches) return undefined;
    const types = plugins.filter(({ origin }) => origin === "external")
      .map(({ manifest }) => manifest.type);
    return readSwitches((name) => this.#readSwitch(name), new Set(types));
  }

  async #inspect(
    read: (
      hasBroker: boolean,
      stored: Promise<StateReadResult>,
    ) => Promise<Reading>,
    asNew?: string,
  ): Promise<Inspection> {
    const { settings, runner, live: listLive = () => [] } = this.#options;
    const { system } = settings;
    this.#environments = undefined;
    const broker = system.hasBroker();
    const readingState = this.#readState();
    const [reading, stored, storeNeeds] = await Promise.all([
      read(broker, readingState),
      readingState,
      this.#storeNeeds ?? this.#options.state.permissions(),
    ]);
    this.#reading = reading;
    this.#storeNeeds = storeNeeds;
    const found = inPlace(reading);
    this.#seenIds.see(found);
    const live = listLive()
      .filter(({ plugin }) => plugin.manifest.id !== asNew);
    const placed = pluginsInForce(
      found,
      live.map(({ plugin }) => plugin),
      (plugin) => runner.importedAs(plugin),
    );
    const readable = placed.map(({ found }) => found).filter((one) => one.ok);
    const inquiry = new PermissionInquiry({ broker, query: system.query });
    const configs = configsOf(settings.config, stored);
    const switches = this.#readSwitches(readable);
    const imports = importsOf([
      settings.hostPermissions,
      ...readable.map((one) => this.declarationOf(one).required),
    ]);
    const remedyFor = (missing: readonly PermissionEntry[]) =>
      permissionRemedy(missing, {
        imports,
        ask: (entry) => inquiry.ask(entry),
        isSealed: this.#isSealed,
      });
    const context: SharedFacts = {
      inquiry,
      remedyFor,
      configs,
      states: stored.ok ? stored.snapshot.plugins : NO_STATES,
      inForce: new Map(
        live.map(({ plugin, config }) => [plugin.manifest.id, config]),
      ),
      supplies: (name) => settings.environment.supplies(name),
    };
    const snapshot: Snapshot = Object.freeze({
      hostVersion: settings.version,
      permissionMode: settings.permissions,
      plugins: Object.freeze(placed.map((one) => this.#look(one, context))),
      live: live.map(({ plugin }) => plugin.manifest.id),
      disabled: !stored.ok ? [] : [...stored.snapshot.plugins]
        .filter(([, { enabled }]) => enabled === false).map(([id]) => id),
      switchedOff: switchedOffBy(switches),
      stateProblem: stored.ok ? undefined : stored.problem,
      canAsk: this.#options.canAsk?.() ?? false,
      application: settings.hostPermissions,
      library: this.#withVerification(
        libraryNeeds(settings, this.#needsOfSources, storeNeeds),
      ),
      pinsModules: this.#verifier?.pinsModules ?? false,
      switchNeeds: switchNeeds(settings),
      switches: switches && {
        every: switches.every,
        byType: Object.fromEntries(switches.byType),
      },
      broker,
      isSealed: this.#isSealed,
    });
    return this.#last = {
      snapshot,
      found: placed.map(({ found }) => found),
      configs,
      stored,
      switches,
      verifier: this.#verifier,
      remedyFor,
    };
  }

  #withVerification(library: PermissionSet): PermissionSet {
    const verifier = this.#verifier;
    return verifier === undefined ? library : union(library, verifier.needs);
  }

  #look(
    { found, sourceIndex, isLive, stale }: PlacedPlugin,
    context: SharedFacts,
  ): PluginSnapshot {
    const { settings, isSecret } = this.#options;
    const { workingDirectory } = settings;
    if (!found.ok) {
      return Object.freeze({
        found,
        sourceIndex,
        keeps: this.#seenIds.keptBy(found, sourceIndex, workingDirectory),
        ...NO_PERMISSIONS,
      });
    }
    const { directory, manifest: { id } } = found;
    const constants = this.#constantsOf(found);
    const { known, declaration, needs, placement, beside, distrust } =
      constants;
    const { problems, ...declared } = declaration;
    const hostRequired = omitHostVariables(needs.required, context.supplies);
    const config = context.configs.get(id);
    const configFaults = configProblems(
      settings,
      found,
      declared,
      config,
      isSecret,
    );
    // A plugin that is refused anyway needs no copy.
    const copying = distrust.length === 0
      ? this.#verifier?.copyNeeds(found)
      : undefined;
    const missing = context.inquiry.missing(
      copying === undefined ? hostRequired : union(hostRequired, copying),
    );
    return Object.freeze({
      found: known,
      sourceIndex,
      ...isLive === undefined ? {} : { isLive },
      ...stale === undefined ? {} : { stale },
      missing,
      remedy: missing.length === 0 ? "" : context.remedyFor(missing) +
        (copying === undefined
          ? ""
          : ", or run semantik-plugin verify --copy before"),
      runner: placement.kind,
      trust: trustLevelOf(found),
      ...distrust.length === 0 ? {} : { distrust },
      problems: allProblems([placement.problems, problems, configFaults]),
      ...this.#consentFacts(id, constants, context),
      directory,
      dataDirectory: dataDirectoryOf(settings, id),
      ...declared,
      hostRequired,
      hostOptional: omitHostVariables(needs.optional, context.supplies),
      // What is stored may differ from what a live plugin runs with.
      reading: withFiles(
        withFiles(
          copying === undefined ? beside : union(beside, copying),
          configFileNeeds(settings, config),
        ),
        configFileNeeds(
          settings,
          isLive === true ? context.inForce.get(id) : undefined,
        ),
      ),
    });
  }

  #consentFacts(
    id: string,
    { subject, placement }: Constants,
    { states }: SharedFacts,
  ): Pick<PluginSnapshot, "record" | "waiting" | "taken"> {
    const { settings: { consent }, consentOf } = this.#options;
    const own = states.get(id);
    const everyone = states.get(EVERYONE);
    const inThisRun = consentOf?.(id);
    const isDecided = own?.consent !== undefined ||
      own?.revoked !== undefined || everyone !== undefined ||
      inThisRun !== undefined;
    // Most hosts ask nobody, and most plugins have lost nothing.
    if (!isDecided && consent.mode === "none") return NO_CONSENT;
    const record = recordOf(own, everyone, inThisRun);
    const waiting = missingConsent(subject, record, consent);
    const taken = takenPermissions(subject, record, placement.kind);
    return {
      ...isDecided ? { record } : {},
      ...waiting === undefined ? {} : { waiting },
      ...taken === undefined ? {} : { taken },
    };
  }
}
