import { assertEquals } from "@std/assert";
import { compareRounds } from "../../../src/cli/dev/compare_rounds.ts";
import { testArguments } from "../../../src/cli/dev/plugin_tests.ts";
import type { Round } from "../../../src/cli/dev/round.ts";

type Check = Round["check"];

function roundOf(check: Partial<Check>, others: Partial<Round> = {}): Round {
  return {
    check: {
      id: "p",
      type: "reader",
      version: "1.0.0",
      source: "./p",
      problems: [],
      hazards: [],
      scan: [],
      notes: [],
      imports: undefined,
      run: undefined,
      ...check,
    },
    declared: { required: {}, optional: {} },
    tests: undefined,
    live: { kind: "none", version: undefined, problems: [] },
    ...others,
  };
}

function problem(message: string): Check["problems"][number] {
  return { code: "PLUGIN_IMPORT_FAILED", message, remedy: "Correct it" };
}

function runOf(status: "healthy" | "degraded", message?: string): Check["run"] {
  const health = { status, latencyMs: 1, checkedAt: "" };
  return {
    flags: [],
    methods: ["read"],
    health: message === undefined ? health : { ...health, message },
  };
}

Deno.test("compareRounds() lists what is new and what is gone, and nothing that stays", () => {
  const before = roundOf({
    problems: [problem("stays"), problem("broken ⏎ 3 | a: ;")],
    run: runOf("healthy"),
  }, { tests: { status: "failed", summary: "1 failed", output: ["x"] } });
  const after = roundOf({
    version: "1.1.0",
    problems: [problem("stays"), problem("another")],
    hazards: [{
      level: "critical",
      kind: "run",
      entry: { kind: "run" },
      reason: "runs anything",
      remedy: "Name it",
    }],
    run: runOf("degraded", "slow"),
  }, {
    declared: { required: { run: true }, optional: {} },
    tests: { status: "passed", summary: "2 passed", output: [] },
  });
  assertEquals(
    compareRounds(before, after).map(({ tone, label, text }) =>
      `${tone} ${label} ${text}`
    ),
    [
      "bad new another",
      "good gone broken",
      "bad added run as a whole  --allow-run",
      "bad hazard critical: run as a whole runs anything",
      "neutral version 1.0.0 -> 1.1.0",
      "neutral health healthy -> degraded: slow",
      "good tests failed, 1 failed -> passed, 2 passed",
    ],
  );
  assertEquals(compareRounds(after, after), []);
});

Deno.test("testArguments() runs deno test itself if the task is nothing else", () => {
  const rows: readonly (readonly [string | undefined, readonly string[]])[] = [
    [undefined, ["test", "--no-prompt"]],
    ["deno test", ["test", "--no-prompt"]],
    [
      "deno test --allow-read=. a_test.ts",
      ["test", "--no-prompt", "--allow-read=.", "a_test.ts"],
    ],
    ["deno test && rm x", ["task", "--quiet", "test"]],
    ["deno test --allow-env='A_*'", ["task", "--quiet", "test"]],
    ["deno test $X", ["task", "--quiet", "test"]],
    ["deno testing", ["task", "--quiet", "test"]],
    ["npm test", ["task", "--quiet", "test"]],
  ];
  for (const [task, args] of rows) assertEquals(testArguments(task), args);
});
