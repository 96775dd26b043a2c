/**
 * What makes the name of an environment variable sensitive.
 *
 * @module
 */

import { frozenSet } from "./frozen_set.ts";

/**
 * The eight patterns of the guide. A variable whose name contains one of them,
 * in any case, is withheld from plugins.
 *
 * Read-only at run time too: a plugin cannot empty it.
 *
 * @example A name that is withheld
 * ```ts
 * import { SENSITIVE_ENV_PATTERNS } from "@semantik/plugins";
 * import { assert } from "@std/assert";
 *
 * assert(SENSITIVE_ENV_PATTERNS.has("PASSWORD"));
 * ```
 */
export const SENSITIVE_ENV_PATTERNS: ReadonlySet<string> = frozenSet([
  "PASSWORD",
  "SECRET",
  "KEY",
  "TOKEN",
  "CREDENTIAL",
  "API_KEY",
  "PRIVATE",
  "AUTH",
]);

/**
 * What the eight patterns miss, matched as whole words of the name: `PASS` is
 * in `DB_PASS` and not in `COMPASS_URL`. An entry of two words stands for both
 * of them side by side, written together or apart; each stands for its plural too.
 *
 * Read-only at run time too: a plugin cannot empty it.
 *
 * @example A word, not a part of one
 * ```ts
 * import { SENSITIVE_ENV_WORDS } from "@semantik/plugins";
 * import { assert } from "@std/assert";
 *
 * assert(SENSITIVE_ENV_WORDS.has("DSN"));
 * ```
 */
export const SENSITIVE_ENV_WORDS: ReadonlySet<string> = frozenSet([
  "PASS",
  "PASSWD",
  "PASSPHRASE",
  "PASSCODE",
  "PWD",
  "PW",
  "PSW",
  "PSWD",
  "HTPASSWD",
  "SSHPASS",
  "DBPASS",
  "USERPASS",
  "SMTPPASS",
  "CRED",
  "CREDS",
  "PAT",
  "JWT",
  "BEARER",
  "OAUTH",
  "COOKIE",
  "SESSID",
  "DSN",
  "WEBHOOK",
  "CONNECTION_STRING",
  "CONN_STRING",
  "CONN_STR",
  "SAS",
  "SIGNED_URL",
  "PRESIGNED_URL",
  "SALT",
  "PEPPER",
  "PSK",
  "OTP",
  "TOTP",
  "PIN",
  "PFX",
  "MNEMONIC",
  "SEED_PHRASE",
  "RECOVERY_PHRASE",
  "RECOVERY_CODE",
  "BACKUP_CODE",
]);
