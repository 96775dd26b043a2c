import { Violation } from "./violation.ts";
import type { WireLimits } from "./wire_format.ts";

/** The most that another process may demand of this one. */
export interface ChannelLimits extends WireLimits {
  /** The most calls and iterations under way, for each direction. */
  readonly calls: number;
  /** The most live references, for each direction. */
  readonly references: number;
  /** The most messages a second that were not asked for; more of them have to wait. */
  readonly messagesPerSecond: number;
}

export const DEFAULT_CHANNEL_LIMITS: ChannelLimits = Object.freeze({
  frameBytes: 16 * 1_024 * 1_024,
  depth: 256,
  segments: 65_536,
  calls: 1_024,
  references: 65_536,
  messagesPerSecond: 20_000,
});

// The frames of calls under way may fill this many frames of the largest size.
const FRAMES_UNDER_WAY = 4;

/** Returns the most bytes of calls under way, for each direction. */
export function mostCallBytes({ frameBytes }: WireLimits): number {
  return FRAMES_UNDER_WAY * frameBytes;
}

/** Returns more bytes than calls, replies and items together ever let wait. */
export function mostWaitingBytes(limits: WireLimits): number {
  return 3 * mostCallBytes(limits);
}

const NAMES = [
  "frameBytes",
  "segments",
  "depth",
  "calls",
  "references",
] as const;

/** The limits of both directions. Those of the other end arrive with its greeting. */
export class LimitsInForce {
  /** The limits of what the other process sends. */
  incoming: ChannelLimits;
  /** The limits of what this process sends. */
  outgoing: ChannelLimits;
  readonly #trusts: boolean;

  /** An end that trusts the other one takes over its limits. */
  constructor(limits: ChannelLimits, trusts: boolean) {
    this.incoming = limits;
    this.outgoing = limits;
    this.#trusts = trusts;
  }

  /** The limits for the greeting. */
  get declared(): Readonly<Record<string, number>> | null {
    if (this.#trusts) return null;
    const { incoming } = this;
    return Object.fromEntries(NAMES.map((name) => [name, incoming[name]]));
  }

  /**
   * Takes the limits of the other end from its greeting.
   *
   * @throws {Violation} when they are invalid.
   */
  learn(declared: unknown): void {
    if (declared === null) return;
    if (typeof declared !== "object") throw invalid();
    const limits = { ...this.incoming };
    for (const name of NAMES) {
      const limit: unknown = Reflect.get(declared ?? {}, name);
      if (typeof limit !== "number" || !(limit >= 1)) throw invalid();
      limits[name] = this.#trusts ? limit : Math.min(limit, limits[name]);
    }
    this.outgoing = limits;
    if (this.#trusts) this.incoming = limits;
  }
}

function invalid(): Violation {
  return new Violation("its greeting has invalid limits");
}
