import type { Screen } from "../base/terminal_text.ts";
import { cut, escapeControls, quote } from "../base/text.ts";
import type { Manifest } from "../manifest/manifest.ts";
import {
  PERMISSION_KINDS,
  type PermissionDeclaration,
  type PermissionSet,
} from "../permissions/permission_set.ts";
import { INDENT, wrapLine } from "./format.ts";

const MAX_DESCRIPTION = 200;
const MAX_VALUES = 3;

/** Returns the ids that several plugins have, so that only their sources tell them apart. */
export function repeatedIds(
  ids: Iterable<string | undefined>,
): ReadonlySet<string> {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const id of ids) {
    if (id !== undefined && seen.has(id)) repeated.add(id);
    if (id !== undefined) seen.add(id);
  }
  return repeated;
}

/** Shows a value of a permission; quotes keep one with spaces in one piece. */
export function formatPermissionValue(value: string): string {
  return value.includes(" ") ? quote(value) : value;
}

/** Shows permissions on one line, at most a few values of each kind. */
export function formatPermissions(
  declared: PermissionDeclaration | PermissionSet,
  maxValues: number = MAX_VALUES,
): string {
  const kinds = PERMISSION_KINDS.flatMap((kind) => {
    const list = declared[kind];
    if (list === undefined) return [];
    if (list === true) return [`${kind} (all)`];
    const shown = list.slice(0, maxValues).map(formatPermissionValue);
    const rest = list.length - shown.length;
    return [
      `${kind} ${shown.join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`,
    ];
  });
  return kinds.length === 0 ? "no permissions" : kinds.join("; ");
}

/** Formats a line about the plugin above it. */
export function formatAside(text: string, screen: Screen): readonly string[] {
  return wrapLine(INDENT + text, screen);
}

/** Formats the name and the description of a plugin. */
export function formatDescription(
  { displayName = "", description = "" }: Manifest,
  screen: Screen,
): readonly string[] {
  const name = escapeControls(displayName);
  const text = screen.paint.dim(
    escapeControls(cut(description, MAX_DESCRIPTION)),
  );
  const parts = [name, text].filter((part) => part !== "");
  return parts.length === 0 ? [] : formatAside(parts.join(": "), screen);
}

/** Formats the packages and remote modules that a plugin brings. */
export function formatImports(
  imports: readonly string[] = [],
  screen: Screen,
): readonly string[] {
  if (imports.length === 0) return [];
  const line = escapeControls(`brings ${imports.join(", ")}`);
  return formatAside(screen.paint.dim(line), screen);
}

/** Formats the source of a plugin. */
export function formatSource(
  source: string,
  screen: Screen,
): readonly string[] {
  return formatAside(`from ${escapeControls(cut(source))}`, screen);
}
