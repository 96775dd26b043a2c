/**
 * `deno run --allow-write=schema tools/schema.ts`: writes the JSON Schemas of
 * `plugin.json`, `plugins.lock.json` and `plugins.trust.json`, which editors check and complete them
 * by.
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
import { FINGERPRINT_REGEXP, TIME_REGEXP } from "../src/provenance/lock.ts";
import {
  ID_PATTERN_REGEXP,
  PUBLISHER_REGEXP,
  TRUST_LEVELS,
  TRUST_RULES,
} from "../src/provenance/trust.ts";
import { DIGEST_REGEXP } from "../src/provenance/tree.ts";
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

const PACKAGES = "; $NPM/name@range is the package from npm that it imports";

const PATHS =
  "Relative paths are relative to the plugin; $DATA is its private " +
  "data directory";

function permissions(description: string) {
  return z.strictObject({
    read: permission(
      `Files and directories that the plugin reads. ${PATHS}${PACKAGES}`,
      "./models",
      "$DATA",
      "$NPM/tiktoken@^1.0.0",
    ),
    write: permission(
      `Files and directories that the plugin writes. ${PATHS}`,
      "$DATA",
    ),
    net: permission(
      "Hosts that the plugin connects to or listens on",
      "example.com:443",
      "127.0.0.1:8080",
    ),
    env: permission(
      "Environment variables that the plugin reads",
      "API_URL",
      "AWS_*",
    ),
    sys: permission("System information that the plugin reads", ...SYS_KINDS),
    run: permission(
      "Programs that the plugin starts. Equivalent to every permission",
      "git",
    ),
    ffi: permission(
      "Native libraries that the plugin opens. Equivalent to every permission" +
        `. ${PATHS}${PACKAGES}`,
      "./libmodel.so",
      "$NPM/@node-rs/crc32@^1.10.0",
    ),
    import: permission("Hosts that the plugin imports code from", "esm.sh:443"),
  }).meta({ description, default: {} }).optional();
}

const requirement = z.strictObject({
  id: id("The id of the other plugin", "markdown-chunker"),
  version: range("The accepted versions, as a semver range"),
  optional: z.boolean().meta({
    description: "`true` if this plugin also works without the other one",
    default: false,
  }).optional(),
});

const manifest = z.strictObject({
  $schema: z.string().max(MAX_TEXT_LENGTH).meta({
    description: "The JSON Schema for editors",
  }).optional(),
  id: id(
    "Unique across all plugins of a host, whatever their type",
    "openai-embedding",
  ),
  type: z.string().regex(TYPE_REGEXP).meta({
    description: "The type of plugin, which the application defines",
    examples: ["embedding"],
  }),
  version: z.string().meta({
    description: "The version of the plugin, as semver",
    pattern: VERSION_PATTERN,
    maxLength: MAX_VERSION_LENGTH,
    default: "0.1.0",
  }),
  displayName: text("The name that is shown to people", {
    examples: ["OpenAI embedding"],
  })
    .optional(),
  description: text("A sentence about what the plugin does").optional(),
  author: text("The author of the plugin").optional(),
  license: text("The license of the plugin", { examples: ["MIT"] }).optional(),
  homepage: z.string().max(MAX_TEXT_LENGTH).meta({
    description: "A page about the plugin",
    format: "uri",
    pattern: "^https?://",
  }).optional(),
  entry: text(
    "The module, relative to this file and inside its directory. For jsr: and " +
      'npm: an export key, default "."',
    { default: "./mod.ts" },
  ).optional(),
  host: range("The supported versions of the host, as a semver range")
    .optional(),
  requires: z.array(requirement).max(MAX_REQUIREMENTS).meta({
    description: "The plugins that this one needs",
    default: [],
  }).optional(),
  permissions: permissions(
    "Permissions that the plugin needs, in Deno's own terms",
  ),
  optionalPermissions: permissions(
    "Permissions that the plugin uses if they are granted; it is never refused " +
      "for them. Variables under env may read as unset, as with --ignore-env",
  ),
});

/** Returns the JSON Schema of a manifest. */
export function manifestJsonSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(manifest, { target: "draft-07" }),
    title: "The plugin.json of a @semantik/plugins plugin",
  };
}

function digest(description: string) {
  return z.string().regex(DIGEST_REGEXP).meta({ description });
}

function texts(description: string) {
  return z.record(z.string(), z.string().min(1).max(MAX_TEXT_LENGTH))
    .meta({ description });
}

const review = {
  source: text("The source, as the host names it", {
    examples: ["./plugins/search", "jsr:@acme/search@^1.0.0"],
  }),
  version: z.string().meta({
    description: "The version of the manifest",
    pattern: VERSION_PATTERN,
    maxLength: MAX_VERSION_LENGTH,
  }),
  permissions: permissions("The permissions that a person reviewed"),
  optionalPermissions: permissions(
    "The optional permissions that a person reviewed",
  ),
  publisher: z.strictObject({
    name: text("The name in the trust file"),
    key: z.string().regex(FINGERPRINT_REGEXP).meta({
      description: "The fingerprint of the key, as ssh-keygen -l prints it",
    }),
  }).meta({ description: "Whoever signed the plugin" }).optional(),
  lockedAt: z.string().regex(TIME_REGEXP).meta({
    description: "The time of the review, in UTC",
    examples: ["2026-01-31T12:00:00Z"],
  }),
  dependencies: texts(
    "The integrity of each module that the plugin brings, as in deno.lock",
  ).optional(),
};

const locked = z.union([
  z.strictObject({
    ...review,
    tree: digest("The digest of all files"),
    files: z.record(z.string(), digest("The SHA-256 of the file")).meta({
      description: "The files, by their paths",
    }),
  }).meta({ description: "A plugin in a directory" }),
  z.strictObject({
    ...review,
    resolved: text("The specifier with its version, or the URL", {
      examples: ["jsr:@acme/search@1.2.0"],
    }),
    manifest: digest("The SHA-256 of its plugin.json"),
  }).meta({ description: "A plugin that Deno downloads" }),
]);

const lock = z.strictObject({
  $schema: text("The JSON Schema for editors").optional(),
  lockVersion: z.literal(1).meta({ description: "The version of the format" }),
  serial: z.number().int().min(1).meta({
    description: "Grows with each change, and never goes back",
  }),
  plugins: z.record(z.string().regex(ID_REGEXP), locked).meta({
    description: "The plugins, by id",
  }),
});

/** Returns the JSON Schema of a lock. */
export function lockJsonSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(lock, { target: "draft-07", reused: "ref" }),
    title: "The plugins.lock.json of a host of @semantik/plugins",
  };
}

const keys = z.array(z.strictObject({
  key: text("The public key, as a .pub file has it", {
    examples: ["ssh-ed25519 AAAA…"],
  }),
  validFrom: time("The first moment at which the key may sign, in UTC"),
  validUntil: time("The last moment at which the key may sign, in UTC"),
}));

function time(description: string) {
  return z.string().regex(TIME_REGEXP).meta({
    description,
    examples: ["2026-01-31T12:00:00Z"],
  }).optional();
}

function reasons(description: string, name: RegExp) {
  return z.record(z.string().regex(name), text("The reason"))
    .meta({ description, default: {} }).optional();
}

const trust = z.strictObject({
  $schema: text("The JSON Schema for editors").optional(),
  trustVersion: z.literal(1).meta({ description: "The version of the format" }),
  serial: z.number().int().min(1).meta({
    description: "Grows with each change, and never goes back",
  }),
  refreshBy: time("The time after which somebody should look at it, in UTC"),
  publishers: z.record(
    z.string().regex(PUBLISHER_REGEXP),
    z.strictObject({
      keys: keys.meta({ description: "The keys of the publisher" }),
      plugins: z.array(z.string().regex(ID_PATTERN_REGEXP)).meta({
        description: "The ids that the publisher may provide",
        examples: [["search", "acme-*"]],
      }),
    }),
  ).meta({ description: "The publishers, by name", default: {} }).optional(),
  lockKeys: keys.meta({
    description: "The keys that may sign the lock; without any it needs none",
    default: [],
  }).optional(),
  revoked: z.strictObject({
    keys: reasons("The fingerprints of keys", FINGERPRINT_REGEXP),
    trees: reasons("The digests of trees", DIGEST_REGEXP),
    plugins: z.array(z.strictObject({
      id: id("The id of the plugin", "search"),
      versions: range("The versions, as a semver range"),
      reason: text("The reason"),
    })).meta({ description: "Versions of plugins", default: [] }).optional(),
  }).meta({ description: "What is no longer trusted", default: {} }).optional(),
  levels: z.strictObject(
    Object.fromEntries(TRUST_LEVELS.map((level) => [
      level,
      z.enum(TRUST_RULES).meta({
        description: `What plugins of the level ${level} may`,
      }).optional(),
    ])),
  ).meta({
    description: "What plugins of each level may, where it is not the default",
    default: {},
  }).optional(),
});

/** Returns the JSON Schema of a trust file. */
export function trustJsonSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(trust, { target: "draft-07" }),
    title: "The plugins.trust.json of a host of @semantik/plugins",
  };
}

/** The JSON Schemas, by the names of their files. */
export const SCHEMAS: Readonly<Record<string, Record<string, unknown>>> = {
  "plugin.schema.json": manifestJsonSchema(),
  "plugins.lock.schema.json": lockJsonSchema(),
  "plugins.trust.schema.json": trustJsonSchema(),
};

if (import.meta.main) {
  for (const [name, schema] of Object.entries(SCHEMAS)) {
    await Deno.writeTextFile(
      new URL(`../schema/${name}`, import.meta.url),
      `${JSON.stringify(schema, null, 2)}\n`,
    );
  }
}
