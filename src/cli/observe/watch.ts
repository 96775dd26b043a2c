/** Watches every check of a permission of a process and of those that it starts. */

import {
  type BrokerAnswer,
  BrokerFault,
  type BrokerRequest,
  formatAnswer,
  RequestReader,
} from "../../broker/protocol.ts";
import {
  attribute,
  type Attribution,
  type CodeUrls,
} from "../../evidence/attribution.ts";
import { checkedEntry } from "../../evidence/audit_line.ts";
import {
  isPermissionKind,
  type PermissionEntry,
} from "../../permissions/permission_set.ts";
import { denoProgram } from "../validate/deno_program.ts";
import { AuditTail } from "./audit_tail.ts";

/** A check of a permission, and whose code made it. */
export interface Check extends Attribution {
  readonly entry: PermissionEntry;
  readonly pid: number;
  /** The functions that made the check, the innermost first. */
  readonly stack: readonly string[];
}

export interface WatchOptions {
  /** A directory that only this user can use. */
  readonly folder: string;
  readonly urls: CodeUrls;
  /** Decides about each check, the same ones again and again. */
  readonly decide: (check: Check) => boolean;
}

// Deno then asks for the program by its name.
const NO_WHOLE_RUN: BrokerAnswer = {
  kind: "deny",
  reason: "The program is asked for by its name",
};
const ALLOW: BrokerAnswer = { kind: "allow" };

/** The time in which the program that takes requests starts (ms). */
const START_TIMEOUT = 10_000;
const RELAY = "./relay_requests.ts";

/** Never called: a literal import lets Deno fetch the program with this module. */
export function importRelay(): Promise<unknown> {
  return import("./relay_requests.ts");
}

/** Words a denial as Deno does, so that the same follows from it. */
function denialOf({ kind, value }: PermissionEntry): string {
  const what = value === undefined ? "" : ` to "${value}"`;
  return `Requires ${kind} access${what}, run again with the --allow-${kind} flag`;
}

/**
 * Watches processes that are started with `env`. Deno asks here for each permission
 * and waits, whatever its flags say, and has written before whose code it is.
 */
export class Watch implements AsyncDisposable {
  readonly #options: WatchOptions;
  readonly #tail: AuditTail;
  readonly #relay: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<void>;
  readonly #readers = new Map<string, RequestReader>();
  readonly #ready = Promise.withResolvers<boolean>();

  private constructor(options: WatchOptions) {
    const { folder } = options;
    this.#options = options;
    this.#tail = new AuditTail(`${folder}/accesses.jsonl`);
    this.#relay = new Deno.Command(denoProgram(), {
      args: [
        "run",
        "--quiet",
        "--no-prompt",
        "--no-lock",
        "--no-config",
        `--allow-read=${folder}`,
        `--allow-write=${folder}`,
        `--allow-net=unix:${this.#socket}`,
        import.meta.resolve(RELAY),
        this.#socket,
      ],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#writer = this.#relay.stdin.getWriter();
    this.#reading = this.#read();
  }

  /** Begins to watch; `undefined` if this system cannot. */
  static async start(options: WatchOptions): Promise<Watch | undefined> {
    if (Deno.build.os === "windows") return undefined;
    const watch = new Watch(options);
    const timer = setTimeout(() => watch.#ready.resolve(false), START_TIMEOUT);
    const isReady = await watch.#ready.promise;
    clearTimeout(timer);
    if (isReady) return watch;
    await watch[Symbol.asyncDispose]();
    return undefined;
  }

  get #socket(): string {
    return `${this.#options.folder}/b.sock`;
  }

  /** The variables by which Deno asks here. */
  get env(): Readonly<Record<string, string>> {
    return {
      DENO_PERMISSION_BROKER_PATH: this.#socket,
      DENO_AUDIT_PERMISSIONS: this.#tail.path,
      DENO_TRACE_PERMISSIONS: "1",
    };
  }

  async #read(): Promise<void> {
    let rest = "";
    try {
      const text = this.#relay.stdout.pipeThrough(new TextDecoderStream());
      for await (const chunk of text) {
        const lines = (rest + chunk).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) this.#onLine(line);
      }
    } catch {
      // It was killed.
    }
    this.#ready.resolve(false);
  }

  #onLine(line: string): void {
    if (line === "ready") return this.#ready.resolve(true);
    const end = line.indexOf(" ");
    const connection = line.slice(0, end);
    const reader = this.#readers.get(connection) ?? new RequestReader();
    this.#readers.set(connection, reader);
    try {
      const bytes = new TextEncoder().encode(`${line.slice(end + 1)}\n`);
      const request = reader.read(bytes);
      if (request === undefined) return;
      const answer = formatAnswer(request.id, this.#answer(request));
      const head = new TextEncoder().encode(`${connection} `);
      const reply = new Uint8Array(head.length + answer.length);
      reply.set(head);
      reply.set(answer, head.length);
      this.#writer.write(reply).catch(() => {});
    } catch (thrown) {
      // A process with a fault gets no reply.
      if (!(thrown instanceof BrokerFault)) throw thrown;
    }
  }

  #answer({ pid, permission, value }: BrokerRequest): BrokerAnswer {
    const entry = checkedEntry(permission, value);
    if (entry === undefined) {
      // A newer Deno has more kinds.
      if (!isPermissionKind(permission)) return ALLOW;
      throw new BrokerFault("it asked for a host that cannot be read");
    }
    const { kind } = entry;
    if (kind === "run" && entry.value === undefined) return NO_WHOLE_RUN;
    const { decide, urls } = this.#options;
    // Deno writes no line for programs.
    const stack = kind === "run" ? [] : this.#tail.take(pid, entry);
    const found = attribute(kind, stack, urls);
    return decide({ entry, pid, stack, ...found })
      ? ALLOW
      : { kind: "deny", reason: denialOf(entry) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#writer.close().catch(() => {});
    try {
      this.#relay.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#relay.status;
    await this.#reading;
    this.#tail[Symbol.dispose]();
  }
}
