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

export {
  type AuditDetails,
  type AuditEvent,
  type AuditLevel,
  type AuditPlugin,
  type AuditValue,
  EncodedEvent,
} from "./src/audit/audit_event.ts";
export { AuditHandler } from "./src/audit/audit_handler.ts";
export { auditLog } from "./src/audit/audit_logger.ts";
export {
  type AuditLogger,
  type AuditLoggerOptions,
  type AuditLogOptions,
  createAuditLogger,
} from "./src/audit/audit_logger.ts";
export type {
  AuditVerification,
  Tampered,
  Unchained,
  VerifiedLines,
} from "./src/audit/chain_verifier.ts";
export type { AuditAnchor } from "./src/audit/chain.ts";
export { AuditConsoleHandler } from "./src/audit/console_handler.ts";
export { JsonLinesHandler } from "./src/audit/json_lines_handler.ts";
export {
  readAuditLog,
  type ReadAuditLogOptions,
} from "./src/audit/read_audit_log.ts";
export {
  verifyAuditLog,
  type VerifyAuditLogOptions,
} from "./src/audit/verify_audit_log.ts";
export type { Clock } from "./src/base/clock.ts";
export type { JsonObject, JsonValue } from "./src/base/json.ts";
export type {
  ConfigNotice,
  ConfigReference,
  UnsetVariable,
} from "./src/environment/config_walk.ts";
export {
  type Environment,
  type EnvironmentSystem,
  processEnvironment,
  type ProcessEnvironmentOptions,
  recordEnvironment,
  type VariableRecord,
} from "./src/environment/environment.ts";
export type { SanitizeOptions } from "./src/environment/environment_filter.ts";
export { layerEnvironments } from "./src/environment/layer_environments.ts";
export type { DeclaredVariables } from "./src/environment/plugin_environment.ts";
export {
  type DotenvEnvironment,
  readDotenv,
  type ReadDotenvOptions,
} from "./src/environment/read_dotenv.ts";
export {
  type ResolveConfigOptions,
  resolveConfigReferences,
  type ResolvedConfig,
} from "./src/environment/resolve_config_references.ts";
export type { RedactOptions, SecretForm } from "./src/secrets/tokens.ts";
export {
  type SecretFileResult,
  type SecretFiles,
  secretFiles,
  type SecretFilesOptions,
  type SecretFileSystem,
} from "./src/environment/secret_files.ts";
export {
  explainEnvironment,
  getSanitizedEnvironment,
  type VariableExplanation,
} from "./src/environment/sanitized_environment.ts";
export {
  PLUGIN_ERROR_CODES,
  PluginError,
  type PluginErrorCode,
  type PluginErrorOptions,
  type Problem,
} from "./src/base/errors.ts";
export type { WatchHealthOptions } from "./src/host/check_health.ts";
export type { ConfigureResult } from "./src/host/configure_plugin.ts";
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
export type { Lease } from "./src/host/live_plugin.ts";
export type {
  LoadedPlugin,
  LoadReport,
  SkippedPlugin,
  TroubledPlugin,
} from "./src/host/load_plugins.ts";
export type { PluginHostOptions } from "./src/host/options.ts";
export type {
  PermissionReport,
  PermissionReportOptions,
  PluginHazard,
  PluginPermissions,
} from "./src/host/permission_report.ts";
export {
  type AnyContract,
  type ApiOf,
  type Contract,
  contract,
  type Contracts,
  type MethodName,
  PluginAccess,
} from "./src/host/plugin_access.ts";
export { PluginHost } from "./src/host/plugin_host.ts";
export type { PluginLogLevel, PluginLogSink } from "./src/host/plugin_log.ts";
export type { KeptKind, SealReport } from "./src/host/seal_host.ts";
export type { HostPowers } from "./src/host/host_powers.ts";
export type {
  DisableOptions,
  EnableOptions,
} from "./src/host/switch_plugins.ts";
export type {
  Builtin,
  Manifest,
  ManifestInput,
  Requirement,
} from "./src/manifest/manifest.ts";
export {
  checkDeclaration,
  type CheckDeclarationOptions,
} from "./src/permissions/check_declaration.ts";
export { formatFlags } from "./src/permissions/format_flags.ts";
export {
  type Hazard,
  HAZARD_LEVELS,
  type HazardContext,
  type HazardLevel,
} from "./src/permissions/hazard.ts";
export {
  normalizePermissions,
  type PermissionBase,
} from "./src/permissions/normalize_permissions.ts";
export {
  type DeclaredPermissions,
  explainNotCapable,
  type ExplainNotCapableOptions,
  type NotCapableExplanation,
} from "./src/permissions/not_capable.ts";
export {
  type DenialOptions,
  type DenoPermissionList,
  type DenoPermissionSet,
  denoPermissionSet,
  flagProblems,
  permissionFlags,
  type PermissionFlagsOptions,
} from "./src/permissions/permission_flags.ts";
export { permissionHazards } from "./src/permissions/permission_hazards.ts";
export {
  detectPermissionBroker,
  type DetectPermissionBrokerOptions,
  type PermissionAnswer,
  type PermissionDescriptor,
  type PermissionQuery,
  type PermissionRequest,
} from "./src/permissions/permission_query.ts";
export {
  DEFAULT_IMPORT_HOSTS,
  EMPTY_PERMISSIONS,
  entriesOf,
  formatEntry,
  PERMISSION_KINDS,
  type PermissionDeclaration,
  type PermissionEntry,
  type PermissionKind,
  type PermissionSet,
} from "./src/permissions/permission_set.ts";
export {
  missingEntries,
  permissionKey,
  type PermissionState,
  type PermissionStates,
  queryPermissions,
  type QueryPermissionsOptions,
} from "./src/permissions/permission_states.ts";
export {
  permissionSurplus,
  type PermissionSurplusOptions,
  type SurplusFinding,
  type SurplusReport,
} from "./src/permissions/permission_surplus.ts";
export {
  describeRequest,
  requestPermission,
  type RequestPermissionOptions,
} from "./src/permissions/request_permission.ts";
export {
  covers,
  difference,
  equals,
  union,
} from "./src/permissions/set_algebra.ts";
export type {
  Decision,
  DecisionSubject,
  PermissionMode,
  SkipReason,
  Verdict,
} from "./src/plan/plan.ts";
// Through the authors' entry: a module that the host imports itself, plugins may
// import without permission to read it.
export {
  definePlugin,
  type Plugin,
  type PluginContext,
  type PluginLog,
} from "./plugin.ts";
export type { PluginTimeouts } from "./src/runners/runner.ts";
export type { HealthOptions } from "./src/host/health_course.ts";
export type { HostTimeouts } from "./src/host/timeouts.ts";
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
} from "./src/base/standard_schema.ts";
export { FileStateStore } from "./src/state/file_state_store.ts";
export { MemoryStateStore } from "./src/state/memory_state_store.ts";
export type {
  Consent,
  PluginState,
  StateChange,
  StateOptions,
  StatePermissions,
  StateReadResult,
  StateSnapshot,
  StateStore,
  StateUpdateOptions,
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
export { type AuditLogPosition } from "./src/audit/log_reader.ts";
