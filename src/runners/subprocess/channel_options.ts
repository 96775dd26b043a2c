import type { Clock } from "../../base/timing.ts";
import type { PluginError } from "../../base/errors.ts";
import type { ChannelLimits } from "./channel_limits.ts";
import type { ServeContext } from "./served_call.ts";

export interface ChannelOptions {
  /** The mark of the session, from `createMark()`; the same at both ends. */
  readonly mark: Uint8Array;
  /** Sent in the first message; the other end gets it from `peerInfo`. Only data. */
  readonly info?: unknown;
  /** The name of the other process in messages, e.g. `plugin "search"`. */
  readonly peer?: string;
  /** @default {DEFAULT_CHANNEL_LIMITS} */
  readonly limits?: Partial<ChannelLimits>;
  /** Takes over the limits of the other end: for the child's end only. */
  readonly trusts?: boolean;
  /** Sends stack traces of errors: for the child's end only. */
  readonly stacks?: boolean;
  readonly clock?: Clock;
  /**
   * Writes all bytes. They are valid until it returns, or until its promise
   * settles; it is not called again before.
   */
  send(bytes: Uint8Array<ArrayBuffer>): void | Promise<void>;
  /** Returns the result of a call, or a promise of it. */
  serve?(method: string, args: unknown[], context: ServeContext): unknown;
  /** Gets a message that has no reply, which is only data. */
  onNotice?(method: string, args: unknown[]): void;
  /** Gets what else the other process printed; only valid during the call. */
  onText?(bytes: Uint8Array): void;
  /** Called when the first reply is awaited, and when none is any more. */
  onBusy?(isBusy: boolean): void;
  /** Bounds the time of a call of a function of the other process. */
  limitCall?(
    name: string,
    call: (signal: AbortSignal) => Promise<unknown>,
  ): Promise<unknown>;
  /** Makes the error for a process that breaks the protocol. */
  toError?(why: string): PluginError;
  /** Called once if the other process breaks the protocol. The channel is closed. */
  onBroken?(error: PluginError): void;
  /** Called once if `send` fails; nothing more is sent, and calls wait for `close()`. */
  onUnwritable?(error: unknown): void;
}

/** The calls, iterations and references of a channel. */
export interface ChannelLoad {
  /** The calls of this process that were sent. */
  readonly calling: number;
  /** The calls of this process that are not sent yet. */
  readonly waiting: number;
  /** The calls of the other process. */
  readonly serving: number;
  /** The values of this process that the other one refers to. */
  readonly exported: number;
  /** The values of the other process that this one refers to. */
  readonly imported: number;
}

/** A function of the other process. Disposing it gives it back. */
export type RemoteFunction =
  & ((...args: unknown[]) => Promise<unknown>)
  & Disposable;
