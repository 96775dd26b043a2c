import {
  checkDeclaration,
  normalizePermissions,
  PERMISSION_KINDS,
  permissionFlags,
} from "@semantik/plugins/permissions";
import { assert, assertEquals, assertFalse, assertMatch } from "@std/assert";
import fc from "fast-check";
import { escapeControls } from "../../src/base/text.ts";
import { declaration } from "./arbitraries.ts";

const posix = { windows: false };

Deno.test("checkDeclaration() accepts what Deno accepts", () => {
  fc.assert(fc.property(declaration, (written) => {
    assertEquals(checkDeclaration(written, "permissions", posix), []);
  }));
  assertEquals(checkDeclaration({}), []);
  assertEquals(checkDeclaration({ net: undefined }), []);
});

Deno.test("checkDeclaration() returns a remedy for each problem", async (t) => {
  const rows: readonly (readonly [unknown, string, RegExp])[] = [
    [
      { net: ["https://api.example.com/v1"] },
      "permissions.net[0]",
      /"api\.example\.com"/,
    ],
    [{ net: ["ä.example"] }, "permissions.net[0]", /"xn--4ca\.example"/],
    [{ net: ["::1"] }, "permissions.net[0]", /square brackets/],
    [{ net: ["*"] }, "permissions.net[0]", /true/],
    [{ net: ["a", "b", "a"] }, "permissions.net[2]", /one of the two/],
    [{ net: [] }, "permissions.net", /Leave it out/],
    [{ net: false }, "permissions.net", /Leave it out/],
    [{ net: null }, "permissions.net", /Leave it out/],
    [{ net: "a.com" }, "permissions.net", /list/],
    [{ net: [443] }, "permissions.net[0]", /quotes/],
    [{ net: [undefined] }, "permissions.net[0]", /quotes/],
    [{ nett: ["a.com"] }, "permissions.nett", /"net"/],
    [{ raed: true }, "permissions.raed", /"read"/],
    [{ hrtime: true }, "permissions.hrtime", /read, write, net/],
    [{ sys: ["hostName"] }, "permissions.sys[0]", /"hostname"/],
    [{ sys: ["everything"] }, "permissions.sys[0]", /osRelease/],
    [{ read: ["~/x"] }, "permissions.read[0]", /absolute/],
    [{ read: ["$DATA/../x"] }, "permissions.read[0]", /\.\./],
    [{ read: ["$DATABASE"] }, "permissions.read[0]", /\$DATA/],
    [{ read: ["$NPM"] }, "permissions.read[0]", /\$NPM\/tiktoken/],
    [{ read: ["$NPM/@s"] }, "permissions.read[0]", /\$NPM\/tiktoken/],
    [{ ffi: ["$NPM/a b@1"] }, "permissions.ffi[0]", /\$NPM\/tiktoken/],
    [{ read: ["$NPM/a@1/../b"] }, "permissions.read[0]", /\$NPM\/tiktoken/],
    [{ read: ["$NPM/a@1/*"] }, "permissions.read[0]", /directory/],
    [{ write: ["$NPM/a@1"] }, "permissions.write[0]", /\$DATA/],
    [{ run: ["$NPM/a@1/b"] }, "permissions.run[0]", /\$DATA/],
    [{ read: ["/a/*"] }, "permissions.read[0]", /directory/],
    [{ read: ["a\nb"] }, "permissions.read[0]", /visible/],
    [{ read: ["a\u202eb"] }, "permissions.read[0]", /visible/],
    [{ read: ["a\ud800"] }, "permissions.read[0]", /visible/],
    [{ read: ["a\0"] }, "permissions.read[0]", /visible/],
    [{ read: ["a "] }, "permissions.read[0]", /space/],
    [{ read: ["a /"] }, "permissions.read[0]", /space/],
    [{ run: ["./a /b/.."] }, "permissions.run[0]", /space/],
    [{ net: ["unix:/a /."] }, "permissions.net[0]", /space/],
    [{ read: ["x".repeat(2_000)] }, "permissions.read[0]", /shorter/],
    [{ read: ["C:\\x"] }, "permissions.read[0]", /forward slashes/],
    [{ run: [".."] }, "permissions.run[0]", /program/],
    [{ import: ["unix:/x"] }, "permissions.import[0]", /esm\.sh/],
    [{ import: [":80"] }, "permissions.import[0]", /host and a port/],
    [[], "permissions", /object/],
    [null, "permissions", /object/],
    ["net", "permissions", /object/],
    [undefined, "permissions", /object/],
    [JSON.parse('{"__proto__": true}'), "permissions.__proto__", /read, write/],
    [{ constructor: true }, "permissions.constructor", /read, write/],
    [{ toString: ["a"] }, "permissions.toString", /read, write/],
  ];
  for (const [written, path, remedy] of rows) {
    await t.step(JSON.stringify(written) ?? "undefined", () => {
      const problems = checkDeclaration(written, "permissions", posix);
      assertEquals(problems.map((problem) => problem.path), [path]);
      assertEquals(problems[0]?.code, "PLUGIN_MANIFEST_INVALID");
      assertMatch(problems[0]?.remedy ?? "", remedy);
    });
  }
});

Deno.test("checkDeclaration() uses the given path", () => {
  const [problem] = checkDeclaration({ net: [""] }, "optionalPermissions");
  assertEquals(problem?.path, "optionalPermissions.net[0]");
});

Deno.test("checkDeclaration() accepts Windows paths on Windows", () => {
  const written = { read: ["C:\\data", "c:/data", "a\\b", "/x", "$DATA\\x"] };
  assertEquals(checkDeclaration(written, "permissions", { windows: true }), []);
  for (const path of ["C:data", "$DATA\\..\\x"]) {
    const problems = checkDeclaration({ read: [path] }, "permissions", {
      windows: true,
    });
    assertEquals(problems.length, 1, path);
  }
});

Deno.test("checkDeclaration() reports every problem, each on one safe line", () => {
  const hostile = "x\n\u001b[2J\u202e".repeat(1_000);
  const problems = checkDeclaration({
    net: [hostile, "http://user:hunter2@a.com", "user:hunter2@a.com"],
    [hostile]: true,
  });
  assertEquals(problems.length, 4);
  for (const { message, remedy, path = "" } of problems) {
    for (const text of [message, remedy, path]) {
      assertEquals(escapeControls(text), text);
      assert(text.length < 2_000);
      assertFalse(text.includes("hunter2"));
    }
  }
});

Deno.test("checkDeclaration() never throws, and accepts only usable values", () => {
  const value = fc.oneof(
    fc.string({ unit: "binary", maxLength: 12 }),
    fc.string({ maxLength: 12 }),
    fc.constantFrom("$DATA", "a.com", "/x", "../..", "*", "A*", "git", ":80"),
  );
  const written = fc.dictionary(
    fc.constantFrom(...PERMISSION_KINDS),
    fc.oneof(
      { weight: 8, arbitrary: fc.array(value, { maxLength: 3 }) },
      { weight: 1, arbitrary: fc.constant(true) },
      { weight: 1, arbitrary: fc.anything() },
    ),
  );
  fc.assert(
    fc.property(written, (declared) => {
      if (checkDeclaration(declared, "permissions", posix).length > 0) return;
      const set = normalizePermissions(declared, {
        directory: "/p",
        dataDirectory: "/d",
        windows: false,
      });
      assertEquals(normalizePermissions(set, posix), set);
      for (const list of Object.values(set)) {
        if (list !== true) assert(!list.some((each) => each.includes(",")));
      }
      assertEquals(
        permissionFlags({ ...set, sys: true }).filter((flag) =>
          /^--allow-\w+=$|,,|,$/.test(flag)
        ),
        [],
      );
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("checkDeclaration() rejects values and lists that are too long", () => {
  const [value] = checkDeclaration({ net: [":".repeat(20_000)] });
  assertEquals(
    value?.message,
    `"${
      ":".repeat(200)
    }… (19800 more characters)" is longer than 1024 characters`,
  );
  const many = Array.from({ length: 1_001 }, (_, index) => `h${index}.example`);
  const [list, ...others] = checkDeclaration({ net: many });
  assertEquals(list?.path, "permissions.net");
  assertEquals(
    list?.message,
    'The permission "net" has more than 1,000 values',
  );
  assertEquals(others, []);
  assertEquals(checkDeclaration({ net: many.slice(1) }), []);
});

Deno.test("checkDeclaration() masks the password of a URL", () => {
  for (
    const [value, shown] of [
      ["https://ada:pass@h.example/x", "https://***@h.example/x"],
      ["ada:pa@ss@h.example", "***@h.example"],
      ["a/ada:pass@h.example/b:c@d", "a/***@h.example/***@d"],
      ["http://h.example:80", "http://h.example:80"],
    ] as const
  ) {
    const [problem] = checkDeclaration({ net: [value] });
    assert(problem?.message.startsWith(`"${shown}" `), problem?.message);
  }
});
