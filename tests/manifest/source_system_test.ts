import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { denoSourceSystem } from "../../src/manifest/source_system.ts";
import { withTree } from "./with_tree.ts";

Deno.test("denoSourceSystem.readFile() reads no more than its limit", async () => {
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
        const bytes = denoSourceSystem.readFile(path, limit);
        assertEquals(bytes.length, length);
        assert(bytes.every((byte) => byte === 120));
      }
      const empty = denoSourceSystem.readFile(at("empty.txt"), 10);
      assertEquals(empty.length, 0);
      assertThrows(
        () => denoSourceSystem.readFile(at("none"), 10),
        Deno.errors.NotFound,
      );
    },
  );
});

Deno.test("denoSourceSystem.importJson() imports JSON and nothing else", async () => {
  assertEquals(
    await denoSourceSystem.importJson('data:application/json,{"a":[1]}'),
    { a: [1] },
  );
  await assertRejects(
    () => denoSourceSystem.importJson("data:text/javascript,export default 1"),
    TypeError,
  );
});

Deno.test("denoSourceSystem.permissionState() returns the state that Deno returns", async () => {
  const path = import.meta.filename ?? "";
  assertEquals(
    denoSourceSystem.permissionState({ kind: "read", value: path }),
    (await Deno.permissions.query({ name: "read", path })).state,
  );
});
