/**
 * The one schema of a manifest: the validation, and the JSON Schema that
 * editors complete `plugin.json` by, both come from it.
 *
 * @module
 */

import { z } from "zod";
import { isRange, isVersion } from "./version.ts";

const ID_REGEXP = /^[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?$/;
const TYPE_REGEXP = /^[a-z][a-z0-9_]{0,62}$/;

const ID_REMEDY =
  "Use 1 to 64 of a-z, 0-9, - and _, with a letter or digit at both ends";
const TYPE_REMEDY =
  "Use 1 to 63 of a-z, 0-9 and _, with a letter at the start, e.g. embedding";
const VERSION_REMEDY = "Write a semantic version, e.g. 1.0.0";
const RANGE_REMEDY = "Write a semver range, e.g. ^1.0.0, or * for any version";

function id(description: string) {
  return z.string().regex(ID_REGEXP, ID_REMEDY).describe(description);
}

function range(description: string) {
  return z.string().refine(isRange, RANGE_REMEDY).describe(description);
}

function text(description: string) {
  return z.string().min(1, "Write at least one character, or leave it out")
    .max(4_096, "Write at most 4,096 characters").describe(description);
}

function permission(description: string) {
  return z.union([
    z.literal(true).describe("All of this kind"),
    z.array(z.string()).min(1).describe("Exactly these"),
  ]).describe(description).optional();
}

const PATHS =
  "Relative paths are relative to the plugin; $DATA is its private " +
  "data directory";

// What a value may be is said by the permissions room, kind by kind.
function permissions(description: string) {
  return z.strictObject({
    read: permission(`Files and directories it reads. ${PATHS}`),
    write: permission(`Files and directories it writes. ${PATHS}`),
    net: permission("Hosts it connects to or listens on, e.g. example.com:443"),
    env: permission("Environment variables it reads, e.g. API_URL or AWS_*"),
    sys: permission("System information it asks for, e.g. hostname"),
    run: permission("Programs it starts. As good as every permission"),
    ffi: permission("Native libraries it opens. As good as every permission"),
    import: permission("Hosts it imports code from, e.g. esm.sh:443"),
  }).describe(description).optional();
}

const requirement = z.strictObject({
  id: id("The id of the other plugin"),
  version: range("The versions of it that will do, as a semver range"),
  optional: z.boolean().optional().describe(
    "Whether this plugin also works without it; default false",
  ),
});

/** The schema of a manifest as its author writes it. */
export const manifestSchema = z.strictObject({
  $schema: z.string().optional().describe(
    "The JSON Schema that editors complete this file by",
  ),
  id: id("Unique across all plugins of a host, whatever their type"),
  type: z.string().regex(TYPE_REGEXP, TYPE_REMEDY).describe(
    "What it plugs into, e.g. embedding",
  ),
  version: z.string().refine(isVersion, VERSION_REMEDY).describe(
    "Its version, as semver",
  ),
  displayName: text("Its name, for people").optional(),
  description: text("What it does, for people").optional(),
  author: text("Who made it").optional(),
  license: text("Under which licence, e.g. MIT").optional(),
  homepage: z.url({
    protocol: /^https?$/,
    error: "Write an https: URL",
  }).optional().describe("Where to read more"),
  entry: text(
    "The module, relative to this file; default ./mod.ts. For jsr: and npm: " +
      "an export key; default .",
  ).optional(),
  host: range("The host versions it works with, as a semver range").optional(),
  requires: z.array(requirement).optional().describe("The plugins it needs"),
  permissions: permissions("What it needs of Deno, in Deno's own words"),
  optionalPermissions: permissions(
    "What it uses where it is granted; never a reason to refuse it",
  ),
});

/** The names of a manifest's fields. */
export const MANIFEST_FIELDS: readonly string[] = Object.freeze(
  Object.keys(manifestSchema.shape),
);

/** The names of a requirement's fields. */
export const REQUIREMENT_FIELDS: readonly string[] = Object.freeze(
  Object.keys(requirement.shape),
);

/**
 * The JSON Schema of a manifest.
 *
 * @returns A fresh object, ready to be written as JSON.
 */
export function manifestJsonSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(manifestSchema, { target: "draft-07" }),
    title: "Manifest of a @semantik/plugins plugin",
  };
}
