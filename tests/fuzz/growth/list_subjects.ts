/**
 * The functions that take lists and records, as a table.
 *
 * @module
 */

import {
  getSanitizedEnvironment,
  type PermissionKind,
} from "@semantik/plugins";
import { readSwitches } from "../../../src/state/switches.ts";
import { createAuditLogger } from "@semantik/plugins/audit";
import {
  explainEnvironment,
  recordEnvironment,
  resolveConfigReferences,
} from "@semantik/plugins/environment";
import {
  checkDeclaration,
  covers,
  formatFlags,
  normalizePermissions,
  permissionFlags,
  permissionHazards,
  union,
} from "@semantik/plugins/permissions";
import { parseDenoCommand } from "../../../src/cli/deno_command/parse_deno_command.ts";
import {
  commandSurplus,
  missingInCommand,
} from "../../../src/cli/check_command_line.ts";
import { permissionChanges } from "../../../src/cli/diff/permission_changes.ts";
import { JsonPositions } from "../../../src/cli/findings/json_position.ts";
import { parseDotenv } from "../../../src/environment/parse_dotenv.ts";
import {
  decodeManifest,
  parseManifest,
} from "../../../src/manifest/parse_manifest.ts";
import type { Work } from "./assert_growth.ts";

/** Uses so many values in one way. */
export type ListSubject = readonly [name: string, use: Work];

const MANIFEST = { id: "a", type: "b", version: "1.0.0" };

const VALUES: Readonly<Record<string, (index: number) => string>> = {
  name: (index) => `a${index}`,
  path: (index) => `/a/b${index}/c`,
  nested: (index) => `${"/a".repeat(index % 300)}/${index}`,
  host: (index) => `h${index}.example.com:80`,
  wildcard: (index) => `*.h${index}.example.com`,
  subnet: (index) => `10.${index >> 8 & 255}.${index & 255}.0/24`,
  prefix: (index) => `${"A".repeat(index % 300)}${index}*`,
};

const KINDS: readonly (readonly [PermissionKind, readonly string[]])[] = [
  ["read", ["path", "nested"]],
  ["write", ["path"]],
  ["net", ["host", "wildcard", "subnet"]],
  ["env", ["name", "prefix"]],
  ["run", ["name", "path"]],
];

function list(name: string, size: number): readonly string[] {
  const make = VALUES[name] ?? String;
  return Array.from({ length: size }, (_, index) => make(index));
}

function record(size: number, suffix = ""): Record<string, string> {
  return Object.fromEntries(
    list("name", size).map((name) => [`${name}${suffix}`, "Hunter22"]),
  );
}

function nest(size: number, wrap: (inside: unknown) => unknown): unknown {
  let value: unknown = 1;
  for (let depth = 0; depth < size; depth++) value = wrap(value);
  return value;
}

function ofKind(kind: PermissionKind, name: string): readonly ListSubject[] {
  const set = (size: number) => ({ [kind]: list(name, size) });
  return [
    [`checkDeclaration ${kind} ${name}`, (size) => checkDeclaration(set(size))],
    [`covers ${kind} ${name}`, (size) => covers(set(size), set(size))],
    [`union ${kind} ${name}`, (size) => union(set(size), set(size))],
    [
      `permissionFlags ${kind} ${name}`,
      (size) => formatFlags(permissionFlags(set(size))),
    ],
    [
      `permissionHazards ${kind} ${name}`,
      (size) => permissionHazards({ ...set(size), run: list("path", size) }),
    ],
    [`permissionChanges ${kind} ${name}`, (size) => {
      const before = { required: set(size), optional: {} };
      permissionChanges(before, { required: {}, optional: set(2 * size) });
      permissionChanges(before, { required: { [kind]: true }, optional: {} });
    }],
    [`parseDenoCommand ${kind} ${name}`, (size) => {
      const values = list(name, size);
      const command = parseDenoCommand([
        "deno",
        "run",
        `--allow-${kind}=${values.join(",")}`,
        `--deny-${kind}=${values.map((value) => `${value}1`).join(",")}`,
        "main.ts",
      ], "/srv");
      commandSurplus(command, set(size));
      missingInCommand(set(size), command);
    }],
  ];
}

function resolve(config: unknown, declared: readonly string[]): unknown {
  const environment = recordEnvironment({ A: "1" });
  return resolveConfigReferences(config, { environment, declared });
}

function dotenv(size: number, value: (index: number) => string): unknown {
  const lines = list("name", size).map((name, index) =>
    `${name}=${value(index)}`
  );
  return parseDotenv(lines.join("\n"), () => undefined);
}

function decode(json: string): unknown {
  return decodeManifest(new TextEncoder().encode(json));
}

const logger = createAuditLogger({ handlers: [] });

/** Every subject. */
export const LIST_SUBJECTS: readonly ListSubject[] = [
  ["permissionChanges of each host to all its ports", (size) => {
    const hosts = Array.from({ length: size }, (_, index) => `h${index}.a`);
    permissionChanges(
      { required: { net: hosts.map((host) => `${host}:80`) }, optional: {} },
      { required: { net: hosts }, optional: {} },
    );
  }],
  ["JsonPositions of a list", (size) => {
    const lines = list("name", size).map((name) => `{ "${name}": [1] }`);
    const positions = new JsonPositions(`{"a": [${lines.join(",\n")}]}`);
    for (let index = 0; index < size; index++) positions.find(`a[${index}].b`);
  }],
  [
    "JsonPositions of deep nesting",
    (size) => new JsonPositions(`${'{"a":['.repeat(size)}1`),
  ],
  ...KINDS.flatMap(([kind, names]) =>
    names.flatMap((name) => ofKind(kind, name))
  ),
  [
    "normalizePermissions",
    (size) =>
      normalizePermissions({ read: list("path", Math.min(size, 1_000)) }),
  ],
  ["permissionFlags with denials", (size) =>
    permissionFlags({ env: true }, {
      denyEnv: list("name", size),
      ignoreEnv: list("name", size),
    })],
  [
    "checkDeclaration of unknown kinds",
    (size) => checkDeclaration(record(size)),
  ],
  [
    "parseManifest of unknown fields",
    (size) => parseManifest({ ...MANIFEST, ...record(size) }),
  ],
  ["parseManifest of requirements", (size) =>
    parseManifest({
      ...MANIFEST,
      requires: list("name", size).map((id) => ({ id, version: "*" })),
    })],
  [
    "parseManifest of permissions",
    (size) =>
      parseManifest({ ...MANIFEST, permissions: { net: list("host", size) } }),
  ],
  ["parseManifest of a deep value", (size) =>
    parseManifest({
      ...MANIFEST,
      requires: nest(size, (inside) => [inside]),
      permissions: nest(size, (read) => ({ read })),
    })],
  ["decodeManifest of a deep value", (size) => {
    decode("[".repeat(size));
    decode(`${'{"a":'.repeat(size)}1${"}".repeat(size)}`);
  }],
  ["decodeManifest of many keys", (size) => {
    decode(JSON.stringify(record(size)));
    decode(JSON.stringify(record(size, "\n")));
  }],
  [
    "resolveConfigReferences of keys",
    (size) => resolve({ ...record(size), ...record(size, "_password") }, []),
  ],
  ["resolveConfigReferences of references", (size) =>
    resolve(
      list("name", size).map((name) => ({ a_env: name.toUpperCase() })),
      list("prefix", size).concat(list("name", size)),
    )],
  ["resolveConfigReferences of a deep value", (size) => {
    resolve(nest(size, (inside) => [inside]), []);
    resolve(nest(size, (a) => ({ a })), []);
  }],
  ["getSanitizedEnvironment", (size) =>
    getSanitizedEnvironment({
      source: record(size),
      allow: list("name", size),
      names: list("path", size),
    })],
  [
    "explainEnvironment",
    (size) =>
      explainEnvironment({ source: record(size), names: list("path", size) }),
  ],
  [
    "readSwitches",
    (size) =>
      readSwitches(() => ({ kind: "set", value: "1" }), list("name", size)),
  ],
  ["readDotenv of lines", (size) => dotenv(size, String)],
  ["readDotenv of references", (size) => {
    dotenv(size, (index) => `$a${index + 1}`);
    dotenv(size, (index) => `$a${index - 1}`);
    dotenv(size, (index) => `$a${(index + 1) % size}$a0$a${index - 1}`);
  }],
  ["readDotenv of broken lines", (size) => {
    parseDotenv("x y\n".repeat(size), () => undefined);
    parseDotenv("A='\nB=\"\nC=`\n".repeat(size), () => undefined);
  }],
  [
    "AuditLogger.log of a list",
    (size) =>
      logger.log("p", "a", { list: list("name", size), deep: record(size) }),
  ],
  ["AuditLogger.log of keys that mask to one name", (size) =>
    logger.log(
      "p",
      "a",
      Object.fromEntries(
        list("name", size).map((name) => [`ghp_${name.padStart(36, "a")}`, 1]),
      ),
    )],
  ["AuditLogger.log of symbols", (size) =>
    logger.log(
      "p",
      "a",
      Object.fromEntries(list("name", size).map(() => [Symbol("a"), 1])),
    )],
  [
    "AuditLogger.log of a deep value",
    (size) => logger.log("p", "a", { deep: nest(size, (inside) => [inside]) }),
  ],
];
