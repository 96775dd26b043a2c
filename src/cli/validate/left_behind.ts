/**
 * Finds what a plugin leaves behind in its process: intervals, servers, listeners.
 *
 * @module
 */

import { createHook } from "node:async_hooks";
import process from "node:process";
import { findResources } from "../../runners/in_process/open_resources.ts";

/** The names that Deno gives to open resources, in words. */
const NAMES: Readonly<Record<string, string>> = Object.freeze({
  child: "a program that runs",
  database: "an open database",
  fetchResponse: "a response that nobody read",
  fsEvents: "a watcher of files",
  fsFile: "an open file",
  http: "a server",
  httpClient: "an HTTP client",
  messagePort: "an open message port",
  signal: "a signal listener",
  tcpListener: "a TCP listener",
  tcpStream: "an open connection",
  tlsListener: "a TLS listener",
  tlsStream: "an open TLS connection",
  udpSocket: "a UDP socket",
  unixListener: "a Unix socket that listens",
  unixStream: "an open Unix socket",
  "deno_web::broadcast_channel::InMemoryBroadcastChannelResource":
    "an open broadcast channel",
  TCPServerWrap: "a server",
  PipeWrap: "an open pipe",
});

/**
 * Knows what was begun and not ended. Made before a plugin's code runs: what it
 * works with is its own from then on.
 */
export class LeftBehind {
  readonly #intervals = new Set<number>();
  readonly #resources = findResources();
  readonly #active = process.getActiveResourcesInfo.bind(process);
  readonly #before = new Set(Object.keys(this.#resources()));

  /** Begins to watch. */
  constructor() {
    const intervals = this.#intervals;
    createHook({
      init(id: number, type: string, _trigger: number, timer: object) {
        if (type === "Timeout" && Reflect.get(timer, "_repeat")) {
          intervals.add(id);
        }
      },
      destroy: (id: number) => void intervals.delete(id),
    }).enable();
  }

  /**
   * Lists what is there and was not before.
   *
   * @returns Each thing in words, once.
   */
  list(): readonly string[] {
    const found = new Set<string>();
    if (this.#intervals.size > 0) found.add("an interval");
    for (const [id, name] of Object.entries(this.#resources())) {
      if (this.#before.has(id)) continue;
      found.add(NAMES[String(name)] ?? String(name));
    }
    for (const name of this.#active()) {
      if (Object.hasOwn(NAMES, name)) found.add(NAMES[name] ?? name);
    }
    return [...found];
  }
}
