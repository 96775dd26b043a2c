import { assertEquals, assertRejects } from "@std/assert";
import {
  discardVendor,
  replaceVendor,
} from "../../../tools/setup/replace_vendor.ts";
import { readStamp, type Stamp } from "../../../tools/setup/stamp.ts";
import { withFolder } from "./with_folder.ts";

const STAMP: Stamp = { recipe: "new", origin: "npm" };
const TREE = new Map([
  ["@std/a/meta.json", "{}"],
  ["@std/a/1.0.0/mod.js", "export {};\n"],
]);

async function names(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  return entries.map(({ name }) => name).sort();
}

Deno.test("replaceVendor() puts every file in place, and the stamp", async () => {
  await withFolder(async (root) => {
    await replaceVendor(root, "host", TREE, STAMP);
    assertEquals(await names(root), ["vendor"]);
    assertEquals(
      await Deno.readTextFile(`${root}/vendor/host/@std/a/1.0.0/mod.js`),
      "export {};\n",
    );
    assertEquals(await readStamp(`${root}/vendor`), STAMP);
  });
});

Deno.test("replaceVendor() replaces an older folder whole", async () => {
  await withFolder(async (root) => {
    await Deno.mkdir(`${root}/vendor/host/@std/old`, { recursive: true });
    await Deno.writeTextFile(`${root}/vendor/.setup.json`, "half a stamp {");
    await replaceVendor(root, "host", TREE, STAMP);
    assertEquals(await names(root), ["vendor"]);
    assertEquals(await names(`${root}/vendor/host/@std`), ["a"]);
  });
});

Deno.test("replaceVendor() leaves an older folder as it is when it cannot write", async () => {
  await withFolder(async (root) => {
    await Deno.mkdir(`${root}/vendor/host/@std/old`, { recursive: true });
    // A file where a folder is wanted: what comes after it cannot be written.
    const tree = new Map([["@std", "a file"], ...TREE]);
    await assertRejects(() => replaceVendor(root, "host", tree, STAMP));
    assertEquals(await names(root), ["vendor"]);
    assertEquals(await names(`${root}/vendor/host/@std`), ["old"]);
  });
});

Deno.test("replaceVendor() many times at once leaves one whole folder", async () => {
  await withFolder(async (root) => {
    await Deno.mkdir(`${root}/vendor/host/@std/old`, { recursive: true });
    await Promise.all(
      Array.from({ length: 8 }, () => replaceVendor(root, "host", TREE, STAMP)),
    );
    assertEquals(await names(root), ["vendor"]);
    assertEquals(await names(`${root}/vendor/host/@std/a`), [
      "1.0.0",
      "meta.json",
    ]);
    assertEquals(await readStamp(`${root}/vendor`), STAMP);
  });
});

Deno.test("discardVendor() removes the folder, if there is one", async () => {
  await withFolder(async (root) => {
    await Deno.mkdir(`${root}/vendor/host`, { recursive: true });
    await discardVendor(root);
    await discardVendor(root);
    assertEquals(await names(root), []);
  });
});
