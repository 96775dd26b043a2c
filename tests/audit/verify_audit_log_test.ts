import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { PluginError } from "@semantik/plugins";
import {
  type AuditEvent,
  type AuditLogPosition,
  createAuditLogger,
  JsonLinesHandler,
  readAuditLog,
  verifyAuditLog,
} from "@semantik/plugins/audit";
import { writeLines, writeSampleLog } from "./sample_log.ts";
import { checkTampering } from "./tampering.ts";
import { withDirectory } from "./with_directory.ts";

const KEY = "0123456789abcdef";

async function sha256(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** Changes a line and hashes it anew, as somebody without the key can. */
async function forge(line: string): Promise<string> {
  const body = line.slice(0, -81).replace("sample.taken", "sample.faked");
  return `${body},"chain_hash":"${await sha256(body)}"}`;
}

Deno.test("verifyAuditLog() verifies all files of a log", async () => {
  await withDirectory(async (directory) => {
    const { path, head } = writeSampleLog(directory);
    assertEquals(await verifyAuditLog(path), {
      status: "intact",
      lines: 15,
      first: 1,
      head,
      crashes: [],
      anchored: undefined,
      checkpoints: undefined,
    });
    await Deno.remove(`${path}.2`);
    const { status, first, lines } = await verifyAuditLog(path);
    assertEquals({ status, first, lines }, {
      status: "intact",
      first: 6,
      lines: 10,
    });
  });
});

Deno.test("verifyAuditLog() uses hashes that anybody can recompute", async () => {
  await withDirectory(async (directory) => {
    const { lines } = writeSampleLog(directory);
    let previous = "0".repeat(64);
    for (const line of lines.flat()) {
      const event = JSON.parse(line);
      assertEquals(event.chain_previous, previous);
      previous = await sha256(line.slice(0, line.indexOf(',"chain_hash"')));
      assertEquals(event.chain_hash, previous);
    }
  });
});

Deno.test("verifyAuditLog() finds every change at its line", async () => {
  await checkTampering(150);
});

Deno.test("verifyAuditLog() describes the change", async (t) => {
  const table: Readonly<
    Record<
      string,
      (lines: readonly string[]) => readonly [string[], string, number]
    >
  > = {
    "a changed line": (lines) => [
      lines.map((line) => line.replace('"index":12', '"index":99')),
      "changed",
      3,
    ],
    "a changed last line": (lines) => [
      lines.map((line) => line.replace('"index":14', '"index":99')),
      "changed",
      5,
    ],
    "a hash that was changed": (lines) => [
      lines.with(1, `${lines[1]?.slice(0, -4)}00"}`),
      "changed",
      2,
    ],
    "a removed line": (lines) => [lines.toSpliced(2, 1), "removed", 3],
    "a removed first line": (lines) => [lines.slice(1), "removed", 1],
    "a line that was written twice": (lines) => [
      lines.toSpliced(2, 0, lines[1] ?? ""),
      "inserted",
      3,
    ],
    "a line of no chain": (lines) => [
      lines.toSpliced(2, 0, '{"action":"plugin.enabled"}'),
      "inserted",
      3,
    ],
    "a line of another chain": (lines) => [
      lines.toSpliced(
        2,
        0,
        (lines[2] ?? "").replace("sample.taken", "plugin.enabled"),
      ),
      "inserted",
      3,
    ],
    "an empty line": (lines) => [lines.toSpliced(4, 0, ""), "inserted", 5],
    "a line that moved down": (lines) => [
      lines.toSpliced(1, 1).toSpliced(3, 0, lines[1] ?? ""),
      "moved",
      2,
    ],
    "a line that moved up": (lines) => [
      lines.toSpliced(3, 1).toSpliced(1, 0, lines[3] ?? ""),
      "moved",
      2,
    ],
    "a first line that moved": (lines) => [
      lines.toSpliced(0, 1).toSpliced(1, 0, lines[0] ?? ""),
      "moved",
      1,
    ],
    "lines that end otherwise": (lines) => [
      lines.map((line) => `${line}\r`),
      "changed",
      1,
    ],
  };
  for (const [name, change] of Object.entries(table)) {
    await t.step(name, async () => {
      await withDirectory(async (directory) => {
        const { path, lines } = writeSampleLog(directory);
        const [oldest = [], ...newer] = lines;
        const [changed, what, line] = change(oldest);
        writeLines(directory, [changed, ...newer]);
        const result = await verifyAuditLog(path);
        assert(result.status === "tampered");
        assertEquals(result.what, what);
        assertEquals(result.at, { file: `${path}.2`, line });
        assert(result.message.startsWith(`Line ${line} of "${path}.2" `));
        assertEquals(result.lines, line - 1);
      });
    });
  }
});

Deno.test("verifyAuditLog() detects a removed file", async () => {
  await withDirectory(async (directory) => {
    const { path } = writeSampleLog(directory);
    await Deno.remove(`${path}.1`);
    const result = await verifyAuditLog(path);
    assert(result.status === "tampered");
    assertEquals(result.what, "removed");
    assertEquals(result.at, { file: path, line: 1 });
  });
});

Deno.test("verifyAuditLog() detects joined files", async () => {
  await withDirectory(async (directory) => {
    const { path, lines } = writeSampleLog(directory);
    const [first = [], second = [], third = []] = lines;
    writeLines(directory, [first, [], [...second, ...third]]);
    const result = await verifyAuditLog(path);
    assert(result.status === "tampered");
    assertEquals(result.what, "moved");
    assertEquals(result.at, { file: path, line: 6 });
  });
});

Deno.test("verifyAuditLog() detects a rehashed line by the next line", async () => {
  await withDirectory(async (directory) => {
    const { path, lines } = writeSampleLog(directory);
    const [oldest = [], ...newer] = lines;
    const forged = await forge(oldest[4] ?? "");
    writeLines(directory, [oldest.with(4, forged), ...newer]);
    const result = await verifyAuditLog(path);
    assert(result.status === "tampered");
    assertEquals(result.what, "changed");
    assertEquals(result.at, { file: `${path}.2`, line: 5 });
  });
});

Deno.test("verifyAuditLog() needs a key or an anchor for some changes", async (t) => {
  await t.step("a rehashed last line, without either", async () => {
    await withDirectory(async (directory) => {
      const { path, lines } = writeSampleLog(directory);
      const forged = await forge(lines[2]?.[4] ?? "");
      writeLines(directory, lines.with(2, lines[2]?.with(4, forged) ?? []));
      assertEquals((await verifyAuditLog(path)).status, "intact");
    });
  });
  await t.step("the same with an anchor", async () => {
    await withDirectory(async (directory) => {
      const { path, lines, head } = writeSampleLog(directory);
      assertEquals(
        (await verifyAuditLog(path, { anchor: head })).anchored,
        true,
      );
      const forged = await forge(lines[2]?.[4] ?? "");
      writeLines(directory, lines.with(2, lines[2]?.with(4, forged) ?? []));
      const result = await verifyAuditLog(path, { anchor: head });
      assert(result.status === "tampered");
      assertEquals(result.what, "changed");
      assertEquals(result.at, { file: path, line: 5 });
      assertEquals(result.anchored, false);
    });
  });
  await t.step("the same with a key", async () => {
    await withDirectory(async (directory) => {
      const { path, lines } = writeSampleLog(directory, KEY);
      const forged = await forge(lines[2]?.[4] ?? "");
      writeLines(directory, lines.with(2, lines[2]?.with(4, forged) ?? []));
      const result = await verifyAuditLog(path, { key: KEY });
      assert(result.status === "tampered");
      assertEquals(result.at, { file: path, line: 5 });
    });
  });
  await t.step("removed last lines, with an anchor", async () => {
    await withDirectory(async (directory) => {
      const { path, lines, head } = writeSampleLog(directory);
      writeLines(directory, lines.with(2, lines[2]?.slice(0, 3) ?? []));
      assertEquals((await verifyAuditLog(path)).status, "intact");
      const result = await verifyAuditLog(path, { anchor: head });
      assert(result.status === "tampered");
      assertEquals(result.what, "removed");
      assertEquals(result.at, { file: path, line: 4 });
    });
  });
});

Deno.test("verifyAuditLog() distinguishes a wrong key from a changed line", async () => {
  await withDirectory(async (directory) => {
    const { path } = writeSampleLog(directory, KEY);
    assertEquals((await verifyAuditLog(path, { key: KEY })).status, "intact");
    const bytes = new TextEncoder().encode(KEY);
    assertEquals((await verifyAuditLog(path, { key: bytes })).status, "intact");
    for (const key of [undefined, `${KEY}x`]) {
      const result = await verifyAuditLog(path, { key });
      assert(result.status === "tampered");
      assert(result.message.endsWith("or it is hashed with another key"));
    }
  });
});

Deno.test("verifyAuditLog() rejects invalid paths and keys", async () => {
  await withDirectory(async (directory) => {
    const missing = await assertRejects(
      () => verifyAuditLog(`${directory}/none`),
      PluginError,
      "Cannot read audit log",
    );
    assertEquals(missing.code, "PLUGIN_AUDIT_UNAVAILABLE");
    const { path } = writeSampleLog(directory);
    const short = await assertRejects(
      () => verifyAuditLog(path, { key: "short" }),
      PluginError,
    );
    assertEquals(short.code, "PLUGIN_OPTION_INVALID");
    assert(!short.message.includes("short"));
    await assertRejects(
      () => verifyAuditLog(path, { signal: AbortSignal.abort() }),
      DOMException,
    );
    await assertRejects(() => verifyAuditLog(directory), PluginError);
  });
});

Deno.test("verifyAuditLog() passes on each event once its line is verified", async () => {
  await withDirectory(async (directory) => {
    const { path, lines } = writeSampleLog(directory);
    const given: (readonly [AuditEvent, AuditLogPosition])[] = [];
    function onEvent(event: AuditEvent, at: AuditLogPosition): void {
      given.push([event, at]);
    }
    const read = await Array.fromAsync(readAuditLog(path));
    await verifyAuditLog(path, { onEvent });
    assertEquals(given.map(([event]) => event), read);
    assertEquals(given[5]?.[1], { file: `${path}.1`, line: 1 });

    given.length = 0;
    const [oldest = [], middle = [], newest = []] = lines;
    const changed = (middle[2] ?? "").replace('"index":17', '"index":99');
    writeLines(directory, [oldest, middle.with(2, changed), newest]);
    const { status } = await verifyAuditLog(path, { onEvent });
    assertEquals(status, "tampered");
    assertEquals(given.map(([event]) => event), read.slice(0, 7));
  });
});

Deno.test("verifyAuditLog() reports verified lines that are not events", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/audit.jsonl`;
    const previous = "0".repeat(64);
    const body =
      `{"a":1,"chain_sequence":1,"chain_previous":"${previous}","chain_start":true`;
    const hash = await sha256(body);
    await Deno.writeTextFile(path, `${body},"chain_hash":"${hash}"}\n`);
    const malformed: AuditLogPosition[] = [];
    const { status, lines } = await verifyAuditLog(path, {
      onEvent: () => assert(false),
      onMalformed: (at) => malformed.push(at),
    });
    assertEquals({ status, lines }, { status: "intact", lines: 1 });
    assertEquals(malformed, [{ file: path, line: 1 }]);
    await verifyAuditLog(path, { onMalformed: () => assert(false) });
  });
});

Deno.test("verifyAuditLog() rethrows errors of onEvent, and closes its files", async () => {
  await withDirectory(async (directory) => {
    const { path } = writeSampleLog(directory);
    const thrown = new RangeError("enough");
    const error = await assertRejects(() =>
      verifyAuditLog(path, {
        onEvent() {
          throw thrown;
        },
      })
    );
    assertStrictEquals(error, thrown);
  });
});

Deno.test("verifyAuditLog() passes on nothing after its signal is aborted", async () => {
  await withDirectory(async (directory) => {
    const { path } = writeSampleLog(directory);
    const controller = new AbortController();
    const reason = new RangeError("enough");
    let given = 0;
    const error = await assertRejects(() =>
      verifyAuditLog(path, {
        signal: controller.signal,
        onEvent() {
          given++;
          if (given === 2) controller.abort(reason);
        },
      })
    );
    assertStrictEquals(error, reason);
    assertEquals(given, 2);
  });
});

Deno.test("verifyAuditLog() accepts an empty log", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/audit.jsonl`;
    new JsonLinesHandler(path, { chain: true }).destroy();
    const { status, lines, head } = await verifyAuditLog(path);
    assertEquals({ status, lines, head }, {
      status: "intact",
      lines: 0,
      head: undefined,
    });
    const anchor = { sequence: 1, hash: "0".repeat(64) };
    const result = await verifyAuditLog(path, { anchor });
    assert(result.status === "tampered");
    assertEquals(result.what, "removed");
  });
});

Deno.test("verifyAuditLog() accepts lines of any length", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/audit.jsonl`;
    {
      using audit = createAuditLogger({
        handlers: [new JsonLinesHandler(path, { chain: true })],
      });
      for (let index = 0; index < 20; index++) {
        audit.log("a", "b", {
          short: index,
          long: "\0".repeat(index * 2_000),
          list: Array.from({ length: index }, () => "€".repeat(20_000)),
        });
      }
    }
    const { status, lines } = await verifyAuditLog(path);
    assertEquals({ status, lines }, { status: "intact", lines: 20 });
    const file = await Deno.open(path, { append: true });
    await file.write(new Uint8Array(3_000_000).fill(0x20));
    await file.write(new TextEncoder().encode("\n"));
    file.close();
    const result = await verifyAuditLog(path);
    assert(result.status === "tampered");
    assertEquals(result.at, { file: path, line: 21 });
  });
});
