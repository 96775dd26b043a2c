import { isRecord, type Problem } from "../base/errors.ts";
import { isWindowsPath, normalizePath } from "../base/path.ts";
import { cut, escapeControls, nearestName, quote } from "../base/text.ts";
import {
  canonicalSysKind,
  type Fault,
  isPermissionKind,
  isPlainHost,
  MAX_LIST_LENGTH,
  MAX_VALUE_LENGTH,
  parseNetEndpoint,
  PERMISSION_KINDS,
  type PermissionDeclaration,
  type PermissionKind,
  SYS_KINDS,
} from "./permission_set.ts";

const BARE_PORT_REGEXP = /^:\+?(\d+)$/;
const DATA_REGEXP = /^\$DATA(?:[\\/]|$)/;
const NPM_REGEXP =
  /^\$NPM\/((?:@[\w~-][\w.~-]*\/)?[\w~-][\w.~-]*(?:@[\w.^~<>=+-]+)?)((?:\/(?!\.\.?(?:\/|$))[^/\\]+)*)\/?$/;

const PLAIN_PATH_REGEXP = /^(?:[\w./-]+|\$DATA(?:\/[\w-][\w.-]*)*)$/;
const PLAIN_REGEXPS: Readonly<Partial<Record<PermissionKind, RegExp>>> = {
  read: PLAIN_PATH_REGEXP,
  write: PLAIN_PATH_REGEXP,
  ffi: PLAIN_PATH_REGEXP,
  env: /^\w+$/,
};

/** The port of `:8080`: Deno reads it for `0.0.0.0`, `127.0.0.1`, `localhost`. */
export function barePort(value: string): number | undefined {
  const [, digits] = BARE_PORT_REGEXP.exec(value) ?? [];
  const port = digits === undefined ? NaN : Number(digits);
  return port <= 65_535 ? port : undefined;
}

/** A path in a package from npm. */
export interface NpmPath {
  /** The package, with its range if it has one. */
  readonly name: string;
  /** The rest: empty, or a slash and more. */
  readonly inside: string;
}

/** Reads `$NPM/name@range`, with or without a range and a path. */
export function parseNpmPath(path: string): NpmPath | undefined {
  if (!path.startsWith("$NPM/")) return undefined;
  const [, name, inside = ""] = NPM_REGEXP.exec(path) ?? [];
  return name === undefined ? undefined : { name, inside };
}

/** Lists the packages from npm that a declaration names by `$NPM`. */
export function npmPackagesIn(
  { read, ffi }: PermissionDeclaration,
): ReadonlySet<string> {
  const names = new Set<string>();
  for (const list of [read, ffi]) {
    if (list === undefined || list === true) continue;
    for (const value of list) {
      const name = parseNpmPath(value)?.name;
      if (name !== undefined) names.add(name);
    }
  }
  return names;
}

/** Tests if a path is `$DATA`, the plugin's data directory, or below it. */
export function isDataPath(path: string): boolean {
  return DATA_REGEXP.test(path);
}

function isCommandPath(command: string, windows: boolean): boolean {
  return command.includes("/") || isDataPath(command) ||
    (windows && command.includes("\\"));
}

/** Tests if Deno reads a value as a path; a program may be a mere name. */
export function isPath(
  kind: PermissionKind,
  value: string,
  windows: boolean,
): boolean {
  return kind === "read" || kind === "write" || kind === "ffi" ||
    (kind === "run" && isCommandPath(value, windows));
}

function leavesRoot(path: string): boolean {
  let depth = 0;
  for (const segment of path.split(/[\\/]+/).slice(1)) {
    if (segment === "..") depth--;
    else if (segment !== "" && segment !== ".") depth++;
    if (depth < 0) return true;
  }
  return false;
}

// "a /" and "unix:/a /." lose the slash, and then end with the space.
function endsWithSpace(path: string): boolean {
  return /\s/.test(path) &&
    /\s$/.test(normalizePath(path.replaceAll("\\", "/")));
}

type Rule = readonly [
  matches: (value: string) => boolean,
  fault: string,
  remedy: string,
];

function firstFault(value: string, rules: readonly Rule[]): Fault | undefined {
  const rule = rules.find(([matches]) => matches(value));
  return rule && { fault: rule[1], remedy: rule[2] };
}

const TEXT_RULES: readonly Rule[] = [
  [
    (value) => escapeControls(value) !== value,
    "contains a control character or an invisible one",
    "Use visible characters only",
  ],
  [
    (value) => value.trim() !== value || endsWithSpace(value),
    "begins or ends with a space",
    "Remove the space",
  ],
  [
    (value) => value.includes(","),
    "contains a comma, which separates values in a flag of Deno",
    "Write two values, or choose a name without a comma",
  ],
];

const NPM_RULES: readonly Rule[] = [[
  (path) => /^\$NPM(?:[\\/]|$)/.test(path) && parseNpmPath(path) === undefined,
  "names no package from npm",
  'Write the package as it is imported, as in "$NPM/tiktoken@^1.0.0"',
]];

const PATH_RULES: readonly Rule[] = [
  [
    (path) => /^[A-Za-z][A-Za-z\d+.-]+:\/\//.test(path),
    "is a URL, which Deno would read as a relative path",
    "Write a path, absolute or relative to the plugin",
  ],
  [
    (path) => /^~[^\\/]*(?:[\\/]|$)/.test(path),
    "begins with a tilde, which Deno does not expand",
    "Write the absolute path, or one relative to the plugin",
  ],
  [
    (path) => /^(?:\$(?!DATA(?:[\\/]|$))|%[^%\\/]+%)/.test(path),
    "begins with a variable, which Deno does not expand",
    'Write the absolute path, or "$DATA" for the data directory of the plugin',
  ],
  [
    (path) => isDataPath(path) && leavesRoot(path),
    "leaves the data directory of the plugin",
    'Remove ".." or write the absolute path',
  ],
];

const STAR_RULES: readonly Rule[] = [[
  (path) => path.includes("*"),
  "contains a star, which Deno does not expand",
  "Write the directory: it includes everything in it",
]];

const POSIX_PATH_RULES: readonly Rule[] = [[
  (path) => path.includes("\\") || isWindowsPath(path),
  "is a Windows path, which Deno reads as a file name on this system",
  "Write the path with forward slashes and without a drive",
]];

const WINDOWS_PATH_RULES: readonly Rule[] = [[
  (path) => /^[A-Za-z]:(?![\\/])/.test(path),
  "depends on the current directory of a drive",
  'Write a slash after the drive, as in "C:/data"',
]];

function pathFault(
  kind: PermissionKind,
  path: string,
  windows: boolean | undefined,
): Fault | undefined {
  const systemRules = windows ? WINDOWS_PATH_RULES : POSIX_PATH_RULES;
  if (parseNpmPath(path) !== undefined && kind !== "write" && kind !== "run") {
    return firstFault(path, STAR_RULES);
  }
  const npmRules = kind === "read" || kind === "ffi" ? NPM_RULES : [];
  return firstFault(path, [...npmRules, ...PATH_RULES, ...STAR_RULES]) ??
    (windows === undefined ? undefined : firstFault(path, systemRules));
}

const ENV_RULES: readonly Rule[] = [
  [
    (name) => name.includes("="),
    "contains an equals sign",
    "Write only the name of the variable",
  ],
  [
    (name) => /^[$%]|\s/.test(name),
    "is not the name of a variable",
    "Write one name per value, without a sign before it",
  ],
  [
    (name) => name.slice(0, -1).includes("*"),
    "has a star before its end, which Deno reads as a part of the name",
    'Put one star at the end, as in "AWS_*"',
  ],
];

const RUN_RULES: readonly Rule[] = [
  [
    (command) => command === "*",
    "is not a program: Deno has no wildcard for all programs",
    "Name the programs, or write true instead of the list to allow every one",
  ],
  [
    (command) => command === "." || command === "..",
    "is a directory, and Deno grants single programs",
    'Write the program, as in "git" or "./bin/tool"',
  ],
];

const PROGRAM_NAME_RULES: readonly Rule[] = [[
  (command) => /\s/.test(command),
  "contains a space, and Deno would look for a program of that whole name",
  "Write only the program: Deno cannot limit its arguments",
]];

function runFault(
  command: string,
  windows: boolean | undefined,
): Fault | undefined {
  const isName = !isCommandPath(command, windows !== false);
  return firstFault(command, RUN_RULES) ??
    (isName ? firstFault(command, PROGRAM_NAME_RULES) : undefined) ??
    pathFault("run", command, windows);
}

function sysFault(kind: string): Fault | undefined {
  if (SYS_KINDS.includes(canonicalSysKind(kind))) return undefined;
  const nearest = nearestName(kind, SYS_KINDS);
  return {
    fault: "is not a kind of system information that Deno knows",
    remedy: nearest === undefined
      ? `Write one of ${SYS_KINDS.join(", ")}`
      : `Did you mean "${nearest}"?`,
  };
}

function netFault(kind: "net" | "import", value: string): Fault | undefined {
  if (BARE_PORT_REGEXP.test(value)) {
    if (kind === "net" && barePort(value) !== undefined) return undefined;
    return {
      fault: kind === "net" ? "has an invalid port" : "has no host",
      remedy: 'Write a host and a port, as in "example.com:443"',
    };
  }
  const endpoint = parseNetEndpoint(value);
  if ("fault" in endpoint) return endpoint;
  return kind === "net" || "host" in endpoint ? undefined : {
    fault: "is not a host that modules can be imported from",
    remedy: 'Write a host and a port, as in "esm.sh:443"',
  };
}

/** Tests quickly if a value is valid, as most are. False proves nothing. */
function isPlain(kind: PermissionKind, value: string): boolean {
  return kind === "net" || kind === "import"
    ? isPlainHost(value)
    : PLAIN_REGEXPS[kind]?.test(value) ?? false;
}

/**
 * Finds why Deno would reject a value, or misread it.
 *
 * @param windows `undefined` accepts the paths of every system.
 */
export function valueFault(
  kind: PermissionKind,
  value: string,
  windows: boolean | undefined,
): Fault | undefined {
  if (value === "") {
    return { fault: "is empty", remedy: "Write a value or leave it out" };
  }
  if (value.length > MAX_VALUE_LENGTH) {
    return {
      fault: `is longer than ${MAX_VALUE_LENGTH} characters`,
      remedy: "Write a shorter value",
    };
  }
  if (isPlain(kind, value)) return undefined;
  const fault = firstFault(value, TEXT_RULES);
  if (fault !== undefined) return fault;
  switch (kind) {
    case "net":
    case "import":
      return netFault(kind, value);
    case "env":
      return firstFault(value, ENV_RULES);
    case "sys":
      return sysFault(value);
    case "run":
      return runFault(value, windows);
    default:
      return pathFault(kind, value, windows);
  }
}

/** Options of {@linkcode checkDeclaration}. */
export interface CheckDeclarationOptions {
  /**
   * True for a declaration that is used on Windows.
   *
   * @default {Deno.build.os === "windows"}
   */
  readonly windows?: boolean | undefined;
}

function problem(path: string, subject: string, found: Fault): Problem {
  return Object.freeze({
    code: "PLUGIN_MANIFEST_INVALID",
    message: `${subject} ${found.fault}`,
    remedy: found.remedy,
    path,
  });
}

function nameProblem(name: string, path: string): Problem {
  const nearest = nearestName(name, PERMISSION_KINDS);
  return problem(
    `${path}.${escapeControls(cut(name, 80))}`,
    quote(name),
    {
      fault: "is not a Deno permission",
      remedy: nearest === undefined
        ? `Write one of ${PERMISSION_KINDS.join(", ")}`
        : `Did you mean "${nearest}"?`,
    },
  );
}

/** Quotes a value without the password that a URL may hold. */
function quoteMasked(value: string): string {
  const parts = value.split("/").map((part) => {
    const at = part.lastIndexOf("@");
    const isCredential = part.slice(0, Math.max(at, 0)).includes(":");
    return isCredential ? `***${part.slice(at)}` : part;
  });
  return quote(parts.join("/"));
}

function listFault(list: unknown): Fault | undefined {
  if (!Array.isArray(list)) {
    return {
      fault: "is neither true nor a list",
      remedy: list === false || list === null
        ? "Leave it out to ask for nothing"
        : "Write true for the whole kind, or a list of strings",
    };
  }
  if (list.length === 0) {
    return {
      fault: "is an empty list",
      remedy: "Leave it out to ask for nothing",
    };
  }
  return list.length <= MAX_LIST_LENGTH ? undefined : {
    fault: `has more than ${MAX_LIST_LENGTH.toLocaleString("en")} values`,
    remedy: "Write fewer and wider values, or true for the whole kind",
  };
}

function findProblems(
  kind: PermissionKind,
  list: unknown,
  path: string,
  windows: boolean,
  problems: Problem[],
): void {
  // An optional setting that was not given is one that was left out.
  if (list === true || list === undefined) return;
  const fault = listFault(list);
  if (fault !== undefined) {
    problems.push(problem(path, `The permission "${kind}"`, fault));
  }
  if (fault !== undefined || !Array.isArray(list)) return;
  const seen = list.length > 1 ? new Map<string, number>() : undefined;
  // By index: a hole in a sparse list is not a string either.
  for (let index = 0; index < list.length; index++) {
    const value: unknown = list[index];
    if (typeof value !== "string") {
      problems.push(
        problem(
          `${path}[${index}]`,
          `A value of the permission "${kind}"`,
          { fault: "is not a string", remedy: "Write every value in quotes" },
        ),
      );
      continue;
    }
    const first = seen?.get(value);
    seen?.set(value, first ?? index);
    const found = first === undefined ? valueFault(kind, value, windows) : {
      fault: `is a duplicate of ${path}[${first}]`,
      remedy: "Leave out one of the two",
    };
    if (found !== undefined) {
      problems.push(problem(`${path}[${index}]`, quoteMasked(value), found));
    }
  }
}

/**
 * Finds every value in a declaration that Deno would reject, or read as
 * something else than its author meant.
 *
 * Needs no permission and no directory: relative paths are checked as they are
 * written.
 *
 * @example A manifest with two mistakes
 * ```ts
 * import { checkDeclaration } from "@semantik/plugins/permissions";
 * import { assertEquals } from "@std/assert";
 *
 * const problems = checkDeclaration({
 *   net: ["https://api.example.com/v1"],
 *   read: [],
 * });
 *
 * assertEquals(problems.map((problem) => problem.path), [
 *   "permissions.net[0]",
 *   "permissions.read",
 * ]);
 * ```
 *
 * @param declaration The declaration, of any type.
 * @param path The path of the declaration, for the paths of the problems.
 * @param options The system that the declaration is used on.
 * @returns Every problem, with its path and a remedy; empty for a valid
 * declaration.
 */
export function checkDeclaration(
  declaration: unknown,
  path: string = "permissions",
  options: CheckDeclarationOptions = {},
): readonly Problem[] {
  const { windows = Deno.build.os === "windows" } = options;
  if (!isRecord(declaration)) {
    return Object.freeze([problem(path, "The permissions", {
      fault: "are not an object",
      remedy: 'Write an object, as in { "net": ["example.com:443"] }',
    })]);
  }
  const problems: Problem[] = [];
  for (const [name, list] of Object.entries(declaration)) {
    if (isPermissionKind(name)) {
      findProblems(name, list, `${path}.${name}`, windows, problems);
    } else problems.push(nameProblem(name, path));
  }
  return Object.freeze(problems);
}
