import { assert, assertEquals, assertRejects } from "@std/assert";
import { PluginError } from "@semantik/plugins";
import {
  type AuditEvent,
  type AuditLevel,
  type AuditLogPosition,
  createAuditLogger,
  JsonLinesHandler,
  readAuditLog,
  type ReadAuditLogOptions,
} from "@semantik/plugins/audit";
import { makeSymlink } from "../make_symlink.ts";
import { runFixture } from "./run_fixture.ts";
import { withDirectory } from "./with_directory.ts";

interface Row {
  readonly plugin: string;
  readonly action: string;
  readonly time: number;
  readonly level: AuditLevel;
}

const ROWS: readonly Row[] = [
  { plugin: "one", action: "plugin.enabled", time: 1_000, level: "info" },
  { plugin: "two", action: "plugin.enabled", time: 2_000, level: "debug" },
  { plugin: "one", action: "plugin.load.failed", time: 3_000, level: "error" },
  { plugin: "two-b", action: "index.rebuilt", time: 4_000, level: "warn" },
  { plugin: "one", action: "plugin.disabled", time: 5_000, level: "critical" },
];

function write(path: string, maxBytes: number): void {
  let row = 0;
  using audit = createAuditLogger({
    handlers: [
      new JsonLinesHandler(path, {
        chain: true,
        rotate: { maxBytes, maxFiles: 9 },
      }),
    ],
    clock: { now: () => ROWS[row]?.time ?? 0 },
  });
  for (; row < ROWS.length; row++) {
    const { plugin, action, level } = ROWS[row] ?? {};
    audit.log(plugin ?? "", action ?? "", { row }, { level });
  }
}

async function read(
  path: string,
  options?: ReadAuditLogOptions,
): Promise<AuditEvent[]> {
  return await Array.fromAsync(readAuditLog(path, options));
}

Deno.test("readAuditLog() filters events", async (t) => {
  const table: readonly (readonly [ReadAuditLogOptions, readonly number[]])[] =
    [
      [{}, [0, 1, 2, 3, 4]],
      [{ plugin: "one" }, [0, 2, 4]],
      [{ plugin: ["two", "two-b"] }, [1, 3]],
      [{ plugin: "two*" }, [1, 3]],
      [{ plugin: "on" }, []],
      [{ action: "plugin.*" }, [0, 1, 2, 4]],
      [{ action: "*.enabled" }, [0, 1]],
      [{ action: "p*.*d" }, [0, 1, 2, 4]],
      [{ action: "*" }, [0, 1, 2, 3, 4]],
      [{ action: "plugin.enabled*enabled" }, []],
      [{ action: ["index.*", "plugin.load.*"] }, [2, 3]],
      [{ action: [] }, []],
      [{ action: "plugin.enable?" }, []],
      [{ level: "debug" }, [0, 1, 2, 3, 4]],
      [{ level: "warn" }, [2, 3, 4]],
      [{ level: "critical" }, [4]],
      [{ since: new Date(3_000) }, [2, 3, 4]],
      [{ until: "1970-01-01T00:00:03Z" }, [0, 1, 2]],
      [{ since: "1970-01-01T00:00:02.001Z", until: new Date(4_000) }, [2, 3]],
      [{ since: "1970-01-02" }, []],
      [{
        plugin: "one",
        action: "plugin.*",
        level: "error",
        until: new Date(4_000),
      }, [2]],
    ];
  for (const maxBytes of [100_000, 700]) {
    await withDirectory(async (directory) => {
      const path = `${directory}/audit.jsonl`;
      write(path, maxBytes);
      for (const [options, rows] of table) {
        await t.step(`${maxBytes} ${JSON.stringify(options)}`, async () => {
          const events = await read(path, options);
          assertEquals(events.map((event) => event["row"]), [...rows]);
        });
      }
    });
  }
});

Deno.test("readAuditLog() returns events as they were written", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/audit.jsonl`;
    write(path, 100_000);
    const events = await read(path);
    const lines = Deno.readTextFileSync(path).trimEnd().split("\n");
    assertEquals(events, lines.map((line) => JSON.parse(line)));
    assertEquals(events[0]?.timestamp, "1970-01-01T00:00:01.000Z");
    assertEquals(events[0]?.plugin_id, "one");
  });
});

Deno.test("readAuditLog() skips lines that are not events", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/audit.jsonl`;
    write(path, 700);
    const rubbish = [
      "",
      "rubbish",
      "null",
      "[]",
      "{}",
      '{"timestamp":"never","level":"info","plugin_id":"a","action":"b"}',
      '{"timestamp":"1970-01-01","level":"loud","plugin_id":"a","action":"b"}',
      '{"timestamp":"1970-01-01","level":"info","plugin_id":7,"action":"b"}',
      "\xff\xfe",
      "x".repeat(3_000_000),
      `{"a":"${"y".repeat(2_000_000)}"}`,
    ];
    Deno.writeTextFileSync(`${path}.1`, `${rubbish.join("\n")}\n`, {
      append: true,
    });
    Deno.writeTextFileSync(path, '{"timestamp":"19', { append: true });
    const malformed: AuditLogPosition[] = [];
    const events = await read(path, {
      onMalformed: (at) => malformed.push(at),
    });
    assertEquals(events.map((event) => event["row"]), [0, 1, 2, 3, 4]);
    assertEquals(malformed, [
      ...rubbish.map((_, at) => ({ file: `${path}.1`, line: at + 3 })),
      { file: path, line: 2 },
    ]);
  });
});

Deno.test("readAuditLog() calls onMalformed without a receiver", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/audit.jsonl`;
    Deno.writeTextFileSync(path, "rubbish\n");
    const receivers: unknown[] = [];
    await read(path, {
      onMalformed: function (this: unknown) {
        receivers.push(this);
      },
    });
    assertEquals(receivers, [undefined]);
  });
});

Deno.test("readAuditLog() reads lines across block boundaries", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/audit.jsonl`;
    {
      using audit = createAuditLogger({
        handlers: [new JsonLinesHandler(path)],
      });
      for (let index = 0; index < 400; index++) {
        audit.log("a", "b", { index, text: "€".repeat((index * 331) % 9_000) });
      }
    }
    let index = 0;
    for await (const event of readAuditLog(path)) {
      assertEquals(event["index"], index);
      assertEquals(event["text"], "€".repeat((index * 331) % 9_000));
      index++;
    }
    assertEquals(index, 400);
  });
});

Deno.test("readAuditLog() continues while the log is rotated", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/audit.jsonl`;
    using audit = createAuditLogger({
      handlers: [
        new JsonLinesHandler(path, { rotate: { maxBytes: 400, maxFiles: 4 } }),
      ],
    });
    for (let index = 0; index < 6; index++) audit.log("a", "b", { index });
    const seen: unknown[] = [];
    for await (const event of readAuditLog(path)) {
      if (seen.length === 0) {
        for (let index = 6; index < 20; index++) audit.log("a", "b", { index });
      }
      seen.push(event["index"]);
    }
    assertEquals(seen.slice(0, 6), [0, 1, 2, 3, 4, 5]);
    assertEquals(seen, Array.from(seen, (_, index) => index));
  });
});

Deno.test("readAuditLog() closes its files when its reader stops early", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/audit.jsonl`;
    write(path, 700);
    // That nothing stays open is what the sanitizer of this test sees to.
    for await (const event of readAuditLog(path)) {
      assertEquals(event["row"], 0);
      break;
    }
    const controller = new AbortController();
    await assertRejects(async () => {
      for await (const _ of readAuditLog(path, { signal: controller.signal })) {
        controller.abort();
      }
    }, DOMException);
  });
});

Deno.test("readAuditLog() rejects unreadable logs and invalid options", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/audit.jsonl`;
    const missing = await assertRejects(() => read(path), PluginError);
    assertEquals(missing.code, "PLUGIN_AUDIT_UNAVAILABLE");
    assert(missing.message.startsWith(`Cannot read audit log "${path}": `));
    write(path, 700);
    for (const since of ["yesterday", new Date(NaN)]) {
      const error = await assertRejects(
        () => read(path, { since }),
        PluginError,
        "since is",
      );
      assertEquals(error.code, "PLUGIN_OPTION_INVALID");
    }
  });
});

Deno.test("readAuditLog() follows a link to the files beside the log", async () => {
  await withDirectory(async (directory) => {
    Deno.mkdirSync(`${directory}/real`);
    write(`${directory}/real/audit.jsonl`, 700);
    await makeSymlink(`${directory}/real/audit.jsonl`, `${directory}/link`);
    const events = await read(`${directory}/link`);
    assertEquals(events.map((event) => event["row"]), [0, 1, 2, 3, 4]);
  });
});

Deno.test("readAuditLog() returns an id as the message shows it", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/audit.jsonl`;
    {
      using audit = createAuditLogger({
        handlers: [new JsonLinesHandler(path)],
      });
      audit.log("a\nb", "c");
    }
    assertEquals((await read(path, { plugin: "a\\nb" })).length, 1);
  });
});

Deno.test("readAuditLog() reports skipped lines", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/audit.jsonl`;
    const event =
      '{"timestamp":"1970-01-01T00:00:00.000Z","level":"info","plugin_id":"a","action":"b"}';
    Deno.writeTextFileSync(path, `x\n${event}\n{"timest`);
    const { stdout, stderr } = await runFixture("read.ts", {
      flags: [`--allow-read=${directory}`],
      args: [path],
    });
    assertEquals(stdout, "b\n");
    assertEquals(
      stderr,
      `Warning: 2 lines of the audit log "${path}" could not be read as events\n`,
    );
  });
});
