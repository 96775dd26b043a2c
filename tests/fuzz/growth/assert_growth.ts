import { assert } from "@std/assert";

/** Does something with a text of a length, or with so many values. */
export type Work = (size: number) => unknown;

// What grows by its length takes 10 times as long at 10 times the size, by its
// square 100 times. Below the floor noise decides: on two busy cores a pause can
// last half a second, and the square of a hundred thousand takes many.
const MOST_GROWTH = 40;
const FLOOR = 1_500;
const LIMIT = 10_000;
const TRIES = 5;

/**
 * Fails if the time of some work grows faster than its size. A machine that is
 * busy gets several tries; what grows by the square fails them all. Each size is
 * ten times the one before.
 */
export async function assertGrowth(
  name: string,
  work: Work,
  sizes: readonly [number, ...number[]],
  now: () => number = () => performance.now(),
): Promise<void> {
  async function timeOf(size: number): Promise<number> {
    const start = now();
    await work(size);
    return now() - start;
  }

  let [small, ...others] = sizes;
  let before = await timeOf(small);
  assert(before < LIMIT, `${name}: ${before} ms at ${small}`);
  for (const size of others) {
    let time = await timeOf(size);
    for (let tries = 1; isTooSlow(time, before); tries++) {
      assert(
        tries < TRIES,
        `${name}: ${before} ms at ${small}, ${time} ms at ${size}`,
      );
      before = Math.max(before, await timeOf(small));
      time = Math.min(time, await timeOf(size));
    }
    before = time;
    small = size;
  }
}

function isTooSlow(time: number, before: number): boolean {
  return time > FLOOR && time > MOST_GROWTH * before;
}
