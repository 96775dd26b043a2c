import type { PermissionKind } from "@semantik/plugins";
import { describeRequest } from "../../../src/permissions/permission_states.ts";
import {
  checkDeclaration,
  covers,
  denoPermissionSet,
  difference,
  equals,
  explainNotCapable,
  flagProblems,
  formatEntry,
  formatFlags,
  missingEntries,
  normalizePermissions,
  PERMISSION_KINDS,
  permissionFlags,
  permissionHazards,
  permissionSurplus,
  queryPermissions,
  union,
} from "@semantik/plugins/permissions";
import { parseDenoCommand } from "../../../src/cli/deno_command/parse_deno_command.ts";
import {
  commandSurplus,
  missingInCommand,
} from "../../../src/cli/check_command_line.ts";

/** Uses a text in one way. */
export type TextSubject = readonly [
  name: string,
  use: (text: string) => unknown,
];

const BASE = { directory: "/srv/plugin", dataDirectory: "/srv/data" };
const PATHS = ["/", "C:\\", "\\\\a\\b\\", "$DATA/"];
const PREFIXES = [
  ["read", PATHS],
  ["run", PATHS],
  ["net", ["unix:/", "[", "*."]],
] as const;

function refusedBy(kind: PermissionKind, value: string): Error {
  return new Deno.errors.NotCapable(
    `Requires ${kind} access to "${value}", run again with the --allow-${kind} flag`,
  );
}

function ofKind(kind: PermissionKind): readonly TextSubject[] {
  const wrong = (text: string) => ({ [kind]: [text, `${text}/..`] });
  const one = (text: string) => ({ [kind]: [text] });
  const other = (text: string) => ({ [kind]: [`${text}/x`, `${text}y`] });
  return [
    [`checkDeclaration ${kind}`, (text) => {
      checkDeclaration(wrong(text), "permissions", { windows: true });
      checkDeclaration(wrong(text), text, { windows: false });
    }],
    [
      `normalizePermissions ${kind}`,
      (text) => normalizePermissions(one(text), BASE),
    ],
    [`covers ${kind}`, (text) => covers(one(text), other(text))],
    [`equals ${kind}`, (text) => equals(one(text), one(`${text}/..`))],
    [`difference ${kind}`, (text) => difference(one(text), other(text))],
    [`union ${kind}`, (text) => union(one(text), other(text))],
    [`permissionFlags ${kind}`, (text) => permissionFlags(one(text))],
    [`flagProblems ${kind}`, (text) => flagProblems(one(text))],
    [`denoPermissionSet ${kind}`, (text) => denoPermissionSet(one(text))],
    [`permissionHazards ${kind}`, (text) =>
      permissionHazards(one(text), {
        hostDirectory: `/${text}`,
        homeDirectory: `/${text}`,
        stateFile: `/${text}`,
        programs: [`/${text}`],
      })],
    [`permissionSurplus ${kind}`, (text) => permissionSurplus(one(text))],
    [`queryPermissions ${kind}`, (text) => {
      const states = queryPermissions([{ kind, value: text }]);
      missingEntries(one(text), states);
    }],
    [`formatEntry ${kind}`, (text) => formatEntry({ kind, value: text })],
    [
      `explainNotCapable ${kind}`,
      (text) =>
        explainNotCapable(refusedBy(kind, text), { permissions: one(text) }),
    ],
    [`parseDenoCommand ${kind}`, (text) => {
      const command = parseDenoCommand(
        ["deno", "run", `--allow-${kind}=${text}`, `--deny-${kind}=${text}`],
        BASE.directory,
      );
      commandSurplus(command, { [kind]: ["/x"] });
      missingInCommand({ [kind]: ["/x"] }, command);
    }],
  ];
}

const OTHERS: readonly TextSubject[] = [
  [
    "checkDeclaration of an unknown kind",
    (text) => checkDeclaration({ [text]: [text] }),
  ],
  [
    "permissionFlags with denials",
    (text) =>
      permissionFlags({ env: ["A"] }, { denyEnv: [text], ignoreEnv: [text] }),
  ],
  ["formatFlags", (text) => formatFlags([text, `--a=${text}`])],
  [
    "describeRequest",
    (text) => describeRequest(text, text, { kind: "net", value: text }),
  ],
  [
    "explainNotCapable of any error",
    (text) => explainNotCapable(new Error(text), {}),
  ],
  ...["", "-", "--", "-R", "-R=", "-A", "-L", "--log-level", "deno/"].map(
    (prefix): TextSubject => [
      `parseDenoCommand ${prefix}`,
      (text) => {
        const word = `${prefix}${text}`;
        parseDenoCommand([word, "run", word, word], BASE.directory);
        parseDenoCommand(["deno", word], BASE.directory);
      },
    ],
  ),
  ["parseDenoCommand of serve", (text) =>
    parseDenoCommand(
      ["deno", "serve", `--host=${text}`, `--port=${text}`, "main.ts"],
      BASE.directory,
    )],
  [
    "parseDenoCommand of a URL",
    (text) =>
      parseDenoCommand(
        ["deno", "run", `-P=${text}`, `https://${text}`],
        BASE.directory,
      ),
  ],
];

/** The subjects of the permissions' room. */
export const PERMISSION_SUBJECTS: readonly TextSubject[] = [
  ...PERMISSION_KINDS.flatMap(ofKind),
  ...OTHERS,
  ...PREFIXES.flatMap(([kind, prefixes]) =>
    prefixes.flatMap((prefix) =>
      ofKind(kind).map(([name, use]): TextSubject => [
        `${name} ${prefix}`,
        (text) => use(`${prefix}${text}`),
      ])
    )
  ),
];
