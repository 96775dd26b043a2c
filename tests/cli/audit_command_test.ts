import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { systemClock } from "../../src/base/timing.ts";
import { writeLog, type Written } from "./audit_log.ts";
import { runCli, runJson } from "./run_cli.ts";
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
      "2026-01-31T12:00:00.000Z INFO     alpha plugin.enabled",
      '2026-01-31T12:01:00.000Z DEBUG    alpha index.rebuilt documents=12 by="a b"',
      '2026-01-31T12:02:00.000Z ERROR    beta plugin.load.failed error="no\\nspace"',
      "2026-01-31T12:03:00.000Z WARN     alpha plugin.disabled",
      "2026-01-31T12:04:00.000Z INFO     alpha plugin.enabled",
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
        "PLUGIN ACTION EVENTS",
        "alpha plugin.enabled 2",
        "alpha index.rebuilt 1",
        "alpha plugin.disabled 1",
        "beta plugin.load.failed 1",
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
      assert(stdout.trimEnd().split("\n").length <= 3, stdout);
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
        assertEquals(lines[index]?.split(" alpha x ")[1], expected);
      });
    }
    assertEquals(lines.length, rows.length);
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
      stdout.trimEnd().split("\n").map((line) => line.slice(34)),
      [
        'alpha "x plugin.enabled level=critical" a=1',
        'alpha "b=1"',
        '"alpha beta" "plugin.enabled  99"',
        "alpha x\\u3164",
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
    assertEquals(stdout, "");
    assertStringIncludes(stderr, "\r\x1b[KReading events: 10,000");
    assert(stderr.endsWith("\r\x1b[K"));
    assertEquals((await runCli(args)).stderr, "");
  });
});
