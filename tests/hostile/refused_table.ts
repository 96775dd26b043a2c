/** The plugins of which no code may run, by folder. */

import type { Expected } from "./expected.ts";

/** What must happen to them. */
export const REFUSED: readonly (readonly [folder: string, Expected])[] = [
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
