/** A symbolic link: Deno makes one only for who may read and write everything. */

import { assertEquals } from "@std/assert";
import { runFixture } from "./run_fixture.ts";

/**
 * Makes a symbolic link.
 *
 * @param target What it links to.
 * @param path Where it is.
 */
export async function makeLink(target: string, path: string): Promise<void> {
  const { stderr } = await runFixture("link.ts", {
    flags: ["--allow-read", "--allow-write"],
    args: [target, path],
  });
  assertEquals(stderr, "");
}
