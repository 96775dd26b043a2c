/**
 * {@linkcode PluginHost} runs plugins inside a Deno application. Each plugin
 * lists its permissions in a static manifest; before any plugin code runs, the
 * host knows which are granted, which are missing, and the flags that grant
 * them. Everything that happens to a plugin is audited.
 *
 * The other entry points hold the rest: `./plugin` for plugin authors,
 * `./audit`, `./environment`, `./permissions`, `./state`, `./subprocess`,
 * `./testing` and `./cli`.
 *
 * @example A host
 * ```ts
 * import { PluginHost } from "@semantik/plugins";
 * import { assertEquals } from "@std/assert";
 *
 * await using host = new PluginHost({ name: "search", version: "1.4.0" });
 * const report = await host.load();
 *
 * assertEquals(report.loaded, []);
 * ```
 *
 * @module
 */

import "./src/base/require_deno.ts";

export { PluginHost } from "./src/host/plugin_host.ts";
export type { PluginHostOptions } from "./src/host/options.ts";
export type { HostTimeouts } from "./src/host/options.ts";
export type { PluginLogSink } from "./src/host/options.ts";
export type { Clock } from "./src/base/timing.ts";
export type { RedactOptions } from "./src/secrets/tokens.ts";

export {
  type ApiOf,
  type Contract,
  contract,
  type Contracts,
} from "./src/host/options.ts";
export type { Builtin, Manifest } from "./src/manifest/manifest.ts";
// Through the authors' entry: a module that the host imports itself, plugins may
// import without permission to read it.
export {
  definePlugin,
  type Plugin,
  type PluginContext,
  type PluginLog,
  type StandardResult,
  type StandardSchema,
} from "./plugin.ts";

export {
  PLUGIN_ERROR_CODES,
  PluginError,
  type PluginErrorCode,
  type PluginErrorOptions,
  type Problem,
} from "./src/base/errors.ts";
export type { PluginRunner, PluginToPlace } from "./src/runners/runner.ts";
export type { Decision } from "./src/plan/plan.ts";
export type { PermissionMode } from "./src/policy/checks.ts";
export type {
  LoadedPlugin,
  LoadReport,
  TroubledPlugin,
} from "./src/host/execute_plan.ts";
export type { Lease } from "./src/host/registry.ts";
export type {
  DisableOptions,
  EnableOptions,
} from "./src/host/switch_plugins.ts";
export type { ConfigureResult } from "./src/host/configure_plugin.ts";
export type { Health } from "./src/events/lifecycle_event.ts";
export type { HealthOptions } from "./src/host/registry.ts";
export type { HostEventMap, HostEvents } from "./src/events/host_events.ts";
export type { PluginStatus } from "./src/events/lifecycle_event.ts";
export type {
  PermissionReport,
  PermissionReportOptions,
} from "./src/inspect/permission_report.ts";
export type { HostInspection } from "./src/host/inspect_plugins.ts";
export type { SealReport } from "./src/host/switch_plugins.ts";
export type { Hazard } from "./src/permissions/path_hazards.ts";
export type { SurplusReport } from "./src/permissions/permission_hazards.ts";
export type {
  PermissionDeclaration,
  PermissionEntry,
  PermissionKind,
  PermissionSet,
} from "./src/permissions/permission_set.ts";

export type { AuditLevel, AuditLogOptions } from "./src/audit/audit_event.ts";
export { auditLog, type AuditLogger } from "./src/audit/audit_logger.ts";
export { getSanitizedEnvironment } from "./src/environment/sanitized_environment.ts";
export type { SanitizeOptions } from "./src/environment/sanitized_environment.ts";
export type { Environment } from "./src/environment/environment.ts";
export { SENSITIVE_ENV_PATTERNS } from "./src/secrets/secret_names.ts";
export type {
  PluginState,
  StateSnapshot,
  StateStore,
} from "./src/state/state_store.ts";

if (import.meta.main) {
  const text = "Error: This is a library. Its command line is " +
    "jsr:@semantik/plugins/cli\n  Run e.g. deno run --allow-read " +
    "jsr:@semantik/plugins/cli list ./plugins\n";
  Deno.stderr.writeSync(new TextEncoder().encode(text));
  Deno.exitCode = 2;
}
