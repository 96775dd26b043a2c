import { assert, assertEquals, assertFalse } from "@std/assert";
import { assertProblem, assertProblems } from "../assert_problem.ts";
import { makePlan } from "../../src/plan/plan.ts";
import {
  decisionOf,
  factsOf,
  kinds,
  plugin,
  problem,
  problemsOf,
  unreadable,
} from "./facts.ts";
import vectors from "../vectors/plan_versions.json" with { type: "json" };

const NET = { kind: "net", value: "a.example:443" } as const;

Deno.test("makePlan() loads dependencies first", () => {
  const plan = makePlan(factsOf([
    plugin("app", { requires: ["store", "log?"] }),
    plugin("store", { requires: ["log"] }),
    plugin("log"),
  ]));
  assertEquals(kinds(plan), ["log load", "store load", "app load"]);
  assertEquals(decisionOf(plan, "app"), {
    id: "app",
    type: "test",
    version: "1.0.0",
    source: "./app",
    kind: "load",
  });
  assertEquals(plan.dependents.get("log"), ["store"]);
  assertEquals([...plan.places], [["log", 0], ["store", 1], ["app", 2]]);
});

Deno.test("makePlan() returns an empty plan for no plugins", () => {
  assertEquals(makePlan(factsOf([])).steps, []);
});

Deno.test("makePlan() refuses an unreadable source with its own problems", () => {
  const reasons = [problem("first"), problem("second")];
  const plan = makePlan(factsOf([
    unreadable("./x", reasons, "known"),
    unreadable("./y", reasons),
    plugin("a"),
  ]));
  assertEquals(plan.steps.map(({ decision }) => decision), [
    decisionOf(plan, "a"),
    { id: "known", source: "./x", kind: "refuse", problems: reasons },
    { id: undefined, source: "./y", kind: "refuse", problems: reasons },
  ]);
});

Deno.test("makePlan() gives a duplicate id to one plugin", async (t) => {
  const builtin = plugin("a", {
    origin: "builtin",
    source: "builtin:a",
    sourceIndex: 0,
    namedAfterId: false,
  });
  const laterBuiltin = plugin("a", { origin: "builtin", sourceIndex: 9 });
  const early = plugin("a", {
    source: "./early/x",
    sourceIndex: 1,
    namedAfterId: false,
  });
  const beside = plugin("a", { source: "./early/a", sourceIndex: 1 });
  const third = plugin("a", {
    source: "./early/y",
    sourceIndex: 1,
    namedAfterId: false,
  });
  const late = plugin("a", { source: "./late/a", sourceIndex: 2 });
  const table = [
    ["a builtin before any other", [early, builtin, late], builtin],
    ["a builtin, whatever its place", [early, laterBuiltin], laterBuiltin],
    ["the earlier source", [early, late], early],
    ["the earlier source, in whatever order they come", [late, early], early],
    ["the directory that is named after it, in one source", [
      early,
      beside,
      third,
    ], beside],
    ["the first one, where nothing else decides", [early, third], early],
    ["the first of two builtins", [
      builtin,
      plugin("a", {
        origin: "builtin",
        sourceIndex: 1,
      }),
    ], builtin],
  ] as const;
  for (const [name, plugins, winner] of table) {
    await t.step(name, () => {
      const plan = makePlan(factsOf(plugins));
      assertEquals(plan.steps.length, plugins.length);
      assert(plan.claimants.get("a") === winner.found);
      for (const { facts, decision } of plan.steps) {
        if (facts === winner) {
          assertEquals(decision.kind, "load");
          continue;
        }
        assert(decision.kind === "refuse");
        assertProblems(decision.problems, [
          ["PLUGIN_ID_CONFLICT", `"${winner.found.source}"`, "id"],
        ]);
      }
    });
  }
});

Deno.test("makePlan() quotes a source on one line", () => {
  const plan = makePlan(factsOf([
    plugin("a", { source: "./x\n\u202e" }),
    plugin("a", { source: "./y", sourceIndex: 1 }),
  ]));
  const decision = plan.steps[1]?.decision;
  assert(decision?.kind === "refuse");
  assertProblem(decision.problems[0], [
    "PLUGIN_ID_CONFLICT",
    '"./x\\n\\u202e"',
  ]);
});

Deno.test("makePlan() accepts names of Object.prototype as ids", () => {
  const ids = ["constructor", "valueof", "tostring", "prototype"];
  const plan = makePlan(factsOf([
    ...ids.map((id, index) => plugin(id, { requires: ids.slice(0, index) })),
    plugin("x", { requires: ["hasownproperty"] }),
  ]));
  assertEquals(kinds(plan), [...ids.map((id) => `${id} load`), "x refuse"]);
});

Deno.test("makePlan() shows the chain to a dependency that cannot be used", async (t) => {
  const chain = [
    plugin("a", { requires: ["b"] }),
    plugin("b", { requires: ["c"] }),
    plugin("other"),
  ];
  const told = (plan: ReturnType<typeof makePlan>) =>
    ["a", "b"].flatMap((id) => problemsOf(plan, id));

  await t.step("missing", () => {
    const plan = makePlan(factsOf(chain));
    assertProblems(told(plan), [
      [
        "PLUGIN_DEPENDENCY_FAILED",
        'requires "b", which requires "c" *, which was not found',
        'plugin "c"',
      ],
      [
        "PLUGIN_DEPENDENCY_MISSING",
        'requires "c" *, which was not found',
        'plugin "c"',
      ],
    ]);
    assertEquals(decisionOf(plan, "other").kind, "load");
  });

  await t.step("of another version", () => {
    const plan = makePlan(factsOf([
      plugin("a", { requires: ["b"] }),
      plugin("b", { requires: ["c@^2.0.0"] }),
      plugin("c", { manifest: { version: "1.4.0" } }),
    ]));
    assertProblems(told(plan), [
      [
        "PLUGIN_DEPENDENCY_FAILED",
        'requires "b", which requires "c" ^2.0.0, which is 1.4.0',
        'Use a version of plugin "c" in ^2.0.0',
      ],
      [
        "PLUGIN_DEPENDENCY_VERSION",
        'requires "c" ^2.0.0, which is 1.4.0',
        'Use a version of plugin "c" in ^2.0.0',
      ],
    ]);
    assertEquals(decisionOf(plan, "c").kind, "load");
  });

  await t.step("disabled", () => {
    const plan = makePlan(factsOf([...chain, plugin("c")], {
      disabled: ["c"],
    }));
    assertProblems(told(plan), [
      [
        "PLUGIN_DEPENDENCY_FAILED",
        'requires "b", which requires "c", which is disabled',
        'Enable plugin "c"',
      ],
      [
        "PLUGIN_DEPENDENCY_DISABLED",
        'requires "c", which is disabled',
        'Enable plugin "c"',
      ],
    ]);
  });

  await t.step("switched off", () => {
    const plan = makePlan(factsOf(
      [...chain, plugin("c", { manifest: { type: "risky" } })],
      { switchedOff: ["risky"] },
    ));
    assertProblem(told(plan)[1], [
      "PLUGIN_DEPENDENCY_DISABLED",
      'requires "c", which is switched off',
      'Switch plugin "c" on',
    ]);
  });

  await t.step("refused", () => {
    const plan = makePlan(factsOf([...chain, plugin("c", { missing: [NET] })]));
    assertProblems(told(plan), [
      [
        "PLUGIN_DEPENDENCY_FAILED",
        'requires "b", which requires "c", which was refused: permission net to "a.example:443" is not granted',
        'plugin "c"',
      ],
      [
        "PLUGIN_DEPENDENCY_FAILED",
        'requires "c", which was refused: permission net to "a.example:443" is not granted',
        'plugin "c"',
      ],
    ]);
  });

  await t.step("in a cycle", () => {
    const plan = makePlan(factsOf([
      ...chain,
      plugin("c", { requires: ["d"] }),
      plugin("d", { requires: ["c"] }),
    ]));
    assertProblem(told(plan)[1], [
      "PLUGIN_DEPENDENCY_FAILED",
      'requires "c", which is in a cycle: "c" requires "d" requires "c"',
    ]);
  });
});

Deno.test("makePlan() reports every problem of a plugin", () => {
  const plan = makePlan(factsOf([
    plugin("a", {
      requires: ["gone", "off", "old@^2"],
      manifest: { host: "^2.0.0" },
      missing: [NET, { kind: "sys" }],
      problems: [problem("its own")],
    }),
    plugin("off"),
    plugin("old"),
  ], {
    disabled: ["off"],
    stateProblem: {
      code: "PLUGIN_STATE_CORRUPT",
      message: "Cannot read state",
      remedy: "Restore it",
    },
  }));
  const own = problem("its own");
  assertProblems(problemsOf(plan, "a"), [
    ["PLUGIN_STATE_CORRUPT", "Cannot read state", "Restore it"],
    ["PLUGIN_HOST_INCOMPATIBLE", ["^2.0.0", "1.0.0"]],
    [own.code, own.message, own.remedy],
    ["PLUGIN_PERMISSION_MISSING", [
      'net to "a.example:443"',
      "sys as a whole",
    ], "Grant 2"],
    ["PLUGIN_DEPENDENCY_MISSING", '"gone" *', '"gone"'],
    ["PLUGIN_DEPENDENCY_DISABLED", '"off"', 'Enable plugin "off"'],
    ["PLUGIN_DEPENDENCY_VERSION", '"old" ^2, which is 1.0.0', "^2"],
  ]);
});

Deno.test("makePlan() orders by optional requirements, but never refuses for them", () => {
  const plan = makePlan(factsOf([
    plugin("a", {
      requires: ["gone?", "off?", "old@^2?", "bad?", "good?", "a?"],
    }),
    plugin("off"),
    plugin("old"),
    plugin("bad", { problems: [problem("bad")] }),
    plugin("good"),
  ], { disabled: ["off"] }));
  assertEquals(kinds(plan), [
    "off skip",
    "bad refuse",
    "good load",
    "a load",
    "old load",
  ]);
});

Deno.test("makePlan() refuses a cycle, including a plugin that requires itself", () => {
  const plan = makePlan(factsOf([
    plugin("self", { requires: ["self"] }),
    plugin("b", { requires: ["c"] }),
    plugin("c", { requires: ["a"] }),
    plugin("a", { requires: ["b"] }),
    plugin("near", { requires: ["a?"] }),
  ]));
  assertProblems(problemsOf(plan, "self"), [
    ["PLUGIN_DEPENDENCY_CYCLE", '"self" requires "self"', "optional"],
  ]);
  for (const id of ["a", "b", "c"]) {
    assertProblem(problemsOf(plan, id)[0], ["PLUGIN_DEPENDENCY_CYCLE", [
      `plugin "${id}"`,
      '"a" requires "b" requires "c" requires "a"',
    ]]);
  }
  assertEquals(decisionOf(plan, "near").kind, "load");
});

Deno.test("makePlan() shortens a long cycle", () => {
  const plan = makePlan(factsOf(
    Array.from(
      { length: 30 },
      (_, i) => plugin(`p${i}`, { requires: [`p${(i + 1) % 30}`] }),
    ),
  ));
  assertEquals(
    problemsOf(plan, "p7")[0]?.message,
    'Cannot load plugin "p7": it is in a cycle: "p0" requires "p1" requires "p2" requires "p3" ' +
      'requires "p4" requires "p5" requires "p6" requires "p7" requires "p8" requires "p9" ' +
      'requires (20 more) requires "p0"',
  );
});

Deno.test("makePlan() compares the host's version with the range of a plugin", async (t) => {
  for (const { min, host, ok } of vectors.hosts) {
    await t.step(`min ${min}, host ${host}: ${ok}`, () => {
      const manifest = min ? { host: `>=${min}` } : {};
      const plan = makePlan(factsOf([plugin("a", { manifest })], {
        hostVersion: host,
      }));
      assertEquals(decisionOf(plan, "a").kind, ok ? "load" : "refuse");
    });
  }
});

Deno.test("makePlan() compares a plugin's version with the range of a dependent", async (t) => {
  for (const { min, max, actual, ok } of vectors.dependencies) {
    const range =
      [min && `>=${min}`, max && `<${max}`].filter(Boolean).join(" ") || "*";
    await t.step(`${actual} in ${range}: ${ok}`, () => {
      const plan = makePlan(factsOf([
        plugin("a", { manifest: { requires: [{ id: "b", version: range }] } }),
        plugin("b", { manifest: { version: actual } }),
      ]));
      assertEquals(decisionOf(plan, "a").kind, ok ? "load" : "refuse");
      assertEquals(decisionOf(plan, "b").kind, "load");
    });
  }
});

Deno.test("makePlan() explains the rule for pre-releases if it applies", () => {
  const plan = makePlan(factsOf([
    plugin("a", { requires: ["b"] }),
    plugin("b", { manifest: { version: "2.0.0-rc.1" } }),
    plugin("c", { manifest: { host: ">=1.0.0" } }),
  ], { hostVersion: "3.0.0-beta" }));
  assertEquals(
    problemsOf(plan, "a")[0]?.remedy,
    'Use a version of plugin "b" in *; a pre-release is in a range only if the range names one of the same version, e.g. >=2.0.0-rc.1',
  );
  assertEquals(
    problemsOf(plan, "c")[0]?.remedy,
    "Use a version of the plugin that supports this host; a pre-release is in a range only if the range names one of the same version, e.g. >=3.0.0-beta",
  );
});

Deno.test("makePlan() treats missing permissions by permission mode", () => {
  const plugins = [
    plugin("a", { missing: [NET] }),
    plugin("b", { requires: ["a"] }),
  ];
  const modes = ["enforce", "prompt", "report"] as const;
  assertEquals(
    modes.map((permissionMode) =>
      kinds(makePlan(factsOf(plugins, { permissionMode })))
    ),
    [["a refuse", "b refuse"], ["a ask", "b load"], ["a load", "b load"]],
  );
  const asking = decisionOf(
    makePlan(factsOf(plugins, { permissionMode: "prompt" })),
    "a",
  );
  assert(asking.kind === "ask");
  assertEquals(asking.missing, [NET]);
});

Deno.test("makePlan() asks for no permission if the plugin has other problems", () => {
  const plan = makePlan(factsOf(
    [plugin("a", { missing: [NET], requires: ["gone"] })],
    { permissionMode: "prompt" },
  ));
  assertEquals(
    problemsOf(plan, "a").map(({ code }) => code),
    ["PLUGIN_DEPENDENCY_MISSING"],
  );
});

Deno.test("makePlan() skips disabled and switched-off plugins without other checks", () => {
  const bad = { problems: [problem("bad")], missing: [NET] };
  const plan = makePlan(factsOf([
    plugin("built", { ...bad, origin: "builtin" }),
    plugin("ext", { ...bad, requires: ["gone"] }),
    plugin("both"),
    plugin("builtin-of-type", { origin: "builtin", manifest: { type: "off" } }),
    plugin("of-type", { manifest: { type: "off" } }),
  ], {
    disabled: ["built", "ext", "of-type"],
    switchedOff: ["off"],
  }));
  assertEquals(
    plan.steps.map(({ decision }) => [
      decision.id,
      decision.kind === "skip" ? decision.reason : decision.kind,
    ]),
    [
      ["built", "disabled"],
      ["ext", "disabled"],
      ["both", "load"],
      ["builtin-of-type", "load"],
      ["of-type", "switch"],
    ],
  );
});

Deno.test("makePlan() refuses only external plugins if the state is unknown", () => {
  const stateProblem = {
    code: "PLUGIN_STATE_CORRUPT",
    message: "Cannot read state",
    remedy: "Restore it",
  } as const;
  const plan = makePlan(factsOf([
    plugin("built", { origin: "builtin" }),
    plugin("ext"),
  ], { stateProblem }));
  assertEquals(kinds(plan), ["built load", "ext refuse"]);
  assertEquals(problemsOf(plan, "ext"), [stateProblem]);
});

Deno.test("makePlan() leaves live plugins alone, and lets others require them", () => {
  const plan = makePlan(factsOf([
    plugin("a", {
      missing: [NET],
      problems: [problem("bad")],
      requires: ["gone"],
      manifest: { host: "^9.0.0", type: "off" },
    }),
    plugin("b", { requires: ["a"] }),
  ], {
    live: ["a"],
    disabled: ["a"],
    switchedOff: ["off"],
  }));
  assertEquals(kinds(plan), ["a load", "b load"]);
});

Deno.test("makePlan() freezes its decisions and does not change its input", () => {
  const problems = [problem("bad")];
  const missing = [{ ...NET }];
  const facts = factsOf([
    plugin("a", { problems }),
    plugin("b", { missing }),
    unreadable("./x", problems),
  ], { permissionMode: "prompt" });
  const plan = makePlan(facts);
  for (const { decision } of plan.steps) {
    assert(Object.isFrozen(decision));
    if (decision.kind === "refuse") {
      assert(Object.isFrozen(decision.problems));
      assert(decision.problems.every(Object.isFrozen));
    }
    if (decision.kind === "ask") {
      assert(Object.isFrozen(decision.missing));
      assert(decision.missing.every(Object.isFrozen));
    }
  }
  assertFalse(Object.isFrozen(problems));
  assertFalse(Object.isFrozen(problems[0]));
  assertFalse(Object.isFrozen(missing));
  assertFalse(Object.isFrozen(missing[0]));
  assertEquals(
    structuredClone(plan.steps.map(({ decision }) => decision)),
    plan.steps.map(({ decision }) => decision),
  );
});

Deno.test("makePlan() plans a chain of 10,000 plugins in linear time", () => {
  const count = 10_000;
  const plugins = Array.from(
    { length: count },
    (_, index) => plugin(`p${index}`, { requires: [`p${index + 1}`] }),
  );
  const start = performance.now();
  const plan = makePlan(factsOf(plugins));
  assertEquals(plan.steps.length, count);
  assertEquals(
    plan.steps.filter(({ decision }) => decision.kind === "refuse").length,
    count,
  );
  assertEquals(
    problemsOf(plan, "p0")[0]?.message,
    'Cannot load plugin "p0": it requires "p1", which requires "p2", which requires "p3", which requires ' +
      '"p4", which requires "p5", which requires "p6", which requires "p7", which requires "p8", which ' +
      'requires "p9", which requires "p10", which requires (9988 more) "p9999", which requires "p10000" *, ' +
      "which was not found",
  );
  assertEquals(
    problemsOf(plan, "p0")[0]?.remedy,
    'Add a source that contains plugin "p10000"',
  );
  assert(performance.now() - start < 5_000, `${performance.now() - start} ms`);
});

Deno.test("makePlan() shortens a long reason for dependents", () => {
  const plan = makePlan(factsOf([
    plugin("a", { problems: [problem("x".repeat(100_000))] }),
    plugin("b", { requires: ["a"] }),
  ]));
  const [first] = problemsOf(plan, "b");
  assert(first !== undefined && first.message.length < 1_000);
});
