import { assert, assertEquals, assertFalse } from "@std/assert";
import fc from "fast-check";
import { escapeControls } from "../../src/base/text.ts";
import { parseSource, type SourceLocation } from "../../src/manifest/source.ts";

function locate(source: string | URL, directory = "/srv"): string {
  const result = parseSource(source, directory);
  assert(result.ok, JSON.stringify(result));
  const { location } = result;
  return location.kind === "package" ? location.specifier : location.url.href;
}

function kindOf(source: string): SourceLocation["kind"] {
  const result = parseSource(source, "/srv");
  assert(result.ok, JSON.stringify(result));
  return result.location.kind;
}

function messageOf(source: string | URL, directory = "/srv"): string {
  const result = parseSource(source, directory);
  assertFalse(result.ok, JSON.stringify(result));
  const { code, message, remedy } = result.problem;
  assertEquals(code, "PLUGIN_SOURCE_UNREADABLE");
  assert(remedy.length > 0);
  return message;
}

Deno.test("parseSource() accepts paths", async (t) => {
  const table: readonly (readonly [string, string])[] = [
    ["./plugins", "file:///srv/plugins"],
    ["plugins", "file:///srv/plugins"],
    ["../plugins/", "file:///plugins"],
    ["/srv/plugins", "file:///srv/plugins"],
    ["/srv/a/plugin.json", "file:///srv/a/plugin.json"],
    ["./my plugins/#1/50%", "file:///srv/my%20plugins/%231/50%25"],
    ["./größe", "file:///srv/gr%C3%B6%C3%9Fe"],
    ["./a:b", "file:///srv/a:b"],
    ["./https:", "file:///srv/https:"],
    [".", "file:///srv"],
    ["./%2e%2e", "file:///srv/%252e%252e"],
  ];
  for (const [source, url] of table) {
    await t.step(source, () => {
      assertEquals(kindOf(source), "file");
      assertEquals(locate(source), url);
    });
  }
});

Deno.test("parseSource() accepts Windows paths", async (t) => {
  const table: readonly (readonly [string, string])[] = [
    [".\\plugins", "file:///D:/app/plugins"],
    ["./plugins", "file:///D:/app/plugins"],
    ["..\\..\\..", "file:///D:/"],
    ["C:\\My Plugins", "file:///C:/My%20Plugins"],
    ["c:/plugins/a/plugin.json", "file:///C:/plugins/a/plugin.json"],
    ["\\plugins", "file:///D:/plugins"],
    ["\\\\server\\share\\plugins", "file://server/share/plugins"],
    ["\\\\?\\C:\\plugins", "file:///C:/plugins"],
    ["file:///C:/a%20b", "file:///C:/a%20b"],
    ["file://server/share/a", "file://server/share/a"],
  ];
  for (const [source, url] of table) {
    await t.step(source, () => assertEquals(locate(source, "D:\\app"), url));
  }
});

Deno.test("parseSource() accepts file: URLs, with one interpretation", async (t) => {
  const table: readonly (readonly [string, string])[] = [
    ["file:///srv/plugins", "file:///srv/plugins"],
    ["FILE:///srv/plugins/", "file:///srv/plugins"],
    ["file://localhost/srv", "file:///srv"],
    ["file:///srv/a%20b/plugin.json", "file:///srv/a%20b/plugin.json"],
    ["file:///srv/a?b#c", "file:///srv/a"],
    ["file:///srv/x%2Fy", "file:///srv/x/y"],
    ["file:///srv/x%2F..%2F..%2Fy", "file:///y"],
  ];
  for (const [source, url] of table) {
    await t.step(source, () => assertEquals(locate(source), url));
  }
  assertEquals(locate(new URL("file:///srv/a%20b")), "file:///srv/a%20b");
});

Deno.test("parseSource() accepts https: URLs, and http: on loopback", async (t) => {
  const table: readonly (readonly [string, string])[] = [
    ["https://a.example/p", "https://a.example/p/plugin.json"],
    ["https://a.example/p/", "https://a.example/p/plugin.json"],
    ["https://a.example", "https://a.example/plugin.json"],
    ["https://a.example/p/my.json", "https://a.example/p/my.json"],
    [
      "https://a.example/p/plugin.json?v=1#x",
      "https://a.example/p/plugin.json?v=1",
    ],
    ["HTTPS://A.example/p", "https://a.example/p/plugin.json"],
    ["http://localhost:8000/p", "http://localhost:8000/p/plugin.json"],
    ["http://127.0.0.1:8000/", "http://127.0.0.1:8000/plugin.json"],
    ["http://[::1]:8000/", "http://[::1]:8000/plugin.json"],
  ];
  for (const [source, url] of table) {
    await t.step(source, () => {
      assertEquals(kindOf(source), "remote");
      assertEquals(locate(source), url);
    });
  }
});

Deno.test("parseSource() accepts jsr: and npm: specifiers", async (t) => {
  const table: readonly (readonly [string, string])[] = [
    ["jsr:@scope/name", "jsr:@scope/name"],
    ["jsr:@scope/name@^1.0.0", "jsr:@scope/name@^1.0.0"],
    ["jsr:/@scope/name@1", "jsr:/@scope/name@1"],
    ["npm:name", "npm:name"],
    ["npm:name@1.2.3", "npm:name@1.2.3"],
    ["npm:@scope/name@~1.2", "npm:@scope/name@~1.2"],
    ["npm:name@1/plugin.json", "npm:name@1"],
  ];
  for (const [source, specifier] of table) {
    await t.step(source, () => {
      assertEquals(kindOf(source), "package");
      assertEquals(locate(source), specifier);
    });
  }
});

Deno.test("parseSource() refuses invalid sources with a reason", async (t) => {
  const table: readonly (readonly [string, string])[] = [
    ["", 'Cannot read source "": it is empty'],
    [" \n", 'Cannot read source " \\n": it is empty'],
    ["C:/srv", 'Cannot read source "C:/srv": it is a Windows path'],
    [
      "\\\\server\\share",
      'Cannot read source "\\\\server\\share": it is a Windows path',
    ],
    ["./a\0b", 'Cannot read source "./a\\u0000b": it is not a path'],
    ["./\ud800", 'Cannot read source "./\\ud800": it is not a path'],
    ["file:///a%00b", 'Cannot read source "file:///a%00b": it is not a path'],
    ["file:///a%zz", 'Cannot read source "file:///a%zz": it is not a path'],
    ["file:///a%ff", 'Cannot read source "file:///a%ff": it is not a path'],
    [
      "file:plugins",
      'Cannot read source "file:plugins": it is not a complete file: URL of this machine',
    ],
    [
      "file:/srv",
      'Cannot read source "file:/srv": it is not a complete file: URL of this machine',
    ],
    [
      "file://evil.example/srv",
      'Cannot read source "file://evil.example/srv": it is not a complete file: URL of this machine',
    ],
    [
      "http://a.example/p",
      'Cannot read source "http://a.example/p": http: can be tampered with',
    ],
    [
      "http://127.0.0.1.evil.example/p",
      'Cannot read source "http://127.0.0.1.evil.example/p": http: can be tampered with',
    ],
    [
      "data:application/json,{}",
      'Cannot read source "data:application/json,{}": "data:" is not something plugins come from',
    ],
    [
      "blob:https://a.example/1",
      'Cannot read source "blob:https://a.example/1": "blob:" is not something plugins come from',
    ],
    [
      "node:fs",
      'Cannot read source "node:fs": "node:" is not something plugins come from',
    ],
    [
      "https://",
      'Cannot read source "https://": "https:" is not something plugins come from',
    ],
    ["jsr:name", 'Cannot read source "jsr:name": it does not name a package'],
    ["npm:", 'Cannot read source "npm:": it does not name a package'],
    [
      "npm:@scope",
      'Cannot read source "npm:@scope": it does not name a package',
    ],
    [
      "npm:name@1/sub/path",
      'Cannot read source "npm:name@1/sub/path": it does not name a package',
    ],
    [
      "npm:na me@1",
      'Cannot read source "npm:na me@1": it does not name a package',
    ],
  ];
  for (const [source, message] of table) {
    await t.step(JSON.stringify(source), () => {
      assertEquals(messageOf(source), message);
    });
  }
});

Deno.test("parseSource() refuses a share with an invalid server", () => {
  assertEquals(
    messageOf("\\\\#\\share", "D:\\app"),
    'Cannot read source "\\\\#\\share": it is not a path',
  );
});

Deno.test("parseSource() refuses a URL with a credential, and does not show it", async (t) => {
  const table = [
    "https://user:hunter2@a.example/p",
    "https://hunter2@a.example/p",
    "https:user:hunter2@a.example",
    "http://user:hunter2@a.example/p",
    "ftp://user:hunter2@a.example/p",
    "https://user:hunter2@",
    "https:\\\\user:hunter2@a.example",
  ];
  for (const source of table) {
    await t.step(source, () => {
      const message = messageOf(source);
      assertFalse(message.includes("hunter2"), message);
    });
  }
  assertEquals(
    messageOf(table[0] ?? ""),
    'Cannot read source "https://***@a.example/p": the URL contains a credential',
  );
});

Deno.test("parseSource() never throws, and its messages have one line", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(
      fc.constantFrom(
        ..."/\\.:@%#? \n\0\ud800ab",
        "file://",
        "https://",
        "npm:",
        "jsr:@",
        "C:",
        "..",
        "%2e",
      ),
      { maxLength: 10 },
    ).map((pieces) => pieces.join("")),
  );
  const directory = fc.constantFrom("/srv", "D:\\work", "\\\\server\\share");
  fc.assert(
    fc.property(text, directory, (source, base) => {
      const result = parseSource(source, base);
      if (result.ok) return;
      assertEquals(
        result.problem.message,
        escapeControls(result.problem.message),
      );
    }),
    { numRuns: 1_000 },
  );
});
