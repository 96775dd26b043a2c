import { assertEquals, assertRejects } from "@std/assert";
import { unpackTarball } from "../../../tools/setup/unpack_tarball.ts";
import { tarball } from "./tarball.ts";

const LONG_PATH = `package/${"folder/".repeat(15)}file_with_a_name.js`;

Deno.test("unpackTarball() returns the requested files", async () => {
  const bytes = await tarball({
    "package/a.js": "a",
    "package/b.js": "ü".repeat(600),
    "package/c.md": "c",
    [LONG_PATH]: "long",
  });
  assertEquals(
    await unpackTarball(bytes, (path) => path.endsWith(".js")),
    new Map([
      ["package/a.js", "a"],
      ["package/b.js", "ü".repeat(600)],
      [LONG_PATH, "long"],
    ]),
  );
});

Deno.test("unpackTarball() refuses a damaged tarball", async (t) => {
  const bytes = await tarball({ "package/a.js": "a".repeat(5_000) });
  await t.step("cut off", async () => {
    await assertRejects(() =>
      unpackTarball(bytes.slice(0, bytes.length / 2), () => true)
    );
  });
  await t.step("no tarball", async () => {
    await assertRejects(() =>
      unpackTarball(new TextEncoder().encode("<html></html>"), () => true)
    );
  });
});
