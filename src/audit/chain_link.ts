/**
 * What a chain adds to each line, and how it is read back.
 *
 * A line of a chain ends in these fields, in this order:
 *
 *     ,"chain_sequence":7,"chain_previous":"<hash of line 6>"
 *     [,"chain_start":true]  the first line of a file
 *     [,"chain_torn":{"bytes":31,"hash":"<hash of them>"}]  after a crash
 *     ,"chain_hash":"<hash of all of the line before this field>"}
 *
 * @module
 */

import { PluginError } from "../base/errors.ts";

const MIN_KEY_BYTES = 16;

/** Makes digests as lower-case hexadecimal text. */
export interface Digest {
  /** Digests some bytes. */
  of(bytes: Uint8Array): string;
  /** Digests bytes that come in pieces. */
  begin(): DigestInProgress;
}

/** A digest whose bytes come in pieces. */
export interface DigestInProgress {
  /** Adds bytes. */
  add(bytes: Uint8Array): void;
  /** Ends it. */
  end(): string;
}

function keyBytes(key: string | Uint8Array): Uint8Array {
  const bytes = typeof key === "string"
    ? new TextEncoder().encode(key)
    : key.slice();
  if (bytes.length >= MIN_KEY_BYTES) return bytes;
  throw new PluginError(
    `Cannot use the key of the audit chain: it has ${bytes.length} bytes`,
    {
      code: "PLUGIN_OPTION_INVALID",
      remedy: `Use a random key of at least ${MIN_KEY_BYTES} bytes`,
    },
  );
}

/**
 * Makes what digests the lines of a chain.
 *
 * The module that does it is loaded here and not where this module is
 * imported: a host without a chain never pays for it.
 *
 * @param key The key of an HMAC; without it anybody can make the digests.
 * @returns What makes digests.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when the key is too short.
 */
export function createDigest(key: string | Uint8Array | undefined): Digest {
  const crypto = globalThis.process.getBuiltinModule("node:crypto");
  const secret = key === undefined ? undefined : keyBytes(key);
  const start = secret === undefined
    ? () => crypto.createHash("sha256")
    : () => crypto.createHmac("sha256", secret);
  return {
    of: (bytes) => start().update(bytes).digest("hex"),
    begin() {
      const digest = start();
      return {
        add: (bytes) => void digest.update(bytes),
        end: () => digest.digest("hex"),
      };
    },
  };
}

/** A place in a chain: kept elsewhere, it shows whether the end was cut off. */
export interface AuditAnchor {
  /** The sequence number of a line; the first one is 1. */
  readonly sequence: number;
  /** The hash of that line. */
  readonly hash: string;
}

/** What a crash left unfinished between two lines. */
export interface TornBytes {
  /** How many bytes. */
  readonly bytes: number;
  /** Their hash. */
  readonly hash: string;
}

/** The fields of a chain in one line. */
export interface ChainLink extends AuditAnchor {
  /** The hash of the line before. */
  readonly previous: string;
  /** Whether the line says that it is the first of its file. */
  readonly start: boolean;
  /** The unfinished bytes that the line says stand before it. */
  readonly torn: TornBytes | undefined;
  /** Whether the hash is the one of the line's bytes. */
  readonly genuine: boolean;
}

/** The hash before the first line. */
export const GENESIS_HASH = "0".repeat(64);

// `,"chain_hash":"`, 64 digits, `"}`.
const HASH_FIELD_LENGTH = 81;

/** More bytes than the fields of a chain ever take. */
export const LONGEST_LINK = 512;

const LINK_REGEXP =
  /,"chain_sequence":([1-9]\d{0,15}),"chain_previous":"([0-9a-f]{64})"(,"chain_start":true)?(?:,"chain_torn":\{"bytes":(\d{1,16}),"hash":"([0-9a-f]{64})"\})?,"chain_hash":"([0-9a-f]{64})"\}$/;

/**
 * The fields of a link but its last.
 *
 * @param sequence The sequence number of the line.
 * @param previous The hash of the line before.
 * @param start Whether the line is the first of its file.
 * @param torn What a crash left before the line.
 * @returns The fields as JSON, to follow those of the event.
 */
export function linkFields(
  sequence: number,
  previous: string,
  start: boolean,
  torn: TornBytes | undefined,
): string {
  const fields = `,"chain_sequence":${sequence},"chain_previous":"${previous}"`;
  if (!start && torn === undefined) return fields;
  return fields + (start ? ',"chain_start":true' : "") +
    (torn === undefined
      ? ""
      : `,"chain_torn":{"bytes":${torn.bytes},"hash":"${torn.hash}"}`);
}

/**
 * The last field of a link, and the end of the line.
 *
 * @param hash The hash of all of the line before it.
 * @returns The rest of the line.
 */
export function linkEnd(hash: string): string {
  return `,"chain_hash":"${hash}"}\n`;
}

/**
 * The bytes of a line that its hash is made of.
 *
 * @param line The line without its newline.
 * @returns All but the last field.
 */
export function hashedBytes(line: Uint8Array): Uint8Array {
  return line.subarray(0, line.length - HASH_FIELD_LENGTH);
}

function matchLink(line: Uint8Array): RegExpExecArray | null {
  return LINK_REGEXP.exec(
    new TextDecoder().decode(line.subarray(-LONGEST_LINK)),
  );
}

/**
 * Whether a line ends in the fields of a chain, genuine or not.
 *
 * @param line The line without its newline, or its end.
 * @returns Whether it does.
 */
export function bearsLink(line: Uint8Array): boolean {
  return matchLink(line) !== null;
}

/**
 * Reads the fields of a chain from a line.
 *
 * @param line The line without its newline.
 * @param digest What makes the hashes of this chain.
 * @returns The fields, or `undefined` where the line does not end in them.
 */
export function readLink(
  line: Uint8Array,
  digest: Digest,
): ChainLink | undefined {
  const match = matchLink(line);
  if (match === null) return undefined;
  const [, sequence, previous = "", start, bytes, tornHash, hash = ""] = match;
  return {
    sequence: Number(sequence),
    previous,
    start: start !== undefined,
    torn: tornHash === undefined
      ? undefined
      : { bytes: Number(bytes), hash: tornHash },
    hash,
    genuine: digest.of(hashedBytes(line)) === hash,
  };
}
