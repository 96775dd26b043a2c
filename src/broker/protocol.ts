/**
 * The messages of Deno's permission broker: bytes in, requests out. Pure.
 *
 * Deno sends one JSON line for each check and waits for the reply. Nothing else
 * comes: whatever differs is a fault of the process that sent it.
 *
 * @module
 */

import { isRecord } from "../base/errors.ts";

/** The version of the protocol that Deno 2.9 speaks. */
export const BROKER_VERSION = 1;

/** The longest request in bytes. Most of it is a value, which a program chose. */
export const MAX_REQUEST_BYTES = 1_048_576;

/** One check of a permission. */
export interface BrokerRequest {
  readonly id: number;
  readonly pid: number;
  /** The kind as Deno names it, which may be newer than this package. */
  readonly permission: string;
  /** The value as the program wrote it; `null` for the whole kind. */
  readonly value: string | null;
}

/** The answer to a request. */
export type BrokerAnswer =
  | { readonly kind: "allow" }
  | {
    readonly kind: "deny";
    /** The whole message of the error in the process. */
    readonly reason: string;
  };

/** A process does not keep to the protocol. */
export class BrokerFault extends Error {
  override readonly name = "BrokerFault";
}

/** Another version of the protocol, which another version of Deno speaks. */
export class BrokerVersionFault extends BrokerFault {}

const LINE_FEED = 10;
const DECODER = new TextDecoder("utf-8", { fatal: true });

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function parseRequest(line: Uint8Array): BrokerRequest {
  let json: unknown;
  try {
    json = JSON.parse(DECODER.decode(line));
  } catch {
    throw new BrokerFault("it sent a request that is not JSON");
  }
  if (!isRecord(json)) throw new BrokerFault("it sent an invalid request");
  const { v, id, pid, permission, value } = json;
  if (v !== BROKER_VERSION) {
    throw new BrokerVersionFault(
      "it speaks another version of the protocol of permission brokers",
    );
  }
  const isValue = value === null || typeof value === "string";
  if (
    !isCount(id) || !isCount(pid) || typeof permission !== "string" || !isValue
  ) throw new BrokerFault("it sent an invalid request");
  return { id, pid, permission, value };
}

/** Reads requests, one at a time: the process waits for each answer. */
export class RequestReader {
  #chunks: Uint8Array[] = [];
  #length = 0;

  /**
   * Reads a chunk, whose memory can be reused afterwards. Returns the request that
   * it completes.
   *
   * @throws {BrokerFault} when the bytes are no request, or more than one.
   */
  read(chunk: Uint8Array): BrokerRequest | undefined {
    const end = chunk.indexOf(LINE_FEED);
    this.#length += chunk.length;
    if (this.#length > MAX_REQUEST_BYTES) {
      throw new BrokerFault(
        `it sent a request of more than ${MAX_REQUEST_BYTES} bytes`,
      );
    }
    if (end === -1) {
      this.#chunks.push(chunk.slice());
      return undefined;
    }
    if (end !== chunk.length - 1) {
      throw new BrokerFault("it sent a request before the answer to another");
    }
    const line = this.#take(chunk.subarray(0, end));
    return parseRequest(line);
  }

  #take(last: Uint8Array): Uint8Array {
    const before = this.#chunks;
    this.#chunks = [];
    this.#length = 0;
    if (before.length === 0) return last;
    const parts = [...before, last];
    const whole = new Uint8Array(
      parts.reduce((sum, { length }) => sum + length, 0),
    );
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }
}

const ENCODER = new TextEncoder();

/** Writes the answer to a request. */
export function formatAnswer(id: number, answer: BrokerAnswer): Uint8Array {
  if (answer.kind === "allow") {
    return ENCODER.encode(`{"id":${id},"result":"allow"}\n`);
  }
  // Deno ends when it cannot read a lone surrogate.
  const reason = JSON.stringify(answer.reason.toWellFormed());
  return ENCODER.encode(`{"id":${id},"result":"deny","reason":${reason}}\n`);
}
