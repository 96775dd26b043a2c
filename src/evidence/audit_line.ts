/** Reads a line that Deno writes about one check of a permission. Pure. */

import { isRecord } from "../base/errors.ts";
import {
  isPermissionKind,
  type PermissionEntry,
} from "../permissions/permission_set.ts";

/** One line of `DENO_AUDIT_PERMISSIONS`. */
export interface AuditLine {
  /** The permission. A URL is reduced to its host and port. */
  readonly entry: PermissionEntry;
  /** The functions that made the check, the innermost first. */
  readonly stack: readonly string[];
}

const URL_REGEXP = /^[a-z]+:\/\//i;
const PORTS: Readonly<Record<string, string>> = {
  "http:": "80",
  "ws:": "80",
};

function withoutQuery(value: string): string | undefined {
  if (!URL_REGEXP.test(value)) return value;
  const url = URL.parse(value);
  // What cannot be read may hold a secret.
  if (url === null || url.hostname === "") return undefined;
  return `${url.hostname}:${url.port || (PORTS[url.protocol] ?? "443")}`;
}

/**
 * Returns the permission of a check; `undefined` for a kind that this package does
 * not know. Deno writes the whole URL of a request, with its query and its secrets.
 */
export function checkedEntry(
  permission: string,
  value: unknown,
): PermissionEntry | undefined {
  if (!isPermissionKind(permission)) return undefined;
  if (typeof value !== "string") return { kind: permission };
  if (permission !== "net" && permission !== "import") {
    return { kind: permission, value };
  }
  const host = withoutQuery(value);
  return host === undefined ? undefined : { kind: permission, value: host };
}

/** Parses a line; `undefined` if it is none, as the last one of a killed process. */
export function parseAuditLine(line: string): AuditLine | undefined {
  try {
    const json: unknown = JSON.parse(line);
    if (!isRecord(json)) return undefined;
    const { permission, value, stack } = json;
    if (typeof permission !== "string") return undefined;
    const entry = checkedEntry(permission, value);
    if (entry === undefined) return undefined;
    const frames: readonly unknown[] = Array.isArray(stack) ? stack : [];
    return {
      entry,
      stack: frames.filter((one) => typeof one === "string"),
    };
  } catch {
    return undefined;
  }
}
