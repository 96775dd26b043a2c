import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { fromFileUrl, toFileHref, toFileUrl } from "../../src/base/path.ts";

Deno.test("toFileUrl() and fromFileUrl() go there and back", async (t) => {
  const table: readonly (readonly [string, string, boolean])[] = [
    ["/", "file:///", false],
    ["/srv/plugins", "file:///srv/plugins", false],
    ["/a b/#1/50%/q?/é", "file:///a%20b/%231/50%25/q%3F/%C3%A9", false],
    ["/a:b/%41", "file:///a:b/%2541", false],
    ["/back\\slash", "file:///back%5Cslash", false],
    ["/new\nline", "file:///new%0Aline", false],
    ["C:\\", "file:///C:/", true],
    ["C:\\My Plugins\\a#b", "file:///C:/My%20Plugins/a%23b", true],
    ["\\\\server\\share\\a b", "file://server/share/a%20b", true],
  ];
  for (const [path, url, isWindows] of table) {
    await t.step(path, () => {
      assertEquals(toFileUrl(path).href, url);
      assertEquals(toFileHref(path), url);
      assertEquals(fromFileUrl(new URL(url), isWindows), path);
    });
  }
});

Deno.test("toFileUrl() and fromFileUrl() keep every character of a path", () => {
  const segment = fc.string({ unit: "binary", minLength: 1, maxLength: 4 })
    .filter((text) =>
      text.isWellFormed() && !text.includes("/") && !/^\.{1,2}$/.test(text)
    );
  const path = fc.array(segment, { maxLength: 4 }).map((segments) =>
    `/${segments.join("/")}`
  );
  fc.assert(fc.property(path, (original) => {
    assertEquals(fromFileUrl(toFileUrl(original), false), original);
    assertEquals(toFileHref(original), toFileUrl(original).href);
  }));
});

Deno.test("fromFileUrl() throws for invalid encoding", () => {
  assertThrows(() => fromFileUrl(new URL("file:///a%zz"), false), URIError);
  assertThrows(() => fromFileUrl(new URL("file:///a%ff"), false), URIError);
});
