/** The socket at which one process of a plugin asks for permissions. */

import type { Clock } from "../base/timing.ts";
import {
  type BrokerAnswer,
  BrokerFault,
  type BrokerRequest,
  formatAnswer,
  RequestReader,
} from "./protocol.ts";

/** The host cannot listen: the message says why. */
export class SocketError extends Error {
  override readonly name = "SocketError";
}

export interface BrokerServerOptions {
  /** The absolute path of the socket, in a directory that only this user can use. */
  readonly path: string;
  readonly clock: Clock;
  /** Returns the answer to a request, or throws a `BrokerFault`. */
  readonly answer: (
    request: BrokerRequest,
  ) => BrokerAnswer | Promise<BrokerAnswer>;
  /** Takes the fault of the process, which gets no more replies. */
  readonly onFault: (fault: BrokerFault) => void;
}

/** The time after which another host does not give the path back any more (ms). */
const LOCK_LIMIT = 10_000;
/** The time between two tries to get the lock of a socket, in milliseconds. */
const LOCK_PAUSE = 4;
const PRIVATE = 0o077;

/** Makes the directory of the sockets, or checks that nobody else can use it. */
function prepareDirectory(directory: string): void {
  try {
    Deno.mkdirSync(directory, { mode: 0o700 });
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.AlreadyExists)) throw thrown;
  }
  const { isDirectory, mode } = Deno.lstatSync(directory);
  if (!isDirectory) throw new SocketError("it is not a directory");
  if (((mode ?? 0) & PRIVATE) !== 0) {
    throw new SocketError("other users may use it");
  }
}

/**
 * Opens the file by which hosts take turns with a path. The system gives the lock
 * back when a host dies.
 */
function openLock(directory: string, path: string): Deno.FsFile {
  prepareDirectory(directory);
  const file = Deno.openSync(`${path}.lock`, {
    read: true,
    write: true,
    create: true,
    mode: 0o600,
  });
  // A new file belongs to this user: root may write into the directories of others.
  if (file.statSync().uid !== Deno.lstatSync(directory).uid) {
    file.close();
    throw new SocketError("it belongs to another user");
  }
  return file;
}

function removeStale(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
  }
}

/**
 * Listens for one process, and replies to what it asks.
 *
 * Requires `read` and `write` permission for the directory of the socket, and `net`
 * permission for `unix:` and its path.
 */
export class BrokerServer implements Disposable {
  /**
   * Resolves when a process has connected: nobody else can from then on. Rejects if
   * none did.
   */
  readonly connected: Promise<void>;
  readonly #options: BrokerServerOptions;
  readonly #listener: Deno.UnixListener;
  readonly #lock: Deno.FsFile;
  #connection: Deno.UnixConn | undefined;
  #isOver = false;

  private constructor(
    options: BrokerServerOptions,
    listener: Deno.UnixListener,
    lock: Deno.FsFile,
  ) {
    this.#options = options;
    this.#listener = listener;
    this.#lock = lock;
    this.connected = this.#accept();
    this.connected.catch(() => {});
  }

  /**
   * Waits for its turn with the path, and listens there.
   *
   * @throws {SocketError} when the directory of the socket is not safe.
   */
  static async listen(options: BrokerServerOptions): Promise<BrokerServer> {
    const { path, clock } = options;
    const lock = openLock(path.slice(0, path.lastIndexOf("/")), path);
    try {
      const end = clock.elapsed() + LOCK_LIMIT;
      while (!await lock.tryLock(true)) {
        if (clock.elapsed() > end) {
          throw new SocketError("another host is starting a process with it");
        }
        await new Promise<void>((resolve) => {
          clock.after(LOCK_PAUSE, resolve);
        });
      }
      // Only a host that died has left one.
      removeStale(path);
      const listener = Deno.listen({ transport: "unix", path });
      return new BrokerServer(options, listener, lock);
    } catch (thrown) {
      lock.close();
      throw thrown;
    }
  }

  async #accept(): Promise<void> {
    try {
      this.#connection = await this.#listener.accept();
    } finally {
      this.#stopListening();
    }
    if (this.#isOver) this.#connection.close();
    else this.#serve(this.#connection);
  }

  /** Removes the socket and lets others have its path. */
  #stopListening(): void {
    try {
      this.#listener.close();
    } catch {
      // It is closed already.
    }
    removeStale(this.#options.path);
    this.#lock.close();
  }

  async #serve(connection: Deno.UnixConn): Promise<void> {
    const reader = new RequestReader();
    const buffer = new Uint8Array(4_096);
    // A process that waits for an answer does not keep the host alive.
    connection.unref();
    try {
      for (;;) {
        const length = await connection.read(buffer);
        if (length === null || this.#isOver) break;
        const request = reader.read(buffer.subarray(0, length));
        if (request === undefined) continue;
        const answer = this.#options.answer(request);
        const given = answer instanceof Promise ? await answer : answer;
        // The next request comes when the answer has arrived, and not before.
        this.#write(connection, formatAnswer(request.id, given))
          .catch(() => {});
      }
    } catch (thrown) {
      // Without a fault, the connection broke, which its process does not outlive.
      if (thrown instanceof BrokerFault && !this.#isOver) {
        this.#options.onFault(thrown);
      }
    }
    this[Symbol.dispose]();
  }

  async #write(connection: Deno.UnixConn, bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      at += await connection.write(bytes.subarray(at));
    }
  }

  /** Replies to nothing more, which ends the process. */
  [Symbol.dispose](): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#connection !== undefined) this.#connection.close();
    else this.#listener.close();
  }
}
