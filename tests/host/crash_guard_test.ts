import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  CRASHES,
  UNCLEAR_CRASHES,
} from "../fixtures/host/crash/plugins/crasher/crashes.ts";
import { LONELY_CRASHES } from "../fixtures/host/crash/plugins/loner/crashes.ts";
import { runFixture } from "./run_fixture.ts";

const READ = `--allow-read=${import.meta.dirname}/../fixtures/host/crash`;

Deno.test("CrashGuard ends only the plugin that crashed and its dependents", async (t) => {
  const { code, stdout, stderr } = await runFixture(
    "crash/survive.ts",
    { flags: [READ, "--allow-net=127.0.0.1"] },
  );
  assertEquals([code, stderr], [0, ""]);
  const outcomes = stdout.trim().split("\n").map((line) => JSON.parse(line));
  assertEquals(
    outcomes.map(({ id, how }) => `${id} ${how}`),
    [
      ...Object.keys({ ...CRASHES, ...UNCLEAR_CRASHES })
        .map((how) => `crasher ${how}`),
      ...Object.keys(LONELY_CRASHES).map((how) => `loner ${how}`),
    ],
  );
  for (const { id, how, problems, live, notes, changes } of outcomes) {
    await t.step(`${id} ${how}`, () => {
      assertEquals(problems, [], "nothing was wrong before");
      assertEquals(notes.length, 1);
      if (id === "crasher" && how in UNCLEAR_CRASHES) {
        assertMatch(
          notes[0],
          /^host:survivor \| plugin\.crash\.unclear \| (?:error|rejection) \| (?:crasher,victim|victim,crasher) \| /,
        );
        assertEquals(live, ["victim", "crasher", "dependent", "loner"]);
        assertEquals(changes, []);
        return;
      }
      const kind = how.startsWith("rejects") ? "rejection" : "error";
      assert(notes[0].startsWith(`${id} | plugin.crashed | ${kind} | `));
      assertEquals(
        live,
        id === "loner"
          ? ["victim", "crasher", "dependent"]
          : ["victim", "loner"],
      );
      assertEquals(changes, [
        ...id === "crasher"
          ? ["dependent failed PLUGIN_DEPENDENCY_FAILED"]
          : [],
        `${id} failed PLUGIN_CRASHED`,
      ]);
    });
  }
});

Deno.test("CrashGuard lets errors of the host end the process", async (t) => {
  const cases = ["rejects", "throws", "throws at once", "forgets", "listens"];
  await Promise.all(cases.map((how) =>
    t.step({
      name: how,
      sanitizeOps: false,
      sanitizeResources: false,
      sanitizeExit: false,
      fn: async () => {
        const { code, stderr } = await runFixture("crash/end.ts", {
          flags: [READ],
          args: [how],
        });
        assertEquals(code, 1, stderr);
        assertMatch(stderr, /Error: (?:of the host|made by the victim)/);
        assert(!stderr.includes("plugin.crash"), stderr);
      },
    })
  ));
});

Deno.test("CrashGuard is installed until the last plugin is disposed", async () => {
  const { code, stderr } = await runFixture("crash/end.ts", {
    flags: [READ],
    args: ["last"],
  });
  assertEquals(code, 0, stderr);
  assert(stderr.includes("PLUGIN_AUDIT: builtin - plugin.crashed"), stderr);
});

Deno.test("CrashGuard is not there with containCrashes: false", async () => {
  const { code, stderr } = await runFixture("crash/end.ts", {
    flags: [READ],
    args: ["not contained"],
  });
  assertEquals(code, 1, stderr);
  assert(stderr.includes("Error: of the plugin"), stderr);
  assert(!stderr.includes("plugin.crashed"), stderr);
});

Deno.test("CrashGuard attributes a throwing timer to its plugin", async (t) => {
  for (const how of ["null", "engine", "forged stack"]) {
    await t.step(how, async () => {
      const { code, stdout, stderr } = await runFixture(
        "crash/late_timer.ts",
        { flags: [READ], args: [how] },
      );
      assertEquals([code, stdout], [0, "1 true\n"], stderr);
      assert(stderr.includes("PLUGIN_AUDIT: a-thrower - plugin.crashed"));
      assert(!stderr.includes("PLUGIN_AUDIT: b-victim - plugin.crashed"));
    });
  }
  await t.step("and blames none for a timer of the host", async () => {
    const { code, stderr } = await runFixture("crash/late_timer.ts", {
      flags: [READ],
      args: ["host"],
    });
    assertEquals(code, 1);
    assert(stderr.includes("SyntaxError"), stderr);
    assert(!stderr.includes("plugin.crashed"), stderr);
  });
});
