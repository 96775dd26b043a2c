/** Tests the record of lost events. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  type AuditLogger,
  createAuditLogger,
  JsonLinesHandler,
  type JsonLinesHandlerOptions,
  verifyAuditLog,
} from "@semantik/plugins/audit";
import { makeSymlink } from "../make_symlink.ts";
import { withDirectory } from "./with_directory.ts";

/** A log, and a clock that stands still unless it is moved on. */
interface Trail extends Disposable {
  readonly path: string;
  readonly audit: AuditLogger;
  readonly warnings: readonly string[];
  /** Writes an event in the same moment as the last one. */
  at(index: number): void;
  /** Writes an event a second later. */
  later(index: number): void;
}

function openTrail(
  directory: string,
  options: JsonLinesHandlerOptions = { chain: true },
): Trail {
  const path = `${directory}/audit.jsonl`;
  const warnings: string[] = [];
  let now = 0;
  const { now: monotonic } = performance;
  performance.now = () => now;
  const audit = createAuditLogger({
    handlers: [
      new JsonLinesHandler(path, {
        ...options,
        warn: (message) => warnings.push(message),
      }),
    ],
    clock: { now: () => now },
    warn: () => {},
  });
  const at = (index: number) => audit.log("a", "b", { index });
  return {
    path,
    audit,
    warnings,
    at,
    later(index) {
      now += 1_000;
      at(index);
    },
    [Symbol.dispose]() {
      audit[Symbol.dispose]();
      performance.now = monotonic;
    },
  };
}

/** The events of a file: their index, or of a loss how many and since which second. */
function told(path: string): unknown[] {
  return Deno.readTextFileSync(path).trimEnd().split("\n").map((line) => {
    try {
      const { action, index, count, since, plugin_id, level, reason } = JSON
        .parse(line);
      if (action !== "audit.lost") return index;
      assertEquals([plugin_id, level], ["audit:log", "error"]);
      assert(reason.length > 10);
      return `${count} since ${Date.parse(since) / 1_000}`;
    } catch {
      return "torn";
    }
  });
}

/** Lets no write through, as on a disk that is full. */
function onFullDisk(body: () => void): void {
  const { writeSync } = Deno.FsFile.prototype;
  Deno.FsFile.prototype.writeSync = () => {
    throw new Error("No space left on device (os error 28)");
  };
  try {
    body();
  } finally {
    Deno.FsFile.prototype.writeSync = writeSync;
  }
}

async function statusOf(path: string): Promise<string> {
  return (await verifyAuditLog(path)).status;
}

for (const chain of [true, false]) {
  const how = chain ? "a chained log" : "a log without a chain";

  Deno.test(`${how} says before the next event what a full disk did not take`, async () => {
    await withDirectory(async (directory) => {
      using trail = openTrail(directory, { chain });
      const { path, audit, at, later } = trail;
      at(0);
      onFullDisk(() => {
        later(1);
        later(2);
        at(3);
      });
      assertEquals(audit.dropped, 3);
      later(4);
      at(5);
      onFullDisk(() => later(6));
      later(7);
      assertEquals(told(path), [
        0,
        "3 since 1",
        4,
        5,
        "1 since 4",
        7,
      ]);
      assertMatch(
        Deno.readTextFileSync(path),
        /"reason":"Error: No space left/,
      );
      if (chain) assertEquals(await statusOf(path), "intact");
    });
  });

  Deno.test(`${how} says what was written to a file that was removed`, async () => {
    await withDirectory(async (directory) => {
      using trail = openTrail(directory, { chain });
      const { path, audit, at, later } = trail;
      at(0);
      later(1);
      at(2);
      Deno.removeSync(path);
      // In the same moment nobody looks: these are counted.
      at(3);
      at(4);
      later(5);
      at(6);
      assertEquals(told(path), ["4 since 1", 5, 6]);
      Deno.removeSync(path);
      later(7);
      // All that was written since the log was last seen, and that a loss was told.
      assertEquals(told(path), ["6 since 1", 7]);
      later(8);
      Deno.removeSync(path);
      later(9);
      assertEquals(told(path), ["1 since 4", 9]);
      assertEquals(audit.dropped, 0);
      if (chain) assertEquals(await statusOf(path), "intact");
    });
  });

  Deno.test(`${how} goes on where another program cut its file`, async () => {
    await withDirectory((directory) => {
      using trail = openTrail(directory, { chain });
      const { path, audit, at, later } = trail;
      later(0);
      at(1);
      Deno.truncateSync(path);
      at(2);
      later(3);
      assertEquals(told(path).slice(-2), ["3 since 1", 3]);
      const { size } = Deno.statSync(path);
      later(4);
      Deno.truncateSync(path, size + 10);
      later(5);
      assertEquals(told(path).slice(-4), [3, "torn", "1 since 3", 5]);
      assertEquals(audit.dropped, 0);
    });
  });
}

Deno.test("a log continues in a new file when its file was moved, and reports the loss unless it was rotated", async () => {
  await withDirectory(async (directory) => {
    using trail = openTrail(directory);
    const { path, warnings, at, later } = trail;
    later(0);
    Deno.renameSync(path, `${path}.1`);
    at(1);
    later(2);
    assertEquals(told(`${path}.1`), [0, 1]);
    assertEquals(told(path), [2]);
    assertEquals(await statusOf(path), "intact");
    assertEquals(warnings.length, 0);
    Deno.renameSync(path, `${directory}/taken`);
    at(3);
    later(4);
    assertEquals(told(`${directory}/taken`), [2, 3]);
    assertEquals(told(path), ["2 since 2", 4]);
    assertEquals(await statusOf(path), "tampered");
    assertEquals(warnings.length, 1);
    assertMatch(warnings[0] ?? "", /was removed or replaced while it was open/);
  });
});

Deno.test("a log does not write to another file in its place, and counts losses until it is gone", async (t) => {
  const rows: Readonly<Record<string, (path: string) => Promise<void>>> = {
    "a file of somebody else": (path) =>
      Deno.writeTextFile(path, "a text of another program\n"),
    "a link to one": async (path) => {
      await Deno.writeTextFile(`${path}.victim`, "");
      await makeSymlink(`${path}.victim`, path);
    },
    "a link to nothing": (path) => makeSymlink(`${path}.victim`, path),
    "a directory": (path) => Deno.mkdir(path),
  };
  for (const [name, put] of Object.entries(rows)) {
    await t.step(name, async () => {
      await withDirectory(async (directory) => {
        using trail = openTrail(directory);
        const { path, audit, at, later } = trail;
        later(0);
        await Deno.rename(path, `${directory}/taken`);
        await put(path);
        later(1);
        at(2);
        later(3);
        assertEquals(audit.dropped, 3);
        if (name === "a file of somebody else") {
          assertEquals(
            await Deno.readTextFile(path),
            "a text of another program\n",
          );
        }
        if (name.startsWith("a link")) {
          const victim = await Deno.lstat(`${path}.victim`).catch(() => null);
          assertEquals(victim?.size ?? 0, 0);
          assertEquals(victim === null, name === "a link to nothing");
        }
        await Deno.remove(path);
        at(4);
        assertEquals(told(path), ["4 since 1", 4]);
      });
    });
  }
});

Deno.test("a log continues in its own file that was moved away and back", async () => {
  await withDirectory(async (directory) => {
    const inner = `${directory}/inner`;
    Deno.mkdirSync(inner);
    using trail = openTrail(inner);
    const { path, at, later } = trail;
    later(0);
    Deno.renameSync(inner, `${directory}/elsewhere`);
    later(1);
    at(2);
    Deno.renameSync(`${directory}/elsewhere`, inner);
    at(3);
    at(4);
    assertEquals(told(path), [0, "3 since 1", 3, 4]);
    assertEquals(await statusOf(path), "intact");
  });
});

Deno.test("a log does not rotate another file in its place", async () => {
  await withDirectory((directory) => {
    using trail = openTrail(directory, {
      chain: true,
      rotate: { maxBytes: 700, maxFiles: 3 },
    });
    const { path, at, later } = trail;
    later(0);
    Deno.removeSync(path);
    Deno.writeTextFileSync(path, "");
    at(1);
    // Without a look, this event would have the file at the path renamed.
    at(2);
    assertEquals(told(path), ["2 since 1", 2]);
    assertEquals(
      [...Deno.readDirSync(directory)].map(({ name }) => name).sort(),
      ["audit.jsonl", "audit.jsonl.lock"],
    );
  });
});

Deno.test("a log reports pending losses when it is opened again", async () => {
  await withDirectory((directory) => {
    const path = `${directory}/audit.jsonl`;
    const handler = new JsonLinesHandler(path, { warn: () => {} });
    using audit = createAuditLogger({
      handlers: [handler],
      clock: { now: () => 0 },
      warn: () => {},
    });
    const at = (index: number) => audit.log("a", "b", { index });
    onFullDisk(() => {
      at(0);
      handler.destroy();
    });
    handler.setup();
    at(1);
    assertEquals(told(path), ["1 since 0", 1]);
    Deno.removeSync(path);
    handler.destroy();
    handler.setup();
    at(2);
    // The event and the one that told of the first loss.
    assertEquals(told(path), ["2 since 0", 2]);
  });
});

Deno.test("a log reports pending losses when it is closed", async () => {
  await withDirectory(async (directory) => {
    const trail = openTrail(directory);
    trail.later(0);
    onFullDisk(() => trail.later(1));
    trail[Symbol.dispose]();
    assertEquals(told(trail.path), [0, "1 since 2"]);
    assertEquals(await statusOf(trail.path), "intact");
  });
});
