/**
 * What must happen to each plugin that misbehaves: one line a folder.
 *
 * Not here, as nothing in the same process can contain it: an endless loop, all
 * of the memory, `Deno.exit`, a changed built-in such as `Promise.prototype.then`,
 * and what Deno 2.9.6 itself gives up on: an error whose `message` and `stack` both
 * throw, a Proxy thrown in a timer that cannot be asked for its prototype, and a
 * listener for `error` that throws.
 */

import type { HealthStatus, PluginErrorCode } from "@semantik/plugins";

/** What must happen to a plugin. */
export interface Expected {
  /** What the report says of it. */
  readonly outcome: "loaded" | "failed" | "refused";
  /** The code of the report. */
  readonly code?: PluginErrorCode;
  /** Its id, where that is not the name of its folder. */
  readonly id?: string | undefined;
  /** Its type, where that is not `thing`. */
  readonly type?: string;
  /** Whether it settles only because its time is over. */
  readonly hangs?: boolean;
  /** What its method returns, where that is not its id; nothing where it throws. */
  readonly says?: string | undefined;
  /** Whether it crashes some time after it was loaded. */
  readonly crashes?: boolean;
  /** Whether it is ended because it crashes, or what it requires does. */
  readonly ends?: boolean;
  /** Whether it leaves something of which nobody can tell whose it is. */
  readonly unclear?: boolean;
  /** How it says that it is. */
  readonly health?: HealthStatus;
  /** Whether its health check ends only because its time is over. */
  readonly hangsInHealth?: boolean;
  /** Whether it crashes because of its health check. */
  readonly crashesInHealth?: boolean;
  /** Whether it crashes when it is disposed of. */
  readonly crashesInDisposal?: boolean;
  /** The code of what comes of disposing of it. */
  readonly disposal?: PluginErrorCode;
  /** Whether it writes events that are not written. */
  readonly drops?: boolean;
}

/** What must happen, by folder. */
export const TABLE: readonly (readonly [folder: string, Expected])[] = [
  ["good", { outcome: "loaded", health: "healthy" }],
  ["good-dependent", {
    outcome: "loaded",
    health: "degraded",
    says: "good-dependent on good",
  }],
  ["good-counter", { outcome: "loaded" }],
  ["manifest-broken-json", {
    outcome: "refused",
    code: "PLUGIN_MANIFEST_INVALID",
    id: undefined,
  }],
  ["manifest-comment", {
    outcome: "refused",
    code: "PLUGIN_MANIFEST_INVALID",
    id: undefined,
  }],
  ["manifest-empty", {
    outcome: "refused",
    code: "PLUGIN_MANIFEST_INVALID",
    id: undefined,
  }],
  ["manifest-null", {
    outcome: "refused",
    code: "PLUGIN_MANIFEST_INVALID",
    id: undefined,
  }],
  ["manifest-list", {
    outcome: "refused",
    code: "PLUGIN_MANIFEST_INVALID",
    id: undefined,
  }],
  ["manifest-text", {
    outcome: "refused",
    code: "PLUGIN_MANIFEST_INVALID",
    id: undefined,
  }],
  ["manifest-repeated-key", {
    outcome: "refused",
    code: "PLUGIN_MANIFEST_INVALID",
    id: undefined,
  }],
  ["manifest-bom", { outcome: "loaded" }],
  ["manifest-wrong-types", {
    outcome: "refused",
    code: "PLUGIN_MANIFEST_INVALID",
    id: undefined,
  }],
  ["manifest-unknown-fields", {
    outcome: "refused",
    code: "PLUGIN_MANIFEST_INVALID",
  }],
  ["manifest-proto", { outcome: "refused", code: "PLUGIN_MANIFEST_INVALID" }],
  ["manifest-permission-proto", {
    outcome: "refused",
    code: "PLUGIN_MANIFEST_INVALID",
  }],
  ["constructor", { outcome: "loaded" }],
  ["type-constructor", { outcome: "loaded", type: "constructor" }],
  ["manifest-id-control", {
    outcome: "refused",
    code: "PLUGIN_MANIFEST_INVALID",
    id: undefined,
  }],
  ["manifest-id-capital", {
    outcome: "refused",
    code: "PLUGIN_MANIFEST_INVALID",
    id: undefined,
  }],
  ["manifest-id-proto", {
    outcome: "refused",
    code: "PLUGIN_MANIFEST_INVALID",
    id: undefined,
  }],
  ["manifest-text-control", { outcome: "loaded" }],
  ["manifest-version-none", {
    outcome: "refused",
    code: "PLUGIN_MANIFEST_INVALID",
  }],
  ["manifest-range-none", {
    outcome: "refused",
    code: "PLUGIN_MANIFEST_INVALID",
  }],
  ["manifest-permission-none", {
    outcome: "refused",
    code: "PLUGIN_MANIFEST_INVALID",
  }],
  ["manifest-host-later", {
    outcome: "refused",
    code: "PLUGIN_HOST_INCOMPATIBLE",
  }],
  ["wants-run", { outcome: "refused", code: "PLUGIN_PERMISSION_MISSING" }],
  ["wants-data", { outcome: "refused", code: "PLUGIN_MANIFEST_INVALID" }],
  ["entry-leaves", { outcome: "refused", code: "PLUGIN_MANIFEST_INVALID" }],
  ["entry-absolute", { outcome: "refused", code: "PLUGIN_MANIFEST_INVALID" }],
  ["entry-url", { outcome: "refused", code: "PLUGIN_MANIFEST_INVALID" }],
  ["entry-encoded", { outcome: "refused", code: "PLUGIN_MANIFEST_INVALID" }],
  ["entry-missing", { outcome: "refused", code: "PLUGIN_MANIFEST_INVALID" }],
  ["entry-directory", { outcome: "refused", code: "PLUGIN_MANIFEST_INVALID" }],
  ["squats-builtin", {
    outcome: "refused",
    code: "PLUGIN_ID_CONFLICT",
    id: "ours",
  }],
  ["squatting/aaa-squatter", {
    outcome: "refused",
    code: "PLUGIN_ID_CONFLICT",
    id: "squatted",
  }],
  ["squatting/squatted", { outcome: "loaded" }],
  ["requires-itself", { outcome: "refused", code: "PLUGIN_DEPENDENCY_CYCLE" }],
  ["requires-pair-one", {
    outcome: "refused",
    code: "PLUGIN_DEPENDENCY_CYCLE",
  }],
  ["requires-pair-two", {
    outcome: "refused",
    code: "PLUGIN_DEPENDENCY_CYCLE",
  }],
  ["requires-missing", {
    outcome: "refused",
    code: "PLUGIN_DEPENDENCY_MISSING",
  }],
  ["requires-failing", {
    outcome: "refused",
    code: "PLUGIN_DEPENDENCY_FAILED",
  }],
  ["requires-refused", {
    outcome: "refused",
    code: "PLUGIN_DEPENDENCY_FAILED",
  }],
  ["requires-hanging", {
    outcome: "refused",
    code: "PLUGIN_DEPENDENCY_FAILED",
  }],
  ["requires-crashing", { outcome: "loaded", ends: true }],
  ["requires-circle-optional", { outcome: "loaded" }],
  ["requires-circle-optional-too", { outcome: "loaded" }],
  ["throws-null", { outcome: "failed", code: "PLUGIN_IMPORT_FAILED" }],
  ["throws-undefined", { outcome: "failed", code: "PLUGIN_IMPORT_FAILED" }],
  ["throws-text", { outcome: "failed", code: "PLUGIN_IMPORT_FAILED" }],
  ["throws-symbol", { outcome: "failed", code: "PLUGIN_IMPORT_FAILED" }],
  ["throws-bigint", { outcome: "failed", code: "PLUGIN_IMPORT_FAILED" }],
  ["throws-unshowable", { outcome: "failed", code: "PLUGIN_IMPORT_FAILED" }],
  ["throws-bare", { outcome: "failed", code: "PLUGIN_IMPORT_FAILED" }],
  ["throws-proxy", { outcome: "failed", code: "PLUGIN_IMPORT_FAILED" }],
  ["throws-revoked-proxy", { outcome: "failed", code: "PLUGIN_IMPORT_FAILED" }],
  ["throws-getter", { outcome: "failed", code: "PLUGIN_IMPORT_FAILED" }],
  ["throws-circle", { outcome: "failed", code: "PLUGIN_IMPORT_FAILED" }],
  ["throws-escapes", { outcome: "failed", code: "PLUGIN_IMPORT_FAILED" }],
  ["throws-huge", { outcome: "failed", code: "PLUGIN_IMPORT_FAILED" }],
  ["throws-host-error", { outcome: "failed", code: "PLUGIN_IMPORT_FAILED" }],
  ["never-settles", { outcome: "failed", code: "PLUGIN_TIMEOUT", hangs: true }],
  ["imports-missing", { outcome: "failed", code: "PLUGIN_IMPORT_FAILED" }],
  ["imports-outside", { outcome: "failed", code: "PLUGIN_IMPORT_FAILED" }],
  ["exports-then", { outcome: "failed", code: "PLUGIN_TIMEOUT", hangs: true }],
  ["exports-then-that-throws", {
    outcome: "failed",
    code: "PLUGIN_IMPORT_FAILED",
  }],
  ["rejects-at-import", { outcome: "failed", code: "PLUGIN_CRASHED" }],
  ["default-missing", { outcome: "failed", code: "PLUGIN_MODULE_INVALID" }],
  ["default-null", { outcome: "failed", code: "PLUGIN_MODULE_INVALID" }],
  ["default-function", { outcome: "failed", code: "PLUGIN_MODULE_INVALID" }],
  ["default-class", { outcome: "failed", code: "PLUGIN_MODULE_INVALID" }],
  ["default-list", { outcome: "failed", code: "PLUGIN_MODULE_INVALID" }],
  ["default-frozen", { outcome: "loaded" }],
  ["default-instance", { outcome: "loaded" }],
  ["default-without-setup", {
    outcome: "failed",
    code: "PLUGIN_MODULE_INVALID",
  }],
  ["default-setup-text", { outcome: "failed", code: "PLUGIN_MODULE_INVALID" }],
  ["default-dispose-text", {
    outcome: "failed",
    code: "PLUGIN_MODULE_INVALID",
  }],
  ["default-getter-throws", {
    outcome: "failed",
    code: "PLUGIN_MODULE_INVALID",
  }],
  ["default-getter-changes", { outcome: "loaded" }],
  ["default-proxy", { outcome: "failed", code: "PLUGIN_IMPORT_FAILED" }],
  ["default-revoked-proxy", {
    outcome: "failed",
    code: "PLUGIN_IMPORT_FAILED",
  }],
  ["default-thenable", {
    outcome: "failed",
    code: "PLUGIN_TIMEOUT",
    hangs: true,
  }],
  ["schema-number", { outcome: "failed", code: "PLUGIN_MODULE_INVALID" }],
  ["schema-throws", { outcome: "failed", code: "PLUGIN_CONFIG_INVALID" }],
  ["schema-hangs", { outcome: "failed", code: "PLUGIN_TIMEOUT", hangs: true }],
  ["schema-no-result", { outcome: "failed", code: "PLUGIN_CONFIG_INVALID" }],
  ["schema-issues-odd", { outcome: "failed", code: "PLUGIN_CONFIG_INVALID" }],
  ["schema-issues-endless", {
    outcome: "failed",
    code: "PLUGIN_CONFIG_INVALID",
  }],
  ["setup-throws-null", { outcome: "failed", code: "PLUGIN_SETUP_FAILED" }],
  ["setup-throws-proxy", { outcome: "failed", code: "PLUGIN_SETUP_FAILED" }],
  ["setup-throws-revoked-proxy", {
    outcome: "failed",
    code: "PLUGIN_SETUP_FAILED",
  }],
  ["setup-rejects-nothing", { outcome: "failed", code: "PLUGIN_SETUP_FAILED" }],
  ["setup-never-settles", {
    outcome: "failed",
    code: "PLUGIN_TIMEOUT",
    hangs: true,
  }],
  ["setup-settles-late", {
    outcome: "failed",
    code: "PLUGIN_TIMEOUT",
    hangs: true,
  }],
  ["setup-returns-nothing", {
    outcome: "failed",
    code: "PLUGIN_CONTRACT_BROKEN",
  }],
  ["setup-returns-null", { outcome: "failed", code: "PLUGIN_CONTRACT_BROKEN" }],
  ["setup-returns-number", {
    outcome: "failed",
    code: "PLUGIN_CONTRACT_BROKEN",
  }],
  ["setup-returns-text", { outcome: "failed", code: "PLUGIN_CONTRACT_BROKEN" }],
  ["setup-returns-thenable-that-hangs", {
    outcome: "failed",
    code: "PLUGIN_TIMEOUT",
    hangs: true,
  }],
  ["setup-returns-thenable-that-throws", {
    outcome: "failed",
    code: "PLUGIN_SETUP_FAILED",
  }],
  ["setup-returns-thenable-that-settles-twice", { outcome: "loaded" }],
  ["setup-returns-thenable-without-end", {
    outcome: "failed",
    code: "PLUGIN_TIMEOUT",
    hangs: true,
  }],
  ["setup-returns-proxy", { outcome: "failed", code: "PLUGIN_SETUP_FAILED" }],
  ["setup-returns-revoked-proxy", {
    outcome: "failed",
    code: "PLUGIN_SETUP_FAILED",
  }],
  ["setup-leaves-rejection", { outcome: "failed", code: "PLUGIN_CRASHED" }],
  ["setup-throws-in-microtask", { outcome: "failed", code: "PLUGIN_CRASHED" }],
  ["api-without-method", { outcome: "failed", code: "PLUGIN_CONTRACT_BROKEN" }],
  ["api-getter-throws", { outcome: "failed", code: "PLUGIN_CONTRACT_BROKEN" }],
  ["api-frozen", { outcome: "loaded" }],
  ["api-method-throws", { outcome: "loaded", says: undefined }],
  ["mutates-context", { outcome: "loaded", says: "mutates-context" }],
  ["audits-nonsense", { outcome: "loaded" }],
  ["audits-in-a-circle", { outcome: "loaded", drops: true }],
  ["logs-nonsense", { outcome: "loaded" }],
  ["uses-undeclared", { outcome: "loaded", says: undefined }],
  ["uses-undeclared-at-once", {
    outcome: "failed",
    code: "PLUGIN_SETUP_FAILED",
  }],
  ["calls-host", { outcome: "failed", code: "PLUGIN_SETUP_FAILED" }],
  ["calls-host-at-import", { outcome: "failed", code: "PLUGIN_IMPORT_FAILED" }],
  ["disposes-host", {
    outcome: "loaded",
    says:
      "PLUGIN_REENTRANT_LOAD PLUGIN_REENTRANT_LOAD PLUGIN_REENTRANT_LOAD PLUGIN_REENTRANT_LOAD",
  }],
  ["listens-for-errors", { outcome: "loaded" }],
  ["late-rejection-null", { outcome: "loaded", ends: true, crashes: true }],
  ["late-rejection-error", { outcome: "loaded", ends: true, crashes: true }],
  ["late-rejection-many", { outcome: "loaded", ends: true, crashes: true }],
  ["late-throw", { outcome: "loaded", ends: true, crashes: true }],
  ["late-throw-null", { outcome: "loaded", ends: true, crashes: true }],
  ["late-throw-proxy", { outcome: "loaded", ends: true, crashes: true }],
  ["late-throw-of-engine", { outcome: "loaded", ends: true, crashes: true }],
  ["late-throw-in-microtask", { outcome: "loaded", ends: true, crashes: true }],
  ["late-throw-in-interval", { outcome: "loaded", ends: true, crashes: true }],
  ["late-throw-in-listener", { outcome: "loaded", ends: true, crashes: true }],
  ["late-forged-stack", { outcome: "loaded", ends: true, crashes: true }],
  ["late-forged-event", { outcome: "loaded", unclear: true, says: "late" }],
  ["late-and-cannot-be-disposed-of", {
    outcome: "loaded",
    ends: true,
    crashes: true,
  }],
  ["health-hangs", {
    outcome: "loaded",
    says: "health",
    health: "unhealthy",
    hangsInHealth: true,
  }],
  ["health-throws", { outcome: "loaded", says: "health", health: "unhealthy" }],
  ["health-lies", { outcome: "loaded", says: "health", health: "unknown" }],
  ["health-number", { outcome: "loaded", says: "health", health: "unknown" }],
  ["health-proxy", { outcome: "loaded", says: "health", health: "unknown" }],
  ["health-getter-throws", {
    outcome: "loaded",
    says: "health",
    health: "unknown",
  }],
  ["health-escapes", { outcome: "loaded", says: "health", health: "degraded" }],
  ["health-is-text", { outcome: "failed", code: "PLUGIN_MODULE_INVALID" }],
  ["health-crashes", {
    outcome: "loaded",
    says: "health",
    health: "healthy",
    crashesInHealth: true,
  }],
  ["dispose-throws-null", {
    outcome: "loaded",
    says: "dispose",
    disposal: "PLUGIN_DISPOSE_FAILED",
  }],
  ["dispose-throws-revoked-proxy", {
    outcome: "loaded",
    says: "dispose",
    disposal: "PLUGIN_DISPOSE_FAILED",
  }],
  ["dispose-never-settles", {
    outcome: "loaded",
    says: "dispose",
    disposal: "PLUGIN_TIMEOUT",
  }],
  ["dispose-calls-host", {
    outcome: "loaded",
    says: "dispose",
    disposal: "PLUGIN_DISPOSE_FAILED",
  }],
  ["dispose-leaves-rejection", {
    outcome: "loaded",
    says: "dispose",
    crashesInDisposal: true,
  }],
  ["abort-listener-throws", { outcome: "loaded", crashesInDisposal: true }],
  // These are made by make_hostile.ts.
  ["made/manifest-binary", {
    outcome: "refused",
    code: "PLUGIN_MANIFEST_INVALID",
    id: undefined,
  }],
  ["made/manifest-huge", {
    outcome: "refused",
    code: "PLUGIN_MANIFEST_INVALID",
    id: undefined,
  }],
  ["made/manifest-deep", {
    outcome: "refused",
    code: "PLUGIN_MANIFEST_INVALID",
    id: undefined,
  }],
  ["made/manifest-link", {
    outcome: "refused",
    code: "PLUGIN_MANIFEST_INVALID",
    id: undefined,
  }],
  ["made/entry-link", { outcome: "refused", code: "PLUGIN_MANIFEST_INVALID" }],
  ["made/entry-circle", {
    outcome: "refused",
    code: "PLUGIN_SOURCE_UNREADABLE",
  }],
  ["made/entry-huge", { outcome: "failed", code: "PLUGIN_IMPORT_FAILED" }],
  ["made/syntax-error", { outcome: "failed", code: "PLUGIN_IMPORT_FAILED" }],
  ["made/not-there", {
    outcome: "refused",
    code: "PLUGIN_SOURCE_UNREADABLE",
    id: undefined,
  }],
  ["made/not-a-plugin", {
    outcome: "refused",
    code: "PLUGIN_SOURCE_UNREADABLE",
    id: undefined,
  }],
];
