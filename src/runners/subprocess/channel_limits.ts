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
