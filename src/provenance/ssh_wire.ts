/** The binary format of SSH: numbers and strings with their lengths. Pure. */

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

/** Tests if two byte sequences are the same. */
export function isSameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length &&
    one.every((byte, index) => byte === other[index]);
}
