/**
 * What Deno would reject, or take for something else than its author meant.
 *
 * @module
 */

import { escapeControls } from "../base/text.ts";
import { type Fault, faultOf, nearestName } from "./fault.ts";
import { isPlainHost, parseNetEndpoint } from "./net_endpoint.ts";
import { isWindowsPath, normalizePath } from "../base/path.ts";
import {
  canonicalSysKind,
  MAX_VALUE_LENGTH,
  type PermissionKind,
  SYS_KINDS,
} from "./permission_set.ts";

const BARE_PORT_REGEXP = /^:\+?(\d+)$/;
const DATA_REGEXP = /^\$DATA(?:[\\/]|$)/;
const URL_REGEXP = /^[A-Za-z][A-Za-z\d+.-]+:\/\//;
const PLAIN_NAME_REGEXP = /^\w+$/;
const PLAIN_PATH_REGEXP = /^[\w./-]+$/;

/**
 * The port of a value such as `:8080`, which Deno reads as that port of
 * `0.0.0.0`, `127.0.0.1` and `localhost`.
 *
 * @param value A value of `net`.
 * @returns The port, or `undefined` when the value is no bare port.
 */
export function barePort(value: string): number | undefined {
  const [, digits] = BARE_PORT_REGEXP.exec(value) ?? [];
  const port = digits === undefined ? NaN : Number(digits);
  return port <= 65_535 ? port : undefined;
}

/**
 * Whether a path is meant to lie in the plugin's private data directory.
 *
 * @param path A path as it is written in a manifest.
 * @returns True for `$DATA` and what lies below it.
 */
export function isDataPath(path: string): boolean {
  return DATA_REGEXP.test(path);
}

/**
 * Whether a value of `run` is a path rather than a name to look up in `PATH`.
 *
 * @param command A value of `run`.
 * @param windows Whether a backslash separates, too.
 * @returns True when Deno takes it for a path.
 */
export function isCommandPath(command: string, windows: boolean): boolean {
  return command.includes("/") || isDataPath(command) ||
    (windows && command.includes("\\"));
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

function pathFault(
  path: string,
  windows: boolean | undefined,
): Fault | undefined {
  if (URL_REGEXP.test(path)) {
    return faultOf(
      "is a URL, and Deno would take it for a relative path",
      "Write a path, absolute or relative to the plugin",
    );
  }
  if (/^~[^\\/]*(?:[\\/]|$)/.test(path)) {
    return faultOf(
      "begins with a tilde, which Deno does not expand",
      "Write the absolute path, or one relative to the plugin",
    );
  }
  if (/^(?:\$(?!DATA(?:[\\/]|$))|%[^%\\/]+%)/.test(path)) {
    return faultOf(
      "begins with a variable, which Deno does not expand",
      'Write the absolute path; the one variable there is here is "$DATA", the private directory of the plugin',
    );
  }
  if (isDataPath(path) && leavesRoot(path)) {
    return faultOf(
      "leaves the data directory of the plugin",
      'Leave out ".." or write the absolute path',
    );
  }
  if (path.includes("*")) {
    return faultOf(
      "has a star, which Deno does not expand",
      "Write the directory: it stands for all that lies in it",
    );
  }
  if (windows === false && (path.includes("\\") || isWindowsPath(path))) {
    return faultOf(
      "is a path of Windows, which Deno takes for a file name here",
      "Write the path with forward slashes and without a drive",
    );
  }
  if (windows === true && /^[A-Za-z]:(?![\\/])/.test(path)) {
    return faultOf(
      "depends on the current directory of a drive",
      'Write a slash after the drive, as in "C:/data"',
    );
  }
  return undefined;
}

function envFault(name: string): Fault | undefined {
  if (name.includes("=")) {
    return faultOf(
      "has an equals sign",
      "Write the name of the variable alone",
    );
  }
  if (/^[$%]|\s/.test(name)) {
    return faultOf(
      "is not the name of one variable",
      "Write the name alone, one variable a value",
    );
  }
  if (name.slice(0, -1).includes("*")) {
    return faultOf(
      "has a star that is not its last character, which Deno takes for a part of the name",
      'Put one star at the end, as in "AWS_*"',
    );
  }
  return undefined;
}

function runFault(
  command: string,
  windows: boolean | undefined,
): Fault | undefined {
  if (command === "*") {
    return faultOf(
      "is not a program, and Deno has no wildcard for every program",
      "Name the programs; true instead of the list asks for every one",
    );
  }
  if (command === "." || command === "..") {
    return faultOf(
      "is a directory, and Deno grants single programs",
      'Write the program, as in "git" or "./bin/tool"',
    );
  }
  if (!isCommandPath(command, windows !== false) && /\s/.test(command)) {
    return faultOf(
      "has a space, and Deno would look for a program of that whole name",
      "Write the program alone: Deno cannot limit its arguments",
    );
  }
  return pathFault(command, windows);
}

function sysFault(kind: string): Fault | undefined {
  if (SYS_KINDS.includes(canonicalSysKind(kind))) return undefined;
  const nearest = nearestName(kind, SYS_KINDS);
  return faultOf(
    "is not a kind of system information that Deno knows",
    nearest === undefined
      ? `Write one of ${SYS_KINDS.join(", ")}`
      : `Did you mean "${nearest}"?`,
  );
}

function netFault(kind: "net" | "import", value: string): Fault | undefined {
  if (BARE_PORT_REGEXP.test(value)) {
    if (kind === "net" && barePort(value) !== undefined) return undefined;
    return faultOf(
      kind === "net" ? "has a port that is none" : "has no host",
      'Write a host and a port, as in "example.com:443"',
    );
  }
  const endpoint = parseNetEndpoint(value);
  if ("fault" in endpoint) return endpoint;
  if (kind === "import" && !("host" in endpoint)) {
    return faultOf(
      "is not a host that a module can be imported from",
      'Write a host and a port, as in "esm.sh:443"',
    );
  }
  return undefined;
}

/** Whether a value has no character that means anything to Deno or a system. */
function isPlain(kind: PermissionKind, value: string): boolean {
  switch (kind) {
    case "net":
    case "import":
      return isPlainHost(value);
    case "env":
      return PLAIN_NAME_REGEXP.test(value);
    case "read":
    case "write":
    case "ffi":
      return PLAIN_PATH_REGEXP.test(value);
    default:
      return false;
  }
}

// "a /" and "unix:/a /." lose the slash, and then end with the space.
function endsWithSpace(path: string): boolean {
  return /\s$/.test(normalizePath(path.replaceAll("\\", "/")));
}

/**
 * Finds what is wrong with one value of a declaration.
 *
 * @param kind The kind that it is declared for.
 * @param value The value as it is written.
 * @param windows Whether the declaration is for Windows; `undefined` takes the
 * paths of every system.
 * @returns What Deno would reject or misread, or `undefined` when all is well.
 */
export function valueFault(
  kind: PermissionKind,
  value: string,
  windows: boolean | undefined,
): Fault | undefined {
  if (value === "") {
    return faultOf("is empty", "Write a value or leave it out");
  }
  if (value.length > MAX_VALUE_LENGTH) {
    return faultOf(
      `is longer than ${MAX_VALUE_LENGTH} characters`,
      "Write a shorter value",
    );
  }
  // Most values, and then there is nothing more to look for.
  if (isPlain(kind, value)) return undefined;
  if (escapeControls(value) !== value) {
    return faultOf(
      "has a control character or an invisible one",
      "Write the value in visible characters alone",
    );
  }
  if (value.trim() !== value || endsWithSpace(value)) {
    return faultOf(
      "begins or ends with a space",
      "Leave out the space",
    );
  }
  if (value.includes(",")) {
    return faultOf(
      "has a comma, by which a flag of Deno separates two values",
      "Write two values, or rename what bears the comma",
    );
  }
  switch (kind) {
    case "net":
    case "import":
      return netFault(kind, value);
    case "env":
      return envFault(value);
    case "sys":
      return sysFault(value);
    case "run":
      return runFault(value, windows);
    default:
      return pathFault(value, windows);
  }
}
