/** Measures the memory of plugins in processes of their own, and of bare processes. */

import { readMemory } from "../measure/proc.ts";
import { BareProcess } from "./bare_process.ts";
import { answer, readRequest } from "./child.ts";
import { createProcessHost, getEcho } from "./process_host.ts";

const { directory, count, rounds } = readRequest<
  { directory: string; count: number; rounds: number }
>();

interface Memory {
  /** Of all processes together. */
  readonly together: number;
  /** Of the largest process. */
  readonly each: number;
}

function measure(pids: readonly number[]): Memory {
  const all = pids.map(readMemory);
  return {
    together: all.reduce((sum, { proportional }) => sum + proportional, 0),
    each: Math.max(...all.map(({ resident }) => resident)),
  };
}

async function measurePlugins(): Promise<Memory> {
  await using host = createProcessHost(directory);
  await host.load();
  return measure(
    await Promise.all(
      Array.from({ length: count }, (_, index) => getEcho(host, index).pid()),
    ),
  );
}

async function measureBare(): Promise<Memory> {
  const processes = Array.from({ length: count }, () => new BareProcess());
  await Promise.all(processes.map((process) => process.send(1, 1)));
  const memory = measure(processes.map(({ process }) => process.pid));
  await Promise.all(processes.map((process) => process.end()));
  return memory;
}

const ours: Memory[] = [];
const bare: Memory[] = [];
for (let round = 0; round < rounds; round++) {
  ours.push(await measurePlugins());
  bare.push(await measureBare());
}

answer({
  together: ours.map(({ together }) => together),
  bareTogether: bare.map(({ together }) => together),
  each: ours.map(({ each }) => each),
  bareEach: bare.map(({ each }) => each),
});
