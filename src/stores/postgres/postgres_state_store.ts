import type { StateOptions } from "../../state/state_store.ts";
import {
  abortable,
  DocumentStore,
  requireClient,
  requireName,
  type StateDocument,
  type StoredDocument,
} from "../document_store.ts";

/** The part of the client `npm:postgres` that the store needs: what `postgres()` returns. */
export interface PostgresClient {
  /**
   * Runs a query.
   *
   * @param query The query, with `$1` for the first parameter.
   * @param parameters The parameters.
   * @returns The rows.
   */
  unsafe(
    query: string,
    parameters?: string[],
  ): PromiseLike<readonly Readonly<Record<string, unknown>>[]>;
  /**
   * Listens to notices, also after the connection was lost.
   *
   * @param channel The channel.
   * @param onNotice Called for each notice.
   * @param onListen Called whenever the client begins to listen.
   * @returns The subscription.
   */
  listen(
    channel: string,
    onNotice: (payload: string) => void,
    onListen: () => void,
  ): Promise<{ unlisten(): Promise<void> }>;
}

const CALL = 'new PostgresStateStore(postgres(url), "search")';
const READ =
  "select version, document from semantik_plugin_state where name = $1";
const CREATE = `with written as (
  insert into semantik_plugin_state (name, version, document)
  values ($1, $2, $3) on conflict (name) do nothing returning name
) select pg_notify($4, '') from written`;
const REPLACE = `with written as (
  update semantik_plugin_state set version = $2, document = $3
  where name = $1 and version = $5 returning name
) select pg_notify($4, '') from written`;

function channelOf(name: string): string {
  return `semantik_plugin_state_${name}`;
}

class PostgresDocument implements StateDocument<string> {
  readonly engine = "Postgres";
  readonly #sql: PostgresClient;
  readonly #name: string;

  constructor(sql: PostgresClient, name: string) {
    this.#sql = sql;
    this.#name = name;
  }

  async read(): Promise<StoredDocument<string> | undefined> {
    const [row] = await this.#sql.unsafe(READ, [this.#name]);
    if (row === undefined) return undefined;
    const bytes = new TextEncoder().encode(String(row.document));
    return { bytes, version: String(row.version) };
  }

  async write(
    bytes: Uint8Array,
    before: string | undefined,
  ): Promise<boolean> {
    // A random version, not a number: a restored backup must not have the same one.
    const parameters = [
      this.#name,
      crypto.randomUUID(),
      new TextDecoder().decode(bytes),
      channelOf(this.#name),
    ];
    const rows = before === undefined
      ? await this.#sql.unsafe(CREATE, parameters)
      : await this.#sql.unsafe(REPLACE, [...parameters, before]);
    return rows.length > 0;
  }
}

/**
 * Keeps the state of plugins in a row of the table `semantik_plugin_state` of
 * Postgres, so that many hosts share it. The guide to fleets has the table and the
 * grants. A change is compared and set, and announced by `pg_notify`.
 *
 * Needs what the client needs: `net` permission for the server, and the variables
 * of the environment that it reads.
 *
 * @example A host of many
 * ```ts ignore
 * import { PluginHost } from "@semantik/plugins";
 * import { PostgresStateStore } from "@semantik/plugins/stores/postgres";
 * import postgres from "npm:postgres@3.4.9";
 *
 * await using host = new PluginHost({
 *   name: "search",
 *   version: "1.4.0",
 *   state: new PostgresStateStore(postgres(Deno.env.get("DATABASE_URL")), "search"),
 *   follow: {},
 * });
 * ```
 */
export class PostgresStateStore extends DocumentStore<string> {
  readonly #sql: PostgresClient;
  readonly #name: string;
  readonly #hints = new Set<() => void>();
  #listening: Promise<void> | undefined;

  /**
   * Creates a store. Connects to nothing yet.
   *
   * @param sql The client, which remains the caller's to end.
   * @param name The name of the state: one table can hold several.
   * @throws {PluginError} `PLUGIN_OPTION_INVALID` if an argument is invalid.
   */
  constructor(sql: PostgresClient, name: string) {
    requireClient(sql, ["unsafe", "listen"], CALL);
    super(requireName(name, CALL), new PostgresDocument(sql, name));
    this.#sql = sql;
    this.#name = name;
  }

  /**
   * Calls a function once, after each change by any host, and whenever the client
   * listens again after the connection was lost. All functions of a store share one
   * subscription.
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
    const own = () => hint();
    this.#hints.add(own);
    try {
      await abortable(this.#listen(), signal);
    } catch (thrown) {
      // Only the caller's signal ends the wait.
      this.#hints.delete(own);
      throw thrown;
    }
    own();
    return {
      // deno-lint-ignore require-await -- others wait for something
      [Symbol.asyncDispose]: async () => {
        this.#hints.delete(own);
      },
    };
  }

  // The client listens for good, and listens again by itself, also if the first
  // attempt failed: another call would only add to it.
  #listen(): Promise<void> {
    const hintAll = () => {
      for (const hint of this.#hints) hint();
    };
    const done = () => {};
    return this.#listening ??= this.#sql
      .listen(channelOf(this.#name), hintAll, hintAll).then(done, done);
  }
}
