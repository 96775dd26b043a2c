import { assertEquals, assertRejects } from "@std/assert";
import { makeSymlink } from "./make_symlink.ts";

Deno.test("makeSymlink() makes a link, and says when it cannot", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await makeSymlink("target.txt", `${folder}/link`);
    assertEquals((await Deno.lstat(`${folder}/link`)).isSymlink, true);
    await Deno.writeTextFile(`${folder}/target.txt`, "text");
    assertEquals(await Deno.readTextFile(`${folder}/link`), "text");
    await assertRejects(() => makeSymlink("target.txt", `${folder}/link`));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
