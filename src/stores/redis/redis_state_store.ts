import type { StateOptions } from "../../state/state_store.ts";
import {
  abortable,
  DocumentStore,
  requireClient,
  requireName,
  type StateDocument,
  type StoredDocument,
} from "../document_store.ts";

/** A connection of `npm:ioredis` that receives messages. */
export interface RedisSubscriber {
  /**
   * Adds a listener.
   *
   * @param event The event.
   * @param listener The function.
   * @returns The connection.
   */
  on(
    event: "ready" | "message" | "error",
    listener: (...args: readonly unknown[]) => void,
  ): unknown;
  /**
   * Subscribes to a channel.
   *
   * @param channel The channel.
   * @returns A promise for the subscription.
   */
  subscribe(channel: string): Promise<unknown>;
  /** Ends the connection, for good. */
  disconnect(): void;
}

/** The part of the client `npm:ioredis` that the store needs: what `new Redis()` makes. */
export interface RedisClient {
  /**
   * Reads fields of a hash.
   *
   * @param key The key.
   * @param fields The fields.
   * @returns Their values.
   */
  hmget(
    key: string,
    ...fields: string[]
  ): Promise<readonly (string | null)[]>;
  /**
   * Runs a script of the server.
   *
   * @param script The script.
   * @param keys The number of keys among the arguments.
   * @param args The keys, then the arguments.
   * @returns The result of the script.
   */
  eval(script: string, keys: number, ...args: string[]): Promise<unknown>;
  /**
   * Opens another connection with the same options.
   *
   * @param options The options that differ.
   * @returns The connection.
   */
  duplicate(
    options: {
      readonly autoResubscribe: boolean;
      readonly lazyConnect: boolean;
    },
  ): RedisSubscriber;
}

const CALL = 'new RedisStateStore(new Redis(url), "search")';
const WRITE = `
if (redis.call("HGET", KEYS[1], "version") or "") ~= ARGV[1] then return 0 end
redis.call("HSET", KEYS[1], "version", ARGV[2], "document", ARGV[3])
redis.call("PUBLISH", KEYS[1], "")
return 1`;

/** Names the hash, and the channel. */
function keyOf(name: string): string {
  return `semantik:plugin_state:${name}`;
}

class RedisDocument implements StateDocument<string> {
  readonly engine = "Redis";
  readonly #redis: RedisClient;
  readonly #key: string;

  constructor(redis: RedisClient, name: string) {
    this.#redis = redis;
    this.#key = keyOf(name);
  }

  async read(): Promise<StoredDocument<string> | undefined> {
    const [version, document] = await this.#redis.hmget(
      this.#key,
      "version",
      "document",
    );
    // Half of it was removed: that is no text of a state, and no empty one.
    return version === null && document === null ? undefined : {
      bytes: new TextEncoder().encode(document ?? ""),
      version: version ?? "",
    };
  }

  async write(
    bytes: Uint8Array,
    before: string | undefined,
  ): Promise<boolean> {
    const written = await this.#redis.eval(
      WRITE,
      1,
      this.#key,
      before ?? "",
      // A random version, not a number: a server without its data begins anew.
      crypto.randomUUID(),
      new TextDecoder().decode(bytes),
    );
    return written === 1;
  }
}

/**
 * Keeps the state of plugins in a hash of Redis, so that many hosts share it. A
 * script compares and sets, and publishes the change. Let the server keep its data
 * on disk, and evict nothing.
 *
 * Needs what the client needs: `net` permission for the server, and the whole
 * environment, or the flag `--ignore-env`.
 *
 * @example A host of many
 * ```ts ignore
 * import { PluginHost } from "@semantik/plugins";
 * import { RedisStateStore } from "@semantik/plugins/stores/redis";
 * import { Redis } from "npm:ioredis@6";
 *
 * await using host = new PluginHost({
 *   name: "search",
 *   version: "1.4.0",
 *   state: new RedisStateStore(new Redis("redis://127.0.0.1:6379"), "search"),
 *   follow: {},
 * });
 * ```
 */
export class RedisStateStore extends DocumentStore<string> {
  readonly #redis: RedisClient;
  readonly #name: string;

  /**
   * Creates a store.
   *
   * @param redis The client, which remains the caller's to end.
   * @param name The name of the state: one server can hold several.
   * @throws {PluginError} `PLUGIN_OPTION_INVALID` if an argument is invalid.
   */
  constructor(redis: RedisClient, name: string) {
    requireClient(redis, ["hmget", "eval", "duplicate"], CALL);
    super(requireName(name, CALL), new RedisDocument(redis, name));
    this.#redis = redis;
    this.#name = name;
  }

  /**
   * Calls a function once, after each change by any host, and after each connection
   * that was lost. Opens a connection of its own, which the subscription ends.
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
    const channel = keyOf(this.#name);
    // It subscribes anew itself, to know from when on no change is missed.
    const subscriber = this.#redis.duplicate({
      autoResubscribe: false,
      lazyConnect: false,
    });
    let isOver = false;
    const first = Promise.withResolvers<void>();
    const end = () => {
      isOver = true;
      subscriber.disconnect();
    };
    const tell = () => {
      if (!isOver) hint();
    };
    subscriber.on("error", () => {
      // Reading reports what is wrong, and the client connects again.
    });
    subscriber.on("message", tell);
    subscriber.on("ready", () => {
      subscriber.subscribe(channel).then(() => {
        tell();
        first.resolve();
      }, first.reject);
    });
    try {
      await abortable(first.promise, signal);
    } catch (thrown) {
      end();
      throw thrown;
    }
    return {
      // deno-lint-ignore require-await -- others wait for something
      [Symbol.asyncDispose]: async () => end(),
    };
  }
}
