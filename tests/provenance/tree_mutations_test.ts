/** Changes a locked plugin in sixty ways: each is refused, and the file is named. */

import { assert, assertEquals } from "@std/assert";
import { verifyAgainstLock } from "@semantik/plugins/provenance";
import { quote } from "../../src/base/text.ts";
import { factsOf, lockFolder } from "./locks.ts";
import { isImpossible, MUTATED_FILES, MUTATIONS } from "./mutations.ts";
import { makeFolder } from "./plugin_folder.ts";

Deno.test("verifyAgainstLock() refuses each change of a plugin's files, and names the file", async (t) => {
  assert(Object.keys(MUTATIONS).length >= 60);
  for (const [name, mutate] of Object.entries(MUTATIONS)) {
    await t.step({
      name,
      ignore: isImpossible(name),
      fn: async () => {
        await using folder = await makeFolder(MUTATED_FILES);
        const lock = await lockFolder(folder.path);
        assertEquals(verifyAgainstLock(lock, await factsOf(folder.path)), []);
        const path = await mutate(folder.path);
        const problems = verifyAgainstLock(lock, await factsOf(folder.path));
        const shown = quote(path).slice(1, -1);
        assert(
          problems.some(({ code, message }) =>
            code === "PLUGIN_INTEGRITY_BROKEN" && message.includes(shown)
          ),
          JSON.stringify(problems),
        );
      },
    });
  }
});
