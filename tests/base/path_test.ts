import { assertEquals } from "@std/assert";
import { fileName, joinFilePath } from "../../src/base/path.ts";

Deno.test("fileName() splits at a backslash on Windows only", () => {
  assertEquals(fileName("/srv/plugins/a"), "a");
  assertEquals(fileName("/"), "");
  assertEquals(fileName("/srv/x\\a"), "x\\a");
  assertEquals(fileName("C:\\plugins\\a"), "a");
  assertEquals(fileName("\\\\server\\share\\a"), "a");
});

Deno.test("joinFilePath() writes one separator, that of the system", () => {
  assertEquals(joinFilePath("/srv/plugins", "a b"), "/srv/plugins/a b");
  assertEquals(joinFilePath("/", "a"), "/a");
  assertEquals(joinFilePath("/srv\\", "a"), "/srv\\/a");
  assertEquals(joinFilePath("C:\\plugins", "a"), "C:\\plugins\\a");
  assertEquals(joinFilePath("C:\\", "a"), "C:\\a");
});
