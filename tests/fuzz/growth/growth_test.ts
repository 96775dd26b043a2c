import { assertRejects } from "@std/assert";
import { PluginError } from "@semantik/plugins";
import { assertGrowth } from "./assert_growth.ts";
import { LIST_SUBJECTS } from "./list_subjects.ts";
import { SUBJECTS } from "./text_subjects.ts";

// A fuzz run tries everything, an ordinary one some units for each function,
// among them those that kept a search busy once, and few of them at length.
const IS_FUZZ = Deno.env.has("PLUGINS_FUZZ_RUNS");
const OFTEN = 3;
const SOME = 1;
const LONG = 24;

/** The characters that texts consist of, over and over. */
const UNITS = [...'a:/\\.@ %["$=,*', ..."0A]{}()'~#&?;|<>+^!-_\n\té😀\0\u202e"];

/** The same, of several characters. */
const LONG_UNITS = [
  "a.",
  "a:",
  "a/",
  "../",
  ":@",
  "a:b@",
  "${a",
  "${A:-",
  '\\"',
  "*.",
  "1.",
  "1 ",
  "a=1\n",
  "a,",
  "aA",
  "--",
  "C:\\",
  "\\\\a",
  "||",
  '{"a":',
  "a_",
  "http://",
];

const ALL_UNITS = [...UNITS, ...LONG_UNITS];

function unitsFor(index: number): readonly string[] {
  if (IS_FUZZ) return ALL_UNITS;
  const others = ALL_UNITS.slice(OFTEN);
  const from = (index * SOME) % others.length;
  return [...ALL_UNITS.slice(0, OFTEN), ...others.slice(from, from + SOME)];
}

async function settle(work: () => unknown): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    // Refusing a text is fine.
    if (!(thrown instanceof PluginError)) throw thrown;
  }
}

Deno.test("what takes text takes time in step with its length", async (t) => {
  for (const [index, [name, use]] of SUBJECTS.entries()) {
    await t.step(name, async () => {
      const units = unitsFor(index);
      for (const [place, unit] of units.entries()) {
        const isLong = IS_FUZZ || index % LONG === place;
        await assertGrowth(
          JSON.stringify(unit),
          (size) =>
            settle(() => use(unit.repeat(Math.ceil(size / unit.length)))),
          isLong
            ? [1_000, 10_000, 100_000, 1_000_000]
            : [1_000, 10_000, 100_000],
        );
      }
    });
  }
});

Deno.test("what takes lists and records takes time in step with their size", async (t) => {
  for (const [name, use] of LIST_SUBJECTS) {
    await t.step(name, () =>
      assertGrowth(
        name,
        (size) => settle(() => use(size)),
        IS_FUZZ ? [1_000, 10_000, 100_000] : [300, 3_000],
      ));
  }
});

Deno.test("the growth of time by the square of the size is found", async () => {
  let now = 0;
  const grow = (power: number) =>
    assertGrowth(
      "it",
      (size) => now += 20 * (size / 1_000) ** power,
      [1_000, 10_000],
      () => now,
    );
  await grow(1);
  await assertRejects(() => grow(2), Error, "20 ms at 1000, 2000 ms at 10000");
});
