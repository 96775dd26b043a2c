import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { PluginError, type PluginHostOptions } from "@semantik/plugins";
import { entriesOf } from "@semantik/plugins/permissions";
import { MemoryStateStore } from "@semantik/plugins/state";
import { live } from "../broker/live_host.ts";
import { createFakeClock } from "@semantik/plugins/testing";
import { createFakeProcess } from "../../src/testing/fake_process.ts";
import { testUnless, withoutPosix } from "../test_unless.ts";
import { builtin } from "./builtin.ts";
import {
  createTestHost as createHost,
  type TestHost,
  type TestOptions,
} from "./test_host.ts";
import { until } from "./until.ts";
import { withPlugins } from "./with_plugins.ts";

type Ask = NonNullable<PluginHostOptions["ask"]>;
type Question = Parameters<Ask>[0];
type Answer = Awaited<ReturnType<Ask>>;

const { system: powers } = createFakeProcess({});
const NET = { permissions: { net: ["a.example:443"] } };

function createTestHost(options: TestOptions): TestHost {
  return createHost({ powers, ...options });
}

/** A function that replies, and remembers the questions. */
function asking(answer: (question: Question) => unknown) {
  const questions: Question[] = [];
  const ask: Ask = (question) => {
    questions.push(question);
    return Promise.resolve(answer(question) as Answer);
  };
  return { ask, questions };
}

Deno.test("PluginHost asks for the yes alone if a permission that is not granted is only reported", async () => {
  const { system } = createFakeProcess({ grants: {} });
  const { ask, questions } = asking(() => ({ allow: true, remember: "run" }));
  await using test = createHost({
    powers: system,
    consent: "required",
    permissions: "report",
    ask,
    builtins: [builtin("a", {}, NET)],
  });
  const { loaded, refused } = await test.host.load();
  assertEquals([loaded.length, refused, questions.length], [1, [], 1]);
});

Deno.test("PluginHost asks for a missing yes before the code runs, and plan() asks nobody", async () => {
  const { ask, questions } = asking(() => ({
    allow: true,
    remember: "run",
    by: "alice",
  }));
  let isAsked = false;
  await using test = createTestHost({
    consent: "required",
    ask: (...args) => {
      isAsked = true;
      return ask(...args);
    },
    builtins: [
      builtin("a", {
        setup() {
          assert(isAsked);
          return {};
        },
      }, {
        ...NET,
        description: "Searches\u202e\u001b[31m everything",
        optionalPermissions: { env: ["HOME"] },
      }),
      builtin("free"),
    ],
  });
  const decisions = await test.host.plan();
  assertEquals(decisions.map(({ id, kind }) => `${id} ${kind}`), [
    "a ask",
    "free load",
  ]);
  assert(decisions[0]?.kind === "ask");
  assertEquals(decisions[0].consent, {
    reason: "first",
    source: "builtin:a",
    added: { net: ["a.example:443"] },
    optional: { env: ["HOME"] },
    flags: ["--allow-net=a.example:443"],
  });
  assertEquals(questions, []);

  const { loaded } = await test.host.load();
  assertEquals(loaded.map(({ id }) => id), ["a", "free"]);
  const [question, ...others] = questions;
  assertEquals(others, []);
  assert(question !== undefined);
  const { text, hazards: _, ...facts } = question;
  assertEquals(facts, {
    kind: "consent",
    plugin: {
      id: "a",
      type: "thing",
      version: "1.0.0",
      source: "builtin:a",
      runner: "in-process",
      description: "Searches\\u202e\\u001b[31m everything",
    },
    permissions: { net: ["a.example:443"] },
    consent: decisions[0].consent,
  });
  assertEquals(text.split("\n"), [
    'Plugin "a" 1.0.0 (thing) from "builtin:a" wants to run: nobody agreed to ' +
    'it yet, and it requires net to "a.example:443" ' +
    "(--allow-net=a.example:443)",
    'It says of itself: "Searches\\u202e\\u001b[31m everything"',
    'Not agreed to by this, but of use to it: env to "HOME"',
    '  net to "a.example:443"',
    "It runs in the process of the host, which holds it to none of this.",
  ]);
  const [event] = test.events().filter(({ action }) =>
    action === "plugin.consent.granted"
  );
  assertEquals([event?.by, event?.until], ["alice", "run"]);
});

Deno.test("PluginHost shows the hazards of what a plugin asks for", async () => {
  const { ask, questions } = asking(() => ({ allow: false }));
  await using test = createTestHost({
    consent: "required",
    ask,
    builtins: [
      builtin("a", {}, {
        permissions: { run: ["deno"], net: ["a.example:443"] },
        optionalPermissions: { ffi: true },
      }),
    ],
  });
  await test.host.load();
  assertEquals(
    questions[0]?.hazards.map(({ level, kind }) => `${level} ${kind}`),
    ["critical run"],
  );
  assertStringIncludes(
    questions[0]?.text ?? "",
    '  run to "deno"\n    critical: it ',
  );
});

Deno.test("PluginHost bounds a question, hides no hazard in it, and shows the worst last", async () => {
  const { ask, questions } = asking(() => ({ allow: false }));
  const hosts = Array.from({ length: 900 }, (_, index) => `h${index}.example`);
  const metadata = "169.254.169.254:80";
  await using test = createTestHost({
    consent: "required",
    ask,
    builtins: [
      builtin("a", {}, {
        permissions: {
          net: [...hosts, metadata],
          env: Array.from({ length: 13 }, (_, index) => `OF_A_${index}`),
          run: ["deno", "/opt/tool"],
          ffi: true,
        },
        optionalPermissions: {
          read: Array.from({ length: 40 }, (_, index) => `/data/${index}`),
        },
      }),
    ],
  });
  const { refused } = await test.host.load();
  const [question] = questions;
  assert(question !== undefined);
  const { consent, hazards, permissions, text } = question;
  // As data, it is whole.
  assertEquals(entriesOf(permissions).length, 901 + 13 + 3);
  assertEquals(consent?.added, permissions);
  assert(consent?.flags.join(" ").includes("h899.example"));

  const lines = text.split("\n");
  assert(lines.length < 50, text);
  assert(text.length < 4_000, text);
  assertStringIncludes(
    lines[0] ?? "",
    "and 905 more (4 flags, too long to show: env, ffi, net, run)",
  );
  assertEquals(lines.filter((line) => line.startsWith("  and ")), [
    "  and 888 more of net",
    "  and 1 more of env",
  ]);
  assertEquals(
    lines.filter((line) => line.startsWith('  net to "h')).length,
    12,
  );
  const shown = lines.flatMap((line) =>
    line.match(/^ {4}(\w+): it/)?.[1] ?? []
  );
  assertEquals(shown, ["high", "high", "critical", "critical"]);
  assertEquals(shown.length, hazards.length);
  assertEquals(
    lines.slice(-9).filter((line) => !line.startsWith("    ")),
    [
      `  net to "${metadata}"`,
      '  run to "/opt/tool"',
      '  run to "deno"',
      "  ffi as a whole",
      "It runs in the process of the host, which holds it to none of this.",
    ],
  );
  const { message = "" } = refused[0]?.problems[0] ?? {};
  assertStringIncludes(
    message,
    "(4 flags, too long to show: env, ffi, net, run)",
  );
  assert(message.length < 1_000, message);
});

Deno.test("PluginHost hides nothing that a wider optional permission would make a hazard", async () => {
  const { ask, questions } = asking(() => ({ allow: false }));
  const hosts = Array.from({ length: 20 }, (_, index) => `h${index}.example`);
  await using test = createTestHost({
    consent: "required",
    ask,
    builtins: [
      builtin("a", {}, {
        permissions: { net: [...hosts, "metadata.google.internal:80"] },
        optionalPermissions: { net: true },
      }),
    ],
  });
  await test.host.load();
  assertStringIncludes(
    questions[0]?.text ?? "",
    '\n  net to "metadata.google.internal:80"',
  );
});

Deno.test("PluginHost forgets a yes for one run, and keeps one for good", async () => {
  for (const remember of ["run", "always"] as const) {
    const { ask, questions } = asking(() => ({ allow: true, remember }));
    const options = {
      consent: "required",
      ask,
      state: new MemoryStateStore(),
      builtins: [builtin("a", {}, NET)],
    } as const;
    for (let run = 0; run < 2; run++) {
      await using test = createTestHost(options);
      await test.host.load();
      assert(test.host.get("a"));
      // Once a run, whatever happens to the plugin.
      await test.host.disable("a");
      await test.host.enable("a");
      assert(test.host.get("a"));
    }
    assertEquals(questions.length, remember === "run" ? 2 : 1);
  }
});

const NOT_YES: Readonly<Record<string, unknown>> = {
  "a no": { allow: false },
  "nothing": undefined,
  "null": null,
  "true": true,
  "a text": "yes",
  "a list": [{ allow: true, remember: "run" }],
  "a text for true": { allow: "true", remember: "run" },
  "no duration": { allow: true },
  "another duration": { allow: true, remember: "forever" },
  "an empty name": { allow: true, remember: "run", by: "" },
  "a long name": { allow: true, remember: "run", by: "x".repeat(201) },
  "a name that is none": { allow: true, remember: "run", by: 7 },
  "a getter that throws": {
    get allow() {
      throw new Error("no");
    },
  },
};

Deno.test("PluginHost takes nothing but a whole yes for a yes", async (t) => {
  for (const [name, answer] of Object.entries(NOT_YES)) {
    await t.step(name, async () => {
      let ran = false;
      await using test = createTestHost({
        consent: "required",
        ask: () => Promise.resolve(answer as Answer),
        builtins: [
          builtin("a", {
            setup() {
              ran = true;
              return {};
            },
          }, NET),
          builtin("b", {}, { requires: [{ id: "a", version: "*" }] }),
        ],
      });
      const { refused } = await test.host.load();
      assertEquals(refused.map(({ id, code }) => [id, code]), [
        ["a", "PLUGIN_CONSENT_MISSING"],
        ["b", "PLUGIN_DEPENDENCY_FAILED"],
      ]);
      assert(!ran);
      assert(!test.actions().includes("a plugin.consent.granted"));
    });
  }
  await t.step("a throw", async () => {
    await using test = createTestHost({
      consent: "required",
      ask: () => {
        throw new Error("no");
      },
      builtins: [builtin("a", {}, NET)],
    });
    assertEquals((await test.host.load()).refused.length, 1);
  });
  await t.step("a rejection", async () => {
    await using test = createTestHost({
      consent: "required",
      ask: () => Promise.reject(new Error("no")),
      builtins: [builtin("a", {}, NET)],
    });
    assertEquals((await test.host.load()).refused.length, 1);
  });
});

Deno.test("PluginHost takes no answer in time for a no, and a late yes changes nothing", async () => {
  const clock = createFakeClock();
  const { promise, resolve } = Promise.withResolvers<Answer>();
  let signal: AbortSignal | undefined;
  await using test = createTestHost({
    consent: "required",
    clock,
    timeouts: { ask: 5_000 },
    ask: (_, options) => {
      signal = options.signal;
      return promise;
    },
    builtins: [builtin("a", {}, NET)],
  });
  const loading = test.host.load();
  await until(() => signal !== undefined);
  assertEquals(signal?.aborted, false);
  clock.advance(5_000);
  const { refused } = await loading;
  assertEquals(refused[0]?.code, "PLUGIN_CONSENT_MISSING");
  assertEquals(signal?.aborted, true);
  resolve({ allow: true, remember: "always" });
  assertEquals((await test.host.plan())[0]?.kind, "ask");
  assert(!test.actions().includes("a plugin.consent.granted"));
});

Deno.test("PluginHost ends a question when it is disposed", async () => {
  let signal: AbortSignal | undefined;
  const test = createTestHost({
    consent: "required",
    ask: (_, options) => {
      signal = options.signal;
      return new Promise(() => {});
    },
    builtins: [builtin("a", {}, NET)],
  });
  const loading = test.host.load();
  await until(() => signal !== undefined);
  await test.host[Symbol.asyncDispose]();
  assertEquals(signal?.aborted, true);
  assertEquals((await loading).refused[0]?.code, "PLUGIN_CONSENT_MISSING");
});

Deno.test("PluginHost asks for many plugins at the same time", async () => {
  const open: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  await using test = createTestHost({
    consent: "required",
    ask: async ({ plugin }) => {
      open.push(plugin.id);
      if (open.length === 3) resolve();
      await promise;
      return { allow: true, remember: "run" };
    },
    builtins: ["a", "b", "c"].map((id) => builtin(id, {}, NET)),
  });
  const { loaded } = await test.host.load();
  assertEquals(loaded.length, 3);
});

Deno.test("PluginHost does not ask for what was revoked, nor counts a yes that was taken back meanwhile", async () => {
  const state = new MemoryStateStore();
  await using other = createTestHost({
    state,
    builtins: [builtin("a", {}, NET), builtin("b", {}, NET)],
  });
  await other.host.revoke("b");
  for (const remember of ["run", "always"] as const) {
    const asked: string[] = [];
    await using test = createTestHost({
      consent: "required",
      state,
      ask: async ({ plugin }) => {
        asked.push(plugin.id);
        await other.host.revoke("a");
        return { allow: true, remember };
      },
      builtins: [builtin("a", {}, NET), builtin("b", {}, NET)],
    });
    const { refused } = await test.host.load();
    assertEquals(refused.map(({ id }) => id), ["a", "b"]);
    assertEquals(asked, ["a"]);
    assertEquals(test.host.get("a"), undefined);
    await other.host.grant("a");
    await state.update(({ plugins }) => {
      const { consent: _, ...others } = plugins.get("a") ?? {};
      return new Map(plugins).set("a", others);
    });
  }
});

Deno.test("PluginHost runs nothing when a yes for good cannot be stored", async () => {
  const memory = new MemoryStateStore();
  await using test = createTestHost({
    consent: "required",
    ask: () => Promise.resolve({ allow: true, remember: "always", by: "eve" }),
    builtins: [builtin("a", {}, NET)],
    state: {
      read: () => memory.read(),
      update: () =>
        Promise.reject(
          new PluginError("Cannot write", {
            code: "PLUGIN_STATE_UNWRITABLE",
            remedy: "Make room",
          }),
        ),
    },
  });
  assertEquals((await test.host.load()).refused.length, 1);
  const [event] = test.events().filter(({ action }) =>
    action === "plugin.grant.failed"
  );
  assertEquals([event?.code, event?.by], ["PLUGIN_STATE_UNWRITABLE", "eve"]);
});

/** A process with a terminal, on which these lines are typed. */
function withTerminal(lines: readonly (string | undefined)[]) {
  const left = [...lines];
  return {
    ...powers,
    canAsk: () => true,
    readTerminal: () => Promise.resolve(left.shift()),
  };
}

Deno.test("PluginHost asks on the terminal, where only y and a are a yes", async (t) => {
  const cases: readonly (readonly [string | undefined, boolean, string?])[] = [
    ["y", true, "run"],
    [" YES \r", true, "run"],
    ["a", true, "always"],
    ["always", true, "always"],
    ["", false],
    [undefined, false],
    ["n", false],
    ["yy", false],
    ["\u0000y", false],
    ["y\u001b[A", false],
    ["ja", false],
  ];
  for (const [line, isAllowed, until] of cases) {
    await t.step(JSON.stringify(line) ?? "the end of the input", async () => {
      await using test = createTestHost({
        consent: "required",
        powers: withTerminal([line]),
        builtins: [builtin("a", {}, NET)],
      });
      await test.host.load();
      assertEquals(test.host.get("a") !== undefined, isAllowed);
      const [event] = test.events().filter(({ action }) =>
        action === "plugin.consent.granted"
      );
      assertEquals(event?.until, until);
      assertEquals(event?.by, isAllowed ? "terminal" : undefined);
    });
  }
});

Deno.test("PluginHost asks nobody without a terminal and an option", async () => {
  await using test = createTestHost({
    consent: "required",
    builtins: [builtin("a", {}, NET)],
  });
  const [decision] = await test.host.plan();
  assertEquals(decision?.kind, "refuse");
});

testUnless(
  withoutPosix("broker that listens on a socket"),
  "PluginHost does not let a plugin ask until somebody gives in",
  async () => {
    const names = ["CONSENT_A", "CONSENT_B", "CONSENT_C", "CONSENT_D"];
    const code = `export default { setup: () => ({
      read: (name) => {
        try { Deno.env.get(name); return "read"; } catch (error) { return error.name; }
      },
    }) };`;
    const manifest = { optionalPermissions: { env: names } };
    await withPlugins({ a: { code, manifest } }, async (folder) => {
      const { system } = createFakeProcess({
        grants: { read: true, write: true, run: true, net: true, import: true },
      });
      let answer: Answer = { allow: false };
      const { ask, questions } = asking(() => answer);
      await using test = createTestHost({
        sources: [folder],
        ask,
        runner: live(),
        powers: system,
      });
      await test.host.load();
      const read = (name: string) =>
        test.host.use("a", "thing", (api) => Object(api).read(name));
      for (const name of [...names, ...names]) {
        assertEquals(await read(name), "NotCapable");
      }
      assertEquals(questions.length, 3);
      // A decision of the operator counts.
      answer = { allow: true, remember: "run" };
      await test.host.grant("a", { env: ["CONSENT_D"] });
      assertEquals(await read("CONSENT_D"), "read");
      assertEquals(await read("CONSENT_A"), "read");
    });
  },
);

testUnless(
  withoutPosix("broker that listens on a socket"),
  "PluginHost asks for an optional permission at its first use, once for many uses",
  async (t) => {
    const code = `export default { setup: () => ({
      read: (name) => {
        try { return Deno.env.get(name) ?? "unset"; } catch (error) { return error.name; }
      },
    }) };`;
    const manifest = {
      permissions: {},
      optionalPermissions: { env: ["CONSENT_A_*", "CONSENT_B"] },
    };
    const cases = {
      "a yes for this run": [{ allow: true, remember: "run" }, true],
      "a yes for good": [{ allow: true, remember: "always", by: "ada" }, true],
      "a no": [{ allow: false }, false],
    } as const;
    for (const [name, [answer, isAllowed]] of Object.entries(cases)) {
      await t.step(
        name,
        () =>
          withPlugins({ a: { code, manifest } }, async (folder) => {
            const { ask, questions } = asking(() => answer);
            const state = new MemoryStateStore();
            const { system } = createFakeProcess({
              grants: {
                read: true,
                write: true,
                run: true,
                net: true,
                import: true,
              },
            });
            const options: TestOptions = {
              sources: [folder],
              ask,
              state,
              runner: live(),
              powers: system,
            };
            const read = (test: TestHost, variable: string) =>
              test.host.use(
                "a",
                "thing",
                (api) => Object(api).read(variable),
              );
            {
              await using test = createTestHost(options);
              const { refused, failed } = await test.host.load();
              assertEquals([...refused, ...failed], []);
              const results = await Promise.all(
                ["CONSENT_A_1", "CONSENT_A_2", "CONSENT_A_1"].map((variable) =>
                  read(test, variable)
                ),
              );
              const expected = isAllowed ? "unset" : "NotCapable";
              assertEquals(results, [expected, expected, expected]);
              assertEquals(
                questions.map(({ kind, permissions }) => [kind, permissions]),
                [["permission", { env: ["CONSENT_A_*"] }]],
              );
              // What is not declared is no question.
              assertEquals(await read(test, "OTHER"), "NotCapable");
              assertEquals(questions.length, 1);
              assertEquals(
                test.events().filter(({ action }) =>
                  action === "permission.granted"
                ).map(({ permissions, until, by }) => [permissions, until, by]),
                isAllowed
                  ? [[
                    ['env to "CONSENT_A_*"'],
                    answer.remember,
                    "by" in answer ? answer.by : undefined,
                  ]]
                  : [],
              );
            }
            await using again = createTestHost(options);
            await again.host.load();
            await read(again, "CONSENT_A_1");
            const isKept = name === "a yes for good";
            assertEquals(questions.length, isKept ? 1 : 2);
          }),
      );
    }
  },
);
