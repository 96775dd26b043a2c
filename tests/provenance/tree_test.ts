import { assert, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import {
  makeTree,
  readTree,
  sha256,
  type TreeEntry,
  treeFaults,
} from "@semantik/plugins/provenance";
import { compareBytes } from "../../src/provenance/tree.ts";
import { makeSymlink } from "../make_symlink.ts";
import { runProgram } from "../run_deno.ts";
import { testUnless, withoutPosix } from "../test_unless.ts";
import { makeFolder, SEARCH_FILES, writeFiles } from "./plugin_folder.ts";

const encoder = new TextEncoder();

Deno.test("sha256() returns the digest that sha256sum prints", async () => {
  assertEquals(
    await sha256(encoder.encode("abc")),
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
});

Deno.test("makeTree() sorts by the bytes of paths, whatever order they came in", async () => {
  const digest = await sha256(new Uint8Array());
  const paths = ["b", "a/b", "a.b", "10", "9", "\u{1f600}", "\uff5e", "Z"];
  const expected = ["10", "9", "Z", "a.b", "a/b", "b", "\uff5e", "\u{1f600}"];
  const lines = expected.map((path) => `${path}\0${digest}\n`).join("");

  const trees = await Promise.all(
    [paths, paths.toReversed()].map((list) =>
      makeTree(list.map((path) => [path, digest]))
    ),
  );
  for (const tree of trees) {
    assertEquals(tree.digest, await sha256(encoder.encode(lines)));
    assertEquals(Object.keys(tree.files).sort(), paths.toSorted());
  }
});

Deno.test("compareBytes() orders texts as their UTF-8 bytes do", () => {
  const byBytes = (one: string, other: string) => {
    const [a, b] = [encoder.encode(one), encoder.encode(other)];
    for (let index = 0; index < Math.min(a.length, b.length); index++) {
      const difference = (a[index] ?? 0) - (b[index] ?? 0);
      if (difference !== 0) return Math.sign(difference);
    }
    return Math.sign(a.length - b.length);
  };
  const text = fc.string({
    unit: fc.constantFrom("a", "\u00e9", "\uff5e", "\ue000", "\u{1f600}"),
    maxLength: 4,
  });
  fc.assert(fc.property(text, text, (one, other) => {
    assertEquals(Math.sign(compareBytes(one, other)), byBytes(one, other));
  }));
});

Deno.test("treeFaults() accepts ordinary files", () => {
  const paths = [
    "plugin.json",
    "mod.ts",
    "lib/a.ts",
    "lib/b/a.ts",
    "README",
    ".gitattributes",
    "données/日本語.txt",
    "a b.txt",
    "lib.ts",
  ];
  const entries = [
    { path: "lib", kind: "directory" as const },
    ...paths.map((path) => ({ path, kind: "file" as const, size: 1 })),
  ];
  assertEquals(treeFaults(entries), []);
});

const file = (path: string, size = 1): TreeEntry => ({
  path,
  kind: "file",
  size,
});

Deno.test("treeFaults() names the path and the reason", async (t) => {
  const table: readonly (readonly [
    name: string,
    entries: readonly TreeEntry[],
    path: string,
    fault: RegExp,
  ])[] = [
    ["a link", [{ path: "a.ts", kind: "link" }], "a.ts", /is a link/],
    ["a pipe", [{ path: "p", kind: "other" }], "p", /neither a file nor a dir/],
    ["a backslash", [file("a\\b.ts")], "a\\b.ts", /backslash/],
    ["a line feed", [file("a\nb.ts")], "a\nb.ts", /invisible/],
    ["an escape", [file("a\u001bb.ts")], "a\u001bb.ts", /invisible/],
    ["a NUL", [file("a\0b.ts")], "a\0b.ts", /invisible/],
    ["reordered text", [file("a\u202eb.ts")], "a\u202eb.ts", /invisible/],
    ["a zero-width space", [file("a\u200b.ts")], "a\u200b.ts", /invisible/],
    ["no UTF-8", [file("a\ufffd.ts")], "a\ufffd.ts", /not UTF-8/],
    ["half a pair", [file("a\ud83d.ts")], "a\ud83d.ts", /not UTF-8/],
    ["normal form D", [file("e\u0301.ts")], "e\u0301.ts", /normal form C/],
    ["a stream of NTFS", [file("a.ts:b")], "a.ts:b", /colon/],
    ["a dot at the end", [file("a.ts.")], "a.ts.", /dot or space/],
    ["a space at the end", [file("lib /a.ts")], "lib /a.ts", /dot or space/],
    ["a parent", [file("../a.ts")], "../a.ts", /inside the plugin/],
    ["an absolute path", [file("/a.ts")], "/a.ts", /inside the plugin/],
    ["an empty name", [file("a//b")], "a//b", /inside the plugin/],
    ["the prototype", [file("__proto__")], "__proto__", /change other/],
    ["case", [file("a.ts"), file("A.ts")], "A.ts", /ignores case/],
    ["folders", [file("lib/a"), file("Lib/b")], "Lib", /ignores case/],
    ["sharp s", [file("ß.ts"), file("SS.ts")], "SS.ts", /ignores case/],
    ["Finder", [file("lib/.DS_Store")], "lib/.DS_Store", /Finder/],
    ["Explorer", [file("Thumbs.db")], "Thumbs.db", /Explorer/],
    ["foreign disks", [file("._mod.ts")], "._mod.ts", /foreign disks/],
    ["git", [{ path: ".git", kind: "directory" }], ".git", /git/],
    [
      "npm",
      [{ path: "node_modules", kind: "directory" }],
      "node_modules",
      /npm/,
    ],
    ["a long path", [file("a".repeat(1_025))], "a".repeat(1_025), /more than/],
    ["a large file", [file("a", 134_217_729)], "a", /134217728 bytes/],
    [
      "many bytes",
      Array.from({ length: 9 }, (_, index) => file(`${index}`, 134_217_728)),
      "",
      /1073741824 bytes/,
    ],
    [
      "many files",
      Array.from({ length: 10_001 }, (_, index) => file(`${index}`)),
      "",
      /10000 files/,
    ],
  ];
  for (const [name, entries, path, fault] of table) {
    await t.step(name, () => {
      const [first, ...others] = treeFaults(entries);
      assertEquals(first?.path, path);
      assert(fault.test(first?.fault ?? ""), first?.fault);
      assertNotEquals(first?.remedy ?? "", "");
      assertEquals(others, []);
    });
  }
  await t.step("at most 100 at once", () => {
    const entries = Array.from(
      { length: 200 },
      (_, index) => file(`${index}:`),
    );
    assertEquals(treeFaults(entries).length, 100);
  });
});

Deno.test("readTree() hashes the bytes of each file", async () => {
  const large = new Uint8Array(1_500_000).fill(7);
  await using folder = await makeFolder({
    ...SEARCH_FILES,
    "large.bin": large,
  });
  const seen = new Map<string, number>();
  const reading = await readTree(folder.path, {
    onFile: (path, { length }) => seen.set(path, length),
  });
  assert(reading.ok);
  const { tree, size } = reading;
  const expected = await Promise.all(
    Object.entries({ ...SEARCH_FILES, "large.bin": large }).map(
      async ([path, content]) =>
        [
          path,
          await sha256(
            typeof content === "string" ? encoder.encode(content) : content,
          ),
        ] as const,
    ),
  );
  assertEquals(tree, await makeTree(expected));
  assertEquals(seen.size, expected.length);
  assertEquals([...seen.values()].reduce((sum, one) => sum + one), size);
});

Deno.test("readTree() ignores folders without files", async () => {
  await using folder = await makeFolder(SEARCH_FILES);
  const before = await readTree(folder.path);
  await Deno.mkdir(`${folder.path}/empty`);
  assertEquals(await readTree(folder.path), before);
});

Deno.test("readTree() refuses links and what else is no file", async (t) => {
  await t.step("a link to a file beside it", async () => {
    await using folder = await makeFolder(SEARCH_FILES);
    await makeSymlink("mod.ts", `${folder.path}/main.ts`);
    const reading = await readTree(folder.path);
    assert(!reading.ok);
    assertEquals(reading.reason, "unfit");
    assertEquals(reading.faults.map(({ path }) => path), ["main.ts"]);
  });
  await t.step("a link to a folder outside", async () => {
    await using folder = await makeFolder(SEARCH_FILES);
    await makeSymlink("/", `${folder.path}/root`);
    const reading = await readTree(folder.path);
    assert(!reading.ok);
    assertEquals(reading.faults.map(({ path }) => path), ["root"]);
  });
  await t.step("a folder that is not listed", async () => {
    await using folder = await makeFolder(SEARCH_FILES);
    await writeFiles(folder.path, { ".git/HEAD": "ref", ".git/a": "b" });
    const reading = await readTree(folder.path);
    assert(!reading.ok);
    assertEquals(reading.faults.map(({ path }) => path), [".git"]);
  });
});

testUnless(
  withoutPosix("pipes with a name and names that are not UTF-8"),
  "readTree() refuses pipes without opening them, and names that are not UTF-8",
  async () => {
    await using folder = await makeFolder(SEARCH_FILES);
    const { code, stderr } = await runProgram(
      new URL("make_special_files.ts", import.meta.url),
      { flags: ["--allow-run"], args: [folder.path] },
    );
    assertEquals(code, 0, stderr);
    const reading = await readTree(folder.path);
    assert(!reading.ok);
    assertEquals(reading.faults.map(({ path }) => path).sort(), [
      "a\ufffd.ts",
      "pipe",
    ]);
  },
);

Deno.test("readTree() says what it cannot read", async (t) => {
  await using folder = await makeFolder();
  await t.step("a directory that does not exist", async () => {
    const reading = await readTree(`${folder.path}/absent`);
    assert(!reading.ok);
    assertEquals(reading.reason, "unreadable");
    assert(reading.faults[0]?.fault.startsWith("cannot be read: NotFound"));
  });
  await t.step("a directory without permission", async () => {
    const reading = await readTree("/etc");
    assert(!reading.ok);
    assertEquals(
      reading.faults[0]?.remedy,
      "Start Deno with --allow-read=/etc too",
    );
  });
});
