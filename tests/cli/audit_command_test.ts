import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  AuditConsoleHandler,
  createAuditLogger,
} from "@semantik/plugins/audit";
import { main } from "@semantik/plugins/cli";
import { systemClock } from "../../src/base/timing.ts";
import { writeLog, type Written } from "./audit_log.ts";
import { KeptStream, runCli, runJson } from "./run_cli.ts";
import { withFolder } from "./with_plugins.ts";

const EVENTS: readonly Written[] = [
  ["alpha", "plugin.enabled"],
  ["alpha", "index.rebuilt", "debug", { documents: 12, by: "a b" }],
  ["beta", "plugin.load.failed", "error", { error: "no\nspace" }],
  ["alpha", "plugin.disabled", "warn"],
  ["alpha", "plugin.enabled"],
];

function actionsOf(result: unknown): readonly string[] {
  const events: readonly { plugin_id: string; action: string }[] = Reflect.get(
    Object(result),
    "events",
  );
  return events.map(({ plugin_id, action }) => `${plugin_id} ${action}`);
}

Deno.test("audit prints one event per line", async () => {
  await withFolder({}, async (folder) => {
    const file = `${folder}/audit.jsonl`;
    writeLog(file, EVENTS);
    const { code, stdout, stderr } = await runCli(["audit", file]);
    assertEquals([code, stderr], [0, ""]);
    assertEquals(stdout.split("\n"), [
      "2026-01-31T12:00:00.000Z INFO  alpha enabled",
      '2026-01-31T12:01:00.000Z DEBUG alpha reported index.rebuilt documents=12 by="a b"',
      "2026-01-31T12:02:00.000Z ERROR beta failed to load: no\\nspace",
      "2026-01-31T12:03:00.000Z WARN  alpha disabled",
      "2026-01-31T12:04:00.000Z INFO  alpha enabled",
      "5 events: 1 error, 1 warning",
      "",
    ]);
  });
});

Deno.test("audit filters by plugin, action, level and time", async (t) => {
  await withFolder({}, async (folder) => {
    const file = `${folder}/audit.jsonl`;
    writeLog(file, EVENTS);
    const clock = {
      ...systemClock,
      now: () => Date.parse("2026-01-31T12:05:00Z"),
    };
    const rows: readonly (readonly [readonly string[], readonly number[]])[] = [
      [[], [0, 1, 2, 3, 4]],
      [["--plugin=beta"], [2]],
      [["--plugin=a*"], [0, 1, 3, 4]],
      [["--plugin=beta", "--plugin=none"], [2]],
      [["--action=plugin.*"], [0, 2, 3, 4]],
      [["--action=*.rebuilt", "--action=plugin.load.*"], [1, 2]],
      [["--level=warn"], [2, 3]],
      [["--since=2026-01-31T12:03:00Z"], [3, 4]],
      [["--until=2026-01-31T12:01:00Z"], [0, 1]],
      [["--since=2m", "--action=*enabled"], [4]],
      [["--since=1h"], [0, 1, 2, 3, 4]],
      [["--plugin=gamma"], []],
    ];
    for (const [args, expected] of rows) {
      await t.step(args.join(" "), async () => {
        const { code, result } = await runJson(["audit", file, ...args], {
          clock,
        });
        assertEquals(code, 0);
        const names = expected.map((index) =>
          EVENTS[index]?.slice(0, 2).join(" ") ?? ""
        );
        assertEquals(actionsOf(result), names);
        assertEquals(Reflect.get(Object(result), "count"), names.length);
      });
    }
  });
});

Deno.test("audit reads the rotated files of a log", async () => {
  await withFolder({}, async (folder) => {
    const file = `${folder}/audit.jsonl`;
    const events = Array.from(
      { length: 40 },
      (_, index): Written => ["alpha", `step.${index}`],
    );
    writeLog(file, events, {
      chain: true,
      rotate: { maxBytes: 4_000, maxFiles: 20 },
    });
    assert((await Array.fromAsync(Deno.readDir(folder))).length > 3);
    const { result } = await runJson(["audit", file]);
    assertEquals(
      actionsOf(result),
      events.map(([plugin, action]) => `${plugin} ${action}`),
    );
    assertEquals((await runCli(["audit", "verify", file])).code, 0);
  });
});

Deno.test("audit --summary counts by plugin and action", async () => {
  await withFolder({}, async (folder) => {
    const file = `${folder}/audit.jsonl`;
    writeLog(file, EVENTS);
    const { stdout } = await runCli(["audit", file, "--summary"]);
    assertEquals(
      stdout.split("\n").map((line) => line.replaceAll(/ +/g, " ")),
      [
        "LEVEL PLUGIN ACTION EVENTS",
        "ERROR beta plugin.load.failed 1",
        "WARN alpha plugin.disabled 1",
        "INFO alpha plugin.enabled 2",
        "DEBUG alpha index.rebuilt 1",
        "",
        "5 events: 1 error, 1 warning; 2 plugins",
        "",
      ],
    );
    const { result } = await runJson([
      "audit",
      file,
      "--summary",
      "--level=error",
    ]);
    assertEquals(result, {
      events: 1,
      counts: [{ plugin_id: "beta", action: "plugin.load.failed", count: 1 }],
      others: 0,
      malformed: 0,
    });
  });
});

Deno.test("audit --summary limits how many names it counts", async () => {
  const line = (index: number) =>
    JSON.stringify({
      timestamp: "2026-01-31T12:00:00.000Z",
      level: "info",
      plugin_id: `plugin-${index}`,
      action: "x",
    });
  const text = Array.from({ length: 10_050 }, (_, index) => line(index)).join(
    "\n",
  );
  await withFolder({ "audit.jsonl": `${text}\n` }, async (folder) => {
    const { result } = await runJson([
      "audit",
      `${folder}/audit.jsonl`,
      "--summary",
    ]);
    assertEquals(Reflect.get(Object(result), "counts").length, 10_000);
    assertEquals(Reflect.get(Object(result), "events"), 10_050);
    assertEquals(Reflect.get(Object(result), "others"), 50);
  });
});

/** Captured standard error: the lines of a host, and events among them. */
const CAPTURED = [
  "Listening on http://127.0.0.1:8000/",
  'PLUGIN_AUDIT: alpha - plugin.enabled {"timestamp":"2026-01-31T12:00:00.000Z","level":"info","plugin_id":"alpha","action":"plugin.enabled"}',
  '\x1b[38;5;28mPLUGIN_AUDIT: beta - x\x1b[0m \x1b[38;5;243m{"timestamp":"2026-01-31T12:01:00.000Z","level":"warn","plugin_id":"beta","action":"x","a":" {\\"timestamp\\":\\""}\x1b[0m\r',
  'Jan 31 12:02:00 server app[7]: PLUGIN_AUDIT: alpha - plugin.disabled {"timestamp":"2026-01-31T12:02:00.000Z","level":"info","plugin_id":"alpha","action":"plugin.disabled"}',
  // The data is not that of the message.
  'PLUGIN_AUDIT: alpha - plugin.enabled {"timestamp":"2026-01-31T12:03:00.000Z","level":"info","plugin_id":"beta","action":"plugin.enabled"}',
  'PLUGIN_AUDIT: alpha - plugin.enabled {"timestamp":"2026',
  '{"timestamp":"2026-01-31T12:04:00.000Z","level":"error","plugin_id":"gamma","action":"plugin.load.failed","error":"no space"}',
];

Deno.test("audit reads both forms, from a file and from standard input", async () => {
  const text = CAPTURED.map((line) => `${line}\n`).join("");
  await withFolder({ "stderr.log": text }, async (folder) => {
    const read = await runCli(["audit", `${folder}/stderr.log`]);
    assertEquals(read.stdout.split("\n"), [
      "2026-01-31T12:00:00.000Z INFO  alpha enabled",
      '2026-01-31T12:01:00.000Z WARN  beta reported x a=" {\\"timestamp\\":\\""',
      "2026-01-31T12:02:00.000Z INFO  alpha disabled",
      "2026-01-31T12:04:00.000Z ERROR gamma failed to load: no space",
      "4 events: 1 error, 1 warning",
      "",
    ]);
    assertStringIncludes(read.stderr, "3 lines that are not events");
    // A line may come in parts.
    const stdin = [text.slice(0, 200), text.slice(200, 777), text.slice(777)];
    assertEquals(await runCli(["audit", "-"], { stdin }), read);
    const { result } = await runJson(["audit", "-", "--level=warn"], { stdin });
    assertEquals(actionsOf(result), ["beta x", "gamma plugin.load.failed"]);
    const summary = await runCli(["audit", "--summary", "-"], { stdin });
    assertStringIncludes(
      summary.stdout,
      "4 events: 1 error, 1 warning; 3 plugins\n",
    );
    // The verification reads the bytes of a log, and nothing else.
    const verify = await runCli(["audit", "verify", `${folder}/stderr.log`]);
    assertEquals(verify.code, 1);
  });
});

Deno.test("audit shows events of standard input as they come", async () => {
  const shown: number[] = [];
  const lines = CAPTURED.slice(1, 3);
  const stdout = new KeptStream();
  const code = await main(["audit", "-"], {
    stdout,
    stderr: new KeptStream(),
    stdin: {
      read(bytes) {
        shown.push(stdout.text.split("\n").length - 1);
        const line = lines.shift();
        return Promise.resolve(
          line === undefined
            ? null
            : new TextEncoder().encodeInto(`${line}\n`, bytes).written,
        );
      },
    },
  });
  assertEquals([code, shown], [0, [0, 1, 2]]);
});

Deno.test("audit --tail prints the last events", async () => {
  await withFolder({}, async (folder) => {
    const file = `${folder}/audit.jsonl`;
    writeLog(file, EVENTS);
    const rows: readonly (readonly [readonly string[], readonly number[]])[] = [
      [["--tail=1"], [4]],
      [["--tail=2", "--plugin=alpha"], [3, 4]],
      [["--tail=4"], [1, 2, 3, 4]],
      [["--tail=5"], [0, 1, 2, 3, 4]],
      [["--tail=100"], [0, 1, 2, 3, 4]],
    ];
    for (const [args, expected] of rows) {
      const { result } = await runJson(["audit", file, ...args]);
      const names = expected.map((index) =>
        EVENTS[index]?.slice(0, 2).join(" ") ?? ""
      );
      assertEquals(actionsOf(result), names, args.join(" "));
    }
    const { stdout } = await runCli(["audit", file, "--tail=2"]);
    assertEquals(stdout.split("\n").slice(1), [
      "2026-01-31T12:04:00.000Z INFO  alpha enabled",
      "2 events: 1 warning",
      "",
    ]);
    for (
      const args of [["--tail=0"], ["--tail=x"], ["--tail=2", "--summary"]]
    ) {
      assertEquals((await runCli(["audit", file, ...args])).code, 2);
    }
  });
});

Deno.test("audit --tail --follow prints the last events, then each later one", async () => {
  await withFolder({}, async (folder) => {
    const file = `${folder}/audit.jsonl`;
    writeLog(file, EVENTS);
    const stop = new AbortController();
    const steps = [
      () => writeLog(file, [["alpha", "a.b"], ["alpha", "c.d"]]),
      () => stop.abort(),
    ];
    const clock = {
      ...systemClock,
      after(_milliseconds: number, callback: () => void) {
        steps.shift()?.();
        queueMicrotask(callback);
        return () => {};
      },
    };
    const args = ["audit", file, "--tail=1", "--follow"];
    const { stdout } = await runCli(args, { clock, signal: stop.signal });
    assertEquals(stdout.split("\n").map((line) => line.slice(31)), [
      "alpha enabled",
      "alpha reported a.b",
      "alpha reported c.d",
      "",
    ]);
  });
});

Deno.test("audit --details shows the action and every detail", async () => {
  await withFolder({}, async (folder) => {
    const file = `${folder}/audit.jsonl`;
    const details = { a: 1, b: 2, c: 3, d: "x y" };
    writeLog(file, [["alpha", "plugin.enabled", "info", details]]);
    const { stdout } = await runCli(["audit", file, "--details"]);
    assertStringIncludes(stdout, 'alpha plugin.enabled a=1 b=2 c=3 d="x y"\n');
  });
});

Deno.test("audit shows on a terminal the line that the handler shows there", async () => {
  const now = Date.parse("2026-01-31T12:05:00Z");
  await withFolder({}, async (folder) => {
    const file = `${folder}/audit.jsonl`;
    const problems = [{ message: "no ".repeat(40), remedy: "Do something" }];
    writeLog(file, [
      ["alpha", "plugin.load.refused", "warn", { problems }],
      ["日本語", "plugin.enabled"],
    ]);
    for (const columns of [60, 80]) {
      const kept = new KeptStream(true, columns);
      using audit = createAuditLogger({
        handlers: [new AuditConsoleHandler({ writer: kept, colors: true })],
        clock: { now: () => Date.parse("2026-01-31T12:00:00Z") },
      });
      audit.log("alpha", "plugin.load.refused", { problems }, {
        level: "warn",
      });
      const { stdout } = await runCli(["audit", file], {
        terminal: true,
        columns,
        clock: { ...systemClock, now: () => now },
      });
      assert(kept.text.split("\n").length > 3);
      assertStringIncludes(stdout, kept.text);
      const later = await runCli(["audit", file], {
        terminal: true,
        columns,
        noColor: true,
        clock: { ...systemClock, now: () => now + 86_400_000 },
      });
      assertStringIncludes(later.stdout, "2026-01-31 12:01:00Z INFO  日本語");
      assert(!later.stdout.includes("\x1b"));
    }
  });
});

Deno.test("audit skips lines that are not events and counts them", async () => {
  await withFolder({}, async (folder) => {
    const file = `${folder}/audit.jsonl`;
    writeLog(file, EVENTS.slice(0, 1));
    await Deno.writeTextFile(file, '{"timestamp":"2026\nnull\n{}', {
      append: true,
    });
    const { code, result, stderr } = await runJson(["audit", file]);
    assertEquals([code, actionsOf(result)], [0, ["alpha plugin.enabled"]]);
    assertEquals(Reflect.get(Object(result), "malformed"), 3);
    assertStringIncludes(stderr, "3 lines that are not events");
  });
});

Deno.test("audit escapes control characters in events", async () => {
  const event = {
    timestamp: "2026-01-31T12:00:00.000Z",
    level: "info",
    plugin_id: "a\nINFO forged",
    action: "x\u001b[2J",
    "na\nme\u202e": "va\nlue\u009b",
  };
  const files = { "audit.jsonl": `${JSON.stringify(event)}\n` };
  await withFolder(files, async (folder) => {
    for (
      const args of [[], ["--summary"], ["--json"], ["--json", "--summary"]]
    ) {
      const { stdout } = await runCli([
        "audit",
        `${folder}/audit.jsonl`,
        ...args,
      ]);
      // deno-lint-ignore no-control-regex
      assert(!/[\x1b\x9b\u202e]/.test(stdout), stdout);
      assert(stdout.trimEnd().split("\n").length <= 4, stdout);
    }
    const { result } = await runJson(["audit", `${folder}/audit.jsonl`]);
    assertEquals(Reflect.get(Object(result), "events"), [event]);
  });
});

Deno.test("audit does not show a detail as a column", async (t) => {
  const rows: readonly (readonly [string, string])[] = [
    ["documents", "documents=1"],
    ["a.b-c_d", "a.b-c_d=1"],
    ["plugin", "detail_plugin=1"],
    ["Event", "detail_Event=1"],
    ["LEVEL", "detail_LEVEL=1"],
    ["level", "detail_level=1"],
    ["pluginId", "detail_pluginId=1"],
    ["a=1 level", '"a\\u003d1\\u0020level"=1'],
    ["=", '"\\u003d"=1'],
    ["", '""=1'],
    [" ", '"\\u0020"=1'],
    ['a" level="critical', '"a\\"\\u0020level\\u003d\\"critical"=1'],
    [
      "a\nINFO beta plugin.enabled",
      '"a\\nINFO\\u0020beta\\u0020plugin.enabled"=1',
    ],
    ["a\u00a0level", '"a\\u00a0level"=1'],
    ["level\u3164", '"level\\u3164"=1'],
    ["\u202elevel", '"\\u202elevel"=1'],
    ["lev\u{e0041}el", '"lev\\udb40\\udc41el"=1'],
    ["l\u0435vel", '"l\u0435vel"=1'],
    ["2026-01-31T12:00:00.000Z", '"2026-01-31T12:00:00.000Z"=1'],
  ];
  await withFolder({}, async (folder) => {
    const file = `${folder}/audit.jsonl`;
    writeLog(file, rows.map(([key]) => ["alpha", "x", "info", { [key]: 1 }]));
    const { stdout } = await runCli(["audit", file]);
    const lines = stdout.trimEnd().split("\n");
    for (const [index, [key, expected]] of rows.entries()) {
      await t.step(JSON.stringify(key), () => {
        assertEquals(lines[index]?.split(" alpha reported x ")[1], expected);
      });
    }
    assertEquals(lines.length, rows.length + 1);
  });
});

Deno.test("audit quotes names that are not one word", async () => {
  await withFolder({}, async (folder) => {
    const file = `${folder}/audit.jsonl`;
    writeLog(file, [
      ["alpha", "x plugin.enabled level=critical", "info", { a: 1 }],
      ["alpha", "b=1"],
      ["alpha beta", "plugin.enabled  99"],
      ["alpha", "x\u3164"],
    ]);
    const { stdout } = await runCli(["audit", file]);
    assertEquals(
      stdout.trimEnd().split("\n").slice(0, 4).map((line) => line.slice(31)),
      [
        'alpha reported "x plugin.enabled level=critical" a=1',
        'alpha reported "b=1"',
        '"alpha beta" "plugin.enabled  99"',
        "alpha reported x\\u3164",
      ],
    );
    const summary = await runCli(["audit", file, "--summary"]);
    assertStringIncludes(summary.stdout, '"plugin.enabled  99"');
  });
});

Deno.test("audit reports an unreadable log with a message", async () => {
  await withFolder({}, async (folder) => {
    for (
      const file of [
        `${folder}/none.jsonl`,
        folder,
        `${folder}/none/audit.jsonl`,
      ]
    ) {
      for (
        const command of [
          ["audit"],
          ["audit", "verify"],
          ["audit", "--follow"],
          ["audit", "--summary"],
        ]
      ) {
        const { code, stdout, stderr } = await runCli([...command, file]);
        assertEquals([code, stdout], [2, ""], stderr);
        assertStringIncludes(stderr, "audit log");
        assertEquals(stderr.trimEnd().split("\n").length, 2);
      }
    }
    const { stdout } = await runCli([
      "audit",
      `${folder}/none.jsonl`,
      "--json",
    ]);
    const { result, error } = JSON.parse(stdout);
    assertEquals([result, error.code], [null, "PLUGIN_AUDIT_UNAVAILABLE"]);
  });
});

Deno.test("audit shows progress on a terminal and clears it", async () => {
  const line = JSON.stringify({
    timestamp: "2026-01-31T12:00:00.000Z",
    level: "info",
    plugin_id: "a",
    action: "x",
  });
  const text = `${line}\n`.repeat(20_000);
  await withFolder({ "audit.jsonl": text }, async (folder) => {
    const args = ["audit", `${folder}/audit.jsonl`, "--plugin=none"];
    const { stdout, stderr } = await runCli(args, {
      terminal: true,
      noColor: true,
    });
    assertEquals(stdout, "0 events\n");
    assertStringIncludes(stderr, "\r\x1b[KReading events: 10,000");
    assert(stderr.endsWith("\r\x1b[K"));
    assertEquals((await runCli(args)).stderr, "");
  });
});
