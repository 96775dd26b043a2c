import {
  assert,
  assertEquals,
  assertFalse,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { PluginError } from "@semantik/plugins";
import {
  FileStateStore,
  type StateChange,
  type StateStore,
} from "@semantik/plugins/state";
import { assertProblem } from "../assert_problem.ts";
import { corruptTexts } from "./corrupt_texts.ts";
import { makeSymlink } from "../make_symlink.ts";
import { withStateFile } from "./with_state_file.ts";

const disableX: StateChange = ({ plugins }) =>
  new Map(plugins).set("x", { ...plugins.get("x"), enabled: false });

async function problemOf(store: StateStore) {
  const state = await store.read();
  assertFalse(state.ok);
  return state.problem;
}

Deno.test("FileStateStore reads an empty state if there is no file", async () => {
  await withStateFile(async (path) => {
    const state = await new FileStateStore(path).read();
    assert(state.ok);
    assertEquals(state.snapshot.revision, 0);
    assertEquals(state.snapshot.plugins.size, 0);
    await assertRejects(() => Deno.lstat(path), Deno.errors.NotFound);
  });
});

Deno.test("FileStateStore keeps a change for the next process", async () => {
  await withStateFile(async (path) => {
    const store = new FileStateStore(path);
    const { revision, epoch } = await store.update(disableX);
    assertEquals(revision, 1);
    assertEquals(
      await Deno.readTextFile(path),
      '{\n  "schema": 1,\n  "revision": 1,\n  "plugins": {\n    "x": {\n' +
        `      "enabled": false\n    }\n  },\n  "epoch": "${epoch}"\n}\n`,
    );
    const state = await new FileStateStore(path).read();
    assert(state.ok);
    assertEquals([...state.snapshot.plugins], [["x", { enabled: false }]]);
  });
});

Deno.test("FileStateStore makes its files readable only by their owner", async () => {
  await withStateFile(async (path) => {
    await Deno.writeTextFile(path, '{"schema":1,"revision":0,"plugins":{}}');
    await Deno.chmod(path, 0o644);
    await Deno.writeTextFile(`${path}.tmp`, "left over");
    await Deno.chmod(`${path}.tmp`, 0o666);
    await new FileStateStore(path).update(disableX);
    for (const file of [path, `${path}.lock`]) {
      assertEquals(((await Deno.stat(file)).mode ?? 0) & 0o777, 0o600);
    }
    const names =
      (await Array.fromAsync(Deno.readDir(path.replace(/[^/]*$/, ""))))
        .map(({ name }) => name).sort();
    assertEquals(names, ["plugin_state.json", "plugin_state.json.lock"]);
  });
});

Deno.test("FileStateStore does not write a change without effect", async () => {
  await withStateFile(async (path) => {
    const store = new FileStateStore(path);
    await store.update(disableX);
    const { ino } = await Deno.stat(path);
    assertEquals((await store.update(disableX)).revision, 1);
    assertEquals((await store.update(() => undefined)).revision, 1);
    assertEquals((await Deno.stat(path)).ino, ino);
  });
});

Deno.test("FileStateStore refuses a corrupt file and leaves it unchanged", async (t) => {
  for (const [name, text, what] of corruptTexts) {
    await t.step(name, () =>
      withStateFile(async (path) => {
        await Deno.writeTextFile(path, text);
        const store = new FileStateStore(path);
        const problem = await problemOf(store);
        assertProblem(problem, ["PLUGIN_STATE_CORRUPT", [path, what]]);
        const error = await assertRejects(
          () => store.update(disableX),
          PluginError,
        );
        assertEquals(error.problems, [problem]);
        assertEquals(await Deno.readTextFile(path), text);
      }));
  }
});

Deno.test("FileStateStore refuses bytes that are not text", async () => {
  await withStateFile(async (path) => {
    const bytes = Uint8Array.of(0x7b, 0xff, 0xfe, 0x7d);
    await Deno.writeFile(path, bytes);
    const store = new FileStateStore(path);
    assertStringIncludes(
      (await problemOf(store)).message,
      "it is not UTF-8 text",
    );
    await assertRejects(() => store.update(disableX), PluginError);
    assertEquals(await Deno.readFile(path), bytes);
  });
});

Deno.test("FileStateStore refuses a huge file without reading it", async () => {
  await withStateFile(async (path) => {
    const size = 200 * 1024 * 1024;
    await Deno.writeTextFile(path, "");
    await Deno.truncate(path, size);
    const store = new FileStateStore(path);
    const { message } = await problemOf(store);
    assertStringIncludes(message, "it has more than 4194304 bytes");
    await assertRejects(() => store.update(disableX), PluginError);
    assertEquals((await Deno.stat(path)).size, size);
  });
});

Deno.test("FileStateStore refuses a file of a newer version", async () => {
  await withStateFile(async (path) => {
    await Deno.writeTextFile(path, '{"schema":9}');
    assertProblem(await problemOf(new FileStateStore(path)), [
      "PLUGIN_STATE_CORRUPT",
      [],
      "version of the package",
    ]);
  });
});

Deno.test("FileStateStore refuses anything but a regular file", async (t) => {
  await t.step("a directory", () =>
    withStateFile(async (path) => {
      await Deno.mkdir(path);
      const store = new FileStateStore(path);
      assertStringIncludes(
        (await problemOf(store)).message,
        "it is not a regular file",
      );
      await assertRejects(() => store.update(disableX), PluginError);
    }));
  await t.step("a device, by a link", () =>
    withStateFile(async (path) => {
      await makeSymlink("/dev/zero", path);
      assertStringIncludes(
        (await problemOf(new FileStateStore(path))).message,
        "it is not a regular file",
      );
    }));
  await t.step("a path below a file", () =>
    withStateFile(async (path) => {
      await Deno.writeTextFile(path, "{}");
      const store = new FileStateStore(`${path}/state.json`);
      assertStringIncludes((await problemOf(store)).message, "cannot be read");
      await assertRejects(() => store.update(disableX), PluginError);
    }));
});

Deno.test("FileStateStore reports a missing directory", async () => {
  await withStateFile(async (path) => {
    const store = new FileStateStore(`${path}/state.json`);
    const problem = await problemOf(store);
    assertProblem(problem, [
      "PLUGIN_STATE_CORRUPT",
      [`${path}/state.json`, "its directory does not exist"],
      "volume",
    ]);
    const error = await assertRejects(
      () => store.update(disableX),
      PluginError,
    );
    assertStringIncludes(error.message, "its directory does not exist");
    assertEquals(error.remedy, problem.remedy);
  });
});

Deno.test("FileStateStore follows a link and keeps it", async () => {
  await withStateFile(async (path) => {
    const directory = path.replace(/\/[^/]*$/, "");
    await Deno.mkdir(`${directory}/real`);
    await Deno.writeTextFile(
      `${directory}/real/state.json`,
      '{"schema":1,"revision":4,"plugins":{"y":{"enabled":false}}}',
    );
    await makeSymlink("real/state.json", `${directory}/link`);
    await makeSymlink("link", path);
    const store = new FileStateStore(path);
    const { revision, plugins } = await store.update(disableX);
    assertEquals(revision, 5);
    assertEquals([...plugins.keys()], ["x", "y"]);
    assert((await Deno.lstat(path)).isSymlink);
    assert((await Deno.lstat(`${directory}/link`)).isSymlink);
    const real = await new FileStateStore(`${directory}/real/state.json`)
      .read();
    assert(real.ok);
    assertEquals(real.snapshot.revision, 5);
    const names = (await Array.fromAsync(Deno.readDir(directory)))
      .map(({ name }) => name).sort();
    assertEquals(names, ["link", "plugin_state.json", "real"]);
    assertEquals(await store.permissions(), {
      read: [path, `${directory}/real/state.json.tmp`],
      write: ["", ".lock", ".tmp"].map((end) =>
        `${directory}/real/state.json${end}`
      ),
    });
  });
});

Deno.test("FileStateStore refuses a broken link", async () => {
  await withStateFile(async (path) => {
    await makeSymlink("not_mounted/state.json", path);
    const store = new FileStateStore(path);
    const problem = await problemOf(store);
    assertStringIncludes(
      problem.message,
      "it is a link to a file that does not exist",
    );
    const error = await assertRejects(
      () => store.update(disableX),
      PluginError,
    );
    assertEquals(error.code, "PLUGIN_STATE_CORRUPT");
    assertEquals(await Deno.readLink(path), "not_mounted/state.json");
  });
});

Deno.test("FileStateStore does not write through a link at its temporary path", async () => {
  await withStateFile(async (path) => {
    const victim = path.replace(/[^/]*$/, "victim");
    await Deno.writeTextFile(victim, "precious");
    await makeSymlink(victim, `${path}.tmp`);
    await new FileStateStore(path).update(disableX);
    assertEquals(await Deno.readTextFile(victim), "precious");
    assert((await Deno.lstat(path)).isFile);
  });
});

Deno.test("FileStateStore refuses to write more than it can read", async () => {
  await withStateFile(async (path) => {
    const store = new FileStateStore(path);
    await store.update(disableX);
    const before = await Deno.readTextFile(path);
    const error = await assertRejects(
      () =>
        store.update(() =>
          new Map([["x", { config: { text: "x".repeat(4 * 1024 * 1024) } }]])
        ),
      PluginError,
    );
    assertEquals(error.code, "PLUGIN_OPTION_INVALID");
    assertEquals(await Deno.readTextFile(path), before);
  });
});

Deno.test("FileStateStore.permissions() returns exactly the paths that are touched", async () => {
  const store = new FileStateStore("/srv/app/state.json");
  assertEquals(await store.permissions(), {
    read: ["/srv/app/state.json", "/srv/app/state.json.tmp"],
    write: [
      "/srv/app/state.json",
      "/srv/app/state.json.lock",
      "/srv/app/state.json.tmp",
    ],
  });
});

Deno.test("FileStateStore resolves a relative path when it is created", () => {
  assertEquals(
    new FileStateStore("./a/../state.json").path,
    `${Deno.cwd()}/state.json`,
  );
  assertEquals(
    new FileStateStore(new URL("file:///srv/my%20app/state.json")).path,
    "/srv/my app/state.json",
  );
});

Deno.test("FileStateStore refuses invalid options", () => {
  for (const lockTimeout of [-1, NaN, Infinity, 2 ** 31]) {
    const error = assertThrows(
      () => new FileStateStore("./state.json", { lockTimeout }),
      PluginError,
    );
    assertEquals(error.code, "PLUGIN_OPTION_INVALID");
  }
});
