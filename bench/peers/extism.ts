/** A WebAssembly module in a Worker. */

import { createPlugin } from "@extism/extism";
import type { Peer } from "./peer.ts";

const encoder = new TextEncoder();

function text(value: string): readonly number[] {
  return [value.length, ...encoder.encode(value)];
}

function section(id: number, entries: readonly (readonly number[])[]) {
  const bytes = [entries.length, ...entries.flat()];
  return [id, bytes.length, ...bytes];
}

function imported(name: string, type: number): readonly number[] {
  return [...text("extism:host/env"), ...text(name), 0, type];
}

const [I32, I64, FUNCTION, CALL, CONST, END] = [0x7f, 0x7e, 0x60, 16, 65, 11];

/** `echo()` passes its input on as its output, without a copy of its own. */
const MODULE = new Uint8Array([
  ...encoder.encode("\0asm"),
  ...[1, 0, 0, 0],
  ...section(1, [
    [FUNCTION, 0, 1, I64],
    [FUNCTION, 2, I64, I64, 0],
    [FUNCTION, 0, 1, I32],
  ]),
  ...section(2, [
    imported("input_offset", 0),
    imported("input_length", 0),
    imported("output_set", 1),
  ]),
  ...section(3, [[2]]),
  ...section(7, [[...text("echo"), 0, 3]]),
  ...section(10, [
    [10, 0, CALL, 0, CALL, 1, CALL, 2, CONST, 0, END],
  ]),
]);

export async function prepare(): Promise<() => Promise<Peer>> {
  const module = await WebAssembly.compile(MODULE);
  return async () => {
    const plugin = await createPlugin(module, { runInWorker: true });
    return {
      echo: async (value) => (await plugin.call("echo", value))?.text() ?? "",
      end: () => plugin.close(),
    };
  };
}
