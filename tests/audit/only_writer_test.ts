/** Tests that a log has only one writer. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { PluginError } from "@semantik/plugins";
import {
  createAuditLogger,
  JsonLinesHandler,
  verifyAuditLog,
} from "@semantik/plugins/audit";
import { makeSymlink } from "../make_symlink.ts";
import { testUnless, withoutPosix } from "../test_unless.ts";
import { spawnFixture } from "./run_fixture.ts";
import { withDirectory } from "./with_directory.ts";

function assertRefused(
  path: string,
  problem: string,
  options: ConstructorParameters<typeof JsonLinesHandler>[1] = {},
): void {
  const error = assertThrows(
    () => new JsonLinesHandler(path, options),
    PluginError,
  );
  assertEquals(error.code, "PLUGIN_AUDIT_UNAVAILABLE");
  assert(error.message.includes(problem), error.message);
  assert(error.remedy.length > 10);
}

testUnless(
  withoutPosix("locks of files under other names"),
  "JsonLinesHandler refuses a second process with a hard link or without the lock file",
  async (t) => {
    await withDirectory(async (directory) => {
      const path = `${directory}/audit.jsonl`;
      const linked = `${directory}/linked.jsonl`;
      const flags = [`--allow-read=${directory}`, `--allow-write=${directory}`];
      const first = spawnFixture("hold.ts", { flags, args: [path, "keep"] });
      const reader = first.stdout.getReader();
      const { value } = await reader.read();
      assertEquals(new TextDecoder().decode(value), "open\n");
      await t.step("by the same name", () => {
        assertRefused(path, `process ${first.pid} already writes to it`);
      });
      Deno.linkSync(path, linked);
      await t.step("by a hard link", () => {
        assertRefused(linked, "another handler already writes to it");
      });
      Deno.removeSync(linked);
      await t.step("without the lock file, again and again", () => {
        for (let round = 0; round < 2; round++) {
          Deno.removeSync(`${path}.lock`);
          assertRefused(path, "another handler already writes to it");
        }
      });
      first.kill("SIGKILL");
      await Promise.all([first.status, first.stderr.cancel(), reader.cancel()]);
      await t.step("but not after the first one ended", () => {
        new JsonLinesHandler(path).destroy();
      });
    });
  },
);

testUnless(
  withoutPosix("locks of files under other names"),
  "JsonLinesHandler refuses another name of a file that it rotated",
  async () => {
    await withDirectory(async (directory) => {
      const path = `${directory}/audit.jsonl`;
      const linked = `${directory}/linked.jsonl`;
      const options = {
        chain: true,
        rotate: { maxBytes: 500, maxFiles: 3 },
      };
      {
        using audit = createAuditLogger({
          handlers: [new JsonLinesHandler(path, options)],
        });
        audit.log("a", "b");
        Deno.linkSync(path, linked);
        audit.log("a", "b");
        assertEquals(Deno.statSync(`${path}.1`).nlink, 2);
        assertRefused(linked, "(a hard link)", options);
        assertRefused(`${path}.1`, "(a hard link)", options);
      }
      assertEquals((await verifyAuditLog(path)).status, "intact");
      Deno.removeSync(linked);
    });
  },
);

testUnless(
  withoutPosix("locks of files that were removed"),
  "JsonLinesHandler does not write to a file that somebody else created",
  async () => {
    await withDirectory(async (directory) => {
      const path = `${directory}/audit.jsonl`;
      let now = 0;
      using first = createAuditLogger({
        handlers: [new JsonLinesHandler(path, { chain: true, warn: () => {} })],
        clock: { now: () => now += 1_000 },
        warn: () => {},
      });
      first.log("first", "b");
      Deno.removeSync(path);
      Deno.removeSync(`${path}.lock`);
      {
        using second = createAuditLogger({
          handlers: [new JsonLinesHandler(path, { chain: true })],
        });
        second.log("second", "b");
        first.log("first", "c");
        second.log("second", "d");
        assertEquals(first.dropped, 1);
      }
      assertEquals((await verifyAuditLog(path)).status, "intact");
      assert(!Deno.readTextFileSync(path).includes("first"));
    });
  },
);

Deno.test("JsonLinesHandler refuses every symbolic link", async (t) => {
  await withDirectory(async (directory) => {
    const path = `${directory}/audit.jsonl`;
    new JsonLinesHandler(path).destroy();
    Deno.writeTextFileSync(`${directory}/empty`, "", { mode: 0o644 });
    for (const target of [path, `${directory}/empty`, `${directory}/none`]) {
      await t.step(target.slice(directory.length), async () => {
        const link = `${directory}/link`;
        await makeSymlink(target, link);
        assertRefused(link, "it is a symbolic link");
        Deno.removeSync(link);
      });
    }
    await t.step("in the place of the lock file", async () => {
      const other = `${directory}/other.jsonl`;
      await makeSymlink(`${directory}/empty`, `${other}.lock`);
      assertRefused(other, "it is a symbolic link");
    });
    const { mode, size } = Deno.statSync(`${directory}/empty`);
    assertEquals(size, 0);
    if (Deno.build.os !== "windows") assertEquals((mode ?? 0) & 0o777, 0o644);
    assertEquals(
      [...Deno.readDirSync(directory)].map(({ name }) => name)
        .filter((name) => name === "none" || name.startsWith("link")),
      [],
    );
  });
});

const EVENT =
  '{"timestamp":"2026-01-31T12:00:00.000Z","level":"info","plugin_id":"a","action":"b"}\n';

Deno.test("JsonLinesHandler leaves a file unchanged that is not a log", async (t) => {
  const rows: Readonly<Record<string, string>> = {
    "a text": "root:x:0:0\n",
    "a text without an end": "PASSWORD=x",
    "a line of space": "\n",
    "lines of JSON of another program": '{"time":1,"message":"x"}\n',
    "a log of another program that begins alike":
      '{"timestamp":"2026-01-31T12:00:00.000Z","level":"info","message":"x"}\n',
    "a JSON file": '{\n  "a": 1\n}\n',
    "a JSON file on one line": '{"a":1}',
    "a number": "12\n",
    "a text after an event": `${EVENT}# a comment\n`,
    "an event that is none": EVENT.replace("info", "loud"),
    "lines that end otherwise": EVENT.replace("\n", "\r\nx\r\n"),
    "a long line": "x".repeat(200_000),
    "an empty line after an event": `${EVENT}\n`,
    "binary": "\u0001\u0002\u0000\n",
  };
  for (const [name, text] of Object.entries(rows)) {
    for (const chain of [false, true]) {
      await t.step(`${name}, ${chain ? "chained" : "plain"}`, async () => {
        await withDirectory((directory) => {
          const path = `${directory}/audit.jsonl`;
          Deno.writeTextFileSync(path, text, { mode: 0o644 });
          const { mode } = Deno.statSync(path);
          assertRefused(path, "Cannot open audit log", { chain });
          assertEquals(Deno.readTextFileSync(path), text);
          assertEquals(Deno.statSync(path).mode, mode);
        });
      });
    }
  }
});

Deno.test("JsonLinesHandler continues a log with any end that a crash leaves", async (t) => {
  const rows: Readonly<Record<string, string>> = {
    "nothing": "",
    "an event": EVENT,
    "an event without an end": EVENT.trimEnd(),
    "the beginning of one": EVENT.slice(0, 30),
    "one letter": "{",
    "beginnings after beginnings": `${EVENT}${EVENT.slice(0, 9)}\n${
      EVENT.slice(0, 50)
    }\n${EVENT.slice(0, 20)}`,
    "zeros of a power failure": `${EVENT}${"\0".repeat(4_000)}`,
    "zeros in an event": `${EVENT}${EVENT.slice(0, 40)}${"\0".repeat(40)}\n{`,
    "a long event": EVENT.replace("}", `,"x":"${"y".repeat(300_000)}"}`),
  };
  for (const [name, text] of Object.entries(rows)) {
    await t.step(name, async () => {
      await withDirectory((directory) => {
        const path = `${directory}/audit.jsonl`;
        Deno.writeTextFileSync(path, text);
        {
          using audit = createAuditLogger({
            handlers: [new JsonLinesHandler(path)],
          });
          audit.log("a", "after");
        }
        const written = Deno.readTextFileSync(path);
        assert(written.startsWith(text));
        assert(written.slice(text.length).includes('"action":"after"'));
      });
    });
  }
});

Deno.test("JsonLinesHandler does not overwrite a file that is not a lock", async () => {
  await withDirectory((directory) => {
    const path = `${directory}/deno`;
    for (const text of ['{"version":"5"}', "x".repeat(100)]) {
      Deno.writeTextFileSync(`${path}.lock`, text);
      assertRefused(path, "is not the lock of a log");
      assertEquals(Deno.readTextFileSync(`${path}.lock`), text);
    }
    Deno.writeTextFileSync(`${path}.lock`, "12\n");
    new JsonLinesHandler(path).destroy();
  });
});
