import { HOST_SYSTEM, type PretendedOptions } from "../inspect/inspection.ts";
import type { Contracts, PluginHostOptions } from "../host/options.ts";
import { PluginHost } from "../host/plugin_host.ts";
import {
  collectAudit,
  type CollectedAudit,
  collectMessages,
  type LoggedMessage,
} from "./collect_audit.ts";
import { createFakeClock, type FakeClock } from "./fake_clock.ts";
import { createFakeProcess, type ProcessOptions } from "./fake_process.ts";

/**
 * Options of {@linkcode createTestHost}: those of a host except its audit logger
 * and log, which are collected, and the environment and grants of the simulated
 * process.
 */
export type TestHostOptions<Types extends Contracts = Contracts> =
  & Partial<
    Omit<PluginHostOptions<Types>, "audit" | "log" | "clock">
  >
  & ProcessOptions
  & {
    /**
     * The clock of the host.
     *
     * @default {createFakeClock()}
     */
    readonly clock?: FakeClock | undefined;
  };

/**
 * A host for tests, with a collected audit trail and log and a fake clock.
 *
 * @typeParam Types What the plugins of each type must be, by type.
 */
export class TestHost<
  Types extends Contracts = Contracts,
> extends PluginHost<Types> {
  /** The clock: advance it to test a time limit. */
  readonly clock: FakeClock;
  readonly #audit: CollectedAudit;
  readonly #logged: readonly LoggedMessage[];

  /**
   * Creates a host for a test, as {@linkcode createTestHost} does.
   *
   * @param options The options that differ from the defaults.
   * @throws {PluginError} `PLUGIN_OPTION_INVALID` when an option is invalid.
   */
  constructor(options: TestHostOptions<Types> = {}) {
    const { env, grants, clock = createFakeClock(), ...others } = options;
    const { system, environment } = createFakeProcess({ env, grants });
    const audit = collectAudit({ clock });
    const logged: LoggedMessage[] = [];
    const given: PluginHostOptions<Types> & PretendedOptions = {
      name: "test",
      version: "1.0.0",
      environment,
      // Unhandled errors of plugins must fail the test, and global listeners
      // would outlive it.
      containCrashes: false,
      ...others,
      audit,
      clock,
      [HOST_SYSTEM]: system,
      log: collectMessages(logged),
    };
    super(given);
    this.clock = clock;
    this.#audit = audit;
    this.#logged = logged;
  }

  /** The audit logger, which lists its events. */
  override get audit(): CollectedAudit {
    return this.#audit;
  }

  /** A new list of the messages that plugins logged so far. */
  get logged(): readonly LoggedMessage[] {
    return [...this.#logged];
  }
}

/**
 * Creates a host for a test. It collects the audit events and the logs of plugins,
 * keeps its state in memory, and uses a fake clock and the given environment. By
 * default, all permissions are granted. It touches no global state, and needs
 * permissions only for `sources`.
 *
 * @example Testing a refusal without a process
 * ```ts
 * import { definePlugin } from "@semantik/plugins";
 * import { createTestHost } from "@semantik/plugins/testing";
 * import { assertEquals } from "@std/assert";
 *
 * await using host = createTestHost({
 *   grants: { net: ["other.example:443"] },
 *   builtins: [{
 *     manifest: {
 *       id: "uploader",
 *       type: "sink",
 *       version: "1.0.0",
 *       permissions: { net: ["api.example:443"] },
 *     },
 *     plugin: definePlugin({ setup: () => ({}) }),
 *   }],
 * });
 * const { refused } = await host.load();
 *
 * assertEquals(refused[0]?.problems[0]?.remedy,
 *   "Start the host with --allow-net=api.example:443");
 * assertEquals(host.audit.actions("uploader"), ["plugin.load.refused"]);
 * ```
 *
 * @typeParam Types What the plugins of each type must be, by type.
 * @param options The options that differ from the defaults.
 * @returns The host; dispose it at the end of the test.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when an option is invalid.
 */
export function createTestHost<
  Types extends Contracts = Contracts,
>(options: TestHostOptions<Types> = {}): TestHost<Types> {
  return new TestHost(options);
}
