/**
 * What the parts of a host share.
 *
 * @module
 */

import type { AuditDetails, AuditLevel } from "../audit/audit_event.ts";
import {
  type DeclaredVariables,
  type PluginEnvironments,
  readPluginEnvironments,
} from "../environment/plugin_environment.ts";
import type { Problem } from "../errors.ts";
import type { ReadPlugin, UnreadablePlugin } from "../manifest/manifest.ts";
import type { Attribution } from "../runners/attribution.ts";
import type { Runner } from "../runners/runner.ts";
import { maskCredentials } from "../secrets/credentials.ts";
import { SecretValues } from "../secrets/redaction.ts";
import type { CrashGuard } from "./crash_guard.ts";
import { HostEvents } from "./host_events.ts";
import { PermissionWatch } from "./permission_watch.ts";
import { Registry } from "./registry.ts";
import type { HostSettings } from "./settings.ts";

/** What runs plugins, and knows whose code is running. */
export interface Engine {
  /** Knows whose code is running. */
  readonly attribution: Attribution;
  /** Runs it. */
  readonly runner: Runner;
  /** Contains what it leaves unhandled, where the host wants that. */
  readonly guard: CrashGuard | undefined;
}

/** What the parts of a host share. */
export class HostCore {
  /** The host's options, complete. */
  readonly settings: HostSettings;
  /** What is live. */
  readonly registry: Registry = new Registry();
  /** Notices that permissions of the host are gone. */
  readonly watchedPermissions: PermissionWatch = new PermissionWatch();
  /** The secrets that were handed to plugins. */
  readonly secrets: SecretValues = new SecretValues();
  /** What happens here. */
  readonly events: HostEvents = new HostEvents();
  /** Every plugin whose code was brought in. */
  readonly opened: Map<string, ReadPlugin> = new Map();
  /** What the plugins that are being brought to life left unhandled. */
  readonly crashes: Map<string, readonly Problem[]> = new Map();
  /** The end of plugins that crashed, as far as it is not over. */
  readonly endings: Set<Promise<unknown>> = new Set();
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

  /**
   * Makes one.
   *
   * @param settings The host's options, complete.
   */
  constructor(settings: HostSettings) {
    this.settings = settings;
    settings.audit.redactWith((text) => this.secrets.mask(text));
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
    this.#engine?.guard?.watch(plugin);
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
    this.settings.audit.log(subject, action, details, { level });
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
    const { audit, name } = this.settings;
    audit.log(`host:${name}`, action, details, { level });
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
   * Takes out of a text what is a secret: what looks like one, and what was
   * handed to a plugin.
   *
   * @param text Any text.
   * @returns The text without secrets.
   */
  mask(text: string): string {
    return this.secrets.mask(maskCredentials(text));
  }

  /** Closes what the host opened for itself. */
  close(): void {
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
    this.settings.audit.log(id, action, details, {
      level,
      plugin: { type, version, entryPoint },
    });
  }
}
