/**
 * Whether a value is a credential.
 *
 * @module
 */

import { maskCredentials } from "./mask_credentials.ts";

/**
 * Whether a value is a credential or holds one, whatever its name:
 * `postgres://user:password@db/app` does, `postgres://db/app` does not.
 *
 * @param value The value of a variable or of a setting.
 * @returns Whether it is to be treated as a secret.
 */
export function isCredential(value: string): boolean {
  return maskCredentials(value) !== value;
}
