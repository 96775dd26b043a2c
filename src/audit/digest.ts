/**
 * SHA-256 and HMAC-SHA-256, at once and only for who needs them.
 *
 * @module
 */

import { PluginError } from "../errors.ts";

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
