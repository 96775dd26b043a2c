import { assertEquals } from "@std/assert";
import { shownSource } from "../../src/manifest/source.ts";

Deno.test("shownSource() returns a source without secrets unchanged", async (t) => {
  const table = [
    "./plugins",
    "/srv/a@b/c?d",
    "C:\\plugins\\a@b",
    "file:///srv/a@b",
    "https://a.example/@scope/p",
    "jsr:@scope/name@^1.0.0",
    "npm:name@1",
    "",
  ];
  for (const source of table) {
    await t.step(source, () => assertEquals(shownSource(source), source));
  }
  assertEquals(shownSource(new URL("file:///srv/a")), "file:///srv/a");
});

Deno.test("shownSource() masks the user and the query of a URL", async (t) => {
  const table: readonly (readonly [string, string])[] = [
    ["https://u:p@a.example/p", "https://***@a.example/p"],
    ["https://token@a.example/p", "https://***@a.example/p"],
    ["https://a.example/p?sig=s3cret", "https://a.example/p?***"],
    ["https://u:p@a.example/p?q=1#h", "https://***@a.example/p?***#h"],
    ["https:u:p@a.example", "https://***@a.example/"],
    ["ftp://u:p@a.example/p", "ftp://***@a.example/p"],
    ["https://u:p@", "https://***@"],
  ];
  for (const [source, shown] of table) {
    await t.step(source, () => assertEquals(shownSource(source), shown));
  }
});
