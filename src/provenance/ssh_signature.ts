/** Signatures of `ssh-keygen -Y`: made and checked with WebCrypto alone. */

import { PluginError } from "../base/errors.ts";
import { quote } from "../base/text.ts";
import {
  decodeBase64,
  MalformedSsh,
  parseSigningKey,
  readKey,
  type SshKey,
  SshReader,
  type UsableKey,
  writeSsh,
} from "./ssh_key.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A signature, taken apart. */
export interface SshSignature {
  readonly key: SshKey;
  readonly namespace: string;
  readonly hash: string;
  /** The signature with the name of its algorithm. */
  readonly value: Bytes;
}

/** The result of a calculation: nobody says yet whose key it is. */
export type SignatureMath =
  | { readonly state: "matches" }
  | { readonly state: "wrong"; readonly reason: string }
  | { readonly state: "unchecked"; readonly reason: string };

const MAGIC = "SSHSIG";
const BEGIN = "-----BEGIN SSH SIGNATURE-----";
const END = "\n-----END SSH SIGNATURE-----";
const LINE_LENGTH = 70;

/** The most characters of a signature: one of RSA has some 5,000. */
const MAX_LENGTH = 100_000;

const HASHES = { sha256: "SHA-256", sha512: "SHA-512" } as const;

function isHash(name: string): name is keyof typeof HASHES {
  return Object.hasOwn(HASHES, name);
}

function wrong(reason: string): SignatureMath {
  return { state: "wrong", reason };
}

function removeArmor(text: string): string {
  if (!text.startsWith(`${BEGIN}\n`)) {
    throw new MalformedSsh(
      text.startsWith(`${BEGIN}\r\n`)
        ? "its line endings were changed, as git does with autocrlf"
        : `it does not begin with ${BEGIN}`,
    );
  }
  const body = text.slice(text.indexOf("\n") + 1);
  const end = body.indexOf(END);
  if (end === -1) throw new MalformedSsh(`it has no line ${END.trim()}`);
  return body.slice(0, end);
}

/** Takes a signature apart; throws {@linkcode MalformedSsh}. */
export function parseSignature(text: string): SshSignature {
  if (text.length > MAX_LENGTH) throw new MalformedSsh("it is too long");
  const reader = new SshReader(decodeBase64(removeArmor(text)));
  if (new TextDecoder().decode(reader.take(MAGIC.length)) !== MAGIC) {
    throw new MalformedSsh("it is no signature of ssh-keygen -Y");
  }
  const version = reader.number();
  if (version > 1) throw new MalformedSsh(`it has the version ${version}`);
  const key = readKey(reader.string());
  const namespace = reader.text();
  // Reserved: whatever it holds is signed as nothing.
  reader.string();
  const hash = reader.text();
  const value = reader.string();
  reader.end();
  return { key, namespace, hash, value };
}

/** Returns the bytes that are signed in place of a message. */
async function signedBytes(
  message: Bytes,
  namespace: string,
  hash: keyof typeof HASHES,
): Promise<Bytes> {
  const digest = await crypto.subtle.digest(HASHES[hash], message);
  return writeSsh(
    { raw: MAGIC },
    namespace,
    "",
    hash,
    new Uint8Array(digest),
  );
}

/** The parameters of WebCrypto, and the signature in its form. */
interface Check {
  readonly key: Bytes | JsonWebKey;
  readonly algorithm: RsaHashedImportParams | EcKeyImportParams | "Ed25519";
  readonly verify: EcdsaParams | AlgorithmIdentifier;
  readonly signature: Bytes;
}

function base64Url(bytes: Bytes): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

/** Fills a number with zeros in front. */
function padStart(bytes: Bytes, length: number): Bytes {
  if (bytes.length > length) throw new MalformedSsh("its value is too long");
  const padded = new Uint8Array(length);
  padded.set(bytes, length - bytes.length);
  return padded;
}

const RSA_HASHES: Readonly<Record<string, string>> = {
  "rsa-sha2-256": "SHA-256",
  "rsa-sha2-512": "SHA-512",
};

const EC_HASHES = {
  "P-256": "SHA-256",
  "P-384": "SHA-384",
  "P-521": "SHA-512",
};
const EC_SIZES = { "P-256": 32, "P-384": 48, "P-521": 66 };

function checkOf(type: string, usable: UsableKey, value: Bytes): Check {
  const reader = new SshReader(value);
  const algorithm = reader.text();
  const signature = reader.string();
  reader.end();
  const mismatch = new MalformedSsh(
    `its algorithm ${quote(algorithm)} does not belong to its key`,
  );
  switch (usable.kind) {
    case "ed25519":
      if (algorithm !== type) throw mismatch;
      return {
        key: usable.point,
        algorithm: "Ed25519",
        verify: "Ed25519",
        signature,
      };
    case "rsa": {
      const hash = RSA_HASHES[algorithm];
      if (hash === undefined) throw mismatch;
      const name = "RSASSA-PKCS1-v1_5";
      const { exponent, modulus } = usable;
      return {
        key: { kty: "RSA", n: base64Url(modulus), e: base64Url(exponent) },
        algorithm: { name, hash },
        verify: name,
        signature: padStart(signature, modulus.length),
      };
    }
    case "ecdsa": {
      if (algorithm !== type) throw mismatch;
      const { curve, point } = usable;
      const numbers = new SshReader(signature);
      const size = EC_SIZES[curve];
      const r = padStart(numbers.integer(), size);
      const s = padStart(numbers.integer(), size);
      numbers.end();
      return {
        key: point,
        algorithm: { name: "ECDSA", namedCurve: curve },
        verify: { name: "ECDSA", hash: EC_HASHES[curve] },
        signature: new Uint8Array([...r, ...s]),
      };
    }
  }
}

async function importKey(
  { key, algorithm }: Check,
): Promise<CryptoKey> {
  return key instanceof Uint8Array
    ? await crypto.subtle.importKey("raw", key, algorithm, false, ["verify"])
    : await crypto.subtle.importKey("jwk", key, algorithm, false, ["verify"]);
}

/** Calculates if a signature belongs to a message. */
export async function checkSignature(
  { key, hash, namespace: found, value }: SshSignature,
  message: Bytes,
  namespace: string,
): Promise<SignatureMath> {
  if (found !== namespace) {
    return wrong(
      `it was made for ${quote(found)} and not for ${quote(namespace)}`,
    );
  }
  if (!isHash(hash)) return wrong(`it has the hash ${quote(hash)}`);
  const { type, usable } = key;
  if (usable === undefined) {
    const reason = `keys of the type ${quote(type)} cannot be checked here`;
    return { state: "unchecked", reason };
  }
  let check: Check;
  try {
    check = checkOf(type, usable, value);
  } catch (thrown) {
    if (thrown instanceof MalformedSsh) return wrong(thrown.message);
    throw thrown;
  }
  const bytes = await signedBytes(message, namespace, hash);
  try {
    const imported = await importKey(check);
    const { verify, signature } = check;
    return await crypto.subtle.verify(verify, imported, signature, bytes)
      ? { state: "matches" }
      : wrong("it does not belong to this text");
  } catch (thrown) {
    // A point that is on no curve among them.
    const { name } = thrown instanceof Error ? thrown : new Error();
    return name === "NotSupportedError"
      ? { state: "unchecked", reason: "this Deno cannot check such a key" }
      : wrong("its key or its value is invalid");
  }
}

/**
 * Signs a text as `ssh-keygen -Y sign` does, which can verify it. Uses a key of
 * the type Ed25519 without a passphrase.
 *
 * @example A key that cannot be used
 * ```ts
 * import { signSsh } from "@semantik/plugins/provenance";
 * import { assertRejects } from "@std/assert";
 *
 * const sums = new TextEncoder().encode("# plugin.sums: the files of search\n");
 * // The text of a file that ssh-keygen -t ed25519 -N "" made is a key.
 * const options = { key: "not a key", namespace: "semantik-plugin" };
 *
 * await assertRejects(
 *   () => signSsh(sums, options),
 *   Error,
 *   "Cannot sign with this key: it is no OpenSSH key",
 * );
 * ```
 *
 * @param message The bytes to sign.
 * @param options The private key as text, and what the signature is for.
 * @returns The signature, as text.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` if the key cannot be used.
 */
export async function signSsh(
  message: Uint8Array<ArrayBuffer>,
  { key, namespace }: {
    /** The text of the private key. */
    readonly key: string;
    /** The purpose, e.g. `semantik-plugin`. */
    readonly namespace: string;
  },
): Promise<string> {
  if (namespace === "" || namespace.includes("\0")) {
    throw new PluginError("Cannot sign: the namespace is invalid", {
      code: "PLUGIN_OPTION_INVALID",
      remedy: 'Give a namespace such as "semantik-plugin"',
    });
  }
  const { publicKey, sign } = await parseSigningKey(key);
  const bytes = await signedBytes(message, namespace, "sha512");
  const value = writeSsh(publicKey.type, await sign(bytes));
  const blob = writeSsh(
    { raw: MAGIC },
    1,
    publicKey.blob,
    namespace,
    "",
    "sha512",
    value,
  );
  const lines = blob.toBase64().match(
    new RegExp(`.{1,${LINE_LENGTH}}`, "g"),
  ) ?? [];
  return `${BEGIN}\n${lines.join("\n")}${END}\n`;
}
