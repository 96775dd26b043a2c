import { assertEquals } from "@std/assert";
import { sweepPartials } from "../../../tools/setup/sweep_partials.ts";
import { withFolder } from "./with_folder.ts";

Deno.test("sweepPartials() removes only the folders of dead runs", async () => {
  await withFolder(async (root) => {
    const kept = [
      "vendor",
      "vendor.partial-22-cafe",
      "vendor.partial-",
      "my-vendor.partial-11-cafe",
    ];
    for (
      const name of [...kept, "vendor.partial-11-cafe", "vendor.partial-11"]
    ) {
      await Deno.mkdir(`${root}/${name}/host`, { recursive: true });
    }
    await Deno.writeTextFile(`${root}/vendor.partial-11-file`, "");
    const removed = await sweepPartials(root, (pid) => pid === 22);
    assertEquals(removed.sort(), [
      "vendor.partial-11",
      "vendor.partial-11-cafe",
    ]);
    const left = await Array.fromAsync(Deno.readDir(root), ({ name }) => name);
    assertEquals(left.sort(), [...kept, "vendor.partial-11-file"].sort());
  });
});
