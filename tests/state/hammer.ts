/** Two processes that change one state file at the same time. */

import { assert, assertEquals } from "@std/assert";
import { FileStateStore } from "@semantik/plugins/state";
import { spawnFixture } from "./run_fixture.ts";
import { withStateFile } from "./with_state_file.ts";

export interface HammerOptions {
  /** The highest number of changes of each process. */
  readonly updates: number;
  /** For how long each process makes changes at most. */
  readonly milliseconds: number;
}

async function countOf(child: Deno.ChildProcess): Promise<number> {
  const { stdout, stderr } = await child.output();
  assertEquals(new TextDecoder().decode(stderr), "");
  return Number(new TextDecoder().decode(stdout));
}

/**
 * Lets two processes change a state file while this one reads it.
 *
 * @param options How much they do.
 * @returns How many changes each process made.
 */
export async function hammer(
  { updates, milliseconds }: HammerOptions,
): Promise<readonly number[]> {
  let counts: readonly number[] = [];
  await withStateFile(async (path) => {
    const paths = [path, `${path}.lock`, `${path}.tmp`];
    const children = ["p1", "p2"].map((id) =>
      spawnFixture("hammer.ts", {
        flags: [`--allow-read=${paths}`, `--allow-write=${paths}`],
        args: [path, id, String(updates), String(milliseconds)],
      })
    );
    const ended = Promise.all(children.map(countOf)).finally(() => {
      isOver = true;
    });
    let isOver = false;
    let last = 0;
    const store = new FileStateStore(path);
    while (!isOver) {
      const state = await store.read();
      assert(state.ok, state.ok ? "" : state.problem.message);
      assert(state.snapshot.revision >= last);
      last = state.snapshot.revision;
    }
    counts = await ended;
    const total = counts.reduce((sum, count) => sum + count, 0);
    const state = await store.read();
    assert(state.ok);
    const stored = (id: string) =>
      state.snapshot.plugins.get(id)?.config?.count ?? 0;
    assertEquals(state.snapshot.revision, total);
    assertEquals(["p1", "p2", "all"].map(stored), [...counts, total]);
  });
  return counts;
}
