/** Processes that were started before a plugin needs one. */

import type { Child } from "./child.ts";
import type { SubprocessCommand } from "./command.ts";
import type { LiveSession } from "./live_session.ts";

/** A process that has run no plugin yet. */
export interface Spare {
  readonly child: Child;
  readonly session: LiveSession;
  /** The command that started it. */
  readonly command: SubprocessCommand;
}

// What the host decides itself, and what names the plugin or the session.
const OWN_ARGUMENT_REGEXP =
  /^(?:--(?:allow|deny)-(?:read|write|net|env|sys|run|ffi)(?:=|$)|data:)/;

function sharedArguments({ args }: SubprocessCommand): string {
  const main = args.findIndex((argument) => argument.startsWith("data:"));
  return JSON.stringify(
    args.slice(0, main).filter((one) => !OWN_ARGUMENT_REGEXP.test(one)),
  );
}

/** Tests if a process can do for another command, except for variables that it lacks. */
function isLike(spare: SubprocessCommand, wanted: SubprocessCommand): boolean {
  return spare.program === wanted.program &&
    sharedArguments(spare) === sharedArguments(wanted);
}

// The path of the socket differs, and Deno reads these when it starts.
const SOCKET = "DENO_PERMISSION_BROKER_PATH";
const EARLY_REGEXP = /^(?:DENO_|SSL_CERT_|https?_proxy$|no_proxy$|TZ$)/i;

/**
 * Returns the variables that a process lacks; `undefined` if it was started with
 * others, or has to know one of them from its start.
 */
function lackingVariables(
  spare: SubprocessCommand,
  wanted: SubprocessCommand,
): Readonly<Record<string, string>> | undefined {
  const { [SOCKET]: _, ...env } = wanted.env;
  const { [SOCKET]: __, ...known } = spare.env;
  const isKept = Object.entries(known)
    .every(([name, value]) => env[name] === value);
  const lacking = Object.entries(env).filter(([name]) => !(name in known));
  return isKept && !lacking.some(([name]) => EARLY_REGEXP.test(name))
    ? Object.fromEntries(lacking)
    : undefined;
}

/** Starts a process. The signal ends it before it is ready. */
type StartSpare = (signal: AbortSignal) => Promise<Spare>;

export class Spares implements AsyncDisposable {
  readonly #count: number;
  readonly #start: StartSpare | undefined;
  #ready: Spare[] = [];
  #filling: Promise<void> | undefined;
  readonly #ending = new AbortController();

  /** Keeps some processes ready. Without `start`, there are none. */
  constructor(count: number, start: StartSpare | undefined) {
    this.#count = count;
    this.#start = start;
  }

  get isEmpty(): boolean {
    return this.#ready.length === 0;
  }

  /** Starts processes until there are enough, one after the other. Never rejects. */
  fill(): void {
    const start = this.#start;
    if (start === undefined) return;
    this.#filling ??= this.#fill(start).finally(() => {
      this.#filling = undefined;
    });
  }

  async #fill(start: StartSpare): Promise<void> {
    const { signal } = this.#ending;
    this.#removeEnded();
    try {
      while (this.#ready.length < this.#count && !signal.aborted) {
        const spare = await start(signal);
        this.#removeEnded();
        this.#ready.push(spare);
      }
    } catch {
      // Whoever needs a process starts one, and learns the reason.
    }
  }

  /** Takes a process that can do for a command, with the variables that it lacks. */
  takeFor(
    wanted: SubprocessCommand,
  ):
    | Omit<Spare, "command"> & {
      readonly variables: Readonly<Record<string, string>>;
    }
    | undefined {
    for (const [index, { child, session, command }] of this.#ready.entries()) {
      if (child.isEnded || !isLike(command, wanted)) continue;
      const variables = lackingVariables(command, wanted);
      if (variables === undefined) continue;
      this.#ready.splice(index, 1);
      return { child, session, variables };
    }
    return undefined;
  }

  #removeEnded(): void {
    this.#ready = this.#ready.filter(({ child }) => !child.isEnded);
  }

  /** Ends the processes, and one that is being started. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#filling;
    const children = this.#ready.splice(0).map(({ child }) => child);
    for (const child of children) child.kill();
    await Promise.all(children.map(({ ended }) => ended));
  }
}
