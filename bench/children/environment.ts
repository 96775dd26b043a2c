/**
 * Reads the variables of this process with ours and with Deno's own call, in
 * turns.
 */

import { getSanitizedEnvironment } from "@semantik/plugins";
import { alternate, type Rounds } from "../measure/alternate.ts";
import { answer, readRequest } from "./child.ts";

const { count, calls, ...rounds } = readRequest<
  { count: number; calls: number } & Rounds
>();

const { length } = Object.keys(Deno.env.toObject());
if (length !== count) throw new Error(`It has ${length} variables`);
const kept = Object.keys(getSanitizedEnvironment()).length;
if (kept === 0 || kept >= count) throw new Error(`It keeps ${kept}`);

function perCall(read: () => Record<string, string>): () => number {
  return () => {
    const start = performance.now();
    for (let call = 0; call < calls; call++) read();
    return (performance.now() - start) / calls;
  };
}

answer(
  await alternate({
    ours: perCall(() => getSanitizedEnvironment()),
    "Deno.env.toObject": perCall(() => Deno.env.toObject()),
  }, rounds),
);
