/** The files beside the modules that users need. */
export const EXPECTED_FILES: readonly string[] = [
  "CHANGELOG.md",
  "LICENSE",
  "README.md",
  "cli.ts",
  "deno.json",
  "docs/README.md",
  "docs/architecture.md",
  "docs/audit-format.md",
  "docs/audit-operations.md",
  "docs/audit.md",
  "docs/authoring.md",
  "docs/command-line.md",
  "docs/consent.md",
  "docs/environment.md",
  "docs/errors.md",
  "docs/evidence.md",
  "docs/fleet.md",
  "docs/hosts.md",
  "docs/json.md",
  "docs/operations.md",
  "docs/page.md",
  "docs/performance.md",
  "docs/permissions.md",
  "docs/provenance.md",
  "docs/reference.md",
  "docs/security.md",
  "docs/shipping.md",
  "docs/subprocess.md",
  "docs/telemetry.md",
  "mod.ts",
  "plugin.ts",
  "schema/plugin.schema.json",
  "schema/plugins.lock.schema.json",
  "schema/plugins.trust.schema.json",
  "src/audit/mod.ts",
  "src/environment/mod.ts",
  "src/page/mod.ts",
  "src/permissions/mod.ts",
  "src/provenance/mod.ts",
  "src/scan/lint_plugin.ts",
  "src/state/mod.ts",
  "src/telemetry/mod.ts",
  "testing.ts",
];

const PACKED_REGEXP = /^\s+(?<url>file:\/\/\S+) \(/gm;

/**
 * Reads the sorted paths of the packed files from the output of `deno publish
 * --dry-run`.
 */
export function readPackedFiles(
  said: string,
  root: string,
): readonly string[] {
  return [...said.matchAll(PACKED_REGEXP)]
    .map(({ groups }) => decodeURI(groups?.url?.slice(root.length) ?? ""))
    .sort();
}
