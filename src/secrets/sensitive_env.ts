/** Read-only sets of sensitive names of environment variables. */

const READING_METHODS = [
  "has",
  "keys",
  "values",
  "entries",
  Symbol.iterator,
  "union",
  "intersection",
  "difference",
  "symmetricDifference",
  "isSubsetOf",
  "isSupersetOf",
  "isDisjointFrom",
] as const;

function refuseChange(): never {
  throw new TypeError("Cannot change a set of this package: it is read-only");
}

/**
 * Creates a set that nobody can change, not even through `Set.prototype.add.call`:
 * its members are kept out of reach. `Object.freeze` would not freeze them.
 */
function frozenSet<T>(values: Iterable<T>): ReadonlySet<T> {
  const kept: ReadonlySet<T> = new Set(values);
  const set: ReadonlySet<T> = Object.create(Set.prototype);
  function define(key: PropertyKey, value: unknown): void {
    Object.defineProperty(set, key, { value });
  }

  for (const key of ["add", "delete", "clear"]) define(key, refuseChange);
  for (const key of READING_METHODS) define(key, kept[key].bind(kept));
  define("size", kept.size);
  define("forEach", (visit: Parameters<ReadonlySet<T>["forEach"]>[0]) => {
    for (const value of kept) visit(value, value, set);
  });
  define(
    Symbol.for("Deno.customInspect"),
    (inspect: (value: unknown, options: unknown) => string, options: unknown) =>
      inspect(new Set(kept), options),
  );
  return Object.freeze(set);
}

/**
 * Patterns of sensitive names. A variable whose name contains one of them, in
 * any case, is withheld from plugins.
 *
 * Read-only at run time as well: a plugin cannot empty it.
 *
 * @example A withheld name
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
 * Sensitive words that the patterns miss, matched as whole words of a name: `PASS`
 * is in `DB_PASS`, but not in `COMPASS_URL`. An entry of two words matches both
 * side by side, joined or separated. Each matches its plural as well. These are not
 * all: `ACCESS_CODE` and `WALLET_SEED` are withheld too.
 *
 * Read-only at run time as well: a plugin cannot empty it.
 *
 * @example A whole word
 * ```ts
 * import { SENSITIVE_ENV_WORDS } from "@semantik/plugins/environment";
 * import { assert } from "@std/assert";
 *
 * assert(SENSITIVE_ENV_WORDS.has("DSN"));
 * ```
 */
export const SENSITIVE_ENV_WORDS: ReadonlySet<string> = frozenSet(
  `
  PASS PASSWD PASSPHRASE PASSCODE PWD PW PSW PSWD HTPASSWD SSHPASS DBPASS
  USERPASS SMTPPASS CRED CREDS PAT JWT BEARER OAUTH COOKIE SESSID DSN WEBHOOK
  CONNECTION_STRING CONN_STRING CONN_STR SAS SIGNED_URL PRESIGNED_URL SALT
  PEPPER PSK OTP TOTP PIN PFX MNEMONIC SEED_PHRASE RECOVERY_PHRASE RECOVERY_CODE
  BACKUP_CODE
`.trim().split(/\s+/),
);
