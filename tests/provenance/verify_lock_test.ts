import { assert, assertEquals } from "@std/assert";
import {
  type LockedPackage,
  type PluginFacts,
  verifyAgainstLock,
} from "@semantik/plugins/provenance";
import { factsOf, lockFolder, lockOf } from "./locks.ts";
import { makeFolder, SEARCH_FILES } from "./plugin_folder.ts";

Deno.test("verifyAgainstLock() accepts a plugin that is as in the lock", async () => {
  await using folder = await makeFolder(SEARCH_FILES);
  const lock = await lockFolder(folder.path);
  assertEquals(verifyAgainstLock(lock, await factsOf(folder.path)), []);
});

Deno.test("verifyAgainstLock() refuses a plugin that is not in the lock", async () => {
  await using folder = await makeFolder(SEARCH_FILES);
  const lock = await lockFolder(folder.path);
  for (const id of ["other", "constructor", "__proto__"]) {
    const facts = { ...await factsOf(folder.path), id };
    const [problem, ...others] = verifyAgainstLock(lock, facts);
    assertEquals(problem, {
      code: "PLUGIN_INTEGRITY_UNLOCKED",
      message: `Cannot load plugin "${id}": it is not in the lock`,
      remedy: "Review it and run semantik-plugin add ./plugins/search",
    });
    assertEquals(others, []);
  }
});

Deno.test("verifyAgainstLock() names the file, both digests and the likely reason", async (t) => {
  const digests = / [0-9a-f]{64} and not [0-9a-f]{64}$/;
  const table: readonly (readonly [
    name: string,
    path: string,
    content: string | undefined,
    message: RegExp,
    remedy: RegExp,
  ])[] = [
    ["an edit", "mod.ts", "evil", /"mod.ts" was edited/, /^Restore the file/],
    [
      "line endings of Windows",
      "data/words.txt",
      "one\r\ntwo\r\n",
      /line endings of "data\/words.txt" were changed, as git does/,
      /"\* -text" into .gitattributes/,
    ],
    [
      "an edit and line endings",
      "data/words.txt",
      "one\r\nthree\r\n",
      /was edited/,
      /Restore/,
    ],
    [
      "a new file",
      "evil.ts",
      "evil",
      /"evil.ts" is not in the lock: somebody added it/,
      /Remove the file/,
    ],
    ["a backup", "mod.ts~", "x", /an editor seems to have left it/, /Remove/],
    ["a swap file", ".mod.ts.swp", "x", /an editor has it open/, /Remove/],
    ["a merge", "mod.ts.orig", "x", /a merge seems to have left it/, /Remove/],
    ["a log", "debug.log", "x", /a program seems to have written it/, /Remove/],
    [
      "a lost file",
      "data/words.txt",
      undefined,
      /"data\/words.txt" is missing/,
      /Restore/,
    ],
    [
      "the Finder",
      ".DS_Store",
      "x",
      /"\.DS_Store" is a file that the Finder/,
      /Remove/,
    ],
  ];
  for (const [name, path, content, message, remedy] of table) {
    await t.step(name, async () => {
      await using folder = await makeFolder(SEARCH_FILES);
      const lock = await lockFolder(folder.path);
      const { search } = lock.plugins;
      const place = `${folder.path}/${path}`;
      if (content === undefined) await Deno.remove(place);
      else await Deno.writeTextFile(place, content);
      const expected = search !== undefined && "files" in search
        ? search.files
        : {};
      const facts = await factsOf(folder.path, { expected });
      const [problem, ...others] = verifyAgainstLock(lock, facts);
      assertEquals(problem?.code, "PLUGIN_INTEGRITY_BROKEN");
      assertEquals(problem?.path, path);
      assert(message.test(problem?.message ?? ""), problem?.message);
      assert(remedy.test(problem?.remedy ?? ""), problem?.remedy);
      if (path in SEARCH_FILES && content !== undefined) {
        assert(digests.test(problem?.message ?? ""), problem?.message);
      }
      assertEquals(others, []);
    });
  }
  await t.step(
    "line endings of Unix, where the lock has those of Windows",
    async () => {
      await using folder = await makeFolder({
        ...SEARCH_FILES,
        "a.txt": "one\r\ntwo\r\n",
      });
      const lock = await lockFolder(folder.path);
      const { search } = lock.plugins;
      await Deno.writeTextFile(`${folder.path}/a.txt`, "one\ntwo\n");
      const expected = search !== undefined && "files" in search
        ? search.files
        : {};
      const facts = await factsOf(folder.path, { expected });
      const [problem] = verifyAgainstLock(lock, facts);
      assert(problem?.message.includes("line endings"), problem?.message);
    },
  );
  await t.step("bytes that git leaves as they are", async () => {
    await using folder = await makeFolder({ ...SEARCH_FILES, "a.bin": "\0\n" });
    const lock = await lockFolder(folder.path);
    const { search } = lock.plugins;
    await Deno.writeTextFile(`${folder.path}/a.bin`, "\0\r\n");
    const expected = search !== undefined && "files" in search
      ? search.files
      : {};
    const facts = await factsOf(folder.path, { expected });
    const [problem] = verifyAgainstLock(lock, facts);
    assert(problem?.message.includes("was edited"), problem?.message);
  });
});

Deno.test("verifyAgainstLock() names ten files, and counts the others", async () => {
  await using folder = await makeFolder(SEARCH_FILES);
  const lock = await lockFolder(folder.path);
  for (let index = 10; index < 25; index++) {
    await Deno.writeTextFile(`${folder.path}/${index}.ts`, "");
  }
  const problems = verifyAgainstLock(lock, await factsOf(folder.path));
  assertEquals(problems.length, 11);
  assert(problems.at(-1)?.message.includes("5 more files"));
});

Deno.test("verifyAgainstLock() refuses what the lock does not say", async (t) => {
  await using folder = await makeFolder(SEARCH_FILES);
  const lock = await lockFolder(folder.path);
  const facts = await factsOf(folder.path);
  const check = (
    name: string,
    changes: Partial<PluginFacts>,
    message: RegExp,
    changed = lock,
  ) =>
    t.step(name, () => {
      const [problem, ...others] = verifyAgainstLock(changed, {
        ...facts,
        ...changes,
      });
      assertEquals(problem?.code, "PLUGIN_INTEGRITY_BROKEN");
      assert(message.test(problem?.message ?? ""), problem?.message);
      assertEquals(others, []);
    });
  await check(
    "another version",
    { version: "1.2.1" },
    /version is "1.2.1", and the lock has "1.2.0"/,
  );
  await check("a permission more", {
    permissions: { net: ["a.example:443"], run: ["git"] },
  }, /permission run to "git" is not in the lock/);
  await check("an optional permission more", {
    optionalPermissions: { net: true },
  }, /permission net as a whole is not in the lock/);
  await check(
    "a lock whose tree was edited",
    {},
    /the lock contradicts itself/,
    await lockFolder(folder.path, { tree: "0".repeat(64) }),
  );
  await check("a module that is not in the lock", {
    dependencies: { "npm:evil@1.0.0": "sha512-x" },
  }, /brings the module "npm:evil@1.0.0"/);
  const withModule = await lockFolder(folder.path, {
    dependencies: { "npm:zod@4.6.7": "sha512-a" },
  });
  await check(
    "another integrity",
    { dependencies: { "npm:zod@4.6.7": "sha512-b" } },
    /integrity "sha512-b" and not "sha512-a"/,
    withModule,
  );
  await t.step("a directory that cannot be read", () => {
    const [problem] = verifyAgainstLock(lock, {
      ...facts,
      reading: {
        ok: false,
        reason: "unreadable",
        faults: [{ path: "", fault: "cannot be read: x", remedy: "Check" }],
      },
    });
    assertEquals(problem?.code, "PLUGIN_SOURCE_UNREADABLE");
    assertEquals(
      problem?.message,
      'Cannot load plugin "search": its directory cannot be read: x',
    );
  });
  await t.step(
    "modules that the lock has and the plugin no longer brings",
    () => {
      assertEquals(
        verifyAgainstLock(withModule, { ...facts, dependencies: {} }),
        [],
      );
    },
  );
});

Deno.test("verifyAgainstLock() compares packages by their version and manifest", async (t) => {
  const locked: LockedPackage = {
    source: "jsr:@acme/search@^1.2.0",
    resolved: "jsr:@acme/search@1.2.0",
    version: "1.2.0",
    manifest: "a".repeat(64),
    permissions: {},
    optionalPermissions: {},
    lockedAt: "2026-01-31T12:00:00Z",
    dependencies: {},
  };
  const facts: PluginFacts = {
    id: "search",
    source: locked.source,
    version: locked.version,
    permissions: {},
    optionalPermissions: {},
    resolved: locked.resolved,
    manifest: locked.manifest,
  };
  const lock = lockOf(locked);
  assertEquals(verifyAgainstLock(lock, facts), []);
  const table: readonly (readonly [string, PluginFacts, RegExp])[] = [
    [
      "another version",
      { ...facts, resolved: "jsr:@acme/search@1.3.0" },
      /it is "jsr:@acme\/search@1.3.0", and the lock has "jsr:@acme\/search@1.2.0"/,
    ],
    [
      "another package",
      { ...facts, resolved: "npm:search@1.2.0" },
      /it is "npm:search@1.2.0"/,
    ],
    [
      "another manifest",
      { ...facts, manifest: "b".repeat(64) },
      /SHA-256 b{64} and not a{64}/,
    ],
  ];
  for (const [name, changed, message] of table) {
    await t.step(name, () => {
      const [problem, ...others] = verifyAgainstLock(lock, changed);
      assertEquals(problem?.code, "PLUGIN_INTEGRITY_BROKEN");
      assert(message.test(problem?.message ?? ""), problem?.message);
      assertEquals(others, []);
    });
  }
  await t.step("a package in place of a directory", async () => {
    await using folder = await makeFolder(SEARCH_FILES);
    const [problem] = verifyAgainstLock(await lockFolder(folder.path), facts);
    assert(problem?.message.includes("it is not a directory"));
  });
  await t.step("a directory in place of a package", async () => {
    await using folder = await makeFolder(SEARCH_FILES);
    const [problem] = verifyAgainstLock(lock, await factsOf(folder.path));
    assert(problem?.message.includes('it is "./plugins/search"'));
  });
});
