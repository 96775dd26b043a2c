import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { denoSourcePowers } from "../../src/manifest/powers.ts";
import { withTree } from "./with_tree.ts";

Deno.test("denoSourcePowers.readFile() reads no further than it is told to", async () => {
  await withTree(
    { "long.txt": "x".repeat(20_000), "empty.txt": "" },
    ({ at }) => {
      const path = at("long.txt");
      for (
        const [limit, length] of [[0, 0], [1, 1], [8_192, 8_192], [
          20_000,
          20_000,
        ], [30_000, 20_000]] as const
      ) {
        const bytes = denoSourcePowers.readFile(path, limit);
        assertEquals(bytes.length, length);
        assert(bytes.every((byte) => byte === 120));
      }
      const empty = denoSourcePowers.readFile(at("empty.txt"), 10);
      assertEquals(empty.length, 0);
      assertThrows(
        () => denoSourcePowers.readFile(at("none"), 10),
        Deno.errors.NotFound,
      );
    },
  );
});

Deno.test("denoSourcePowers.importJson() imports JSON and nothing else", async () => {
  assertEquals(
    await denoSourcePowers.importJson('data:application/json,{"a":[1]}'),
    { a: [1] },
  );
  await assertRejects(
    () => denoSourcePowers.importJson("data:text/javascript,export default 1"),
    TypeError,
  );
});

Deno.test("denoSourcePowers.isGranted() asks nobody", async () => {
  const path = import.meta.filename ?? "";
  assertEquals(
    await denoSourcePowers.isGranted({ name: "read", path }),
    (await Deno.permissions.query({ name: "read", path })).state === "granted",
  );
});
