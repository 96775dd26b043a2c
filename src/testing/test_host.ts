/**
 * A host for tests: nothing of it leaves the test.
 *
 * @module
 */

import { HOST_POWERS, type PretendedOptions } from "../host/host_powers.ts";
import type { PluginHostOptions } from "../host/options.ts";
import type { Contracts } from "../host/contract.ts";
import { PluginHost } from "../host/plugin_host.ts";
import {
  collectAudit,
  type CollectedAudit,
  collectMessages,
  type LoggedMessage,
} from "./collect_audit.ts";
import { createFakeClock, type FakeClock } from "./fake_clock.ts";
import { pretendProcess, type ProcessOptions } from "./pretended_process.ts";

/**
 * Options of {@linkcode createTestHost}: those of any host but its audit trail
 * and log, which are collected, and the process to pretend to be.
 */
export type TestHostOptions<Types extends Contracts = Contracts> =
  & Partial<
    Omit<PluginHostOptions<Types>, "audit" | "log" | "clock">
  >
  & ProcessOptions
  & {
    /**
     * The time.
     *
     * @default {createFakeClock()}
     */
    readonly clock?: FakeClock;
  };

/**
 * A host whose audit trail, log and time are a test's.
 *
 * @typeParam Types What the plugins of each type must be, by type.
 */
export class TestHost<
  Types extends Contracts = Readonly<Record<never, never>>,
> extends PluginHost<Types> {
  /** The time: move it to test a time limit. */
  readonly clock: FakeClock;
  readonly #audit: CollectedAudit;
  readonly #logged: readonly LoggedMessage[];

  /**
   * Makes a host for a test; {@linkcode createTestHost} does the same.
   *
   * @param options What is to be otherwise than it is by default.
   * @throws {PluginError} `PLUGIN_OPTION_INVALID` when an option cannot be used.
   */
  constructor(options: TestHostOptions<Types> = {}) {
    const { env, grants, clock = createFakeClock(), ...others } = options;
    const { powers, environment } = pretendProcess({ env, grants });
    const audit = collectAudit({ clock });
    const logged: LoggedMessage[] = [];
    const given: PluginHostOptions<Types> & PretendedOptions = {
      name: "test",
      version: "1.0.0",
      environment,
      // A test is to fail of what a plugin leaves unhandled, and nothing global
      // is to be listened to.
      containCrashes: false,
      ...others,
      audit,
      clock,
      [HOST_POWERS]: powers,
      log: collectMessages(logged),
    };
    super(given);
    this.clock = clock;
    this.#audit = audit;
    this.#logged = logged;
  }

  /** The audit trail, with the list of its events. */
  override get audit(): CollectedAudit {
    return this.#audit;
  }

  /** What plugins logged so far. A fresh list. */
  get logged(): readonly LoggedMessage[] {
    return [...this.#logged];
  }
}

/**
 * Makes a host for a test: its audit trail and the logs of its plugins are
 * collected, its state is in memory, its clock stands still, its environment
 * is the one given, and everything is granted unless `grants` says otherwise.
 * It touches nothing global, and needs no permission but for `sources`.
 *
 * @example A refusal, without starting a process
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
 * @param options What is to be otherwise than it is by default.
 * @returns The host; dispose of it at the end of the test.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when an option cannot be used.
 */
export function createTestHost<
  Types extends Contracts = Readonly<Record<never, never>>,
>(options: TestHostOptions<Types> = {}): TestHost<Types> {
  return new TestHost(options);
}
