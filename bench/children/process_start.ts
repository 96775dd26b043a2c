/** Starts plugins in processes of their own, and bare processes. */

import { alternate, type Rounds, timed } from "../measure/alternate.ts";
import { BareProcess } from "./bare_process.ts";
import { answer, readRequest } from "./child.ts";
import { createProcessHost, getEcho } from "./process_host.ts";

interface Request extends Rounds {
  /** A directory of plugins. */
  readonly directory: string;
  readonly count: number;
}

const { directory, count, ...rounds } = readRequest<Request>();
const indexes = Array.from({ length: count }, (_, index) => index);
const living = createProcessHost(directory);
await living.load();

async function startOne(): Promise<number> {
  await living.disable("process-0");
  return await timed(async () => {
    await living.enable("process-0");
    await getEcho(living).echo(1);
  });
}

async function startBare(bareCount: number): Promise<number> {
  const processes: BareProcess[] = [];
  const time = await timed(() =>
    Promise.all(
      Array.from({ length: bareCount }, async () => {
        const process = new BareProcess();
        processes.push(process);
        await process.send(1, 1);
      }),
    )
  );
  await Promise.all(processes.map((process) => process.end()));
  return time;
}

async function startMany(): Promise<number> {
  await using host = createProcessHost(directory);
  return await timed(async () => {
    await host.load();
    await Promise.all(indexes.map((index) => getEcho(host, index).echo(1)));
  });
}

const one = await alternate({
  one: startOne,
  bareOne: () => startBare(1),
}, rounds);
await living[Symbol.asyncDispose]();
const many = await alternate({
  many: startMany,
  bareMany: () => startBare(count),
}, { rounds: Math.ceil(rounds.rounds / 3), warmUp: 1 });

answer({ ...one, ...many });
