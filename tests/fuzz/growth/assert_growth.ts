import { assert } from "@std/assert";

/** Does something with a text of a length, or with so many values. */
export type Work = (size: number) => unknown;

// What grows by its length takes 10 times as long at 10 times the size, by its
// square 100 times. Below the floor noise decides.
const MOST_GROWTH = 40;
const FLOOR = 300;
const LIMIT = 5_000;
const TRIES = 4;

async function timeOf(work: Work, size: number): Promise<number> {
  const start = performance.now();
  await work(size);
  return performance.now() - start;
}

/**
 * Fails if the time of some work grows faster than its size. A machine that is
 * busy gets several tries; what grows by the square fails them all. Each size is
 * ten times the one before.
 */
export async function assertGrowth(
  name: string,
  work: Work,
  sizes: readonly [number, ...number[]],
): Promise<void> {
  let [small, ...others] = sizes;
  let before = await timeOf(work, small);
  assert(before < LIMIT, `${name}: ${before} ms at ${small}`);
  for (const size of others) {
    let time = await timeOf(work, size);
    for (let tries = 1; isTooSlow(time, before); tries++) {
      assert(
        tries < TRIES,
        `${name}: ${before} ms at ${small}, ${time} ms at ${size}`,
      );
      before = Math.max(before, await timeOf(work, small));
      time = Math.min(time, await timeOf(work, size));
    }
    before = time;
    small = size;
  }
}

function isTooSlow(time: number, before: number): boolean {
  return time > FLOOR && time > MOST_GROWTH * before;
}
