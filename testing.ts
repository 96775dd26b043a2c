/**
 * Test helpers for plugin authors and host developers. {@linkcode testPlugin} sets
 * a plugin up as a host does, {@linkcode assertPluginContract} checks a plugin in
 * its directory, and {@linkcode createTestHost} creates a host with simulated
 * permissions and time. None of them touches global state.
 *
 * @example Testing a plugin
 * ```ts
 * import { definePlugin } from "@semantik/plugins/plugin";
 * import { testPlugin } from "@semantik/plugins/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const plugin = definePlugin({
 *   setup: ({ env }) => ({ greet: () => env.GREETING ?? "Hello" }),
 * });
 * const manifest = {
 *   id: "greeter",
 *   type: "greeting",
 *   version: "1.0.0",
 *   permissions: { env: ["GREETING"] },
 * };
 *
 * await using tested = await testPlugin(plugin, manifest, {
 *   env: { GREETING: "Servus" },
 * });
 *
 * assertEquals(tested.api.greet(), "Servus");
 * ```
 *
 * @module
 */

import "./src/base/require_deno.ts";

export {
  collectAudit,
  type CollectAuditOptions,
  type CollectedAudit,
  type LoggedMessage,
} from "./src/testing/collect_audit.ts";
export {
  createFakeClock,
  type FakeClock,
  type FakeClockOptions,
} from "./src/testing/fake_clock.ts";
export { type ProcessOptions } from "./src/testing/fake_process.ts";
export {
  createTestHost,
  TestHost,
  type TestHostOptions,
} from "./src/testing/test_host.ts";
export {
  assertPluginContract,
  type AssertPluginContractOptions,
  type SetUpOptions,
  testPlugin,
  type TestPluginOptions,
} from "./src/testing/test_plugin.ts";
export { TestedPlugin } from "./src/testing/tested_plugin.ts";

// The types that the signatures above mention.
export type { AuditEvent, AuditValue } from "./src/audit/audit_event.ts";
export type {
  ApiOf,
  AuditLevel,
  AuditLogger,
  AuditLogOptions,
  Builtin,
  Clock,
  ConfigureResult,
  Contract,
  Contracts,
  Decision,
  DisableOptions,
  EnableOptions,
  Environment,
  Hazard,
  Health,
  HealthOptions,
  HostEventMap,
  HostEvents,
  HostInspection,
  HostTimeouts,
  Lease,
  LoadedPlugin,
  LoadReport,
  Manifest,
  PermissionDeclaration,
  PermissionEntry,
  PermissionKind,
  PermissionMode,
  PermissionReport,
  PermissionReportOptions,
  PermissionSet,
  Plugin,
  PluginContext,
  PluginErrorCode,
  PluginHost,
  PluginHostOptions,
  PluginLog,
  PluginLogSink,
  PluginRunner,
  PluginState,
  PluginStatus,
  PluginToPlace,
  Problem,
  RedactOptions,
  SealReport,
  StandardResult,
  StandardSchema,
  StateSnapshot,
  StateStore,
  SurplusReport,
  TroubledPlugin,
} from "./mod.ts";
