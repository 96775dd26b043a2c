/** The keys that may sign, for which purpose and when. Pure except for WebCrypto. */

import { quote } from "../base/text.ts";
import {
  fingerprintOf,
  isSameKey,
  MalformedSsh,
  parseKeyWords,
  type SshKey,
} from "./ssh_key.ts";
import {
  checkSignature,
  parseSignature,
  type SshSignature,
} from "./ssh_signature.ts";

/** A key, whose it is, and what it may sign. */
export interface AllowedSigner {
  /** Patterns of names, separated by commas: `*`, `?`, and `!` before one. */
  readonly principals: string;
  /** The type and the bytes of the public key, e.g. `ssh-ed25519 AAAA…`. */
  readonly key: string;
  /**
   * Patterns of what it may sign, separated by commas.
   *
   * @default {undefined} anything
   */
  readonly namespaces?: string;
  /**
   * The first moment at which it is valid, in milliseconds since 1970.
   *
   * @default {undefined} it always was
   */
  readonly validAfter?: number;
  /**
   * The last moment at which it is valid, in milliseconds since 1970.
   *
   * @default {undefined} it always will be
   */
  readonly validBefore?: number;
}

/** A line of a file that cannot be used. */
export interface SignersFault {
  /** The line, from 1. */
  readonly line: number;
  /** The reason. */
  readonly fault: string;
}

/** The result of parsing a file of allowed signers. */
export interface AllowedSigners {
  /** The signers, in the order of the lines. */
  readonly signers: readonly AllowedSigner[];
  /** The lines that cannot be used: nobody is allowed by them. */
  readonly faults: readonly SignersFault[];
}

/** The verdict on a signature. */
export type SignatureVerdict =
  | {
    /** The signature belongs to the text, and its key may sign it now. */
    readonly verdict: "good";
    /** The principals of the key. */
    readonly principals: string;
    /** The fingerprint of the key. */
    readonly key: string;
  }
  | {
    /**
     * `wrong`: it is no signature of the text. `unknown`: it is one, and nobody
     * allows its key to sign it now. `revoked`: it is one of a revoked key.
     * `unchecked`: nothing here can check it.
     */
    readonly verdict: "wrong" | "unknown" | "revoked" | "unchecked";
    /** The reason, which completes a sentence about the signature. */
    readonly reason: string;
    /** The fingerprint of the key, if the signature belongs to the text. */
    readonly key?: string;
  };

/** Matches with `*` and `?`. Takes at most the product of both lengths. */
function matchesPattern(text: string, pattern: string): boolean {
  let [at, position] = [0, 0];
  let star: { readonly at: number; position: number } | undefined;
  while (position < text.length) {
    if (pattern[at] === "*") star = { at: at++, position };
    else if (pattern[at] === "?" || pattern[at] === text[position]) {
      at++;
      position++;
    } else if (star === undefined) return false;
    else {
      at = star.at + 1;
      position = ++star.position;
    }
  }
  return /^\**$/.test(pattern.slice(at));
}

/** Matches a list of patterns: a pattern after `!` that matches refuses. */
export function matchesList(text: string, patterns: string): boolean {
  let isAllowed = false;
  for (const pattern of patterns.split(",")) {
    const isNegated = pattern.startsWith("!");
    if (!matchesPattern(text, isNegated ? pattern.slice(1) : pattern)) continue;
    if (isNegated) return false;
    isAllowed = true;
  }
  return isAllowed;
}

const TIME_REGEXP = /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?(Z?)$/;

/** Parses a time as ssh-keygen writes it: local, unless it ends in Z. */
function parseTime(text: string): number {
  const [, year, month, day, hour = 0, minute = 0, second = 0, zone] =
    TIME_REGEXP.exec(text) ?? [];
  const parts = [year, Number(month) - 1, day, hour, minute, second].map(
    Number,
  );
  const [y = NaN, m = NaN, d = NaN, h = NaN, min = NaN, s = NaN] = parts;
  const time = zone === "Z"
    ? new Date(Date.UTC(y, m, d, h, min, s))
    : new Date(y, m, d, h, min, s);
  const isSame = zone === "Z"
    ? time.getUTCMonth() === m && time.getUTCDate() === d
    : time.getMonth() === m && time.getDate() === d;
  if (
    Number.isFinite(time.getTime()) && isSame && h < 24 && min < 60 && s < 60
  ) {
    return time.getTime();
  }
  throw new MalformedSsh(`the time ${quote(text)} is invalid`);
}

/** Splits a line at spaces outside of quotes. */
function splitWords(line: string): readonly string[] {
  return line.match(/(?:"(?:\\"|[^"])*"|[^\s"])+/g) ?? [];
}

function unquote(text: string): string {
  return text.replace(/^"(.*)"$/, "$1").replaceAll('\\"', '"');
}

/** Splits the options of a line at commas outside of quotes. */
function parseOptions(
  text: string,
): Pick<AllowedSigner, "namespaces" | "validAfter" | "validBefore"> {
  const options: {
    namespaces?: string;
    validAfter?: number;
    validBefore?: number;
  } = {};
  for (const option of text.match(/(?:"(?:\\"|[^"])*"|[^,"])+/g) ?? []) {
    const [, name = "", value = ""] = /^([^=]*)(?:=(.*))?$/.exec(option) ?? [];
    switch (name.toLowerCase()) {
      case "namespaces":
        options.namespaces = unquote(value);
        break;
      case "valid-after":
        options.validAfter = parseTime(unquote(value));
        break;
      case "valid-before":
        options.validBefore = parseTime(unquote(value));
        break;
      case "cert-authority":
        throw new MalformedSsh("certificates cannot be checked here");
      default:
        throw new MalformedSsh(`the option ${quote(name)} is not known`);
    }
  }
  const { validAfter = -Infinity, validBefore = Infinity } = options;
  if (validAfter <= validBefore) return options;
  throw new MalformedSsh("it would never be valid");
}

function parseLine(line: string): AllowedSigner {
  const [principals = "", ...words] = splitWords(line);
  const isKeyType = (word = "") => /^(?:ssh-|ecdsa-|sk-)/.test(word);
  const [first = ""] = words;
  const options = isKeyType(first) ? {} : parseOptions(first);
  const [type = "", base64 = ""] = isKeyType(first) ? words : words.slice(1);
  parseKeyWords(type, base64);
  return Object.freeze({
    principals: unquote(principals),
    key: `${type} ${base64}`,
    ...options,
  });
}

/**
 * Parses a file of allowed signers, in the format of `ssh-keygen -Y verify -f`:
 * principals, options (`namespaces`, `valid-after`, `valid-before`) and a key.
 *
 * @example A line with a fault
 * ```ts
 * import { parseAllowedSigners } from "@semantik/plugins/provenance";
 * import { assertEquals } from "@std/assert";
 *
 * const { signers, faults } = parseAllowedSigners("# nobody yet\nacme ssh-ed25519\n");
 *
 * assertEquals(signers, []);
 * assertEquals(faults.map(({ line }) => line), [2]);
 * ```
 *
 * @param text The text of the file.
 * @returns The signers, and the lines that cannot be used.
 */
export function parseAllowedSigners(text: string): AllowedSigners {
  const signers: AllowedSigner[] = [];
  const faults: SignersFault[] = [];
  text.split("\n").forEach((written, index) => {
    const line = written.trim();
    if (line === "" || line.startsWith("#")) return;
    try {
      signers.push(parseLine(line));
    } catch (thrown) {
      if (!(thrown instanceof MalformedSsh)) throw thrown;
      faults.push({ line: index + 1, fault: thrown.message });
    }
  });
  return Object.freeze({ signers: Object.freeze(signers), faults });
}

/** Parses the type and the bytes of a public key, with or without a comment. */
export function parsePublicKey(text: string): SshKey {
  const [type = "", base64 = ""] = text.trim().split(/\s+/);
  return parseKeyWords(type, base64);
}

/**
 * Returns the fingerprint of a public key, as `ssh-keygen -l` prints it.
 *
 * @example The fingerprint that a trust file revokes
 * ```ts
 * import { sshFingerprint } from "@semantik/plugins/provenance";
 * import { assert } from "@std/assert";
 *
 * const key = "ssh-ed25519 " +
 *   "AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f me";
 *
 * assert((await sshFingerprint(key))?.startsWith("SHA256:"));
 * ```
 *
 * @param key The type and the bytes of the key, with or without a comment.
 * @returns The fingerprint, or `undefined` if the text is no public key.
 */
export async function sshFingerprint(key: string): Promise<string | undefined> {
  try {
    return await fingerprintOf(parsePublicKey(key));
  } catch (thrown) {
    if (thrown instanceof MalformedSsh) return undefined;
    throw thrown;
  }
}

/** Options of {@linkcode verifySsh}. */
export interface VerifySshOptions {
  /** The purpose that the signature must have, e.g. `semantik-plugin`. */
  readonly namespace: string;
  /** The signers whose keys count. */
  readonly signers: readonly AllowedSigner[];
  /**
   * The name of whoever must have signed.
   *
   * @default {undefined} any of the signers
   */
  readonly principal?: string;
  /**
   * The fingerprints of revoked keys.
   *
   * @default {[]}
   */
  readonly revoked?: readonly string[];
  /** The time, in milliseconds since 1970. */
  readonly now: number;
}

/** Returns why a signer may not sign, or `undefined` if it may. */
function refusalOf(
  { namespaces, validAfter, validBefore }: AllowedSigner,
  { namespace, now }: VerifySshOptions,
): string | undefined {
  if (namespaces !== undefined && !matchesList(namespace, namespaces)) {
    return `its key may not sign for ${quote(namespace)}`;
  }
  if (validAfter !== undefined && now < validAfter) {
    return `its key is not valid before ${new Date(validAfter).toISOString()}`;
  }
  if (validBefore !== undefined && now > validBefore) {
    return `its key was valid until ${new Date(validBefore).toISOString()}`;
  }
  return undefined;
}

function isKeyOf({ key }: AllowedSigner, found: SshKey): boolean {
  try {
    return isSameKey(parsePublicKey(key), found);
  } catch (thrown) {
    if (thrown instanceof MalformedSsh) return false;
    throw thrown;
  }
}

/**
 * Verifies a signature of `ssh-keygen -Y sign`: that it belongs to a text, and
 * that its key may sign it now. Uses WebCrypto: Ed25519, RSA with SHA-2, and
 * ECDSA with the curves that this Deno has.
 *
 * @example A text that is no signature
 * ```ts
 * import { verifySsh } from "@semantik/plugins/provenance";
 * import { assertEquals } from "@std/assert";
 *
 * const verdict = await verifySsh("signature", new TextEncoder().encode("text"), {
 *   namespace: "semantik-plugin",
 *   signers: [],
 *   now: Date.now(),
 * });
 *
 * assertEquals(verdict.verdict, "wrong");
 * ```
 *
 * @param signature The signature, as text.
 * @param message The bytes that were signed.
 * @param options Whose keys count, for what and when.
 * @returns The verdict. Never rejects because of a signature.
 */
export async function verifySsh(
  signature: string,
  message: Uint8Array<ArrayBuffer>,
  options: VerifySshOptions,
): Promise<SignatureVerdict> {
  const { namespace, signers, principal, revoked = [] } = options;
  let parsed: SshSignature;
  try {
    parsed = parseSignature(signature);
  } catch (thrown) {
    if (!(thrown instanceof MalformedSsh)) throw thrown;
    return { verdict: "wrong", reason: thrown.message };
  }
  const result = await checkSignature(parsed, message, namespace);
  if (result.state !== "matches") {
    return { verdict: result.state, reason: result.reason };
  }
  const key = await fingerprintOf(parsed.key);
  if (revoked.includes(key)) {
    return { verdict: "revoked", reason: `its key ${key} is revoked`, key };
  }
  const own = signers.filter((signer) =>
    (principal === undefined || matchesList(principal, signer.principals)) &&
    isKeyOf(signer, parsed.key)
  );
  const refusals = own.map((signer) => refusalOf(signer, options));
  const allowed = own[refusals.indexOf(undefined)];
  if (allowed !== undefined) {
    return { verdict: "good", principals: allowed.principals, key };
  }
  const reason = refusals[0] ?? `nobody allows its key ${key}`;
  return { verdict: "unknown", reason, key };
}
