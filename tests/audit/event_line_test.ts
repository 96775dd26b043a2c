/** Checks the lines that people read, through the handler that writes them. */

import {
  assert,
  assertEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { PluginError } from "@semantik/plugins";
import {
  AuditConsoleHandler,
  type AuditConsoleHandlerOptions,
  type AuditLevel,
  createAuditLogger,
} from "@semantik/plugins/audit";
import { displayWidth } from "../../src/base/terminal_text.ts";
import { assertProblem } from "../assert_problem.ts";

type Written = readonly [
  plugin: string,
  action: string,
  details?: Readonly<Record<string, unknown>>,
  level?: AuditLevel,
];

/** Writes events to a terminal of a width, and returns its lines. */
function linesOn(
  columns: number,
  events: readonly Written[],
  options: AuditConsoleHandlerOptions = {},
): readonly string[] {
  let output = "";
  const writer = {
    isTerminal: () => true,
    columns: () => columns,
    writeSync(bytes: Uint8Array) {
      output += new TextDecoder().decode(bytes);
      return bytes.length;
    },
  };
  using audit = createAuditLogger({
    handlers: [new AuditConsoleHandler({ writer, colors: false, ...options })],
    clock: { now: () => Date.parse("2026-01-31T12:00:00Z") },
  });
  for (const [plugin, action, details, level] of events) {
    audit.log(plugin, action, details, {
      level,
      plugin: { type: "reader", version: "1.0.0" },
    });
  }
  return output.trimEnd().split("\n");
}

function wordsOf(event: Written): string {
  return linesOn(1_000, [event]).join("\n").slice("12:00:00Z INFO  ".length);
}

const PROBLEMS = [{
  code: "PLUGIN_X",
  message: 'Cannot load plugin "a": it is broken',
  remedy: "Run deno with --allow-read='/a b'",
}];

Deno.test("AuditConsoleHandler says in words what happened to a plugin", () => {
  const rows: readonly (readonly [Written, string])[] = [
    [["a", "plugin.registered.external"], "loaded: reader 1.0.0"],
    [["a", "plugin.registered.builtin"], "loaded a builtin: reader 1.0.0"],
    [
      ["a", "plugin.load.refused", { problems: PROBLEMS }],
      "refused: it is broken. Run deno with --allow-read='/a b'",
    ],
    [
      ["a", "plugin.load.failed", {
        error: "no",
        problems: [...PROBLEMS, ...PROBLEMS],
      }],
      "failed to load: it is broken (and 1 more). Run deno with --allow-read='/a b'",
    ],
    [
      ["a", "plugin.load.failed", { error: new Error("boom") }],
      "failed to load: boom",
    ],
    [
      ["a", "plugin.load.skipped", { reason: "disabled" }],
      "skipped: disabled in the stored state",
    ],
    [["a", "plugin.disabled"], "disabled"],
    [["a", "plugin.enabled", { by: "ada" }], "enabled: by ada"],
    [
      ["a", "permission.revoked", {
        permissions: ["net as a whole"],
        effects: { a: "ended", b: "in force" },
        by: "ada",
      }],
      "lost permissions: net as a whole, ended a, in force b, by ada",
    ],
    [
      ["a", "plugin.process.ended", {
        reason: "crashed",
        exit_code: 1,
        last_words: "no more\nmemory",
      }],
      "ended its process: crashed, exit code 1, no more\\nmemory",
    ],
    [
      ["a", "plugin.reloaded", { previous_version: "0.9.0" }],
      "reloaded: 0.9.0 -> 1.0.0",
    ],
    [
      ["a", "plugin.config.updated", { config_keys: ["model", "api_key"] }],
      "configured: model, api_key",
    ],
    [
      ["a", "plugin.health_check", { status: "healthy", latency_ms: 1.2 }],
      "healthy: 1.2 ms",
    ],
    [["a", "plugin.disposed"], "disposed"],
    [["a", "plugin.disposed", { error: "boom" }], "failed to dispose: boom"],
    [
      ["a", "host.sealed", { revoked: ["net"], kept: [{ kind: "env" }] }],
      "sealed: gave up net, kept env",
    ],
    [
      ["a", "host.sources.verified", {
        lock_serial: 7,
        refresh_by: "2027-01-01T00:00:00Z",
      }],
      "loads plugins by what an operator decided: lock 7, whose review was due at 2027-01-01T00:00:00Z",
    ],
    [
      ["a", "index.rebuilt", { documents: 12, by: "a b", c: 1, d: 2, e: 3 }],
      'reported index.rebuilt documents=12 by="a b" c=1 (+2 more)',
    ],
  ];
  for (const [event, expected] of rows) {
    assertEquals(wordsOf(event), `a${" ".repeat(18)}${expected}`);
  }
});

Deno.test("AuditConsoleHandler has words for every event that a host writes", async () => {
  const page = await Deno.readTextFile(
    new URL("../../docs/audit-format.md", import.meta.url),
  );
  const [, section = ""] = page.split("\n## Host events\n");
  const rows = section.split("\n## ")[0]?.match(/^\| `.*$/gm) ?? [];
  const actions = rows.flatMap((row) =>
    [...(row.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)]
      .map(([, action = ""]) => action)
  );
  assert(actions.length > 20);
  for (const action of [...actions, "audit.lost"]) {
    assert(!wordsOf(["a", action]).includes(action), action);
  }
});

Deno.test("AuditConsoleHandler needs no detail to be as the host writes it", () => {
  const actions = [
    "plugin.process.ended",
    "plugin.reloaded",
    "plugin.enabled",
    "plugin.load.refused",
    "plugin.load.skipped",
    "plugin.permission.missing",
    "plugin.config.notice",
    "plugin.enable.failed",
    "plugin.state.reconciled",
    "plugin.consent.granted",
    "plugin.consent.revoked",
    "permission.granted",
    "permission.revoked",
    "permission.denied",
    "permission.allowed",
    "plugin.health_check",
    "plugin.crashed",
    "plugin.crash.unclear",
    "host.sealed",
    "host.environment.notice",
    "host.state.reverted",
    "host.permission.lost",
    "switch.unreadable",
    "switch.unclear",
    "audit.lost",
    "constructor",
    "__proto__",
  ];
  const values = [undefined, null, 7, "", "text", [], [null, {}], {}, true];
  for (const action of actions) {
    for (const value of values) {
      const details = Object.fromEntries(
        [
          ...["problems", "reason", "permissions", "ids", "kept", "revoked"],
          ...["error", "pid", "exit_code", "last_words", "by", "signal"],
          "effects",
        ].map((name) => [name, value]),
      );
      const shown = wordsOf(["a", action, details]);
      assert(!/undefined|\[object/.test(shown), `${action}: ${shown}`);
    }
  }
});

Deno.test("AuditConsoleHandler lets no plugin forge the words of the host", () => {
  for (const action of ["disabled", "loaded:", "refused: x", "\x1b[2Jx"]) {
    assert(wordsOf(["a", action]).slice(19).startsWith("reported "), action);
  }
  const [first = "", ...others] = linesOn(60, [[
    "a\n12:00:00Z INFO b",
    "plugin.health_check",
    { status: `\u202e${"word ".repeat(30)}\x1b[2J\nforged` },
  ]]);
  assert(first.startsWith('12:00:00Z INFO  "a\\\\n12:00:00Z'), first);
  for (const line of others) assert(line.startsWith("    "), line);
  // deno-lint-ignore no-control-regex
  assert(!/[\x00-\x1f\u202e]/.test([first, ...others].join("")));
});

Deno.test("AuditConsoleHandler wraps to the terminal and keeps flags whole", () => {
  const flag = "--allow-read='/one directory,/another directory'";
  const problems = [{
    message: "日本語のメッセージはとても長いので折り返さなければなりません。",
    remedy: `Start the host with --allow-net=a.example ${flag}`,
  }];
  const event: Written = ["reader", "plugin.load.refused", { problems }];
  for (const columns of [60, 80, 120]) {
    const lines = linesOn(columns, [event]);
    assert(lines.length > 1);
    assert(lines.some((line) => line.includes(flag)));
    for (const line of lines) {
      assert(displayWidth(line) <= columns || line.trim() === flag, line);
    }
  }
});

Deno.test("AuditConsoleHandler colors text on request, in colors for any background", () => {
  const [line = ""] = linesOn(80, [["a", "plugin.x", {}, "warn"]], {
    colors: true,
  });
  assertStringIncludes(line, "\x1b[38;5;130mWARN \x1b[0m");
  // deno-lint-ignore no-control-regex
  assert(!/\x1b\[(?:3[0-7]|9[0-7]|2)m/.test(line), JSON.stringify(line));
});

Deno.test("AuditConsoleHandler writes the form that it is asked for", () => {
  const event: Written = ["a", "plugin.enabled"];
  const [json = ""] = linesOn(60, [event], { format: "json" });
  assert(json.startsWith('PLUGIN_AUDIT: a - plugin.enabled {"timestamp"'));
  const error = assertThrows(
    // @ts-expect-error Untyped callers may pass anything.
    () => new AuditConsoleHandler({ format: "xml" }),
    PluginError,
  );
  assertProblem(error, ["PLUGIN_OPTION_INVALID", "auto, text, json"]);
});
