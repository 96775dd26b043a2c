import { assertEquals, assertThrows } from "@std/assert";
import { PluginError } from "@semantik/plugins";
import { toStatePath } from "../../src/state/state_file.ts";

Deno.test("toStatePath() makes paths absolute and normal", async (t) => {
  const posix: readonly (readonly [string | URL, string])[] = [
    ["state.json", "/home/me/state.json"],
    ["./data/state.json", "/home/me/data/state.json"],
    ["../state.json", "/home/state.json"],
    ["../../../../state.json", "/state.json"],
    ["/srv//app/./x/../state.json", "/srv/app/state.json"],
    ["a\\b", "/home/me/a\\b"],
    ["C:\\b", "/home/me/C:\\b"],
    ["\\\\a\\b", "/home/me/\\\\a\\b"],
    ["/\\a/b", "/\\a/b"],
    ["//a/b", "/a/b"],
    ["...", "/home/me/..."],
    [".state", "/home/me/.state"],
    [new URL("file:///srv/a%20b/%C3%A9.json"), "/srv/a b/é.json"],
  ];
  for (const [path, expected] of posix) {
    await t.step(String(path), () => {
      assertEquals(toStatePath(path, () => "/home/me", false), expected);
    });
  }
  const windows: readonly (readonly [string | URL, string])[] = [
    ["state.json", "C:\\Users\\me\\state.json"],
    ["..\\a/state.json", "C:\\Users\\a\\state.json"],
    ["D:/x/../state.json", "D:\\state.json"],
    ["/x/state.json", "C:\\x\\state.json"],
    ["\\\\server\\share\\..\\state.json", "\\\\server\\share\\state.json"],
    [new URL("file:///D:/a%20b/state.json"), "D:\\a b\\state.json"],
    [
      new URL("file://server/share/state.json"),
      "\\\\server\\share\\state.json",
    ],
  ];
  for (const [path, expected] of windows) {
    await t.step(`Windows: ${path}`, () => {
      assertEquals(toStatePath(path, () => "C:\\Users\\me", true), expected);
    });
  }
});

Deno.test("toStatePath() refuses a path that is not that of a file", async (t) => {
  const paths: readonly (string | URL)[] = [
    "",
    "/",
    ".",
    "..",
    "a/",
    "a/.",
    "a/..",
    "a\0b",
    new URL("https://example.com/state.json"),
    new URL("file://server/state.json"),
    new URL("file:///a%00b"),
    new URL("file:///%ff"),
    new URL("file:///a/"),
  ];
  for (const path of paths) {
    await t.step(JSON.stringify(path), () => {
      const error = assertThrows(
        () => toStatePath(path, () => "/home/me", false),
        PluginError,
      );
      assertEquals(error.code, "PLUGIN_OPTION_INVALID");
    });
  }
});
