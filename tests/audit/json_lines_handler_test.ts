import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { PluginError } from "@semantik/plugins";
import {
  type AuditLogger,
  createAuditLogger,
  JsonLinesHandler,
  type JsonLinesHandlerOptions,
  verifyAuditLog,
} from "@semantik/plugins/audit";
import { makeSymlink } from "../make_symlink.ts";
import { withDirectory } from "./with_directory.ts";
import { testUnless, withoutPosix } from "../test_unless.ts";

const CLOCK = { now: () => 0 };

function open(path: string, options?: JsonLinesHandlerOptions): AuditLogger {
  return createAuditLogger({
    handlers: [new JsonLinesHandler(path, options)],
    clock: CLOCK,
    warn: () => {},
  });
}

/** A line that a handler wrote, with an index of any kind. */
function line(index: unknown): string {
  const fields = { plugin_id: "a", action: "b", index };
  const timestamp = "1970-01-01T00:00:00.000Z";
  return `${JSON.stringify({ timestamp, level: "info", ...fields })}\n`;
}

/** Reads the `index` of each event of a file; `undefined` for a line without one. */
function indices(path: string): unknown[] {
  return Deno.readTextFileSync(path).split("\n").slice(0, -1).map((line) => {
    try {
      return JSON.parse(line).index;
    } catch {
      return undefined;
    }
  });
}

function modeOf(path: string): number | undefined {
  const { mode } = Deno.statSync(path);
  return mode === null ? undefined : mode & 0o777;
}

function refusal(make: () => unknown): PluginError {
  const error = assertThrows(make, PluginError);
  assertEquals(error.code, "PLUGIN_AUDIT_UNAVAILABLE");
  assert(error.remedy.length > 10);
  return error;
}

Deno.test("JsonLinesHandler writes each event before its call returns", async () => {
  await withDirectory((directory) => {
    const path = `${directory}/audit.jsonl`;
    using audit = open(path);
    for (let index = 0; index < 5; index++) {
      audit.log("a", "b", { index, text: "ü€😀\n" });
      const text = Deno.readTextFileSync(path);
      assert(text.endsWith("\n"));
      assertEquals(text.split("\n").length, index + 2);
    }
    const [line = ""] = Deno.readTextFileSync(path).split("\n");
    assertEquals(
      line,
      '{"timestamp":"1970-01-01T00:00:00.000Z","level":"info","plugin_id":"a","action":"b","index":0,"text":"ü€😀\\n"}',
    );
  });
});

Deno.test("JsonLinesHandler writes each event in a single call", async () => {
  await withDirectory((directory) => {
    const path = `${directory}/audit.jsonl`;
    Deno.writeTextFileSync(path, '{"timestamp":"1970-');
    const writes: number[] = [];
    using audit = open(path, { rotate: { maxBytes: 10_000, maxFiles: 3 } });
    const { writeSync } = Deno.FsFile.prototype;
    Deno.FsFile.prototype.writeSync = function (bytes) {
      writes.push(bytes.length);
      return writeSync.call(this, bytes);
    };
    try {
      for (let index = 0; index < 100; index++) {
        audit.log("a", "b", { index, text: "x".repeat(index * 30) });
      }
    } finally {
      Deno.FsFile.prototype.writeSync = writeSync;
    }
    assertEquals(writes.length, 100);
  });
});

testUnless(
  withoutPosix("modes of files"),
  "JsonLinesHandler creates files that only the owner can read",
  async () => {
    await withDirectory((directory) => {
      const path = `${directory}/audit.jsonl`;
      Deno.writeTextFileSync(path, "", { mode: 0o644 });
      {
        using audit = open(path, { rotate: { maxBytes: 200, maxFiles: 3 } });
        for (let index = 0; index < 9; index++) audit.log("a", "b", { index });
      }
      for (const name of ["", ".1", ".2", ".lock"]) {
        assertEquals(modeOf(`${path}${name}`), 0o600);
      }
      open(path, { mode: 0o640 })[Symbol.dispose]();
      assertEquals(modeOf(path), 0o640);
    });
  },
);

Deno.test("JsonLinesHandler appends, and ends an unfinished line", async () => {
  await withDirectory((directory) => {
    const path = `${directory}/audit.jsonl`;
    Deno.writeTextFileSync(path, line(0) + line(9).slice(0, 40));
    for (const index of [1, 2]) {
      using audit = open(path);
      audit.log("a", "b", { index });
    }
    assertEquals(indices(path), [0, undefined, 1, 2]);
  });
});

Deno.test("JsonLinesHandler starts a new file when one is full", async () => {
  await withDirectory((directory) => {
    const path = `${directory}/audit.jsonl`;
    const rotate = { maxBytes: 500, maxFiles: 3 };
    for (const from of [0, 10, 20]) {
      using audit = open(path, { rotate });
      for (let index = from; index < from + 10; index++) {
        audit.log("a", "b", { index });
      }
    }
    const names = [...Deno.readDirSync(directory)].map(({ name }) => name);
    assertEquals(names.sort(), [
      "audit.jsonl",
      "audit.jsonl.1",
      "audit.jsonl.2",
      "audit.jsonl.lock",
    ]);
    const kept = [`${path}.2`, `${path}.1`, path].flatMap((file) => {
      assert(Deno.statSync(file).size <= rotate.maxBytes);
      return indices(file);
    });
    assertEquals(kept, Array.from(kept, (_, at) => 30 - kept.length + at));
    assert(kept.length >= 12);
  });
});

Deno.test("JsonLinesHandler fills a file to the last byte", async () => {
  await withDirectory((directory) => {
    for (const chain of [false, true]) {
      const path = `${directory}/${chain}`;
      const write = (file: string, maxBytes: number) => {
        using audit = open(file, { chain, rotate: { maxBytes, maxFiles: 2 } });
        for (let index = 10; index < 14; index++) {
          audit.log("a", "b", { index });
        }
      };
      write(path, 9_999);
      const size = Deno.readTextFileSync(path).lastIndexOf('{"timestamp"');
      write(`${path}3`, size);
      assertEquals(indices(`${path}3.1`), [10, 11, 12]);
      write(`${path}2`, size - 1);
      assertEquals(indices(`${path}2.1`), [10, 11]);
    }
  });
});

Deno.test("JsonLinesHandler writes an event longer than the maximum size", async () => {
  await withDirectory((directory) => {
    const path = `${directory}/audit.jsonl`;
    using audit = open(path, { rotate: { maxBytes: 300, maxFiles: 9 } });
    for (let index = 0; index < 4; index++) {
      audit.log("a", "b", { index, text: "x".repeat(index === 1 ? 9_000 : 0) });
    }
    assertEquals(indices(path), [2, 3]);
    assertEquals(indices(`${path}.1`), [1]);
    assertEquals(indices(`${path}.2`), [0]);
  });
});

Deno.test("JsonLinesHandler removes surplus files, and closes gaps", async () => {
  await withDirectory((directory) => {
    const path = `${directory}/audit.jsonl`;
    for (const name of ["", ".1", ".2", ".3", ".4", ".5"]) {
      Deno.writeTextFileSync(`${path}${name}`, line(name));
    }
    {
      using audit = open(path, { rotate: { maxBytes: 20, maxFiles: 4 } });
      audit.log("a", "b", { index: 0 });
    }
    const files = () =>
      [...Deno.readDirSync(directory)].map(({ name }) => name)
        .filter((name) => !name.endsWith(".lock")).sort();
    assertEquals(
      files(),
      [0, 1, 2, 3].map((n) => `audit.jsonl${n ? `.${n}` : ""}`),
    );
    assertEquals(indices(`${path}.3`), [".2"]);
    Deno.removeSync(`${path}.1`);
    {
      using audit = open(path, { rotate: { maxBytes: 20, maxFiles: 4 } });
      audit.log("a", "b", { index: 1 });
    }
    assertEquals(indices(`${path}.1`), [0]);
    assertEquals(indices(`${path}.2`), [".1"]);
    assertEquals(indices(`${path}.3`), [".2"]);
  });
});

/** Runs a step while no file can be opened, as with too many open files. */
function whileNothingOpens(step: () => void): void {
  const { openSync } = Deno;
  Deno.openSync = () => {
    throw new Error("Too many open files");
  };
  try {
    step();
  } finally {
    Deno.openSync = openSync;
  }
}

Deno.test("JsonLinesHandler continues in the right file when rotation fails halfway", async (t) => {
  for (const chain of [false, true]) {
    await t.step(chain ? "with a chain" : "without a chain", async () => {
      await withDirectory(async (directory) => {
        const path = `${directory}/audit.jsonl`;
        const rotate = { maxBytes: chain ? 600 : 200, maxFiles: 3 };
        let now = 0;
        const handler = new JsonLinesHandler(path, {
          chain,
          rotate,
          warn: () => {},
        });
        using audit = createAuditLogger({
          handlers: [handler],
          clock: { now: () => now },
        });
        audit.log("a", "b", { index: 0 });
        audit.log("a", "b", { index: 1 });
        whileNothingOpens(() => audit.log("a", "b", { index: 2 }));
        assertEquals(indices(path), [0, 1, 2]);
        now += 1_000;
        audit.log("a", "b", { index: 3 });
        assertEquals(indices(path), [3]);
        assertEquals(indices(`${path}.1`), [0, 1, 2]);
        assertEquals(audit.dropped, 0);
        if (!chain) return;
        assertEquals((await verifyAuditLog(path)).status, "intact");
      });
    });
  }
});

Deno.test("JsonLinesHandler starts a new file even if a surplus one cannot be removed", async (t) => {
  for (const chain of [false, true]) {
    await t.step(chain ? "with a chain" : "without a chain", async () => {
      await withDirectory(async (directory) => {
        const path = `${directory}/audit.jsonl`;
        Deno.mkdirSync(`${path}.2/full`, { recursive: true });
        const warnings: string[] = [];
        using audit = open(path, {
          chain,
          rotate: { maxBytes: chain ? 600 : 200, maxFiles: 2 },
          warn: (message) => warnings.push(message),
        });
        for (let index = 0; index < 3; index++) audit.log("a", "b", { index });
        assertEquals(indices(path), [2]);
        assertEquals(indices(`${path}.1`), [0, 1]);
        assertEquals(warnings.length, 1);
        if (!chain) return;
        Deno.removeSync(`${path}.2`, { recursive: true });
        assertEquals((await verifyAuditLog(path)).status, "intact");
      });
    });
  }
});

Deno.test("JsonLinesHandler keeps writing if it cannot rotate, and reports it once", async () => {
  await withDirectory((directory) => {
    const path = `${directory}/audit.jsonl`;
    Deno.mkdirSync(`${path}.1/full`, { recursive: true });
    const warnings: string[] = [];
    {
      using audit = open(path, {
        rotate: { maxBytes: 200, maxFiles: 2 },
        warn: (message) => warnings.push(message),
      });
      for (let index = 0; index < 9; index++) audit.log("a", "b", { index });
      assertEquals(audit.dropped, 0);
    }
    assertEquals(indices(path), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    assertEquals(warnings.length, 1);
    assertMatch(warnings[0] ?? "", /could not be rotated: /);
  });
});

Deno.test("JsonLinesHandler rejects invalid options", async () => {
  await withDirectory((directory) => {
    const path = `${directory}/audit.jsonl`;
    for (
      const rotate of [
        { maxBytes: 0, maxFiles: 2 },
        { maxBytes: 1.5, maxFiles: 2 },
        { maxBytes: 100, maxFiles: 1 },
        { maxBytes: NaN, maxFiles: 3 },
      ]
    ) {
      const error = assertThrows(() => open(path, { rotate }), PluginError);
      assertEquals(error.code, "PLUGIN_OPTION_INVALID");
    }
    const error = assertThrows(
      () => open(path, { chain: { key: "hunter2" } }),
      PluginError,
    );
    assertEquals(error.code, "PLUGIN_OPTION_INVALID");
    assert(!error.message.includes("hunter2"));
  });
});

Deno.test("JsonLinesHandler explains why a path is invalid", async (t) => {
  await withDirectory(async (directory) => {
    await t.step("a directory", () => {
      const { message, remedy } = refusal(() =>
        new JsonLinesHandler(directory)
      );
      assert(message.startsWith(`Cannot open audit log "${directory}": `));
      assertEquals(remedy, "Name a file in it, not the directory");
    });
    await t.step("a directory that does not exist", () => {
      const { remedy } = refusal(() =>
        new JsonLinesHandler(`${directory}/none/audit.jsonl`)
      );
      assertMatch(remedy, /^Create the directory/);
    });
    await t.step("a file in the place of a directory", () => {
      Deno.writeTextFileSync(`${directory}/file`, "");
      refusal(() => new JsonLinesHandler(`${directory}/file/audit.jsonl`));
    });
    await t.step("a file that somebody writes to", async () => {
      const path = `${directory}/audit.jsonl`;
      await makeSymlink(directory, `${directory}/alias`);
      using _first = new JsonLinesHandler(path);
      for (const other of [path, `${directory}/alias/audit.jsonl`]) {
        const { message, remedy } = refusal(() => new JsonLinesHandler(other));
        assertMatch(message, /this process already writes to it$/);
        assertMatch(remedy, /^Give each process its own file/);
      }
    });
    await t.step("the same file after that writer ended", () => {
      new JsonLinesHandler(`${directory}/audit.jsonl`)[Symbol.dispose]();
    });
  });
});

Deno.test("JsonLinesHandler refuses the directories of plugins", async (t) => {
  await withDirectory(async (directory) => {
    const plugin = `${directory}/plugins/one`;
    Deno.mkdirSync(`${plugin}/logs`, { recursive: true });
    Deno.mkdirSync(`${directory}/plugins/one-more`);
    await makeSymlink(plugin, `${directory}/elsewhere`);
    await t.step("when it is opened", () => {
      for (
        const path of ["plugins/one/a", "plugins/one/logs/a", "elsewhere/a"]
      ) {
        const { message } = refusal(() =>
          new JsonLinesHandler(`${directory}/${path}`, {
            pluginDirectories: [plugin],
          })
        );
        assertMatch(message, /it is in the directory ".*" of a plugin$/);
      }
      assertEquals([...Deno.readDirSync(plugin)].map(({ name }) => name), [
        "logs",
      ]);
    });
    await t.step("when they become known later", () => {
      const path = `${plugin}/logs/a`;
      using audit = open(path);
      refusal(() =>
        audit.protect([`${directory}/none`, `${directory}/elsewhere`])
      );
      audit.protect([`${directory}/plugins/one-more`, `${directory}/none`]);
    });
    await t.step("when it is opened again", () => {
      const handler = new JsonLinesHandler(`${plugin}/logs/a`);
      refusal(() => handler.protect([plugin]));
      handler.destroy();
      refusal(() => handler.setup());
    });
    await t.step("but not directories beside them", () => {
      new JsonLinesHandler(`${directory}/plugins/one-more/a`, {
        pluginDirectories: [plugin],
      }).destroy();
    });
  });
});

Deno.test("JsonLinesHandler lists every file that it reads and writes", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/audit.jsonl`;
    await makeSymlink(directory, `${directory}/alias`);
    using audit = open(`${directory}/alias/audit.jsonl`, {
      rotate: { maxBytes: 100, maxFiles: 3 },
    });
    assertEquals(audit.files, [path, `${path}.1`, `${path}.2`, `${path}.lock`]);
    using chained = open(`${directory}/chained.jsonl`, { chain: true });
    assertEquals(
      chained.files.map((file) => file.slice(directory.length + 1)),
      ["chained.jsonl", "chained.jsonl.lock", "chained.jsonl.1"],
    );
  });
});

Deno.test("JsonLinesHandler can be closed and opened again", async () => {
  await withDirectory((directory) => {
    const path = `${directory}/audit.jsonl`;
    const handler = new JsonLinesHandler(path);
    using audit = createAuditLogger({ handlers: [handler], warn: () => {} });
    audit.log("a", "b", { index: 0 });
    handler.destroy();
    handler.destroy();
    assertEquals(handler.files, []);
    audit.log("a", "b", { index: 1 });
    assertEquals(audit.dropped, 1);
    handler.setup();
    handler.setup();
    audit.log("a", "b", { index: 2 });
    assertEquals(indices(path), [0, 2]);
    assertEquals(handler.path, path);
  });
});

Deno.test("JsonLinesHandler syncs each event to the disk on request", async () => {
  await withDirectory((directory) => {
    let synced = 0;
    const { syncDataSync } = Deno.FsFile.prototype;
    Deno.FsFile.prototype.syncDataSync = function () {
      synced++;
      syncDataSync.call(this);
    };
    try {
      for (const fsync of [false, true]) {
        using audit = open(`${directory}/${fsync}.jsonl`, {
          fsync,
          rotate: { maxBytes: 200, maxFiles: 2 },
        });
        for (let index = 0; index < 5; index++) audit.log("a", "b");
      }
    } finally {
      Deno.FsFile.prototype.syncDataSync = syncDataSync;
    }
    assertEquals(synced, 5);
  });
});
