import { pause, systemClock } from "../../base/timing.ts";
import type { StateOptions } from "../../state/state_store.ts";
import {
  abortable,
  DocumentStore,
  requireClient,
  requireName,
  type StateDocument,
  type StoredDocument,
} from "../document_store.ts";

/** The part of a bucket of `npm:@nats-io/kv` that the store needs. */
export interface NatsBucket {
  /**
   * Reads a key.
   *
   * @param key The key.
   * @returns Its value and revision, if it has one.
   */
  get(key: string): Promise<
    | {
      readonly value: Uint8Array;
      readonly revision: number;
      readonly operation: string;
    }
    | null
  >;
  /**
   * Creates a key. Rejects if it exists.
   *
   * @param key The key.
   * @param data The value.
   * @returns The revision.
   */
  create(key: string, data: Uint8Array): Promise<number>;
  /**
   * Replaces a value. Rejects if it has another revision.
   *
   * @param key The key.
   * @param data The value.
   * @param revision The revision to replace.
   * @returns The next revision.
   */
  update(key: string, data: Uint8Array, revision: number): Promise<number>;
  /**
   * Watches a key.
   *
   * @param options The key.
   * @returns Its values, now and later.
   */
  watch(options: { key: string }): Promise<
    AsyncIterable<unknown> & { stop(): void }
  >;
}

const CALL = 'new NatsStateStore(await kvm.create("plugins"), "search")';
/** The code of JetStream for a revision that is not the last one. */
const WRONG_LAST_SEQUENCE = 10071;
/** The pause before the key is watched again, in milliseconds. */
const PAUSE = 1_000;

function isConflict(thrown: unknown): boolean {
  return thrown instanceof Error &&
    Reflect.get(thrown, "code") === WRONG_LAST_SEQUENCE;
}

class NatsDocument implements StateDocument<number> {
  readonly engine = "NATS";
  readonly #bucket: NatsBucket;
  readonly #key: string;

  constructor(bucket: NatsBucket, key: string) {
    this.#bucket = bucket;
    this.#key = key;
  }

  async read(): Promise<StoredDocument<number> | undefined> {
    const entry = await this.#bucket.get(this.#key);
    // A deleted key has an entry that says so.
    return entry === null || entry.operation !== "PUT"
      ? undefined
      : { bytes: entry.value, version: entry.revision };
  }

  async write(
    bytes: Uint8Array,
    before: number | undefined,
  ): Promise<boolean> {
    try {
      if (before === undefined) await this.#bucket.create(this.#key, bytes);
      else await this.#bucket.update(this.#key, bytes, before);
      return true;
    } catch (thrown) {
      if (isConflict(thrown)) return false;
      throw thrown;
    }
  }
}

/**
 * Keeps the state of plugins under a key of a NATS JetStream bucket, so that many
 * hosts share it. A change is compared and set by the revision of the key.
 *
 * Needs what the client needs: `net` permission for the server.
 *
 * @example A host of many
 * ```ts ignore
 * import { PluginHost } from "@semantik/plugins";
 * import { NatsStateStore } from "@semantik/plugins/stores/nats";
 * import { Kvm } from "npm:@nats-io/kv@3.4.0";
 * import { connect } from "npm:@nats-io/transport-node@3.4.0";
 *
 * const connection = await connect({ maxReconnectAttempts: -1 });
 * const bucket = await new Kvm(connection).create("plugins", { allow_direct: false });
 * await using host = new PluginHost({
 *   name: "search",
 *   version: "1.4.0",
 *   state: new NatsStateStore(bucket, "search"),
 *   follow: {},
 * });
 * ```
 */
export class NatsStateStore extends DocumentStore<number> {
  readonly #bucket: NatsBucket;
  readonly #name: string;

  /**
   * Creates a store.
   *
   * @param bucket The bucket, whose connection remains the caller's to close.
   * @param name The name of the state, which is its key.
   * @throws {PluginError} `PLUGIN_OPTION_INVALID` if an argument is invalid.
   */
  constructor(bucket: NatsBucket, name: string) {
    requireClient(bucket, ["get", "create", "update", "watch"], CALL);
    super(requireName(name, CALL), new NatsDocument(bucket, name));
    this.#bucket = bucket;
    this.#name = name;
  }

  /**
   * Calls a function once, after each change by any host, and after each connection
   * that was lost.
   *
   * @param hint The function. It must not throw.
   * @param options Options.
   * @returns The subscription; dispose it to end it.
   */
  override async watch(
    hint: () => void,
    { signal }: StateOptions = {},
  ): Promise<AsyncDisposable> {
    signal?.throwIfAborted();
    const over = new AbortController();
    const watching = this.#bucket.watch({ key: this.#name });
    let values: Awaited<typeof watching>;
    try {
      values = await abortable(watching, signal);
    } catch (thrown) {
      watching.then((late) => late.stop(), () => {});
      throw thrown;
    }
    const ended = this.#follow(values, hint, over.signal);
    return {
      async [Symbol.asyncDispose]() {
        over.abort();
        await ended;
      },
    };
  }

  /** Watches again, whenever the values end. */
  async #follow(
    first: Awaited<ReturnType<NatsBucket["watch"]>>,
    hint: () => void,
    over: AbortSignal,
  ): Promise<void> {
    let values: typeof first | undefined = first;
    while (!over.aborted) {
      try {
        values ??= await this.#bucket.watch({ key: this.#name });
        await hintFor(values, hint, over);
      } catch {
        // Reading reports what is wrong.
      }
      values = undefined;
      await pause(systemClock, PAUSE, over).catch(() => {});
    }
  }
}

async function hintFor(
  values: Awaited<ReturnType<NatsBucket["watch"]>>,
  hint: () => void,
  over: AbortSignal,
): Promise<void> {
  const stop = () => values.stop();
  if (over.aborted) return stop();
  over.addEventListener("abort", stop, { once: true });
  try {
    hint();
    for await (const _ of values) {
      if (!over.aborted) hint();
    }
  } finally {
    over.removeEventListener("abort", stop);
    stop();
  }
}
