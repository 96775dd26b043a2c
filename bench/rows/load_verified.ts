import type { Bench, BenchSettings } from "../bench.ts";
import { makeVerifiedPlugins } from "../fixtures/make_verified_plugins.ts";
import { PLUGIN_FLAGS } from "../fixtures/plugin_manifest.ts";
import { pairProcesses } from "../measure/pair_processes.ts";
import { readNumber } from "../measure/read_answer.ts";

const PEER = "without a lock";

/** Loads plugins that a lock verifies, against a host without a lock. */
export function loadVerified({ quick, directory }: BenchSettings): Bench {
  const count = quick ? 10 : 100;
  return {
    name: "load verified plugins",
    unit: "ms",
    rows: [
      {
        id: "verified-standing",
        what: `load ${count} verified plugins of 5 files, from their copies`,
        target: 1.35,
      },
      {
        id: "verified-copying",
        what: "the same, with copies to make",
        target: 1.5,
      },
    ],
    async measure() {
      const plugins = `${directory}/verified-plugins`;
      const lock = `${directory}/plugins.lock.json`;
      const store = `${directory}/verified-store`;
      await makeVerifiedPlugins(plugins, lock, count);
      const flags = [...PLUGIN_FLAGS, `--allow-write=${directory}`];
      const request = {
        directory: plugins,
        count,
        log: `${directory}/verified.jsonl`,
      };
      const plain = {
        script: "load_host",
        options: () => ({ flags, request }),
      };
      const verified = (before: () => void) => ({
        script: "load_host",
        options: () => {
          before();
          return { flags, request: { ...request, lock, store } };
        },
      });
      const rounds = quick ? 1 : 25;
      const standing = await pairProcesses(verified(() => {}), plain, rounds);
      // Deno knows the code of the copies: it was transpiled at the same paths.
      const copying = await pairProcesses(
        verified(() => Deno.removeSync(store, { recursive: true })),
        plain,
        rounds,
      );
      const resultOf = ({ ours, theirs }: typeof standing) => ({
        ours: ours.map(({ answer }) => readNumber(answer, "elapsed")),
        theirs: {
          [PEER]: theirs.map(({ answer }) => readNumber(answer, "elapsed")),
        },
      });
      return {
        "verified-standing": resultOf(standing),
        "verified-copying": resultOf(copying),
      };
    },
  };
}
