/**
 * The functions that take text, as a table.
 *
 * @module
 */

import {
  getSanitizedEnvironment,
  PluginError,
  PluginHost,
} from "@semantik/plugins";
import { readSwitches, switchNames } from "../../../src/state/switches.ts";
import { createAuditLogger } from "@semantik/plugins/audit";
import {
  explainEnvironment,
  layerEnvironments,
  recordEnvironment,
  resolveConfigReferences,
} from "@semantik/plugins/environment";
import { parseEvent } from "../../../src/audit/audit_event.ts";
import { matchGlob } from "../../../src/audit/read_audit_log.ts";
import { chooseHostVersion } from "../../../src/cli/host_options.ts";
import { formatTable } from "../../../src/cli/format.ts";
import { PLAIN_SCREEN, wrapText } from "../../../src/base/terminal_text.ts";
import { parseDotenv } from "../../../src/environment/parse_dotenv.ts";
import {
  decodeManifest,
  parseManifest,
} from "../../../src/manifest/parse_manifest.ts";
import { parseSource, shownSource } from "../../../src/manifest/source.ts";
import { SecretValues } from "../../../src/secrets/secret_values.ts";
import {
  isInRange,
  isPreRelease,
  isRange,
  isVersion,
} from "../../../src/manifest/version.ts";
import {
  cut,
  describeThrown,
  escapeControls,
  quote,
} from "../../../src/base/text.ts";
import { runCli } from "../../cli/run_cli.ts";
import {
  PERMISSION_SUBJECTS,
  type TextSubject,
} from "./permission_subjects.ts";

const MANIFEST = { id: "a", type: "b", version: "1.0.0" };
const FIELDS = [
  "$schema",
  "id",
  "type",
  "version",
  "displayName",
  "homepage",
  "entry",
  "host",
];

function prefixed(
  name: string,
  prefixes: readonly string[],
  use: (text: string) => unknown,
): readonly TextSubject[] {
  return prefixes.map((prefix) => [
    `${name} ${prefix}`,
    (text) => use(`${prefix}${text}`),
  ]);
}

const environment = recordEnvironment({ A: "1" });
const declared = ["A", "B_*"];

function resolve(config: unknown): unknown {
  const options = { environment, declared, pluginId: "p" };
  return resolveConfigReferences(config, options);
}

const ENVIRONMENT_SUBJECTS: readonly TextSubject[] = [
  ["getSanitizedEnvironment by name", (text) =>
    getSanitizedEnvironment({
      source: { [text]: "x" },
      allow: [`${text}x`],
      deny: [text.slice(0, 64)],
      names: [text],
    })],
  [
    "getSanitizedEnvironment by value",
    (text) => getSanitizedEnvironment({ source: { A: text } }),
  ],
  [
    "explainEnvironment",
    (text) =>
      explainEnvironment({ source: { [text]: text }, names: [`${text}x`] }),
  ],
  ["layerEnvironments", (text) =>
    layerEnvironments(
      recordEnvironment({ [text]: text }),
      recordEnvironment({ A: text }),
    ).get(text)],
  ...prefixed(
    "readDotenv",
    ["", "A=", 'A="', "A='", "A=${A:-", "A=$", "export "],
    (text) => parseDotenv(text, () => undefined),
  ),
  [
    "readDotenv of a name",
    (text) => parseDotenv(`${text}=1`, () => undefined),
  ],
  [
    "readDotenv of an ended text",
    (text) => parseDotenv(`A="${text}"`, () => undefined),
  ],
  [
    "resolveConfigReferences of a key",
    (text) =>
      resolve({ [text]: "a", [`${text}_env`]: text, [`${text}_file`]: text }),
  ],
  ["SecretValues of a long secret", (text) => {
    const values = new SecretValues(() => 0);
    values.hold().add(`${text}x`);
    values.mask(`${text}${text}x${text}…`);
  }],
  [
    "resolveConfigReferences of a secret's key",
    (text) => resolve({ [`${text}_password`]: "Hunter22" }),
  ],
  [
    "resolveConfigReferences of values",
    (text) =>
      resolve({ a: text, password: text, api_key_env: text, list: [[text]] }),
  ],
  [
    "resolveConfigReferences of a template",
    (text) => resolve({ url_env: `\${A}${text}`, key_env: [`\${A}${text}`] }),
  ],
];

const MANIFEST_SUBJECTS: readonly TextSubject[] = [
  ...FIELDS.map((field): TextSubject => [
    `parseManifest ${field}`,
    (text) => parseManifest({ ...MANIFEST, [field]: text }),
  ]),
  [
    "parseManifest of a page",
    (text) => parseManifest({ ...MANIFEST, homepage: `https://${text}` }),
  ],
  [
    "parseManifest of unknown fields",
    (text) =>
      parseManifest({
        ...MANIFEST,
        [text]: text,
        requires: [{ [text]: text }],
      }),
  ],
  [
    "parseManifest of requirements",
    (text) =>
      parseManifest({ ...MANIFEST, requires: [{ id: text, version: text }] }),
  ],
  ["parseManifest of permissions", (text) =>
    parseManifest({
      ...MANIFEST,
      permissions: { net: [text], sys: [text], [text]: text },
      optionalPermissions: { read: text, run: [text] },
    })],
  ...prefixed(
    "isRange",
    ["", "1", "1.0.0-", "1.0.0+", "^1.", ">=1 <", "1 || "],
    (text) => {
      isRange(text);
      isVersion(text);
      isPreRelease(text);
      isInRange("1.0.0", text);
      chooseHostVersion([text]);
    },
  ),
  ...prefixed(
    "decodeManifest",
    ["", '"', "{", '{"a":', "["],
    (text) => decodeManifest(new TextEncoder().encode(text)),
  ),
  ...prefixed(
    "parseSource",
    ["", "https://", "https://a?", "jsr:", "npm:@", "jsr:@a/b@", "file://"],
    (text) => {
      parseSource(text, "/srv");
      parseSource(text, "C:\\srv");
      shownSource(text);
    },
  ),
];

const logger = createAuditLogger({ handlers: [] });

const AUDIT_SUBJECTS: readonly TextSubject[] = [
  [
    "AuditLogger.log of a value",
    (text) =>
      logger.log("p", "a", {
        a: text,
        list: [text, { name: text, value: text }],
      }),
  ],
  [
    "AuditLogger.log of names",
    (text) =>
      logger.log(text, text, { [text]: text, [`${text}password`]: text }),
  ],
  ...prefixed("parseEvent", ["", "{", '{"timestamp":"'], parseEvent),
  [
    "readAuditLog by a pattern",
    (text) => matchGlob(`*${text.slice(0, 64)}*`, text),
  ],
];

const HOST = { name: "h", version: "1.0.0" };

const HOST_SUBJECTS: readonly TextSubject[] = [
  ["PluginHost", (text) => [
    new PluginHost({ ...HOST, name: text, sources: [text] }),
    new PluginHost({ ...HOST, dataDirectory: text }),
  ]],
  ["PluginHost version", (text) => new PluginHost({ ...HOST, version: text })],
  ["PluginHost permissions", (text) =>
    new PluginHost({
      ...HOST,
      hostPermissions: { read: [text], net: [text], sys: [text] },
    })],
  ["PluginHost.get", (text) => new PluginHost(HOST).get(text)],
  ["readSwitches", (text) => {
    readSwitches(() => ({ kind: "set", value: text }), [text]);
    switchNames([text]);
  }],
];

const NOWHERE = "/dev/null/nowhere";

const CLI_SUBJECTS: readonly TextSubject[] = [
  ...prefixed("main", ["", "-", "--"], (text) => runCli([text])),
  ["main list", (text) => runCli(["list", `${NOWHERE}${text}`])],
  ["main plan", (text) => runCli(["plan", NOWHERE, "--host-version", text])],
  ["main audit", (text) => runCli(["audit", NOWHERE, "--since", text])],
  [
    "main audit verify",
    (text) => runCli(["audit", "verify", NOWHERE, "--anchor", text]),
  ],
  ["main new", (text) => runCli(["new", `${NOWHERE}/${text}`])],
  ["main env", (text) => runCli(["env", text])],
  ["main permissions", (text) =>
    runCli(
      ["permissions", NOWHERE, "--check", "--", "deno", "run"].concat([
        `--allow-net=${text}`,
        text,
      ]),
    )],
  [
    "formatTable",
    (text) => {
      for (const columns of [Infinity, 60]) {
        // The titles are the program's own.
        formatTable(["A", "B"], [[text, text]], { ...PLAIN_SCREEN, columns });
      }
    },
  ],
  ["wrapText", (text) => wrapText(text, 60)],
];

const TEXT_SUBJECTS: readonly TextSubject[] = [
  ["a message", (text) => {
    escapeControls(text);
    quote(text);
    cut(text);
    describeThrown(new Error(text));
  }],
  [
    "PluginError",
    (text) =>
      new PluginError(text, { code: "PLUGIN_OPTION_INVALID", remedy: text }),
  ],
];

/** Every subject. */
export const SUBJECTS: readonly TextSubject[] = [
  ...PERMISSION_SUBJECTS,
  ...ENVIRONMENT_SUBJECTS,
  ...MANIFEST_SUBJECTS,
  ...AUDIT_SUBJECTS,
  ...HOST_SUBJECTS,
  ...CLI_SUBJECTS,
  ...TEXT_SUBJECTS,
];
