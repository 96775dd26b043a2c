/**
 * `deno run --allow-write=schema tools/schema.ts`: writes the JSON Schema of a
 * `plugin.json`, which editors check and complete it by.
 *
 * @module
 */

import { z } from "zod";
import {
  MAX_LIST_LENGTH,
  MAX_VALUE_LENGTH,
  SYS_KINDS,
} from "../src/permissions/permission_set.ts";
import {
  ID_REGEXP,
  MAX_REQUIREMENTS,
  MAX_TEXT_LENGTH,
  TYPE_REGEXP,
} from "../src/manifest/manifest.ts";
import { MAX_VERSION_LENGTH } from "../src/manifest/version.ts";

// The reader parses a version; an editor needs a pattern.
const VERSION_PATTERN =
  "^(0|[1-9]\\d*)\\.(0|[1-9]\\d*)\\.(0|[1-9]\\d*)(-[0-9A-Za-z.-]+)?(\\+[0-9A-Za-z.-]+)?$";

function id(description: string, ...examples: readonly string[]) {
  return z.string().regex(ID_REGEXP).meta({ description, examples });
}

function range(description: string) {
  return z.string().meta({
    description,
    minLength: 1,
    maxLength: MAX_VERSION_LENGTH,
    examples: ["^1.0.0", ">=1.2.0 <3.0.0", "*"],
  });
}

function text(
  description: string,
  meta: Readonly<Record<string, unknown>> = {},
) {
  return z.string().min(1).max(MAX_TEXT_LENGTH).meta({
    description,
    ...meta,
  });
}

function permission(description: string, ...examples: readonly string[]) {
  return z.union([
    z.literal(true).meta({ description: "All of this kind" }),
    z.array(
      z.string().meta({ minLength: 1, maxLength: MAX_VALUE_LENGTH, examples }),
    ).min(1).meta({
      description: "Exactly these",
      maxItems: MAX_LIST_LENGTH,
      uniqueItems: true,
    }),
  ]).meta({ description }).optional();
}

const PATHS =
  "Relative paths are relative to the plugin; $DATA is its private " +
  "data directory";

function permissions(description: string) {
  return z.strictObject({
    read: permission(
      `Files and directories it reads. ${PATHS}`,
      "./models",
      "$DATA",
    ),
    write: permission(`Files and directories it writes. ${PATHS}`, "$DATA"),
    net: permission(
      "Hosts it connects to or listens on",
      "example.com:443",
      "127.0.0.1:8080",
    ),
    env: permission("Environment variables it reads", "API_URL", "AWS_*"),
    sys: permission("System information it asks for", ...SYS_KINDS),
    run: permission("Programs it starts. As good as every permission", "git"),
    ffi: permission(
      "Native libraries it opens. As good as every permission",
      "./libmodel.so",
    ),
    import: permission("Hosts it imports code from", "esm.sh:443"),
  }).meta({ description, default: {} }).optional();
}

const requirement = z.strictObject({
  id: id("The id of the other plugin", "markdown-chunker"),
  version: range("The versions of it that will do, as a semver range"),
  optional: z.boolean().meta({
    description: "Whether this plugin also works without it",
    default: false,
  }).optional(),
});

const manifest = z.strictObject({
  $schema: z.string().max(MAX_TEXT_LENGTH).meta({
    description: "The JSON Schema that editors complete this file by",
  }).optional(),
  id: id(
    "Unique across all plugins of a host, whatever their type",
    "openai-embedding",
  ),
  type: z.string().regex(TYPE_REGEXP).meta({
    description: "What it plugs into",
    examples: ["embedding"],
  }),
  version: z.string().meta({
    description: "Its version, as semver",
    pattern: VERSION_PATTERN,
    maxLength: MAX_VERSION_LENGTH,
    default: "0.1.0",
  }),
  displayName: text("Its name, for people", { examples: ["OpenAI embedding"] })
    .optional(),
  description: text("What it does, for people").optional(),
  author: text("Who made it").optional(),
  license: text("Under which licence", { examples: ["MIT"] }).optional(),
  homepage: z.string().max(MAX_TEXT_LENGTH).meta({
    description: "Where to read more",
    format: "uri",
    pattern: "^https?://",
  }).optional(),
  entry: text(
    "The module, relative to this file and inside its directory. For jsr: and " +
      'npm: an export key, default "."',
    { default: "./mod.ts" },
  ).optional(),
  host: range("The host versions it works with, as a semver range").optional(),
  requires: z.array(requirement).max(MAX_REQUIREMENTS).meta({
    description: "The plugins it needs",
    default: [],
  }).optional(),
  permissions: permissions("What it needs of Deno, in Deno's own words"),
  optionalPermissions: permissions(
    "What it uses where it is granted; never a reason to refuse it. " +
      "Variables under env may read as unset, as they do with --ignore-env",
  ),
});

/** Returns the JSON Schema of a manifest. */
export function manifestJsonSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(manifest, { target: "draft-07" }),
    title: "The plugin.json of a @semantik/plugins plugin",
  };
}

if (import.meta.main) {
  await Deno.writeTextFile(
    new URL("../schema/plugin.schema.json", import.meta.url),
    `${JSON.stringify(manifestJsonSchema(), null, 2)}\n`,
  );
}
