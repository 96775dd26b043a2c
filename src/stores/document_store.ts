/** A state as one document of an engine that can compare and set. */

import { argumentError, PluginError, type Problem } from "../base/errors.ts";
import { describeThrown, quote } from "../base/text.ts";
import { Mutex, pause, systemClock } from "../base/timing.ts";
import { maskCredentials } from "../secrets/credentials.ts";
import type {
  StateChange,
  StateOptions,
  StateReadResult,
  StateSnapshot,
  StateStore,
  StateUpdateOptions,
} from "../state/state_store.ts";
import type { StateFault } from "../state/state_system.ts";
import {
  applyChange,
  applyRecorded,
  copySnapshot,
  decodeState,
  emptySnapshot,
  encodeState,
} from "../state/state_text.ts";

/** A document, and the version that a writer has to name to replace it. */
export interface StoredDocument<Version> {
  /** Its content. */
  readonly bytes: Uint8Array;
  /** Its version, which differs after each change. */
  readonly version: Version;
}

/** The one document of a state, at an engine. */
export interface StateDocument<Version> {
  /** The engine, for messages. */
  readonly engine: string;
  /** Returns `undefined` if there is none. */
  read(): Promise<StoredDocument<Version> | undefined>;
  /** Replaces a version, or creates the document. Returns false if it has another one. */
  write(bytes: Uint8Array, before: Version | undefined): Promise<boolean>;
}

/** More losses against faster writers than this are a failure. */
const MAX_TRIES = 200;
/** The longest pause before another try, in milliseconds. */
const LONGEST_PAUSE = 50;
const NAME_REGEXP = /^[a-z0-9](?:[a-z0-9_-]{0,30}[a-z0-9])?$/;

/** Checks the name of a state. */
export function requireName(name: unknown, call: string): string {
  if (typeof name === "string" && NAME_REGEXP.test(name)) return name;
  throw argumentError(name, {
    action: "use a state store",
    expected: "a name of 1 to 32 lowercase letters, digits, - and _",
    remedy: `Call ${call}`,
  });
}

/** Checks that a client has some methods. It may be a function, as that of Postgres. */
export function requireClient(
  client: unknown,
  methods: readonly string[],
  call: string,
): void {
  const isThere = typeof client === "object" || typeof client === "function";
  const has = (name: string) =>
    isThere && client !== null &&
    typeof Reflect.get(client, name) === "function";
  if (methods.every(has)) return;
  throw argumentError(client, {
    action: "use a state store",
    expected: `a client with the methods ${methods.join(", ")}`,
    remedy: `Call ${call}`,
  });
}

/** Waits for what the engine does, but no longer than the caller. */
export async function abortable<Value>(
  called: PromiseLike<Value>,
  signal: AbortSignal | undefined,
): Promise<Value> {
  if (signal === undefined) return await called;
  const { promise, reject } = Promise.withResolvers<never>();
  const abandon = () => reject(signal.reason);
  signal.addEventListener("abort", abandon, { once: true });
  try {
    return await Promise.race([called, promise]);
  } finally {
    signal.removeEventListener("abort", abandon);
  }
}

type Reading<Version> =
  | {
    readonly ok: true;
    readonly snapshot: StateSnapshot;
    readonly version: Version | undefined;
  }
  | { readonly ok: false; readonly problem: Problem; readonly cause?: unknown };

/** The store of a document at an engine. The changes of one process take turns. */
export abstract class DocumentStore<Version = unknown> implements StateStore {
  readonly #name: string;
  readonly #document: StateDocument<Version>;
  readonly #mutex = new Mutex();

  /**
   * Creates a store.
   *
   * @param name The name of the state.
   * @param document The document.
   */
  constructor(name: string, document: StateDocument<Version>) {
    this.#name = name;
    this.#document = document;
  }

  /**
   * Reads the stored state.
   *
   * @param options A signal that aborts the wait.
   * @returns The state; or a problem with the code `PLUGIN_STATE_UNREACHABLE`, or
   * `PLUGIN_STATE_CORRUPT`.
   */
  async read({ signal }: StateOptions = {}): Promise<StateReadResult> {
    const reading = await this.#read(signal);
    return reading.ok
      ? { ok: true, snapshot: reading.snapshot }
      : { ok: false, problem: reading.problem };
  }

  /**
   * Changes the stored state.
   *
   * @param change Returns the plugins to store, given the stored ones. It is called
   * again if another writer was faster.
   * @param options A signal that aborts the wait but no write that has begun, and
   * `unrecorded`.
   * @returns The stored state after the change.
   * @throws {PluginError} `PLUGIN_STATE_UNREACHABLE`, `PLUGIN_STATE_CORRUPT`,
   * `PLUGIN_STATE_UNWRITABLE`, or `PLUGIN_STATE_CONFLICT`.
   */
  async update(
    change: StateChange,
    { signal, unrecorded }: StateUpdateOptions = {},
  ): Promise<StateSnapshot> {
    return await this.#change(
      (current) => applyChange(current, change, unrecorded),
      signal,
    );
  }

  /**
   * Removes the marks of plugins whose decisions are recorded.
   *
   * @param ids The plugins.
   * @param options A signal that aborts the wait.
   * @throws {PluginError} As `update` does.
   */
  async markRecorded(
    ids: readonly string[],
    { signal }: StateOptions = {},
  ): Promise<void> {
    await this.#change((current) => applyRecorded(current, ids), signal);
  }

  /**
   * Calls a function once, after each change by any host, and after each connection
   * that was lost.
   *
   * @param hint The function. It must not throw.
   * @param options A signal that aborts the wait.
   * @returns The subscription; dispose it to end it.
   */
  abstract watch(
    hint: () => void,
    options?: StateOptions,
  ): Promise<AsyncDisposable>;

  async #read(signal: AbortSignal | undefined): Promise<Reading<Version>> {
    signal?.throwIfAborted();
    let stored: StoredDocument<Version> | undefined;
    try {
      stored = await abortable(this.#document.read(), signal);
    } catch (thrown) {
      signal?.throwIfAborted();
      const problem = this.#problemOf("PLUGIN_STATE_UNREACHABLE", "read", {
        what: this.#explain(thrown),
        remedy: `Restore the connection to ${this.#document.engine}, and let ` +
          "this host read there",
      });
      return { ok: false, problem, cause: thrown };
    }
    if (stored === undefined) {
      return { ok: true, snapshot: emptySnapshot(), version: undefined };
    }
    const { bytes, version } = stored;
    const result = decodeState(bytes);
    return result.ok ? { ok: true, snapshot: result.snapshot, version } : {
      ok: false,
      problem: this.#problemOf("PLUGIN_STATE_CORRUPT", "read", result.fault),
    };
  }

  async #change(
    step: (current: StateSnapshot) => StateSnapshot,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<StateSnapshot> {
    using _turn = await this.#mutex.lock(signal);
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const reading = await this.#read(signal);
      if (!reading.ok) throw toError(reading.problem, reading.cause);
      const { snapshot, version } = reading;
      const next = step(snapshot);
      if (next === snapshot) return copySnapshot(next);
      const bytes = encodeState(next, snapshot);
      signal.throwIfAborted();
      if (await this.#write(bytes, version)) return copySnapshot(next);
      // Each loser waits for another time, so that one of them is first.
      const longest = Math.min(2 ** tries, LONGEST_PAUSE);
      await pause(systemClock, Math.random() * longest, signal);
    }
    throw toError(
      this.#problemOf("PLUGIN_STATE_CONFLICT", "write", {
        what: `${MAX_TRIES} times, another writer was faster`,
        remedy: "Find out what writes to it so often, then try again",
      }),
    );
  }

  async #write(
    bytes: Uint8Array,
    before: Version | undefined,
  ): Promise<boolean> {
    try {
      return await this.#document.write(bytes, before);
    } catch (thrown) {
      throw toError(
        this.#problemOf("PLUGIN_STATE_UNWRITABLE", "write", {
          what: this.#explain(thrown),
          remedy: `Restore the connection to ${this.#document.engine}, and ` +
            "let this host write there",
        }),
        thrown,
      );
    }
  }

  #explain(thrown: unknown): string {
    return `${this.#document.engine} reports: ${
      maskCredentials(describeThrown(thrown))
    }`;
  }

  #problemOf(
    code: Problem["code"],
    action: "read" | "write",
    { what, remedy, path }: StateFault,
  ): Problem {
    return Object.freeze({
      code,
      message: `Cannot ${action} plugin state ${quote(this.#name)}: ${what}`,
      remedy,
      ...path === undefined ? {} : { path },
    });
  }
}

function toError(problem: Problem, cause?: unknown): PluginError {
  const { code, message, remedy } = problem;
  return new PluginError(message, {
    code,
    remedy,
    problems: [problem],
    ...cause === undefined ? {} : { cause },
  });
}
