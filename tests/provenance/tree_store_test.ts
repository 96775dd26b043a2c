import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { PluginError } from "@semantik/plugins";
import { readTree, sha256, TreeStore } from "@semantik/plugins/provenance";
import { makeSymlink } from "../make_symlink.ts";
import { runProgram, spawnProgram } from "../run_deno.ts";
import { testUnless, withoutPosix } from "../test_unless.ts";
import { makeFolder, SEARCH_FILES, writeFiles } from "./plugin_folder.ts";

async function makeStore() {
  const folder = await makeFolder();
  await writeFiles(`${folder.path}/search`, SEARCH_FILES);
  return {
    plugin: `${folder.path}/search`,
    path: `${folder.path}/store`,
    store: new TreeStore(`${folder.path}/store`),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

async function addTo({ store, plugin }: {
  readonly store: TreeStore;
  readonly plugin: string;
}) {
  const copy = await store.add(plugin);
  assert(copy.ok);
  return copy;
}

function namesIn(directory: string): readonly string[] {
  return [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
}

Deno.test("TreeStore copies what was hashed, under its digest", async () => {
  await using made = await makeStore();
  const copy = await addTo(made);
  const reading = await readTree(made.plugin);
  assert(reading.ok);
  assertEquals(copy.tree, reading.tree);
  assertEquals(copy.directory, `${made.path}/${copy.tree.digest}`);
  assertEquals(copy.wasDamaged, false);
  assertEquals(await readTree(copy.directory), reading);
  assertEquals(namesIn(made.path), [copy.tree.digest]);
  // The source may change: the copy does not.
  await Deno.writeTextFile(`${made.plugin}/mod.ts`, "changed");
  assertEquals(await made.store.find(copy.tree.digest), copy.directory);
  assertEquals(
    await Deno.readTextFile(`${copy.directory}/mod.ts`),
    SEARCH_FILES["mod.ts"],
  );
});

Deno.test("TreeStore makes a copy once", async () => {
  await using made = await makeStore();
  const copies = await Promise.all([addTo(made), addTo(made), addTo(made)]);
  const [first] = copies;
  for (const copy of copies) assertEquals(copy, first);
  assertEquals(namesIn(made.path), [first?.tree.digest ?? ""]);
});

Deno.test("TreeStore finds no copy that was changed, and replaces it", async (t) => {
  const changes: Readonly<Record<string, (copy: string) => Promise<void>>> = {
    "an edit": async (copy) => {
      await Deno.chmod(`${copy}/mod.ts`, 0o644);
      await Deno.writeTextFile(`${copy}/mod.ts`, "evil");
    },
    "a file more": (copy) => Deno.writeTextFile(`${copy}/more.ts`, "evil"),
    "a file less": (copy) => Deno.remove(`${copy}/mod.ts`),
    "a link in place of a file": async (copy) => {
      await Deno.rename(`${copy}/mod.ts`, `${copy}/../moved.ts`);
      await makeSymlink("../moved.ts", `${copy}/mod.ts`);
    },
    "a link in place of the copy": async (copy) => {
      await Deno.rename(copy, `${copy}-moved`);
      await makeSymlink(`${copy}-moved`, copy);
    },
    "a file in place of the copy": async (copy) => {
      await Deno.remove(copy, { recursive: true });
      await Deno.writeTextFile(copy, "evil");
    },
  };
  for (const [name, change] of Object.entries(changes)) {
    await t.step(name, async () => {
      await using made = await makeStore();
      const { directory, tree } = await addTo(made);
      await change(directory);
      assertEquals(await made.store.find(tree.digest), undefined);
      const again = await addTo(made);
      assertEquals(again, { ok: true, directory, tree, wasDamaged: true });
      assertEquals(await made.store.find(tree.digest), directory);
    });
  }
});

Deno.test("TreeStore finds nothing for what is no digest", async () => {
  await using made = await makeStore();
  await addTo(made);
  for (const digest of ["", "..", "../search", "a".repeat(64)]) {
    assertEquals(await made.store.find(digest), undefined);
  }
});

Deno.test("TreeStore copies nothing of a directory that is unfit", async () => {
  await using made = await makeStore();
  await makeSymlink("mod.ts", `${made.plugin}/main.ts`);
  const copy = await made.store.add(made.plugin);
  assert(!copy.ok);
  assertEquals(copy.faults.map(({ path }) => path), ["main.ts"]);
  assertEquals(namesIn(made.path), []);
});

testUnless(
  withoutPosix("modes of files"),
  "TreeStore keeps copies that others cannot enter, and nobody writes by accident",
  async () => {
    await using made = await makeStore();
    const { directory } = await addTo(made);
    const modeOf = (path: string) => (Deno.statSync(path).mode ?? 0) & 0o777;
    assertEquals(modeOf(made.path), 0o700);
    assertEquals(modeOf(`${directory}/lib/search.ts`), 0o444);
  },
);

Deno.test("TreeStore says what it cannot write", async (t) => {
  await t.step("a file in its place", async () => {
    await using made = await makeStore();
    await Deno.writeTextFile(made.path, "a file");
    const error = await assertRejects(
      () => made.store.add(made.plugin),
      PluginError,
    );
    assertEquals(error.code, "PLUGIN_OPTION_INVALID");
  });
  await t.step("no permission", async () => {
    await using made = await makeStore();
    const store = new TreeStore("/etc/store");
    const error = await assertRejects(
      () => store.add(made.plugin),
      PluginError,
    );
    assertEquals(
      error.remedy,
      "Start Deno with --allow-read=/etc/store --allow-write=/etc/store too",
    );
  });
  await t.step("a relative path", () => {
    const error = assertThrows(() => new TreeStore("store"), PluginError);
    assertEquals(error.code, "PLUGIN_OPTION_INVALID");
  });
});

const SWAPS = new URL("swap_files.ts", import.meta.url);

Deno.test("TreeStore never keeps bytes that it did not hash, while files are swapped", async () => {
  await using made = await makeStore();
  const swapper = spawnProgram(SWAPS, {
    flags: [
      `--allow-read=${made.plugin},${made.plugin}.next`,
      `--allow-write=${made.plugin},${made.plugin}.next`,
    ],
    args: [`${made.plugin}/lib/search.ts`, `${made.plugin}.next`],
  });
  const output = swapper.output();
  const digests = new Set<string>();
  try {
    for (let round = 0; round < 2_000 && digests.size < 2; round++) {
      const copy = await made.store.add(made.plugin);
      // A file that changed while it was read is no file of a plugin.
      if (!copy.ok) continue;
      const { directory, tree } = copy;
      const bytes = await Deno.readFile(`${directory}/lib/search.ts`);
      assertEquals(tree.files["lib/search.ts"], await sha256(bytes));
      assertEquals(await made.store.find(tree.digest), directory);
      digests.add(tree.files["lib/search.ts"] ?? "");
    }
  } finally {
    swapper.kill("SIGKILL");
    await output;
  }
  // Otherwise nothing was swapped, and this proved nothing.
  assertEquals(digests.size, 2);
});

Deno.test("TreeStore has the whole copy or none when its process is killed", async () => {
  await using made = await makeStore();
  const files = Array.from(
    { length: 200 },
    (_, index) => [`data/${index}.txt`, `${index}`] as const,
  );
  await writeFiles(made.plugin, Object.fromEntries(files));
  const program = new URL("add_to_store.ts", import.meta.url);
  const flags = ["--allow-read", `--allow-write=${made.path}`];
  const outcomes = new Set<string>();
  for (const stopAt of [0, 1, 50, 203, 204, 1_000]) {
    const { code } = await runProgram(program, {
      flags,
      args: [made.plugin, made.path, String(stopAt)],
    });
    const digests = namesIn(made.path).filter((name) => !name.startsWith("."));
    outcomes.add(`${code} ${digests.length}`);
    for (const digest of digests) {
      assert(await made.store.find(digest) !== undefined);
      await Deno.remove(`${made.path}/${digest}`, { recursive: true });
    }
  }
  assertEquals([...outcomes].sort(), ["0 1", "9 0"]);
});
