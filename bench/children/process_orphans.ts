/** Kills hosts, and measures how long the processes outlive them. */

import { alternate, type Rounds } from "../measure/alternate.ts";
import { isRunning } from "../measure/proc.ts";
import { answer, readRequest } from "./child.ts";

interface Request extends Rounds {
  /** A directory of plugins. */
  readonly directory: string;
}

const { directory, ...rounds } = readRequest<Request>();
const LONGEST = 10_000;
const pause = new Int32Array(new SharedArrayBuffer(4));

async function killHost(
  request: unknown,
): Promise<Readonly<{ idle: number; busy: number }>> {
  const host = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--allow-all",
      new URL("./orphan_host.ts", import.meta.url).href,
      JSON.stringify(request),
    ],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const reader = host.stdout.getReader();
  const { value } = await reader.read();
  const [idle = 0, busy = 0]: number[] = JSON.parse(
    new TextDecoder().decode(value),
  );
  const start = performance.now();
  host.kill("SIGKILL");
  const gone = { idle: 0, busy: 0 };
  while (gone.idle === 0 || gone.busy === 0) {
    const time = performance.now() - start;
    if (gone.idle === 0 && !isRunning(idle)) gone.idle = time;
    if (gone.busy === 0 && !isRunning(busy)) gone.busy = time;
    if (time > LONGEST) throw new Error("A process outlived its host");
    Atomics.wait(pause, 0, 0, 0.2);
  }
  await host.status;
  await reader.cancel();
  return gone;
}

const names: readonly [name: string, request: unknown][] = [
  ["", { directory }],
  ["-bare", {}],
];
const idle = new Map<string, number[]>(names.map(([name]) => [name, []]));
const busy = await alternate(
  Object.fromEntries(names.map(([name, request]) => [
    `busy${name}`,
    async () => {
      const gone = await killHost(request);
      idle.get(name)?.push(gone.idle);
      return gone.busy;
    },
  ])),
  rounds,
);

answer({
  ...busy,
  ...Object.fromEntries(
    [...idle].map(([name, all]) => [`idle${name}`, all.slice(rounds.warmUp)]),
  ),
});
