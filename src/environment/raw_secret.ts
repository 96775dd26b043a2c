/**
 * Secrets that stand in a configuration as they are.
 *
 * @module
 */

import { isCredential } from "../secrets/is_credential.ts";

// What settings with a telling name are set to without holding a secret.
const PLAIN_VALUES: ReadonlySet<string> = new Set([
  "anonymous",
  "auto",
  "basic",
  "bearer",
  "default",
  "digest",
  "disabled",
  "enabled",
  "include",
  "none",
  "oauth",
  "oauth2",
  "off",
  "omit",
  "on",
  "optional",
  "required",
  "same-origin",
]);
// A number of fewer digits counts something, as in `salt: 10`.
const SMALLEST_SECRET_NUMBER = 1_000;

/** Why a literal may not stand in a configuration. */
export type RawSecret = "key" | "value";

/**
 * Whether a literal in a configuration is a secret.
 *
 * @param value The literal.
 * @param hasSecretKey Whether its key says that it is one.
 * @returns What gives it away, or `undefined` where nothing does.
 */
export function findRawSecret(
  value: unknown,
  hasSecretKey: boolean,
): RawSecret | undefined {
  if (typeof value === "string") {
    if (isCredential(value)) return "value";
    const isPlain = value === "" || PLAIN_VALUES.has(value.toLowerCase());
    return hasSecretKey && !isPlain ? "key" : undefined;
  }
  if (typeof value === "number" || typeof value === "bigint") {
    return hasSecretKey && value >= SMALLEST_SECRET_NUMBER ? "key" : undefined;
  }
  if (value instanceof URL && isCredential(value.href)) return "value";
  return undefined;
}
