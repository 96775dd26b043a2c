import type { Bench, BenchSettings } from "../bench.ts";
import { makeProcessPlugins } from "../fixtures/make_process_plugins.ts";
import type { Result } from "../measure/comparison.ts";
import { readPeers } from "../measure/read_answer.ts";
import { runChild } from "../measure/run_child.ts";

/** The peers, and their modules as `children/` sees them. */
const PEERS = {
  "deno-http-worker": "../peers/deno_http_worker.ts",
  "Extism in a worker": "../peers/extism.ts",
  capnweb: "../peers/capnweb.ts",
};

/** Starts and calls plugins, against what people use to run code elsewhere. */
export function processPeers({ quick, directory }: BenchSettings): Bench {
  return {
    name: "peers of processes",
    unit: "ms",
    rows: Object.keys(PEERS).flatMap((name) => [
      {
        id: `process-start-${name}`,
        what: `start a plugin elsewhere, against ${name}`,
        target: 1,
      },
      {
        id: `process-call-${name}`,
        what: `pass 1 KiB there and back, against ${name}`,
        target: 1,
      },
    ]),
    async measure() {
      const plugins = `${directory}/processes-peers`;
      await makeProcessPlugins(plugins, 1);
      const { answer } = await runChild("process_peers", {
        flags: ["--allow-all"],
        request: {
          directory: plugins,
          peers: PEERS,
          ...quick
            ? { rounds: 1, warmUp: 0, calls: 10 }
            : { rounds: 21, warmUp: 3, calls: 100 },
        },
      });
      const { start, call, missing } = readPeers(answer);
      return Object.fromEntries(
        Object.keys(PEERS).flatMap((name): [string, Result][] => {
          const why = missing[name];
          const result = (series: typeof start): Result =>
            why === undefined
              ? {
                ours: series["ours"] ?? [],
                theirs: { [name]: series[name] ?? [] },
              }
              : { notMeasured: why };
          return [
            [`process-start-${name}`, result(start)],
            [`process-call-${name}`, result(call)],
          ];
        }),
      );
    },
  };
}
