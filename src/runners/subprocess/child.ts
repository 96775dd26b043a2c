/** One process of a plugin: its start, its channel, its output and its end. */

import { PluginError } from "../../base/errors.ts";
import type { PluginLog } from "../../base/plugin.ts";
import { describeThrown, onOneLine, quote } from "../../base/text.ts";
import { type Clock, withTimeLimit } from "../../base/timing.ts";
import { ProcessError } from "../plugin_calls.ts";
import type { Ended } from "../runner.ts";
import { Channel } from "./channel.ts";
import type { StartCommand } from "./command.ts";
import { createMark } from "./frames.ts";
import type { SubprocessLimits } from "./limits.ts";
import { isAllocationError, reasonOf } from "./process_end.ts";
import { TextLines } from "./text_lines.ts";
import { TokenBucket } from "./token_bucket.ts";

const MIB = 1_048_576;
/** The time between the end of standard input and the end of the process (ms). */
const GRACE = 200;
// As much as a pipe holds.
const BLOCK_BYTES = 65_536;
/** The time for an aborted call to end, or for a sign of life (ms). */
const ABORT_GRACE = 500;
const MAX_LAST_WORDS = 2_000;
// Standard error is read as slowly as the text on standard output.
const TEXT_BYTES_PER_TOKEN = 1_024;
const LINES_PER_TOKEN = 16;

/** The plugin that a process runs. */
export interface ChildOwner {
  readonly id: string;
  /** The clock of its calls. */
  readonly callClock: Clock;
  readonly log: PluginLog;
  readonly serve: (method: string, args: readonly unknown[]) => unknown;
  readonly onNotice: (method: string, args: readonly unknown[]) => void;
}

export interface ChildOptions {
  readonly owner: ChildOwner;
  readonly limits: SubprocessLimits;
  readonly clock: Clock;
  readonly mask: (text: string) => string;
  /** The module that the process reads first. */
  readonly bootstrap: Uint8Array;
  /** True if it asks its host for permissions. */
  readonly isLive: boolean;
  /** Makes the command for a mark. */
  readonly command: (mark: string) => StartCommand;
}

function spawn(
  id: string,
  { program, args, env, isGrouped }: StartCommand,
): Deno.ChildProcess {
  try {
    return new Deno.Command(program, {
      args: [...args],
      env,
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      // A group of its own, which ends as a whole.
      detached: !isGrouped,
    }).spawn();
  } catch (thrown) {
    throw new ProcessError(
      id,
      "start the process of",
      describeThrown(thrown),
      {
        code: "PLUGIN_RUNNER_UNAVAILABLE",
        remedy: thrown instanceof Deno.errors.NotCapable
          ? `Start the host with --allow-run=${program}`
          : `Install ${quote(program)}, or change the options deno and wrap ` +
            "of subprocess()",
        cause: thrown,
      },
    );
  }
}

/** The warning of Deno about the way in which the process asks its host. */
const BROKER_WARNING_REGEXP = new RegExp(
  "(?:\u001b\\[\\d+m)*Warning(?:\u001b\\[\\d+m)* " +
    "Permission broker is an experimental feature\n?",
  "g",
);

// Asks first: a host on a terminal would show a question of Deno.
function mayKillGroups(): boolean {
  return Deno.permissions.querySync({ name: "run" }).state === "granted";
}

function protocolError(id: string, why: string): ProcessError {
  return new ProcessError(id, "use", `its process broke the protocol: ${why}`, {
    code: "PLUGIN_PROTOCOL_BROKEN",
    remedy:
      "Check the plugin: its process sent a message that the plugin API " +
      "never sends",
  });
}

export class Child {
  readonly pid: number;
  readonly channel: Channel;
  /** Never rejects. */
  readonly ended: Promise<Ended>;
  readonly #process: Deno.ChildProcess;
  readonly #options: ChildOptions;
  #owner: ChildOwner;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #output: ReadableStreamBYOBReader;
  readonly #errors: ReadableStreamDefaultReader<Uint8Array>;
  #underWay = 0;
  readonly #idle: (() => void)[] = [];
  /** Cancels of the times that aborted calls get to end. */
  readonly #graces = new Set<() => void>();
  /** The calls that its end rejected. */
  lost = 0;
  #lastLines = "";
  #asked: "disposed" | "killed" | "broker" | undefined;
  /** The reason why the host killed it, to be given to the calls under way. */
  #killedFor: string | PluginError | undefined;
  #end: Ended | undefined;
  /** Ends each wait until more may be read. */
  readonly #waits = new Set<() => void>();
  #isGone = false;
  /** True since its bootstrap spoke: it is Deno, and has not run the plugin before. */
  #isGreeted = false;

  /** Throws `PLUGIN_RUNNER_UNAVAILABLE` if the process cannot be started. */
  constructor(options: ChildOptions) {
    const { owner, limits, clock } = options;
    this.#owner = owner;
    this.#options = options;
    const mark = createMark();
    const hex = Array.from(mark, (byte) => byte.toString(16).padStart(2, "0"));
    this.#process = spawn(owner.id, options.command(hex.join("")));
    this.pid = this.#process.pid;
    this.#writer = this.#process.stdin.getWriter();
    this.#output = this.#process.stdout.getReader({ mode: "byob" });
    this.#errors = this.#process.stderr.getReader();
    // A process that ended refuses what is written; its end is reported elsewhere.
    this.#writer.closed.catch(() => {});
    this.#writer.write(options.bootstrap).catch(() => {});
    const printed = new TextLines(clock, (line) => this.#log("info", line));
    this.channel = new Channel({
      mark,
      limitCall: (name, call) => this.limitCall(name, call),
      toError: (why) => protocolError(this.#owner.id, why),
      limits: {
        frameBytes: limits.message * MIB,
        calls: limits.calls,
        messagesPerSecond: limits.messages,
      },
      clock,
      send: (bytes) => this.#writer.write(bytes),
      serve: (method, args) => this.#owner.serve(method, args),
      onNotice: (method, args) => this.#owner.onNotice(method, args),
      onText: (bytes) => printed.write(bytes),
      onBroken: (error) => this.kill(error),
      // A plugin that nobody waits for does not keep the host alive.
      onBusy: (isBusy) => {
        // The host waits for an end that it asked for.
        this.#hold(isBusy || this.#asked !== undefined);
        if (isBusy) return;
        for (const resolve of this.#idle.splice(0)) resolve();
      },
    });
    this.channel.peerInfo.then(() => {
      this.#isGreeted = true;
      if (this.channel.load.calling === 0 && this.#asked === undefined) {
        this.#hold(false);
      }
    }, () => {});
    this.ended = this.#watch(printed);
  }

  /** Gives a process that has run no plugin yet to one. */
  adopt(owner: ChildOwner): void {
    this.#owner = owner;
  }

  /** Says if the host waits for the end of the process before it ends itself. */
  #hold(isHeld: boolean): void {
    try {
      if (isHeld) this.#process.ref();
      else this.#process.unref();
    } catch {
      // Its pipes are closed already, and its end is about to be reported.
    }
  }

  get isEnded(): boolean {
    return this.#end !== undefined || this.#asked !== undefined;
  }

  #log(level: "info" | "error", line: string): void {
    if (line !== "") this.#owner.log[level](line);
  }

  async #watch(printed: TextLines): Promise<Ended> {
    const reading = Promise.all([
      this.#readOutput(printed),
      this.#readErrors(),
    ]);
    const status = await this.#process.status;
    // Its pipes hold little more, and its last words are the end of it.
    this.#isGone = true;
    for (const resolve of this.#waits) resolve();
    // What it started may still run, and hold its pipes open.
    this.#signal();
    const cancel = this.#options.clock.after(GRACE, () => {
      this.#output.cancel().catch(() => {});
      this.#errors.cancel().catch(() => {});
    });
    await reading;
    cancel();
    const { mask } = this.#options;
    // Masked as a whole: the end of a secret cannot be told from other text.
    const words = mask(this.#lastLines.trim()).slice(-MAX_LAST_WORDS);
    const lastWords = onOneLine(words, MAX_LAST_WORDS);
    const { code, signal } = status;
    const hasCpuLimit = this.#options.limits.cpu !== Infinity;
    const asked = this.#asked;
    const reason = reasonOf({ code, signal, lastWords, asked, hasCpuLimit });
    const ended: Ended = Object.freeze({
      reason,
      code,
      signal: signal ?? undefined,
      lastWords,
    });
    this.#end = ended;
    this.lost = this.#underWay;
    for (const cancelGrace of this.#graces) cancelGrace();
    this.#graces.clear();
    this.channel.close(this.#errorOf(ended));
    this.#writer.abort().catch(() => {});
    return ended;
  }

  async #readOutput(printed: TextLines): Promise<void> {
    const { channel } = this;
    // One block for all reads: to make one for each takes longer than to read it.
    let block = new Uint8Array(BLOCK_BYTES);
    try {
      for (;;) {
        const { value, done } = await this.#output.read(block);
        if (done || value === undefined) break;
        channel.read(value);
        block = new Uint8Array(value.buffer);
        const ready = this.#isGone ? undefined : channel.ready();
        if (ready !== undefined) await this.#wait(ready);
      }
    } catch {
      // The pipe broke, which its process does not outlive.
    }
    channel.end();
    printed.end();
  }

  /** Waits until more may be read, or the process is gone. */
  async #wait(ready: Promise<void>): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waits.add(resolve);
    ready.then(resolve);
    await promise;
    this.#waits.delete(resolve);
  }

  async #readErrors(): Promise<void> {
    const { clock, limits } = this.#options;
    const bucket = new TokenBucket(limits.messages, clock);
    const withoutWarning = (text: string) =>
      this.#options.isLive ? text.replace(BROKER_WARNING_REGEXP, "") : text;
    const lines = new TextLines(
      clock,
      (line) => this.#log("error", withoutWarning(line)),
    );
    try {
      for (;;) {
        const { value } = await this.#errors.read();
        if (value === undefined) break;
        bucket.take(
          value.length / TEXT_BYTES_PER_TOKEN +
            lines.write(value) / LINES_PER_TOKEN,
        );
        const ready = this.#isGone ? undefined : bucket.refilled();
        if (ready !== undefined) await this.#wait(ready);
      }
    } catch {
      // As above.
    }
    bucket.stop();
    lines.end();
    this.#lastLines = withoutWarning(lines.lastLines);
  }

  /** Kills the process unless it answers soon. */
  expectReply(): void {
    // With as many calls as it may have, the limit of each of them decides.
    if (this.channel.load.calling >= this.#options.limits.calls) return;
    const cancel = this.#owner.callClock.after(
      ABORT_GRACE,
      () => this.kill("it does not respond"),
    );
    this.request("ping", []).then(cancel, cancel);
  }

  /**
   * Runs a call within its time limit. One that takes longer is aborted, and the
   * process killed unless the call ends then.
   */
  async limitCall(
    name: string,
    call: (signal: AbortSignal) => Promise<unknown>,
  ): Promise<unknown> {
    const { limits } = this.#options;
    const { id, callClock } = this.#owner;
    const controller = new AbortController();
    const called = call(controller.signal);
    const limited = await withTimeLimit(called, limits.call, callClock);
    if (limited.kind === "settled") return limited.value;
    const late = `${quote(name)} did not settle within ${limits.call} ms`;
    const error = new ProcessError(id, "use", late, {
      code: "PLUGIN_LIMIT_EXCEEDED",
      remedy: "Find what it waits for, or raise limits.call",
    });
    limited.eventually.catch(() => {});
    controller.abort(error);
    if (this.isEnded) throw error;
    const cancel = callClock.after(ABORT_GRACE, () => {
      this.#graces.delete(cancel);
      if (this.channel.isOwed(controller.signal)) this.kill(late);
    });
    this.#graces.add(cancel);
    throw error;
  }

  /** Resolves when no call is under way. */
  async idle(): Promise<void> {
    if (this.channel.load.calling === 0) return;
    await Promise.race([
      new Promise<void>((resolve) => this.#idle.push(resolve)),
      this.ended,
    ]);
  }

  /** Calls the bootstrap. */
  async request(
    method: string,
    args: readonly unknown[],
    signal?: AbortSignal,
  ): Promise<unknown> {
    this.#underWay++;
    try {
      return await this.channel.call(method, args, { signal });
    } catch (thrown) {
      throw isAllocationError(thrown) ? this.#allocationError(thrown) : thrown;
    } finally {
      this.#underWay--;
    }
  }

  #allocationError(cause: RangeError): PluginError {
    const { id } = this.#owner;
    const { memory } = this.#options.limits;
    return new ProcessError(
      id,
      "use",
      `it exceeded ${memory} MiB of memory: ${describeThrown(cause)}`,
      {
        code: "PLUGIN_LIMIT_EXCEEDED",
        remedy: "Find what takes so much, or raise limits.memory",
        cause,
      },
    );
  }

  /** Ends the process and those that it started. Calls reject with the reason. */
  kill(
    reason?: string | PluginError,
    asked: "killed" | "broker" = "killed",
  ): void {
    if (this.#end !== undefined) return;
    this.#asked ??= asked;
    this.#hold(true);
    this.#killedFor ??= reason;
    this.#signal();
  }

  #signal(): void {
    try {
      // The whole group, if the host may: that takes all of the permission `run`.
      if (mayKillGroups()) return Deno.kill(-this.pid, "SIGKILL");
    } catch {
      // The group is gone, or Windows has none.
    }
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
  }

  /** Closes standard input, and kills the process if it does not end by itself. */
  async close(): Promise<Ended> {
    this.#asked ??= "disposed";
    this.#hold(true);
    this.#writer.close().catch(() => {});
    const cancel = this.#options.clock.after(GRACE, () => this.#signal());
    try {
      return await this.ended;
    } finally {
      cancel();
    }
  }

  /** Describes the end to the calls that it rejects. */
  #errorOf({ reason, code, signal, lastWords }: Ended): PluginError {
    const { id } = this.#owner;
    if (this.#killedFor instanceof PluginError) return this.#killedFor;
    const how = signal === undefined ? `exit code ${code}` : signal;
    if (reason === "memory" || reason === "cpu") {
      const { cpu, heap, memory } = this.#options.limits;
      const limit = reason === "cpu"
        ? cpu === Infinity
          ? "the processor time that the host allows"
          : `${cpu} s of processor time`
        : `${heap} MiB of heap or ${memory} MiB of memory`;
      return new ProcessError(
        id,
        "use",
        `its process exceeded ${limit} (${how})`,
        {
          code: "PLUGIN_LIMIT_EXCEEDED",
          remedy: reason === "cpu"
            ? "Find what takes so long, or raise limits.cpu"
            : "Find what takes so much, or raise limits.heap and limits.memory",
        },
      );
    }
    const words = lastWords === "" ? "" : `: ${lastWords}`;
    if (!this.#isGreeted && this.#asked === undefined) {
      return new ProcessError(
        id,
        "start",
        `its command ended (${how})${words}`,
        {
          code: "PLUGIN_RUNNER_UNAVAILABLE",
          remedy: reason === "broker"
            ? 'Use subprocess({ mode: "flags" }), or Deno 2.9'
            : "Check the path of Deno, and the options wrap and config of " +
              "subprocess()",
        },
      );
    }
    return new ProcessError(
      id,
      "use",
      this.#killedFor === undefined
        ? `its process ended (${how})${words}`
        : `its process was killed: ${this.#killedFor}`,
      {
        code: "PLUGIN_CRASHED",
        remedy: "See what ended it; the next call starts it again",
      },
    );
  }
}
