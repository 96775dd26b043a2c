import {
  formatNetEndpoint,
  isPlainHost,
  parseNetEndpoint,
} from "./net_endpoint.ts";
import { canonicalSysKind, type PermissionKind } from "./permission_set.ts";
import { barePort } from "./value_fault.ts";

/**
 * The values in normal form that one value stands for.
 *
 * @param kind The kind of the value.
 * @param value A value without fault that is no path.
 * @returns One value, or the three that Deno makes of a bare port.
 */
export function normalValues(
  kind: PermissionKind,
  value: string,
): readonly string[] {
  if (kind === "sys") return [canonicalSysKind(value)];
  if (kind !== "net" && kind !== "import") return [value];
  if (isPlainHost(value)) return [value];
  const port = kind === "net" ? barePort(value) : undefined;
  if (port !== undefined) {
    return ["0.0.0.0", "127.0.0.1", "localhost"].map((host) =>
      `${host}:${port}`
    );
  }
  const endpoint = parseNetEndpoint(value);
  return ["fault" in endpoint ? value : formatNetEndpoint(endpoint)];
}
