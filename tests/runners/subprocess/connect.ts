/** Two ends of a channel in one process, whose bytes arrive in a later turn. */

import {
  Channel,
  type ChannelOptions,
} from "../../../src/runners/subprocess/channel.ts";
import { createMark } from "../../../src/runners/subprocess/frames.ts";

export type EndOptions = Partial<ChannelOptions>;

export interface Connection extends Disposable {
  readonly host: Channel;
  readonly plugin: Channel;
}

/** Connects two ends. */
export function connect(
  host: EndOptions = {},
  plugin: EndOptions = {},
): Connection {
  const mark = createMark();
  const ends: Channel[] = [];
  const sendTo = (index: number) => (bytes: Uint8Array) => {
    const chunk = bytes.slice();
    return Promise.resolve().then(() => ends[index]?.read(chunk));
  };
  const hostEnd = new Channel({ mark, send: sendTo(1), ...host });
  const pluginEnd = new Channel({ mark, send: sendTo(0), ...plugin });
  ends.push(hostEnd, pluginEnd);
  return {
    host: hostEnd,
    plugin: pluginEnd,
    [Symbol.dispose]() {
      hostEnd.close(new Error("The test is over"));
      pluginEnd.close(new Error("The test is over"));
    },
  };
}
