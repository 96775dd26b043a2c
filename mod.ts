/**
 * A plugin runtime for Deno hosts: plugins say in their manifests what they
 * need, the host knows before any of their code runs what is granted, and
 * everything that happens to a plugin is audited.
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

export type {
  AuditDetails,
  AuditEvent,
  AuditLevel,
  AuditPlugin,
  AuditValue,
} from "./src/audit/audit_event.ts";
export { AuditHandler } from "./src/audit/audit_handler.ts";
export { auditLog } from "./src/audit/audit_log.ts";
export {
  type AuditLogger,
  type AuditLoggerOptions,
  type AuditLogOptions,
  createAuditLogger,
} from "./src/audit/audit_logger.ts";
export type {
  AuditLogPosition,
  AuditVerification,
  Tampered,
  VerifiedLines,
} from "./src/audit/audit_verification.ts";
export type { AuditAnchor } from "./src/audit/chain_link.ts";
export { AuditConsoleHandler } from "./src/audit/console_handler.ts";
export { EncodedEvent } from "./src/audit/encoded_event.ts";
export { JsonLinesHandler } from "./src/audit/json_lines_handler.ts";
export {
  readAuditLog,
  type ReadAuditLogOptions,
} from "./src/audit/read_audit_log.ts";
export {
  verifyAuditLog,
  type VerifyAuditLogOptions,
} from "./src/audit/verify_audit_log.ts";
export type { Clock } from "./src/clock.ts";
export type {
  ConfigNotice,
  ConfigReference,
  UnsetVariable,
} from "./src/environment/config_walk.ts";
export type {
  DeclaredVariables,
} from "./src/environment/declared_variables.ts";
export type { Environment } from "./src/environment/environment.ts";
export type { SanitizeOptions } from "./src/environment/environment_filter.ts";
export {
  explainEnvironment,
  type VariableExplanation,
} from "./src/environment/explain_environment.ts";
export {
  getSanitizedEnvironment,
} from "./src/environment/get_sanitized_environment.ts";
export { layerEnvironments } from "./src/environment/layer_environments.ts";
export {
  processEnvironment,
  type ProcessEnvironmentOptions,
  type ProcessPowers,
} from "./src/environment/process_environment.ts";
export {
  readDotenv,
  type ReadDotenvOptions,
} from "./src/environment/read_dotenv.ts";
export {
  recordEnvironment,
  type VariableRecord,
} from "./src/environment/record_environment.ts";
export {
  type ResolveConfigOptions,
  resolveConfigReferences,
  type ResolvedConfig,
} from "./src/environment/resolve_config_references.ts";
export {
  PLUGIN_ERROR_CODES,
  PluginError,
  type PluginErrorCode,
  type PluginErrorOptions,
  type Problem,
} from "./src/errors.ts";
export type { WatchHealthOptions } from "./src/host/check_health.ts";
export type { ConfigureResult } from "./src/host/configure_plugin.ts";
export {
  type AnyContract,
  type ApiOf,
  type Contract,
  contract,
  type Contracts,
  type MethodName,
} from "./src/host/contract.ts";
export {
  type Health,
  HEALTH_STATUSES,
  type HealthStatus,
} from "./src/host/health.ts";
export {
  type HealthChange,
  type HostEventListener,
  type HostEventMap,
  HostEvents,
  type PluginStatus,
  type Refusal,
  type StatusChange,
} from "./src/host/host_events.ts";
export type { HostPowers } from "./src/host/host_powers.ts";
export type { Lease } from "./src/host/live_plugin.ts";
export type { PluginHostOptions } from "./src/host/options.ts";
export type {
  PermissionReport,
  PluginHazard,
  PluginPermissions,
} from "./src/host/permission_report.ts";
export { PluginAccess } from "./src/host/plugin_access.ts";
export { PluginHost } from "./src/host/plugin_host.ts";
export type { PluginLogLevel, PluginLogSink } from "./src/host/plugin_log.ts";
export type {
  LoadedPlugin,
  LoadReport,
  SkippedPlugin,
  TroubledPlugin,
} from "./src/host/report.ts";
export type { KeptKind, SealReport } from "./src/host/seal_host.ts";
export type { DisableOptions } from "./src/host/switch_plugins.ts";
export type { Builtin } from "./src/manifest/found_plugin.ts";
export type {
  Manifest,
  ManifestInput,
  Requirement,
} from "./src/manifest/manifest.ts";
export {
  checkDeclaration,
  type CheckDeclarationOptions,
} from "./src/permissions/check_declaration.ts";
export { commandSurplus } from "./src/permissions/command_surplus.ts";
export { covers } from "./src/permissions/covers.ts";
export {
  DEFAULT_IMPORT_HOSTS,
} from "./src/permissions/default_import_hosts.ts";
export {
  type DenoPermissionList,
  type DenoPermissionSet,
  denoPermissionSet,
} from "./src/permissions/deno_permission_set.ts";
export { describeRequest } from "./src/permissions/describe_request.ts";
export {
  detectPermissionBroker,
  type DetectPermissionBrokerOptions,
} from "./src/permissions/detect_permission_broker.ts";
export { difference } from "./src/permissions/difference.ts";
export { entriesOf } from "./src/permissions/entries_of.ts";
export { equals } from "./src/permissions/equals.ts";
export {
  type DeclaredPermissions,
  explainNotCapable,
  type ExplainNotCapableOptions,
  type NotCapableExplanation,
} from "./src/permissions/explain_not_capable.ts";
export { flagProblems } from "./src/permissions/flag_problems.ts";
export { formatEntry } from "./src/permissions/format_entry.ts";
export { formatFlags } from "./src/permissions/format_flags.ts";
export {
  type Hazard,
  HAZARD_LEVELS,
  type HazardContext,
  type HazardLevel,
} from "./src/permissions/hazard.ts";
export { missingEntries } from "./src/permissions/missing_entries.ts";
export {
  normalizePermissions,
  type PermissionBase,
} from "./src/permissions/normalize_permissions.ts";
export {
  type DenoCommand,
  parseDenoCommand,
  type ParseDenoCommandOptions,
} from "./src/permissions/parse_deno_command.ts";
export {
  permissionFlags,
  type PermissionFlagsOptions,
} from "./src/permissions/permission_flags.ts";
export { permissionHazards } from "./src/permissions/permission_hazards.ts";
export {
  PERMISSION_KINDS,
  type PermissionKind,
} from "./src/permissions/permission_kind.ts";
export type {
  PermissionAnswer,
  PermissionDescriptor,
  PermissionQuery,
  PermissionRequest,
} from "./src/permissions/permission_query.ts";
export {
  EMPTY_PERMISSIONS,
  type PermissionDeclaration,
  type PermissionEntry,
  type PermissionSet,
} from "./src/permissions/permission_set.ts";
export {
  permissionSurplus,
  type PermissionSurplusOptions,
  type SurplusFinding,
  type SurplusReport,
} from "./src/permissions/permission_surplus.ts";
export {
  permissionKey,
  type PermissionState,
  type PermissionStates,
  queryPermissions,
  type QueryPermissionsOptions,
} from "./src/permissions/query_permissions.ts";
export {
  requestPermission,
  type RequestPermissionOptions,
} from "./src/permissions/request_permission.ts";
export type { DenialOptions } from "./src/permissions/undeclared_variables.ts";
export { union } from "./src/permissions/union.ts";
export type {
  Decision,
  DecisionSubject,
  SkipReason,
  Verdict,
} from "./src/plan/decision.ts";
export type { PermissionMode } from "./src/plan/facts.ts";
// Through the authors' entry: a module that the host imports itself, plugins may
// import without permission to read it.
export {
  definePlugin,
  type Plugin,
  type PluginContext,
  type PluginLog,
} from "./plugin.ts";
export type { PluginTimeouts } from "./src/runners/runner.ts";
export {
  SENSITIVE_ENV_PATTERNS,
  SENSITIVE_ENV_WORDS,
} from "./src/secrets/sensitive_env.ts";
export type {
  EnvMatching,
  WithheldReason,
} from "./src/secrets/withheld_because.ts";
export type {
  StandardIssue,
  StandardResult,
  StandardSchema,
} from "./src/standard_schema.ts";
export { FileStateStore } from "./src/state/file_state_store.ts";
export { MemoryStateStore } from "./src/state/memory_state_store.ts";
export type {
  Consent,
  JsonObject,
  JsonValue,
  PluginState,
} from "./src/state/plugin_state.ts";
export type {
  StateChange,
  StateOptions,
  StatePermissions,
  StateReadResult,
  StateSnapshot,
  StateStore,
} from "./src/state/state_store.ts";
export {
  decideSwitch,
  readSwitches,
  type Switch,
  type SwitchDecision,
  type Switches,
  switchNames,
  type SwitchReading,
} from "./src/state/switches.ts";
