import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { FileStateStore } from "@semantik/plugins/state";
import { assertProblem } from "../assert_problem.ts";
import { hammer } from "./hammer.ts";
import { runFixture } from "./run_fixture.ts";
import { WRITE_STEPS } from "./watched_system.ts";
import { makeSymlink } from "../make_symlink.ts";
import { withStateFile } from "./with_state_file.ts";

const OLD = '{"schema":1,"revision":6,"plugins":{"x":{"enabled":false}}}';

Deno.test("FileStateStore.update() loses no change of two processes", async () => {
  const counts = await hammer({ updates: 200, milliseconds: 60_000 });
  assertEquals(counts, [200, 200]);
});

Deno.test("FileStateStore.update() survives kill -9 at each of its steps", async (t) => {
  const renamed = WRITE_STEPS.indexOf("rename temporary");
  for (const [index, fatal] of WRITE_STEPS.entries()) {
    await t.step(fatal, () =>
      withStateFile(async (path) => {
        await Deno.writeTextFile(path, OLD);
        const { signal, stderr } = await runFixture("killed.ts", {
          flags: ["--allow-all"],
          args: [path, fatal],
        });
        assertEquals(signal, "SIGKILL", stderr);

        const isNew = index > renamed;
        const store = new FileStateStore(path);
        const state = await store.read();
        assert(state.ok);
        assertEquals(
          [...state.snapshot.plugins.keys()],
          isNew ? ["x", "y"] : ["x"],
        );
        if (!isNew) assertEquals(await Deno.readTextFile(path), OLD);

        const next = await store.update(({ plugins }) =>
          new Map(plugins).set("z", { enabled: true })
        );
        assertEquals(next.revision, isNew ? 8 : 7);
        await assertRejects(
          () => Deno.lstat(`${path}.tmp`),
          Deno.errors.NotFound,
        );
      }));
  }
});

Deno.test("FileStateStore works with exactly the flags that it names", async (t) => {
  await withStateFile(async (path) => {
    const { read = [], write = [] } = await new FileStateStore(path)
      .permissions();
    const run = async (flags: readonly string[]) => {
      await Deno.writeTextFile(path, OLD);
      const { stdout, stderr } = await runFixture("narrow.ts", {
        flags,
        args: [path],
      });
      assertEquals(stderr, "");
      return JSON.parse(stdout);
    };

    await t.step("with all of them", async () => {
      assertEquals(
        await run([`--allow-read=${read}`, `--allow-write=${write}`]),
        { read: 6, update: 7, permissions: { read, write } },
      );
    });

    for (const [kind, paths] of [["read", read], ["write", write]] as const) {
      for (const missing of paths) {
        const name = missing.slice(path.length) || "the file";
        await t.step(`without ${kind} of ${name}`, async () => {
          const less = (all: readonly string[], of: string) =>
            of === kind ? all.filter((one) => one !== missing) : all;
          const granted = [
            `--allow-read=${less(read, "read")}`,
            `--allow-write=${less(write, "write")}`,
          ];
          const result = await run(granted);
          assertEquals(
            result.update.remedy,
            `Start Deno with --allow-${kind}=${missing} too`,
          );
          assertStringIncludes(
            result.update.message,
            `this process lacks ${kind} permission for "${missing}"`,
          );
          assertEquals(await Deno.readTextFile(path), OLD);
          if (kind === "read" && missing === path) {
            assertEquals(result.read.code, "PLUGIN_STATE_CORRUPT");
          } else {
            assertEquals(result.read, 6);
          }
        });
      }
    }

    await t.step("without any", async () => {
      const result = await run([]);
      assertProblem(result.read, [
        "PLUGIN_STATE_CORRUPT",
        `read permission for "${path}"`,
        ` --allow-read=${path} `,
      ]);
      assertEquals(result.permissions, { read, write });
    });
  });
});

Deno.test("FileStateStore works behind a link with exactly the flags that it names", async () => {
  await withStateFile(async (path) => {
    const real = path.replace(/[^/]*$/, "real.json");
    await Deno.writeTextFile(real, OLD);
    await makeSymlink(real, path);
    const { read, write } = await new FileStateStore(path).permissions();
    const { stdout, stderr } = await runFixture("narrow.ts", {
      flags: [`--allow-read=${read}`, `--allow-write=${write}`],
      args: [path],
    });
    assertEquals(stderr, "");
    assertEquals(JSON.parse(stdout), {
      read: 6,
      update: 7,
      permissions: { read, write },
    });
    assert((await Deno.lstat(path)).isSymlink);
  });
});
