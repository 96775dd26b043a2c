import { compareRunners } from "../runners/subprocess/parity.ts";
import { testUnless, withoutPosix } from "../test_unless.ts";

const isFuzz = Deno.env.has("PLUGINS_FUZZ_RUNS");

testUnless(
  withoutPosix("Unix sockets in Deno"),
  "a host reports of plugins in live mode what it reports of those in its own process",
  // A part of them in an ordinary run, each of which needs no other: each takes a process.
  () =>
    compareRunners(
      "live",
      (index, folder) =>
        isFuzz || (index % 5 === 0 && !/^requires-|-dependent$/.test(folder)),
    ),
);
