/**
 * What the parts of a host share.
 *
 * @module
 */

import type {
  AuditDetails,
  AuditLevel,
  AuditLogOptions,
} from "../audit/audit_event.ts";
import { warnOnStderr } from "../base/stderr.ts";
import {
  type DeclaredVariables,
  type PluginEnvironments,
  readPluginEnvironments,
} from "../environment/plugin_environment.ts";
import type { Problem } from "../base/errors.ts";
import type {
  FoundPlugin,
  ReadPlugin,
  UnreadablePlugin,
} from "../manifest/manifest.ts";
import type { Attribution } from "../runners/in_process/attribution.ts";
import type { Runner } from "../runners/runner.ts";
import { maskCredentials } from "../secrets/credentials.ts";
import { REDACTED } from "../secrets/redaction.ts";
import type { SecretHold, SecretValues } from "../secrets/secret_values.ts";
import type { StateSnapshot } from "../state/state_store.ts";
import { Mutex } from "../base/mutex.ts";
import type { SwitchReading } from "../state/switches.ts";
import { describeThrown, quote } from "../base/text.ts";
import type { CrashGuard } from "../runners/in_process/crash_guard.ts";
import { HostEventTarget } from "./host_events.ts";
import { SeenIds } from "./seen_ids.ts";
import { PermissionWatch } from "./permission_watch.ts";
import { Registry } from "./registry.ts";
import type { HostSettings } from "./settings.ts";
import { StoredState } from "./stored_state.ts";

/** What runs plugins, and knows whose code is running. */
export interface Engine {
  /** Knows whose code is running. */
  readonly attribution: Attribution;
  /** Runs it. */
  readonly runner: Runner;
  /** Contains what it leaves unhandled, where the host wants that. */
  readonly guard: CrashGuard | undefined;
}

/** What reading the builtins and the sources gave. */
export interface Reading {
  /** The builtins, in their order. */
  readonly builtins: readonly FoundPlugin[];
  /** The plugins of each source, in the order of the sources. */
  readonly sources: readonly (readonly FoundPlugin[])[];
}

/** Crashes that are alike, of which not each is recorded. */
export interface UnclearCrashes {
  /** The time of the last one that was recorded. */
  recorded: number;
  /** How many there were since then. */
  repeated: number;
}

/** What the parts of a host share. */
export class HostCore {
  /** The host's options, complete. */
  readonly settings: HostSettings;
  /** What survives a restart. */
  readonly state: StoredState;
  /** The last reading of the manifests. */
  reading: Reading | undefined;
  /** What is live. */
  readonly registry: Registry = new Registry();
  /** Notices that permissions of the host are gone. */
  readonly watchedPermissions: PermissionWatch = new PermissionWatch();
  /** What happens here. */
  readonly events: HostEventTarget = new HostEventTarget();
  /** Every plugin whose code was brought in. */
  readonly opened: Map<string, ReadPlugin> = new Map();
  /** The plugins that each plugin was given by `context.use`, by id. */
  readonly #used = new Map<string, Set<string>>();
  /** The ids that were seen in the sources. */
  readonly seenIds: SeenIds = new SeenIds();
  /** What the plugins that are being brought to life left unhandled. */
  readonly crashes: Map<string, readonly Problem[]> = new Map();
  /** The crashes of which nobody knows whose they are, by who it may have been. */
  readonly unclear: Map<string, UnclearCrashes> = new Map();
  /** The endings of plugins that crashed, until they are over, with their ids. */
  readonly endings: Map<Promise<unknown>, readonly string[]> = new Map();
  /** The plugins that are being brought to life. */
  readonly starting: Map<string, Promise<readonly Problem[]>> = new Map();
  /** Whether plugins that are set up from now on are ended at once. */
  isEnding = false;
  /** Keeps the questions to a person apart. */
  readonly asking: Mutex = new Mutex();
  /** The last reading of each switch of the environment. */
  readonly switchReadings: Map<string, SwitchReading> = new Map();
  /** The switches that a warning was recorded for. */
  readonly warnedSwitches: Set<string> = new Set();
  /** Whether permissions were given up for good. */
  isSealed = false;
  /** Whether the trail holds the notices of the environment. */
  hasRecordedNotices = false;
  /** What a person was asked for and refused, by `permissionKey`. */
  readonly refusedRequests: Set<string> = new Set();
  readonly #called: ReadPlugin[] = [];
  #starting: Promise<Engine> | undefined;
  #engine: Engine | undefined;
  #environments: PluginEnvironments | undefined;
  #secrets: SecretValues | undefined;
  #redaction: Disposable | undefined;
  #isClosed = false;
  #hasLostEvents = false;

  /**
   * Makes one.
   *
   * @param settings The host's options, complete.
   */
  constructor(settings: HostSettings) {
    this.settings = settings;
    if (settings.maskForms !== undefined) {
      this.#redaction = settings.audit.redactWith((text) =>
        this.#maskKnown(text)
      );
    }
    this.state = new StoredState({
      store: settings.state,
      limit: settings.timeouts.state,
      clock: settings.clock,
      onReversion: ({ revision, seen, disabled }) =>
        this.recordHost("host.state.reverted", {
          revision,
          seen_revision: seen,
          kept_disabled: disabled,
        }, "error"),
      onLate: (ids, snapshot) => {
        this.recordReconciled(ids, snapshot);
        return this.state.confirm(ids);
      },
    });
  }

  /**
   * What runs plugins; made at the first call.
   *
   * @param create Makes it.
   * @returns The engine.
   */
  engine(create: (core: HostCore) => Promise<Engine>): Promise<Engine> {
    return this.#starting ??= this.#start(create);
  }

  async #start(create: (core: HostCore) => Promise<Engine>): Promise<Engine> {
    return this.#engine = await create(this);
  }

  /**
   * Makes a plugin's code known, before it is brought in.
   *
   * @param plugin The plugin.
   */
  watch(plugin: ReadPlugin): void {
    this.opened.set(plugin.manifest.id, plugin);
    this.#used.delete(plugin.manifest.id);
    this.#engine?.guard?.watch(plugin);
  }

  /**
   * Remembers that a plugin was given another.
   *
   * @param id The plugin.
   * @param other The other.
   */
  connect(id: string, other: string): void {
    this.#engine?.guard?.connect(id, other);
    const used = this.#used.get(id) ?? new Set();
    this.#used.set(id, used.add(other));
  }

  /** Lists the plugins that a plugin was given by `context.use`. */
  usedBy(id: string): readonly string[] {
    return [...this.#used.get(id) ?? []];
  }

  /**
   * The environment of a plugin. The variables are read once for all plugins
   * that are brought to life from the same facts.
   *
   * @param declared What its manifest declares.
   * @returns Names and values, frozen.
   */
  environmentFor(
    declared: DeclaredVariables,
  ): Readonly<Record<string, string>> {
    this.#environments ??= readPluginEnvironments({
      source: this.settings.environment,
      isSecret: this.isOwnSecret,
    });
    return this.#environments(declared);
  }

  /** Has the variables read again: new facts are gathered. */
  forgetEnvironment(): void {
    this.#environments = undefined;
  }

  /** The plugin that waits for the host, where it is called from a plugin's code. */
  get callingPlugin(): string | undefined {
    return this.#engine?.attribution.running;
  }

  /**
   * Writes an event about a source whose manifest cannot be used. Never throws.
   *
   * @param source What reading it gave.
   * @param action What happened.
   * @param details What else is known.
   * @param level How grave it is.
   */
  recordSource(
    source: UnreadablePlugin,
    action: string,
    details: AuditDetails,
    level: AuditLevel,
  ): void {
    // An event has to be about something: where the id cannot be read, the
    // source stands for it. No id holds a colon, so neither is taken for one.
    const subject = source.id ?? `source:${source.source}`;
    this.recordAs(subject, action, details, { level });
  }

  /**
   * Writes an event about the host itself. Never throws.
   *
   * @param action What happened.
   * @param details What else is known.
   * @param level How grave it is.
   */
  recordHost(
    action: string,
    details: AuditDetails,
    level: AuditLevel = "info",
  ): void {
    this.recordAs(`host:${this.settings.name}`, action, details, { level });
  }

  /**
   * Records decisions that are in force and that the audit trail may lack.
   *
   * @param ids The plugins that they are about.
   * @param snapshot What is stored.
   */
  recordReconciled(ids: readonly string[], snapshot: StateSnapshot): void {
    for (const id of ids) {
      const { enabled, config } = snapshot.plugins.get(id) ?? {};
      const action = "plugin.state.reconciled";
      const details = {
        enabled: enabled !== false,
        config_keys: Object.keys(config ?? {}),
        revision: snapshot.revision,
      };
      const plugin = this.opened.get(id);
      if (plugin !== undefined) this.record(plugin, action, details, "warn");
      else this.recordAs(id, action, details, { level: "warn" });
    }
  }

  /**
   * Asks again, after calls into plugins, whether the host has what it had, and
   * records what is gone. Of many calls that end together, it is asked once.
   *
   * @param plugin The plugin that was called. With several side by side it may
   * have been another.
   */
  noticeRevocation(plugin: ReadPlugin): void {
    this.#called.push(plugin);
    if (this.#called.length > 1) return;
    queueMicrotask(() => {
      const [first, ...others] = this.#called.splice(0);
      const permissions = this.watchedPermissions.lost();
      if (first === undefined || permissions.length === 0) return;
      this.record(first, "host.permission.lost", {
        permissions,
        ...others.length === 0
          ? {}
          : { called_beside: others.map(({ manifest }) => manifest.id) },
      }, "error");
    });
  }

  /**
   * Makes room for the secrets of one configuration of one plugin.
   *
   * @param create Makes what knows them; called for the first one.
   * @returns What adds them, and lets them go again.
   */
  holdSecrets(create: () => SecretValues): SecretHold {
    const secrets = this.#secrets ??= create();
    this.#redaction ??= this.settings.audit.redactWith(this.#maskKnown);
    return secrets.hold();
  }

  readonly #maskKnown = (text: string): string => {
    const masked = this.#secrets?.mask(text) ?? text;
    return this.settings.maskForms?.(masked) ?? masked;
  };

  /** Tells a value of one of the host's own forms. */
  readonly isOwnSecret = (text: string): boolean =>
    (this.settings.maskForms?.(text) ?? text) !== text;

  /**
   * Takes out of a text what is a secret: first what a plugin was given, whole,
   * then what looks like one.
   *
   * @param text Any text.
   * @returns The text without secrets.
   */
  mask(text: string): string {
    try {
      return maskCredentials(this.#maskKnown(text));
    } catch {
      // What cannot be searched for secrets may hold one.
      return REDACTED;
    }
  }

  /** Closes what the host opened for itself, and leaves a shared trail as it was. */
  close(): void {
    this.#isClosed = true;
    this.#redaction?.[Symbol.dispose]();
    this.#redaction = undefined;
    this.#engine?.guard?.[Symbol.dispose]();
    this.settings.ownedAudit?.[Symbol.dispose]();
  }

  /**
   * Writes an event about a plugin. Never throws.
   *
   * @param plugin The plugin.
   * @param action What happened.
   * @param details What else is known.
   * @param level How grave it is.
   */
  record(
    plugin: ReadPlugin,
    action: string,
    details: AuditDetails = {},
    level: AuditLevel = "info",
  ): void {
    const { id, type, version } = plugin.manifest;
    const entryPoint = plugin.code.kind === "module"
      ? plugin.code.specifier
      : plugin.source;
    this.recordAs(id, action, details, {
      level,
      plugin: { type, version, entryPoint },
    });
  }

  /**
   * Writes an event about something that has no manifest at hand. Never throws,
   * not even when the logger of the application does.
   *
   * @param subject The id that the event is about.
   * @param action What happened.
   * @param details What else is known.
   * @param options The level, and what is known of the plugin.
   */
  recordAs(
    subject: string,
    action: string,
    details: AuditDetails,
    options: AuditLogOptions,
  ): void {
    try {
      const { audit } = this.settings;
      // Code that goes on after the end of its host still knows its secrets.
      using _redaction = this.#isClosed && this.#secrets !== undefined
        ? audit.redactWith(this.#maskKnown)
        : undefined;
      audit.log(subject, action, details, options);
    } catch (thrown) {
      if (this.#hasLostEvents) return;
      this.#hasLostEvents = true;
      const why = this.mask(describeThrown(thrown));
      warnOnStderr(
        `The audit logger threw, and "${action}" of ${
          quote(subject)
        } was not recorded: ${why}; further losses are not told`,
      );
    }
  }
}
