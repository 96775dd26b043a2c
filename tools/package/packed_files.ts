/** The files beside the modules that users need. */
export const EXPECTED_FILES: readonly string[] = [
  "CHANGELOG.md",
  "LICENSE",
  "README.md",
  "cli.ts",
  "deno.json",
  "docs/architecture.md",
  "docs/audit.md",
  "docs/authoring.md",
  "docs/environment.md",
  "docs/errors.md",
  "docs/performance.md",
  "docs/permissions.md",
  "docs/security.md",
  "mod.ts",
  "plugin.ts",
  "schema/plugin.schema.json",
  "src/audit/mod.ts",
  "src/environment/mod.ts",
  "src/permissions/mod.ts",
  "src/state/mod.ts",
  "testing.ts",
];

const PACKED_REGEXP = /^\s+(?<url>file:\/\/\S+) \(/gm;

/**
 * Reads which files `deno publish --dry-run` would pack.
 *
 * @param said What it said.
 * @param root The project's folder, as a URL that ends in a slash.
 * @returns Their paths in the project, sorted.
 */
export function readPackedFiles(
  said: string,
  root: string,
): readonly string[] {
  return [...said.matchAll(PACKED_REGEXP)]
    .map(({ groups }) => decodeURI(groups?.url?.slice(root.length) ?? ""))
    .sort();
}
