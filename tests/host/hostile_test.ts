import { assert, assertEquals } from "@std/assert";
import type { Expected } from "../hostile/expected.ts";
import { makeHostile } from "../hostile/make_hostile.ts";
import { TABLE } from "../hostile/table.ts";
import { runFixture } from "./run_fixture.ts";

const HOSTILE = `${import.meta.dirname}/../hostile`;
const SHUFFLES = 2;

type Entry =
  & Readonly<{ folder: string; source: string; id: string | undefined }>
  & Expected;

/** The plugins, with the path of each. */
function entries(made: string): readonly Entry[] {
  return TABLE.map(([folder, one]) => ({
    ...one,
    folder,
    source: folder.startsWith("made/")
      ? `${made}/${folder.slice("made/".length)}`
      : `${HOSTILE}/${folder}`,
    id: "id" in one ? one.id : folder.split("/").at(-1),
  }));
}

/** The sources that hold them: who squats lies beside its victim. */
function sourcesOf(plugins: readonly Entry[]): readonly string[] {
  return [
    ...new Set(
      plugins.map(({ source }) => source.replace(/(\/squatting)\/.*/, "$1")),
    ),
  ];
}

/** A generator of numbers below a limit, the same for the same seed (mulberry32). */
function randomBelow(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

function shuffle<Item>(list: readonly Item[], seed: number): readonly Item[] {
  const random = randomBelow(seed);
  const rest = [...list];
  return list.flatMap(() => rest.splice(random(rest.length), 1));
}

function idsOf(
  plugins: readonly Entry[],
  isOne: (one: Entry) => boolean | undefined,
): readonly string[] {
  return plugins.filter((one) => isOne(one) === true)
    .map(({ id }) => id).filter((id) => id !== undefined).sort();
}

type Row = readonly (string | undefined)[];

function rows(
  plugins: readonly Entry[],
  outcome: Expected["outcome"],
): readonly Row[] {
  return plugins.filter((one) => one.outcome === outcome)
    .map(({ source, id, code }) =>
      outcome === "loaded" ? [source, id] : [source, id ?? null, code]
    ).map((row) => JSON.stringify(row)).sort().map((row) => JSON.parse(row));
}

function sorted(found: readonly Row[]): readonly Row[] {
  return found.map((row) => JSON.stringify(row)).sort()
    .map((row) => JSON.parse(row));
}

/** Calls the live plugins of type `thing`; one that throws gives `null`. */
function sayings(
  plugins: readonly Entry[],
  isLive: (one: Entry) => boolean,
): Record<string, unknown> {
  const live = plugins.filter((one) =>
    one.outcome === "loaded" && one.type === undefined && isLive(one)
  );
  return Object.fromEntries([
    ["ours", "ours"],
    ...live.map((one) => [one.id, "says" in one ? one.says ?? null : one.id]),
  ]);
}

/** Holds what a run printed against the table. */
function check(
  plugins: readonly Entry[],
  { code, stdout, stderr }: Awaited<ReturnType<typeof runFixture>>,
): void {
  assertEquals(code, 0, stderr.slice(-2_000));
  const found = JSON.parse(stdout);
  assertEquals(sorted(found.failed), rows(plugins, "failed"));
  assertEquals(sorted(found.refused), rows(plugins, "refused"));
  assertEquals(
    sorted(found.loaded),
    sorted([["builtin:ours", "ours"], ...rows(plugins, "loaded")]),
  );
  for (const { message, remedy } of found.problems) {
    // deno-lint-ignore no-control-regex
    assert(!/[\u0000-\u001f\u007f-\u009f\u2028-\u202e]/.test(message), message);
    assert(message.length < 4_000 && remedy.length > 0, message.slice(0, 200));
    assert(!message.includes("correct-horse"), message);
  }
  assertEquals<readonly unknown[]>(
    [...new Set(found.crashed)].sort(),
    idsOf(
      plugins,
      (one) =>
        one.crashes || one.crashesInHealth || one.code === "PLUGIN_CRASHED" ||
        one.crashesInDisposal,
    ),
  );
  assertEquals(sorted(found.unclear), [
    ["abort-listener-throws-null"],
    ["late-forged-event", "good"],
  ]);
  assertEquals(found.said, sayings(plugins, (one) => one.ends !== true));
  assertEquals(
    found.saidAgain,
    sayings(plugins, (one) => !one.ends && !one.crashesInHealth),
  );
  assert(found.without, "what requires a disabled plugin is disabled with it");
  for (const { id, health } of plugins) {
    if (health !== undefined) {
      assertEquals([id, found.health[id ?? ""]], [id, health]);
    }
  }
  assertEquals(
    sorted(found.disposal),
    sorted(
      plugins.filter(({ disposal }) => disposal !== undefined)
        .map(({ id, disposal }) => [id, disposal]),
    ),
  );
  assertEquals(
    found.disposals,
    2,
    "once for the new configuration, once at the end",
  );
  assert(found.dropped > 0, "of an event that writes events without end");
  for (const line of stderr.trim().split("\n")) {
    assert(/^(?:PLUGIN_AUDIT: |INFO \[|Warning: )/.test(line), line);
    // deno-lint-ignore no-control-regex
    assert(!/[\u0000-\u001f\u007f-\u009f\u2028-\u202e]/.test(line), line);
  }
}

Deno.test("PluginHost survives all hostile plugins at once, and the others work", async (t) => {
  const made = await Deno.realPath(
    await Deno.makeTempDir({ prefix: "semantik_hostile_" }),
  );
  try {
    await makeHostile(made);
    const plugins = entries(made);
    assert(plugins.length >= 40);
    const sources = sourcesOf(plugins);
    const first = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
    for (let seed = first; seed < first + SHUFFLES; seed++) {
      await t.step(`in the order of seed ${seed}`, async () => {
        const args = shuffle(sources, seed);
        const flags = [`--allow-read=${HOSTILE},${made}`];
        check(
          plugins,
          await runFixture("../../hostile/run.ts", { flags, args }),
        );
      });
    }
  } finally {
    await Deno.remove(made, { recursive: true });
  }
});
