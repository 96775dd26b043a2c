import { createHook } from "node:async_hooks";
import process from "node:process";
import { findResources } from "../../runners/in_process/open_resources.ts";

/** The names that Deno gives to open resources, in words. */
const NAMES: Readonly<Record<string, string>> = Object.freeze({
  child: "a running program",
  database: "an open database",
  fetchResponse: "an unread response",
  fsEvents: "a file watcher",
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
  unixListener: "a Unix socket listener",
  unixStream: "an open Unix socket",
  "deno_web::broadcast_channel::InMemoryBroadcastChannelResource":
    "an open broadcast channel",
  TCPServerWrap: "a server",
  PipeWrap: "an open pipe",
});

/**
 * Finds resources that a plugin leaves open in its process. Create it before the
 * plugin's code runs, because the code may replace the functions it uses.
 */
export class LeakDetector {
  readonly #intervals = new Set<number>();
  readonly #resources = findResources();
  readonly #active = process.getActiveResourcesInfo.bind(process);
  readonly #before = new Set(Object.keys(this.#resources()));

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

  /** Returns the resources opened since, in words, without duplicates. */
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
