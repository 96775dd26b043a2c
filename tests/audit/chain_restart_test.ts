import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { PluginError } from "@semantik/plugins";
import {
  type AuditVerification,
  createAuditLogger,
  JsonLinesHandler,
  type JsonLinesHandlerOptions,
  verifyAuditLog,
} from "@semantik/plugins/audit";
import { withDirectory } from "./with_directory.ts";

const KEY = "0123456789abcdef";

interface Run extends JsonLinesHandlerOptions {
  readonly count: number;
}

/** Writes some events as one process would. */
function run(path: string, { count, ...options }: Run): number {
  const handler = new JsonLinesHandler(path, { chain: true, ...options });
  using audit = createAuditLogger({ handlers: [handler], warn: () => {} });
  for (let index = 0; index < count; index++) audit.log("a", "b", { index });
  return audit.dropped;
}

/** Takes the last bytes of a file away, as a crash does. */
function tear(path: string, bytes: number): void {
  Deno.truncateSync(path, Deno.statSync(path).size - bytes);
}

function append(path: string, text: string): void {
  Deno.writeTextFileSync(path, text, { append: true });
}

function brief(result: AuditVerification): string {
  const { status, lines, first, crashes } = result;
  return `${status} ${lines} from ${first}, torn ${
    crashes.map(({ line }) => line)
  }`;
}

Deno.test("JsonLinesHandler continues its chain after a restart", async () => {
  for (const key of [undefined, KEY]) {
    await withDirectory(async (directory) => {
      const path = `${directory}/audit.jsonl`;
      const rotate = { maxBytes: 1_500, maxFiles: 20 };
      for (const count of [1, 0, 3, 1, 7]) {
        run(path, { count, chain: { key }, rotate });
      }
      const result = await verifyAuditLog(path, { key });
      assertEquals(brief(result), "intact 12 from 1, torn ");
    });
  }
});

Deno.test("JsonLinesHandler returns its head, which is an anchor", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/audit.jsonl`;
    const handler = new JsonLinesHandler(path, { chain: true });
    using audit = createAuditLogger({ handlers: [handler] });
    assertEquals(handler.head, undefined);
    audit.log("a", "b");
    const anchor = handler.head;
    assertEquals(anchor?.sequence, 1);
    audit.log("a", "b");
    assertEquals(handler.head?.sequence, 2);
    assertEquals((await verifyAuditLog(path, { anchor })).anchored, true);
    const { head } = await verifyAuditLog(path);
    assertEquals(head, handler.head);
    using plain = new JsonLinesHandler(`${directory}/plain`);
    assertEquals(plain.head, undefined);
  });
});

Deno.test("JsonLinesHandler reports a line that a crash left unfinished, wherever it ends", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/audit.jsonl`;
    run(path, { count: 3 });
    const whole = Deno.readTextFileSync(path);
    const length = whole.length - whole.lastIndexOf("\n", whole.length - 2) - 1;
    for (let cut = 0; cut <= length; cut += cut < 4 ? 1 : 23) {
      Deno.writeTextFileSync(path, whole);
      tear(path, cut);
      const before = await verifyAuditLog(path);
      const isWhole = cut === 0 || cut === length;
      assertEquals(before.status, isWhole ? "intact" : "torn", `cut ${cut}`);
      if (before.status === "torn") {
        assertEquals(before.at, { file: path, line: 3 });
      }
      assertEquals(before.lines, cut <= 1 ? 3 : 2);
      run(path, { count: 2 });
      const after = await verifyAuditLog(path);
      const torn = cut > 1 && !isWhole ? "3" : "";
      const lines = cut <= 1 ? 5 : 4;
      assertEquals(brief(after), `intact ${lines} from 1, torn ${torn}`);
    }
  });
});

Deno.test("JsonLinesHandler reports one crash after another", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/audit.jsonl`;
    run(path, { count: 2 });
    for (let crash = 0; crash < 3; crash++) {
      run(path, { count: 1 });
      tear(path, 20);
      assertEquals((await verifyAuditLog(path)).status, "torn");
    }
    run(path, { count: 1 });
    const text = Deno.readTextFileSync(path);
    const result = await verifyAuditLog(path);
    assertEquals(brief(result), "intact 3 from 1, torn 3");
    assertEquals(text.split("\n").length, 7);
  });
});

Deno.test("verifyAuditLog() notices changes to bytes that a crash left", async (t) => {
  const changes: Readonly<Record<string, (text: string) => string>> = {
    "changed": (text) => text.replace("TORN", "torn"),
    "removed": (text) => text.replace("TORN\n", ""),
    "made longer": (text) => text.replace("TORN", "TORN\nTORN"),
    "followed by an empty line": (text) => text.replace("TORN", "TORN\n"),
    "made a line of its own elsewhere": (text) =>
      text.replace("TORN\n", "").replace("\n", "\nTORN\n"),
  };
  for (const [name, change] of Object.entries(changes)) {
    await t.step(name, async () => {
      await withDirectory(async (directory) => {
        const path = `${directory}/audit.jsonl`;
        run(path, { count: 3 });
        append(path, "TORN");
        run(path, { count: 2 });
        assertEquals(
          brief(await verifyAuditLog(path)),
          "intact 5 from 1, torn 4",
        );
        const text = Deno.readTextFileSync(path);
        Deno.writeTextFileSync(path, change(text));
        assertEquals((await verifyAuditLog(path)).status, "tampered");
      });
    });
  }
});

Deno.test("JsonLinesHandler continues after a crash at any point of a rotation", async (t) => {
  const rotate = { maxBytes: 700, maxFiles: 9 };
  const crashes: Readonly<Record<string, (path: string) => void>> = {
    "before the new file": (path) => Deno.renameSync(path, `${path}.1`),
    "before the first line": (path) => {
      Deno.renameSync(path, `${path}.1`);
      Deno.writeTextFileSync(path, "");
    },
    "within the first line": (path) => {
      Deno.renameSync(path, `${path}.1`);
      Deno.writeTextFileSync(path, '{"timestamp":"19');
    },
    "between the renames": () => {},
  };
  for (const [name, crash] of Object.entries(crashes)) {
    await t.step(name, async () => {
      await withDirectory(async (directory) => {
        const path = `${directory}/audit.jsonl`;
        run(path, { count: 3, rotate });
        Deno.renameSync(`${path}.1`, `${path}.2`);
        crash(path);
        const torn = name === "within the first line" ? 1 : "";
        assertEquals(
          (await verifyAuditLog(path)).status,
          torn === "" ? "intact" : "torn",
        );
        run(path, { count: 4, rotate });
        assertEquals(
          brief(await verifyAuditLog(path)),
          `intact 7 from 1, torn ${torn}`,
        );
      });
    });
  }
});

Deno.test("JsonLinesHandler refuses to continue after damage that no crash causes", async (t) => {
  const table: Readonly<Record<string, (path: string) => void>> = {
    "a last line that was changed": (path) => {
      const text = Deno.readTextFileSync(path);
      Deno.writeTextFileSync(path, text.replace('"index":2', '"index":7'));
    },
    "a last line of something else": (path) => append(path, "rubbish\n"),
    "an event without a chain": (path) => append(path, '{"action":"x"}\n'),
    "an event without a chain or an end": (path) =>
      append(path, '{"action":"x"}'),
    "an empty line": (path) => append(path, "\n"),
    "an event without a chain before a torn line": (path) =>
      append(path, '{"action":"x"}\n{"tor'),
  };
  for (const [name, change] of Object.entries(table)) {
    await t.step(name, async () => {
      await withDirectory((directory) => {
        const path = `${directory}/audit.jsonl`;
        run(path, { count: 3 });
        change(path);
        const before = Deno.readTextFileSync(path);
        const error = assertThrows(() => run(path, { count: 1 }), PluginError);
        assertEquals(error.code, "PLUGIN_AUDIT_UNAVAILABLE");
        assertMatch(error.remedy, /move it elsewhere|Move the file elsewhere/);
        assertEquals(Deno.readTextFileSync(path), before);
      });
    });
  }
});

Deno.test("JsonLinesHandler does not mix chained and unchained lines", async () => {
  await withDirectory((directory) => {
    const path = `${directory}/audit.jsonl`;
    run(path, { count: 1, chain: false });
    const unchained = assertThrows(() => run(path, { count: 1 }), PluginError);
    assertMatch(unchained.message, /its last line is not chained$/);
    const other = `${directory}/other.jsonl`;
    run(other, { count: 1 });
    const chained = assertThrows(
      () => run(other, { count: 1, chain: false }),
      PluginError,
    );
    assertMatch(chained.message, /its lines are chained/);
    const keyed = assertThrows(
      () => run(other, { count: 1, chain: { key: KEY } }),
      PluginError,
    );
    assertMatch(keyed.message, /hashed with another key$/);
  });
});

Deno.test("JsonLinesHandler keeps its chain when its file is removed", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/audit.jsonl`;
    let now = 0;
    {
      using audit = createAuditLogger({
        handlers: [new JsonLinesHandler(path, { chain: true, warn: () => {} })],
        clock: { now: () => now += 1_000 },
      });
      audit.log("a", "b");
      audit.log("a", "b");
      Deno.removeSync(path);
      audit.log("a", "b");
      audit.log("a", "b");
    }
    run(path, { count: 1 });
    assertEquals(brief(await verifyAuditLog(path)), "intact 4 from 3, torn ");
  });
});

Deno.test("JsonLinesHandler removes a line that a full disk truncated", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/audit.jsonl`;
    const handler = new JsonLinesHandler(path, { chain: true });
    using audit = createAuditLogger({ handlers: [handler], warn: () => {} });
    audit.log("a", "b", { index: 0 });
    const before = Deno.readTextFileSync(path);
    failWrites(50, () => audit.log("a", "b", { index: 1 }));
    assertEquals(audit.dropped, 1);
    assertEquals(Deno.readTextFileSync(path), before);
    audit.log("a", "b", { index: 2 });
    assertEquals(brief(await verifyAuditLog(path)), "intact 3 from 1, torn ");
  });
});

Deno.test("JsonLinesHandler reports a truncated line that it could not remove", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/audit.jsonl`;
    const handler = new JsonLinesHandler(path, { chain: true });
    using audit = createAuditLogger({ handlers: [handler], warn: () => {} });
    audit.log("a", "b", { index: 0 });
    const { truncateSync } = Deno.FsFile.prototype;
    Deno.FsFile.prototype.truncateSync = () => {
      throw new Error("no truncation");
    };
    try {
      failWrites(50, () => audit.log("a", "b", { index: 1 }));
    } finally {
      Deno.FsFile.prototype.truncateSync = truncateSync;
    }
    assertEquals((await verifyAuditLog(path)).status, "torn");
    audit.log("a", "b", { index: 2 });
    audit.log("a", "b", { index: 3 });
    assertEquals(audit.dropped, 1);
    assertEquals(brief(await verifyAuditLog(path)), "intact 4 from 1, torn 2");
  });
});

/** Has each write take so many bytes and then fail, as on a disk that is full. */
function failWrites(bytes: number, body: () => void): void {
  const { writeSync } = Deno.FsFile.prototype;
  let left = bytes;
  Deno.FsFile.prototype.writeSync = function (data) {
    if (left === 0) throw new Error("No space left on device (os error 28)");
    const count = writeSync.call(this, data.subarray(0, left));
    left -= count;
    return count;
  };
  try {
    body();
  } finally {
    Deno.FsFile.prototype.writeSync = writeSync;
  }
  assert(left === 0);
}
