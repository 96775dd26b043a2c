import { assertEquals } from "@std/assert";
import {
  hashRecipe,
  readStamp,
  writeStamp,
} from "../../../tools/setup/stamp.ts";
import { withFolder } from "./with_folder.ts";

Deno.test("hashRecipe() changes with each name and each text", async () => {
  await withFolder(async (folder) => {
    const hashes = new Set<string>();
    async function expectNew() {
      const hash = await hashRecipe(folder);
      assertEquals(hash, await hashRecipe(folder));
      assertEquals(hashes.has(hash), false);
      hashes.add(hash);
    }
    await expectNew();
    await Deno.writeTextFile(`${folder}/a.ts`, "1");
    await expectNew();
    await Deno.writeTextFile(`${folder}/a.ts`, "2");
    await expectNew();
    await Deno.rename(`${folder}/a.ts`, `${folder}/b.ts`);
    await expectNew();
    await Deno.writeTextFile(`${folder}/a.ts`, "2");
    await expectNew();
  });
});

Deno.test("readStamp() reads what writeStamp() wrote", async () => {
  await withFolder(async (folder) => {
    await writeStamp(folder, { recipe: "abc", origin: "jsr" });
    assertEquals(await readStamp(folder), { recipe: "abc", origin: "jsr" });
    const left = await Array.fromAsync(Deno.readDir(folder));
    assertEquals(left.length, 1);
  });
});

Deno.test("readStamp() rejects everything else", async (t) => {
  await withFolder(async (folder) => {
    await t.step("no folder", async () => {
      assertEquals(await readStamp(`${folder}/none`), undefined);
    });
    const texts = ["", "{", "null", "[]", "{}", '{"recipe":1,"origin":"npm"}'];
    for (const text of [...texts, '{"recipe":"abc","origin":"tape"}']) {
      await t.step(`text ${text}`, async () => {
        await Deno.writeTextFile(`${folder}/.setup.json`, text);
        assertEquals(await readStamp(folder), undefined);
      });
    }
  });
});

Deno.test("writeStamp() replaces the stamp before it", async () => {
  await withFolder(async (folder) => {
    await writeStamp(folder, { recipe: "abc", origin: "jsr" });
    await writeStamp(folder, { recipe: "def", origin: "npm" });
    assertEquals((await readStamp(folder))?.recipe, "def");
  });
});
