/** Replaces the permissions in the text of a manifest, and keeps all else. Pure. */

import {
  PERMISSION_KINDS,
  type PermissionDeclaration,
} from "../permissions/permission_set.ts";
import type { Declared } from "./manifest_diff.ts";

const TOKEN_REGEXP = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g;
const LINE_WIDTH = 80;

/** The place of a member of the outermost object: its value, and where it ends. */
interface Span {
  readonly start: number;
  readonly end: number;
}

function findMembers(text: string): ReadonlyMap<string, Span> {
  const found = new Map<string, Span>();
  let depth = 0;
  let key: string | undefined;
  let start: number | undefined;
  let isValue = false;
  for (const { 0: token, index } of text.matchAll(TOKEN_REGEXP)) {
    const isClosing = token === "}" || token === "]";
    if (isClosing) depth--;
    if (depth === 1 && !isClosing) {
      if (token === ":") {
        isValue = true;
        continue;
      }
      if (token === ",") {
        isValue = false;
        continue;
      }
      if (!isValue) key = JSON.parse(token);
      else start = index;
    }
    if (token === "{" || token === "[") depth++;
    const isEnd = isValue && depth === 1 && token !== ":";
    if (isEnd && key !== undefined && start !== undefined) {
      found.set(key, { start, end: index + token.length });
      start = undefined;
    }
  }
  return found;
}

function formatValue(
  declaration: PermissionDeclaration,
  indent: string | undefined,
): string {
  const kinds = PERMISSION_KINDS.filter((kind) =>
    declaration[kind] !== undefined
  );
  const ordered = Object.fromEntries(
    kinds.map((kind) => [kind, declaration[kind]]),
  );
  if (indent === undefined) return JSON.stringify(ordered);
  if (kinds.length === 0) return "{}";
  const lines = kinds.map((kind) => {
    const values = declaration[kind];
    const key = `${indent}${indent}"${kind}": `;
    if (values === true || values === undefined) return `${key}true`;
    const items = values.map((value) => JSON.stringify(value));
    const line = `${key}[${items.join(", ")}]`;
    // With the comma that follows.
    if (line.length < LINE_WIDTH) return line;
    const inner = items.map((item) => `${indent}${indent}${indent}${item}`);
    return `${key}[\n${inner.join(",\n")}\n${indent}${indent}]`;
  });
  return `{\n${lines.join(",\n")}\n${indent}}`;
}

function sameDeclaration(
  one: PermissionDeclaration,
  other: PermissionDeclaration,
): boolean {
  const keyOf = (all: PermissionDeclaration) =>
    JSON.stringify(PERMISSION_KINDS.map((kind) => {
      const list = all[kind];
      return list === undefined || list === true ? list : [...list].sort();
    }));
  return keyOf(one) === keyOf(other);
}

function setMember(
  text: string,
  name: keyof Declared,
  declaration: PermissionDeclaration,
): string {
  const members = findMembers(text);
  const indent = /\n([ \t]+)"/.exec(text)?.[1];
  const value = formatValue(declaration, indent);
  const span = members.get(name);
  if (span !== undefined) {
    const before: PermissionDeclaration = JSON.parse(
      text.slice(span.start, span.end),
    );
    if (sameDeclaration(before, declaration)) return text;
    return text.slice(0, span.start) + value + text.slice(span.end);
  }
  if (Object.keys(declaration).length === 0) return text;
  const last = members.get("permissions") ?? [...members.values()].at(-1);
  const at = last?.end ?? text.indexOf("{") + 1;
  const comma = last === undefined ? "" : ",";
  const gap = indent === undefined ? "" : `\n${indent}`;
  const colon = indent === undefined ? ":" : ": ";
  return `${text.slice(0, at)}${comma}${gap}"${name}"${colon}${value}${
    text.slice(at)
  }`;
}

/**
 * Replaces both declarations in the text of a valid manifest. Other members, their
 * order and their format stay. A declaration that says the same stays as it is.
 */
export function editManifest(text: string, declared: Declared): string {
  return setMember(
    setMember(text, "permissions", declared.permissions),
    "optionalPermissions",
    declared.optionalPermissions,
  );
}
