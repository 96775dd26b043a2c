import { assert, assertEquals, assertRejects } from "@std/assert";
import { PluginError } from "@semantik/plugins";
import { FileStateStore, type StateSystem } from "@semantik/plugins/state";
import { assertProblem } from "../assert_problem.ts";
import { denoStateSystem } from "../../src/state/state_system.ts";
import { makeSymlink } from "../make_symlink.ts";
import { runFixture } from "./run_fixture.ts";
import { withStateFile } from "./with_state_file.ts";

const REMEDY = "Make the directory, or mount the volume that it is on";

/** The real file system, with some permissions alone. */
function granting(
  granted: (kind: "read" | "write", path: string) => boolean,
): StateSystem {
  return {
    ...denoStateSystem,
    canPrompt: () => true,
    permission: (kind, path) =>
      Promise.resolve(granted(kind, path) ? "granted" : "prompt"),
  };
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch {
    return false;
  }
}

Deno.test("FileStateStore.read() never takes a missing directory for the first start", async (t) => {
  const places: Readonly<Record<string, (root: string) => Promise<string>>> = {
    "no directory": (root) => Promise.resolve(`${root}/none`),
    "no directory, two levels up": (root) =>
      Promise.resolve(`${root}/none/there`),
    "a link to no directory": async (root) => {
      await makeSymlink("not_mounted", `${root}/link`);
      return `${root}/link`;
    },
  };
  const system: Readonly<Record<string, (path: string) => StateSystem>> = {
    "the directory may be read": () => granting(() => true),
    "the lock may be written": (path) =>
      granting((_, one) => one === path || one === `${path}.lock`),
  };
  for (const [place, make] of Object.entries(places)) {
    for (const [name, systemOf] of Object.entries(system)) {
      await t.step(`${place}, ${name}`, () =>
        withStateFile(async (file) => {
          const directory = await make(file.replace(/\/[^/]*$/, ""));
          const path = `${directory}/state.json`;
          const store = new FileStateStore(path, { system: systemOf(path) });
          const state = await store.read();
          assert(!state.ok);
          assertProblem(state.problem, [
            "PLUGIN_STATE_CORRUPT",
            [path, "its directory does not exist"],
            REMEDY,
          ]);
          assertEquals(await isThere(directory), false);
        }));
    }
  }
});

Deno.test("FileStateStore.read() detects the first start by the directory or by the lock", async (t) => {
  await t.step(
    "the directory may be read: nothing is made",
    () =>
      withStateFile(async (path) => {
        assert((await new FileStateStore(path).read()).ok);
        assertEquals(await isThere(`${path}.lock`), false);
      }),
  );
  await t.step(
    "the lock may be written: it is made",
    () =>
      withStateFile(async (path) => {
        const system = granting((_, one) =>
          one === path || one === `${path}.lock`
        );
        const state = await new FileStateStore(path, { system }).read();
        assert(state.ok);
        assertEquals(state.snapshot.revision, 0);
        assertEquals(await isThere(`${path}.lock`), true);
        assertEquals(await isThere(path), false);
      }),
  );
  await t.step(
    "neither: it is not guessed",
    () =>
      withStateFile(async (path) => {
        const system = granting((_, one) => one === path);
        const state = await new FileStateStore(path, { system }).read();
        assert(!state.ok);
        const directory = path.replace(/\/[^/]*$/, "");
        assertProblem(state.problem, [
          "PLUGIN_STATE_CORRUPT",
          [path, "does not exist", "may not see"],
          `"${directory}"`,
        ]);
      }),
  );
});

Deno.test("FileStateStore with mustExist refuses a missing file and creates none", async () => {
  await withStateFile(async (path) => {
    const store = new FileStateStore(path, { mustExist: true });
    const state = await store.read();
    assert(!state.ok);
    assertProblem(state.problem, [
      "PLUGIN_STATE_CORRUPT",
      [path, "does not exist, and it must"],
    ]);
    const error = await assertRejects(
      () => store.update(() => new Map([["x", { enabled: false }]])),
      PluginError,
    );
    assertEquals(error.code, "PLUGIN_STATE_CORRUPT");
    assertEquals(await isThere(path), false);
    await new FileStateStore(path).update(() =>
      new Map([["x", { enabled: false }]])
    );
    assert((await store.read()).ok);
  });
});

Deno.test("FileStateStore detects a missing directory with exactly the flags that it names", async () => {
  await withStateFile(async (file) => {
    const run = async (path: string) => {
      const { read = [], write = [] } = await new FileStateStore(path)
        .permissions();
      const { stdout, stderr } = await runFixture("narrow.ts", {
        flags: [`--allow-read=${read}`, `--allow-write=${write}`],
        args: [path],
      });
      assertEquals(stderr, "");
      return JSON.parse(stdout);
    };
    const [first, missing] = await Promise.all([
      run(file),
      run(file.replace(/[^/]*$/, "none/state.json")),
    ]);
    assertEquals([first.read, first.update], [0, 1]);
    assertEquals([missing.read.code, missing.read.remedy], [
      "PLUGIN_STATE_CORRUPT",
      REMEDY,
    ]);
    assertEquals(missing.update.code, "PLUGIN_STATE_UNWRITABLE");
  });
});
