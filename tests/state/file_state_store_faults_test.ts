import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { PluginError } from "@semantik/plugins";
import {
  FileStateStore,
  type StateChange,
  type StateSystem,
} from "@semantik/plugins/state";
import { assertProblem } from "../assert_problem.ts";
import { denoStateSystem } from "../../src/state/state_system.ts";
import { watchSystem, WRITE_STEPS } from "./watched_system.ts";
import { withStateFile } from "./with_state_file.ts";

const OLD = '{"schema":1,"revision":6,"plugins":{"x":{"enabled":false}}}';

const disableY: StateChange = ({ plugins }) =>
  new Map(plugins).set("y", { enabled: false });

// After the rename the change is in force, whatever happens.
const RENAMED = WRITE_STEPS.indexOf("rename temporary");

Deno.test("FileStateStore.update() takes its steps in their order", async () => {
  await withStateFile(async (path) => {
    await Deno.writeTextFile(path, OLD);
    const steps: string[] = [];
    const system = watchSystem(path, (step) => {
      if (steps.at(-1) !== step) steps.push(step);
    });
    await new FileStateStore(path, { system }).update(disableY);
    const { lstat, ...rest } = Object.groupBy(
      steps,
      (step) => step === "lstat file" ? "lstat" : "rest",
    );
    assert(lstat);
    assertEquals(
      rest.rest,
      WRITE_STEPS.filter((step) => step !== "lstat file"),
    );
  });
});

Deno.test("FileStateStore.update() leaves the old file or the new one at any failure", async (t) => {
  for (const [index, faulty] of WRITE_STEPS.entries()) {
    await t.step(faulty, () =>
      withStateFile(async (path) => {
        await Deno.writeTextFile(path, OLD);
        let isBroken = true;
        const system = watchSystem(path, (step) => {
          if (isBroken && step === faulty) throw new Error("No space left");
        });
        const store = new FileStateStore(path, { system });
        if (index <= RENAMED) {
          const error = await assertRejects(
            () => store.update(disableY),
            PluginError,
          );
          assertStringIncludes(error.message, "No space left");
          assertEquals(await Deno.readTextFile(path), OLD);
        } else {
          assertEquals((await store.update(disableY)).revision, 7);
        }
        await assertRejects(
          () => Deno.lstat(`${path}.tmp`),
          Deno.errors.NotFound,
        );

        isBroken = false;
        const next = await store.update(({ plugins }) =>
          new Map(plugins).set("z", { enabled: true })
        );
        const isNew = index > RENAMED;
        assertEquals(next.revision, isNew ? 8 : 7);
        assertEquals(
          [...next.plugins.keys()],
          isNew ? ["x", "y", "z"] : ["x", "z"],
        );
      }));
  }
});

Deno.test("FileStateStore.update() works if a temporary file could not be removed", async () => {
  await withStateFile(async (path) => {
    await Deno.writeTextFile(path, OLD);
    let removals = 0;
    const system = watchSystem(path, (step) => {
      if (step === "sync temporary") throw new Error("Disk failure");
      if (step === "remove temporary" && removals++ > 0) {
        throw new Error("Disk failure");
      }
    });
    const store = new FileStateStore(path, { system });
    const error = await assertRejects(
      () => store.update(disableY),
      PluginError,
    );
    assertStringIncludes(error.message, "Disk failure");
    assert((await Deno.lstat(`${path}.tmp`)).isFile);
    assertEquals((await new FileStateStore(path).update(disableY)).revision, 7);
  });
});

Deno.test("FileStateStore.update() does not open a temporary file that it did not create", async () => {
  await withStateFile(async (path) => {
    await Deno.writeTextFile(path, OLD);
    const system = watchSystem(path, (step) => {
      if (step === "open temporary") {
        Deno.writeTextFileSync(`${path}.tmp`, "planted meanwhile");
      }
    });
    await assertRejects(
      () => new FileStateStore(path, { system }).update(disableY),
      PluginError,
    );
    assertEquals(await Deno.readTextFile(path), OLD);
  });
});

Deno.test("FileStateStore does not open a huge file", async () => {
  await withStateFile(async (path) => {
    await Deno.writeTextFile(path, "");
    await Deno.truncate(path, 200 * 1024 * 1024);
    const steps: string[] = [];
    const system = watchSystem(path, (step) => steps.push(step));
    assert(!(await new FileStateStore(path, { system }).read()).ok);
    assertEquals(steps, ["lstat file", "stat file"]);
  });
});

Deno.test("FileStateStore reads no more than its limit of a file that grows", async () => {
  await withStateFile(async (path) => {
    await Deno.writeTextFile(path, OLD);
    const system = watchSystem(path, (step) => {
      if (step === "open file") Deno.truncateSync(path, 200 * 1024 * 1024);
    });
    const state = await new FileStateStore(path, {
      system: {
        ...system,
        async open(name, options) {
          (await system.open(name, options)).close();
          return await denoStateSystem.open(name, options);
        },
      },
    }).read();
    assert(!state.ok);
    assertStringIncludes(state.problem.message, "more than 4194304 bytes");
  });
});

Deno.test("FileStateStore.read() never returns an empty state for a failure", async (t) => {
  const steps = ["lstat file", "stat file", "open file", "read file"];
  const errors = [
    new Deno.errors.PermissionDenied("Permission denied (os error 13)"),
    new Error("Input/output error (os error 5)"),
  ];
  for (const faulty of steps) {
    for (const thrown of errors) {
      await t.step(
        `${faulty}: ${thrown.message}`,
        () =>
          withStateFile(async (path) => {
            await Deno.writeTextFile(path, OLD);
            const system = watchSystem(path, (step) => {
              if (step === faulty) throw thrown;
            });
            const state = await new FileStateStore(path, { system }).read();
            assert(!state.ok);
            assertEquals(state.problem.code, "PLUGIN_STATE_CORRUPT");
            assertStringIncludes(state.problem.message, thrown.message);
          }),
      );
    }
  }
});

Deno.test("FileStateStore.update() fails on a disk that accepts no bytes", async () => {
  await withStateFile(async (path) => {
    await Deno.writeTextFile(path, OLD);
    const system: StateSystem = {
      ...denoStateSystem,
      async open(name, options) {
        const file = await denoStateSystem.open(name, options);
        return {
          read: (buffer) => file.read(buffer),
          write: () => Promise.resolve(0),
          sync: () => file.sync(),
          tryLock: (exclusive) => file.tryLock(exclusive),
          unlock: () => file.unlock(),
          close: () => file.close(),
        };
      },
    };
    await assertRejects(
      () => new FileStateStore(path, { system }).update(disableY),
      PluginError,
    );
    assertEquals(await Deno.readTextFile(path), OLD);
  });
});

Deno.test("FileStateStore does not prompt", async () => {
  await withStateFile(async (path) => {
    await Deno.writeTextFile(path, OLD);
    const granted = { read: true, write: false };
    const touched: string[] = [];
    const system: StateSystem = {
      ...watchSystem(path, (step) => touched.push(step)),
      canPrompt: () => true,
      permission: (kind) =>
        Promise.resolve(granted[kind] ? "granted" : "prompt"),
    };
    const store = new FileStateStore(path, { system });
    assert((await store.read()).ok);
    const error = await assertRejects(
      () => store.update(disableY),
      PluginError,
    );
    assertProblem(error, [
      "PLUGIN_STATE_UNWRITABLE",
      `write permission for "${path}", "${path}.lock", "${path}.tmp"`,
      ` --allow-write=${path},${path}.lock,${path}.tmp `,
    ]);

    granted.read = false;
    touched.length = 0;
    const state = await store.read();
    assert(!state.ok);
    assertProblem(state.problem, [
      "PLUGIN_STATE_CORRUPT",
      path,
      ` --allow-read=${path} `,
    ]);
    await assertRejects(() => store.update(disableY), PluginError);
    assertEquals(await store.permissions(), {
      read: [path, `${path}.tmp`],
      write: [path, `${path}.lock`, `${path}.tmp`],
    });
    assertEquals(touched, []);
  });
});

Deno.test("FileStateStore tries operations that a permission broker may grant", async () => {
  await withStateFile(async (path) => {
    const system: StateSystem = {
      ...denoStateSystem,
      canPrompt: () => false,
      permission: () => Promise.resolve("prompt"),
    };
    const store = new FileStateStore(path, { system });
    assertEquals((await store.update(disableY)).revision, 1);
  });
});

Deno.test("FileStateStore quotes flags for a shell", async (t) => {
  const rows: readonly (readonly [string, string])[] = [
    [
      "/srv/my app/s.json",
      "Start Deno with --allow-read='/srv/my app/s.json' too",
    ],
    [
      "/srv/it's/s.json",
      "Start Deno with --allow-read='/srv/it'\\''s/s.json' too",
    ],
    [
      "/srv/$(id)/s.json",
      "Start Deno with --allow-read='/srv/$(id)/s.json' too",
    ],
    [
      "/srv/a,b/s.json",
      "Move the file: no flag can name a path with a comma or a line break at its end",
    ],
    [
      "/srv/\u001b[2J\n\u202e/s.json",
      "Start Deno with --allow-read=\"$(printf '/srv/\\033[2J\\012\\342\\200\\256/s.json')\" too",
    ],
    [
      "/srv/s.json\n",
      "Move the file: no flag can name a path with a comma or a line break at its end",
    ],
  ];
  const system: StateSystem = {
    ...denoStateSystem,
    canPrompt: () => true,
    permission: () => Promise.resolve("prompt"),
  };
  for (const [path, remedy] of rows) {
    await t.step(path, async () => {
      const state = await new FileStateStore(path, { system }).read();
      assert(!state.ok);
      assertEquals(state.problem.remedy, remedy);
    });
  }
  await t.step("denied", async () => {
    const state = await new FileStateStore("/srv/s.json", {
      system: { ...system, permission: () => Promise.resolve("denied") },
    }).read();
    assert(!state.ok);
    assertEquals(
      state.problem.remedy,
      "Start Deno with --allow-read=/srv/s.json too, and do not deny it",
    );
  });
});
