/** The binary format of SSH, its keys, and what WebCrypto makes of them. Pure except for WebCrypto. */

import { PluginError } from "../base/errors.ts";
import { haveSameBytes } from "../base/path.ts";
import { quote } from "../base/text.ts";

/** Something that is not what its format says. */
export class MalformedSsh extends Error {
  override readonly name = "MalformedSsh";
}

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Reads values one after the other; throws {@linkcode MalformedSsh}. */
export class SshReader {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #at = 0;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#bytes = bytes;
  }

  /** The number of bytes that are left. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  take(length: number): Uint8Array<ArrayBuffer> {
    if (length > this.left) throw new MalformedSsh("it ends too early");
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  number(): number {
    const bytes = this.take(4);
    return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);
  }

  string(): Uint8Array<ArrayBuffer> {
    return this.take(this.number());
  }

  /** Reads a text as C does: one NUL may end it, and none may be inside. */
  text(): string {
    const bytes = this.string();
    const nul = bytes.indexOf(0);
    if (nul !== -1 && nul < bytes.length - 1) {
      throw new MalformedSsh("a text has a NUL inside");
    }
    return decoder.decode(nul === -1 ? bytes : bytes.subarray(0, nul));
  }

  /** Reads a number that is not negative, without leading zeros. */
  integer(): Uint8Array<ArrayBuffer> {
    const bytes = this.string();
    const [first = 0] = bytes;
    if (first > 127) throw new MalformedSsh("a number is negative");
    const start = bytes.findIndex((byte) => byte !== 0);
    return start === -1 ? bytes.subarray(0, 0) : bytes.subarray(start);
  }

  end(): void {
    if (this.left > 0) throw new MalformedSsh("it has more bytes at its end");
  }
}

/** A part of a text in SSH's format: raw bytes, or a number. */
type Part = { readonly raw: string } | string | Uint8Array | number;

/** Writes parts one after the other. Texts and bytes get their length. */
export function writeSsh(...parts: readonly Part[]): Uint8Array<ArrayBuffer> {
  const chunks = parts.flatMap((part) => {
    if (typeof part === "number") return [numberBytes(part)];
    if (typeof part === "object" && "raw" in part) {
      return [encoder.encode(part.raw)];
    }
    const bytes = typeof part === "string" ? encoder.encode(part) : part;
    return [numberBytes(bytes.length), bytes];
  });
  const whole = new Uint8Array(
    chunks.reduce((length, chunk) => length + chunk.length, 0),
  );
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

function numberBytes(number: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, number);
  return bytes;
}

/** Decodes base64 as ssh-keygen does: strictly, except for white space anywhere. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.fromBase64(text.replaceAll("\v", ""), {
      lastChunkHandling: "strict",
    });
  } catch {
    throw new MalformedSsh("it is not base64");
  }
}

type Bytes = Uint8Array<ArrayBuffer>;

/** A public key that WebCrypto can use. */
export type UsableKey =
  | { readonly kind: "ed25519"; readonly point: Bytes }
  | { readonly kind: "rsa"; readonly exponent: Bytes; readonly modulus: Bytes }
  | {
    readonly kind: "ecdsa";
    readonly curve: "P-256" | "P-384" | "P-521";
    readonly point: Bytes;
  };

/** A public key. */
export interface SshKey {
  /** The type, e.g. `ssh-ed25519`. */
  readonly type: string;
  /** The bytes that the fingerprint is made of. */
  readonly blob: Bytes;
  /** The key, unless it is of a type that cannot be checked here. */
  readonly usable: UsableKey | undefined;
}

const CURVES = {
  "ecdsa-sha2-nistp256": { name: "nistp256", curve: "P-256", size: 32 },
  "ecdsa-sha2-nistp384": { name: "nistp384", curve: "P-384", size: 48 },
  "ecdsa-sha2-nistp521": { name: "nistp521", curve: "P-521", size: 66 },
} as const;

function isCurve(type: string): type is keyof typeof CURVES {
  return Object.hasOwn(CURVES, type);
}

/** The least bits of an RSA key that ssh-keygen accepts. */
const MIN_RSA_BYTES = 128;

/** Reads a public key; throws {@linkcode MalformedSsh}. */
export function readKey(bytes: Bytes): SshKey {
  const reader = new SshReader(bytes);
  const type = reader.text();
  if (type === "ssh-ed25519") {
    const point = reader.string();
    reader.end();
    if (point.length !== 32) throw new MalformedSsh("its key has a wrong size");
    const blob = writeSsh(type, point);
    return { type, blob, usable: { kind: "ed25519", point } };
  }
  if (type === "ssh-rsa") {
    const exponent = reader.integer();
    const modulus = reader.integer();
    reader.end();
    if (modulus.length < MIN_RSA_BYTES) {
      throw new MalformedSsh("its key is too short");
    }
    const blob = writeSsh(type, signed(exponent), signed(modulus));
    return { type, blob, usable: { kind: "rsa", exponent, modulus } };
  }
  if (isCurve(type)) {
    const { name, curve, size } = CURVES[type];
    const found = reader.text();
    const point = reader.string();
    reader.end();
    if (found !== name || point.length !== 2 * size + 1 || point[0] !== 4) {
      throw new MalformedSsh("its key is no point of its curve");
    }
    const blob = writeSsh(type, name, point);
    return { type, blob, usable: { kind: "ecdsa", curve, point } };
  }
  return { type, blob: bytes, usable: undefined };
}

/** Returns a number with the zero that keeps it from being negative. */
function signed(integer: Bytes): Bytes {
  const [first = 0] = integer;
  if (first < 128) return integer;
  const longer = new Uint8Array(integer.length + 1);
  longer.set(integer, 1);
  return longer;
}

/** Tests if two keys are the same. */
export function isSameKey(one: SshKey, other: SshKey): boolean {
  return haveSameBytes(one.blob, other.blob);
}

/** Returns the fingerprint of a key, as `ssh-keygen -l` prints it. */
export async function fingerprintOf({ blob }: SshKey): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", blob));
  return `SHA256:${hash.toBase64({ omitPadding: true })}`;
}

/** Parses the two words of a public key: its type, and its bytes in base64. */
export function parseKeyWords(type: string, base64: string): SshKey {
  const key = readKey(decodeBase64(base64));
  if (key.type === type) return key;
  throw new MalformedSsh(`its key is of the type ${quote(key.type)}`);
}

/** A private key for signatures. */
export interface SigningKey {
  readonly publicKey: SshKey;
  /** Signs with WebCrypto. */
  sign(bytes: Bytes): Promise<Bytes>;
}

const PRIVATE_KEY_REGEXP =
  /^\s*-----BEGIN OPENSSH PRIVATE KEY-----\s([^]*?)-----END OPENSSH PRIVATE KEY-----\s*$/;

/** The bytes of PKCS #8 before the seed of an Ed25519 key. */
const PKCS8_PREFIX = Uint8Array.fromHex("302e020100300506032b657004220420");

function cannotSign(why: string, remedy: string, cause?: unknown): PluginError {
  return new PluginError(`Cannot sign with this key: ${why}`, {
    code: "PLUGIN_OPTION_INVALID",
    remedy,
    ...cause === undefined ? {} : { cause },
  });
}

const KEY_REMEDY =
  'Make one with ssh-keygen -t ed25519 -N "", or sign with ssh-keygen -Y sign';

function readPrivateKey(text: string): Readonly<{ seed: Bytes; point: Bytes }> {
  const [, base64] = PRIVATE_KEY_REGEXP.exec(text) ?? [];
  if (base64 === undefined) throw new MalformedSsh("it is no OpenSSH key");
  const reader = new SshReader(decodeBase64(base64));
  const magic = new TextDecoder().decode(reader.take(15));
  if (magic !== "openssh-key-v1\0") {
    throw new MalformedSsh("it is no OpenSSH key");
  }
  const cipher = reader.text();
  if (cipher !== "none") throw new MalformedSsh("a passphrase protects it");
  reader.string();
  reader.string();
  if (reader.number() !== 1) throw new MalformedSsh("it holds several keys");
  reader.string();
  const section = new SshReader(reader.string());
  if (section.number() !== section.number()) {
    throw new MalformedSsh("its check fails");
  }
  const type = section.text();
  if (type !== "ssh-ed25519") {
    throw new MalformedSsh(`it is of the type ${quote(type)}`);
  }
  const point = section.string();
  const pair = section.string();
  if (pair.length !== 64 || !haveSameBytes(pair.subarray(32), point)) {
    throw new MalformedSsh("its halves do not belong together");
  }
  return { seed: pair.slice(0, 32), point };
}

/**
 * Reads a private key of OpenSSH, of the type Ed25519 and without a passphrase.
 *
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` for any other key.
 */
export async function parseSigningKey(text: string): Promise<SigningKey> {
  try {
    const { seed, point } = readPrivateKey(text);
    const encoded = new Uint8Array([...PKCS8_PREFIX, ...seed]);
    const key = await crypto.subtle.importKey(
      "pkcs8",
      encoded,
      "Ed25519",
      false,
      ["sign"],
    );
    return {
      publicKey: readKey(writeSsh("ssh-ed25519", point)),
      sign: async (bytes) =>
        new Uint8Array(await crypto.subtle.sign("Ed25519", key, bytes)),
    };
  } catch (thrown) {
    if (thrown instanceof MalformedSsh) {
      throw cannotSign(thrown.message, KEY_REMEDY);
    }
    throw cannotSign("WebCrypto refuses it", KEY_REMEDY, thrown);
  }
}
