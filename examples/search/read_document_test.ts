import { assertEquals } from "@std/assert";
import { readDocument } from "./read_document.ts";

Deno.test("readDocument() reads text in each of its encodings", async (t) => {
  const path = await Deno.makeTempFile();
  const cases: [string, readonly number[]][] = [
    ["UTF-8", [0xc3, 0xa9, 0x0a]],
    ["UTF-8 with a mark", [0xef, 0xbb, 0xbf, 0xc3, 0xa9, 0x0a]],
    ["UTF-16, small end first", [0xff, 0xfe, 0xe9, 0x00, 0x0a, 0x00]],
    ["UTF-16, big end first", [0xfe, 0xff, 0x00, 0xe9, 0x00, 0x0a]],
  ];
  for (const [name, bytes] of cases) {
    await t.step(name, async () => {
      await Deno.writeFile(path, Uint8Array.from(bytes));
      assertEquals(await readDocument(path), { path, text: "é\n" });
    });
  }
  await t.step("no text at all", async () => {
    await Deno.writeFile(path, Uint8Array.from([0x61, 0xff, 0x00]));
    assertEquals((await readDocument(path))?.text, "a\ufffd\0");
  });
  await Deno.remove(path);
});

Deno.test("readDocument() skips files that it cannot read", async () => {
  const path = await Deno.makeTempFile();
  await Deno.truncate(path, 9 * 1024 * 1024);
  assertEquals(await readDocument(path), undefined);
  await Deno.remove(path);
  assertEquals(await readDocument(path), undefined);
});
