/** Finds out whose code made a check of a permission, by its stack. Pure. */

import type { PermissionKind } from "../permissions/permission_set.ts";

/** The URLs that the modules of a plugin and of this package begin with. */
export interface CodeUrls {
  readonly plugin: string;
  readonly library: string;
  /**
   * The URLs of code that is not the plugin's, in a process of its own. All else
   * acts for the plugin there.
   *
   * @default {undefined} all modules except the plugin's and packages are foreign
   */
  readonly others?: readonly string[];
}

/** The code that made a check. */
export type Owner =
  | {
    readonly kind: "plugin";
    /** The place in the plugin, e.g. `mod.ts:3`, if known. */
    readonly place: string | undefined;
  }
  /** This package itself. */
  | { readonly kind: "library" }
  /** The application, or a test. */
  | { readonly kind: "application" }
  /** The stack does not say. */
  | { readonly kind: "unknown" };

/** The use of a permission that a check belongs to. */
export type Operation =
  /** The entries of a folder are listed. */
  | "list"
  /** A variable is read, and not set. */
  | "probe"
  /** A module is loaded: such a check has the stack of another one, or none. */
  | "load"
  | "other";

/** What the stack of a check tells. */
export interface Attribution {
  readonly owner: Owner;
  readonly operation: Operation;
}

const LOCATION_REGEXP = /((?:file|https?):\/\/[^\s()]+):(\d+):\d+\)?$/;
// A function may have any name of any length.
const MAX_LOCATION = 4_096;
const LIST_REGEXP = /(?:read_?dir|opendir|walk)/i;
const PROBE_REGEXP = /\b(?:getEnv|hasEnv)\b/;
const FILE_ACCESS_REGEXP =
  /(?:\bop_fs_|ext:[^)]*(?:fs|ffi|fetch|worker|node|sqlite|kv|cache|web)|node:)/i;
const FOREIGN_ACCESS_REGEXP = /ext:deno_(?:os|net|crypto|io)\//;
/** Files of tests, as `deno test` finds them, and folders for them. */
const TEST_REGEXP =
  /(?:^|\/)(?:(?:[^/]*[._])?test\.[cm]?[jt]sx?$|(?:__tests__|tests?|testdata)\/)/;
const PACKAGE_REGEXP = /\/node_modules\/|\/npm\/[^/]+\/|^https?:/;

/** The number of frames in which Deno names what is done. */
const OPERATION_FRAMES = 4;

function operationOf(
  kind: PermissionKind,
  stack: readonly string[],
): Operation {
  const inner = stack.slice(0, OPERATION_FRAMES)
    .filter((frame) => !/(?:file|https?):\/\//.test(frame));
  const names = inner.join("\n");
  if (kind === "env") return PROBE_REGEXP.test(names) ? "probe" : "other";
  if (kind === "import") return "load";
  if (kind !== "read") return "other";
  const [first = ""] = stack;
  const isAccess = FILE_ACCESS_REGEXP.test(names) &&
    !FOREIGN_ACCESS_REGEXP.test(first);
  if (!isAccess) return "load";
  return LIST_REGEXP.test(names) ? "list" : "other";
}

/** Tests if a path relative to a plugin is that of a test. */
export function isTestFile(path: string): boolean {
  return TEST_REGEXP.test(path);
}

function ownerOf(stack: readonly string[], urls: CodeUrls): Owner {
  for (const frame of stack) {
    const [, url, line] = LOCATION_REGEXP.exec(frame.slice(-MAX_LOCATION)) ??
      [];
    if (url === undefined) continue;
    if (url.startsWith(urls.library)) return { kind: "library" };
    const isOwn = urls.plugin !== "" && url.startsWith(urls.plugin);
    const path = isOwn ? url.slice(urls.plugin.length) : "";
    // A package acts for who called it.
    if (PACKAGE_REGEXP.test(isOwn ? `/${path}` : url)) continue;
    const isOfProcess = !isOwn && urls.others !== undefined &&
      !urls.others.some((other) => url.startsWith(other));
    if (isOfProcess) continue;
    if (!isOwn || isTestFile(path)) return { kind: "application" };
    return { kind: "plugin", place: `${path}:${line}` };
  }
  return { kind: "unknown" };
}

/** Tells whose code made a check and for what. */
export function attribute(
  kind: PermissionKind,
  stack: readonly string[],
  urls: CodeUrls,
): Attribution {
  const operation = operationOf(kind, stack);
  return {
    operation,
    // The stack of a module that is loaded belongs to another check.
    owner: operation === "load" ? { kind: "unknown" } : ownerOf(stack, urls),
  };
}
