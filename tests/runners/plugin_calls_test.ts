import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { type PluginContext, PluginError } from "@semantik/plugins";
import { createFakeClock, type FakeClock } from "@semantik/plugins/testing";
import { Attribution } from "../../src/runners/in_process/crash_guard.ts";
import { readDefaultExport } from "../../src/runners/in_process/imported_code.ts";
import {
  PluginCalls,
  readPluginParts,
} from "../../src/runners/plugin_calls.ts";
import type { RunningPlugin } from "../../src/runners/runner.ts";

const CONTEXT: PluginContext = {
  id: "p",
  config: {},
  env: {},
  log: { debug() {}, info() {}, warn() {}, error() {} },
  audit() {},
  dataDir: undefined,
  signal: new AbortController().signal,
  use: () => undefined,
};

const TIMEOUTS = { load: 10, setup: 20, health: 30, dispose: 40 };

interface Bench {
  readonly runner: PluginCalls;
  readonly clock: FakeClock;
  readonly attribution: Attribution;
}

function bench(): Bench {
  const clock = createFakeClock();
  const attribution = new Attribution();
  const runner = new PluginCalls({
    timeoutsOf: () => TIMEOUTS,
    clock,
    run: (id, callback) => attribution.run(id, callback),
  });
  return { runner, clock, attribution };
}

function opened({ runner }: Bench, exported: unknown) {
  return runner.open("p", {
    kind: "imported",
    exported,
    readParts: readPluginParts,
  });
}

function imported({ runner }: Bench, importModule: () => Promise<unknown>) {
  return runner.open("p", {
    kind: "module",
    importExport: async () => readDefaultExport(await importModule()),
    readParts: readPluginParts,
  });
}

async function started(on: Bench, plugin: unknown): Promise<RunningPlugin> {
  return await (await opened(on, plugin)).setup(CONTEXT);
}

/** Returns the error of a call, which must be a `PluginError` about the plugin. */
async function errorOf(call: () => Promise<unknown>): Promise<PluginError> {
  const error = await assertRejects(call, PluginError);
  assertEquals(error.pluginId, "p");
  assert(error.remedy.length > 0);
  assert(!/[\n\r]/.test(error.message), error.message);
  return error;
}

/** Sets a plugin up, and lets the time limit of that pass. */
async function setUpTooLate(on: Bench, plugin: unknown): Promise<void> {
  const open = await opened(on, plugin);
  const error = errorOf(() => open.setup(CONTEXT));
  on.clock.advance(TIMEOUTS.setup);
  const { code, message } = await error;
  assertEquals(code, "PLUGIN_TIMEOUT");
  assertStringIncludes(
    message,
    `plugin "p": it did not settle within ${TIMEOUTS.setup} ms`,
  );
}

/** Lets everything happen that waits for nothing but its turn. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

const never = () => new Promise<never>(() => {});

const unshowable = {
  toString() {
    throw new Error("no");
  },
  [Symbol.toPrimitive]() {
    throw null;
  },
};

class Forged extends PluginError {
  constructor() {
    super("forged", { code: "PLUGIN_TIMEOUT", remedy: "none" });
    Object.defineProperty(this, "message", {
      get() {
        throw null;
      },
    });
  }
}

/** Whatever a plugin may throw, and how it is shown. */
const THROWN: readonly (readonly [unknown, string])[] = [
  [new Error("plain"), "Error: plain"],
  [new TypeError("a\nb\u202e"), "TypeError: a ⏎ b\\u202e"],
  [null, "the value null"],
  [undefined, "the value undefined"],
  ["text", 'the text "text"'],
  [5n, "the value 5"],
  [Symbol("s"), "the value Symbol(s)"],
  [unshowable, "a value that cannot be shown"],
  [
    Object.defineProperty(new Error(), "message", {
      get() {
        throw unshowable;
      },
    }),
    "a value that cannot be shown",
  ],
  [
    new Proxy({}, {
      getPrototypeOf() {
        throw new Error("no");
      },
    }),
    "a value that cannot be shown",
  ],
  [new Forged(), "a value that cannot be shown"],
  [
    new PluginError("a\nforged line", {
      code: "PLUGIN_STATE_CORRUPT",
      remedy: "x",
      pluginId: "another",
    }),
    "a ⏎ forged line",
  ],
];

Deno.test("PluginCalls runs each call of a plugin", async () => {
  const on = bench();
  const calls: unknown[] = [];
  const api = { greet: () => "hello" };
  const plugin = await opened(on, {
    setup(context: unknown) {
      calls.push(["setup", context === CONTEXT]);
      return Promise.resolve(api);
    },
    reconfigure(context: unknown) {
      calls.push(["reconfigure", context === CONTEXT]);
    },
    healthCheck(context: unknown) {
      calls.push(["healthCheck", context === CONTEXT]);
      return "anything";
    },
    dispose() {
      calls.push(["dispose"]);
    },
  });
  assertEquals(plugin.hasConfigSchema, false);
  const config = {};
  const validated = await plugin.validateConfig(config);
  assert(validated.issues === undefined && validated.value === config);
  const running = await plugin.setup(CONTEXT);
  assert(running.api === api);
  assertEquals([running.canReconfigure, running.canCheckHealth], [true, true]);
  await running.reconfigure(CONTEXT);
  assertEquals(await running.checkHealth(CONTEXT), "anything");
  await running.dispose();
  await running.dispose();
  assertEquals(calls, [
    ["setup", true],
    ["reconfigure", true],
    ["healthCheck", true],
    ["dispose"],
  ]);
  assertEquals(on.clock.pending, 0);
});

Deno.test("PluginCalls accepts a plugin with only a setup", async () => {
  const on = bench();
  const running = await started(on, { setup: () => ({}) });
  assertEquals([running.canReconfigure, running.canCheckHealth], [
    false,
    false,
  ]);
  await running.reconfigure(CONTEXT);
  assertEquals(await running.checkHealth(CONTEXT), undefined);
  await running.dispose();
});

Deno.test("PluginCalls.open() uses the default export of a module", async () => {
  const on = bench();
  const code = 'export default { setup: () => ({ from: "module" }) };';
  const plugin = await imported(
    on,
    () => import(`data:text/javascript,${encodeURIComponent(code)}`),
  );
  const { api } = await plugin.setup(CONTEXT);
  assertEquals(api, { from: "module" });
});

Deno.test("PluginCalls.open() reports why a module cannot be imported", async (t) => {
  const table: readonly (readonly [string, string, string])[] = [
    [
      "throw new Error('top\\nlevel');",
      "PLUGIN_IMPORT_FAILED",
      'Cannot import plugin "p": Error: top ⏎ level',
    ],
    [
      "throw null;",
      "PLUGIN_IMPORT_FAILED",
      'Cannot import plugin "p": the value null',
    ],
    [
      "await Promise.reject('x');",
      "PLUGIN_IMPORT_FAILED",
      'Cannot import plugin "p": the text "x"',
    ],
    [
      "export const setup = 1;",
      "PLUGIN_MODULE_INVALID",
      'Cannot load plugin "p": its default export is not a plugin',
    ],
    [
      "export default class {}",
      "PLUGIN_MODULE_INVALID",
      'Cannot load plugin "p": its default export is not a plugin',
    ],
    [
      "export default { get setup() { throw new Error('got'); } };",
      "PLUGIN_MODULE_INVALID",
      'Cannot load plugin "p": Error: got',
    ],
    [
      "export default new Proxy({}, { get() { throw null; } });",
      "PLUGIN_IMPORT_FAILED",
      'Cannot import plugin "p": the value null',
    ],
    [
      "export function then(_, reject) { reject('then'); }",
      "PLUGIN_IMPORT_FAILED",
      'Cannot import plugin "p": the text "then"',
    ],
    [
      "export default { get then() { throw new Error('then'); } };",
      "PLUGIN_IMPORT_FAILED",
      'Cannot import plugin "p": Error: then',
    ],
  ];
  for (const [code, expected, message] of table) {
    await t.step(code, async () => {
      const error = await errorOf(() =>
        imported(
          bench(),
          () => import(`data:text/javascript,${encodeURIComponent(code)}`),
        )
      );
      assertEquals([error.code, error.message], [expected, message]);
    });
  }
  await t.step("a syntax error", async () => {
    const specifier = "data:text/javascript,export default {";
    const error = await errorOf(() =>
      imported(bench(), () => import(specifier))
    );
    assertEquals(error.code, "PLUGIN_IMPORT_FAILED");
    assert(error.message.startsWith('Cannot import plugin "p": '));
    assert(error.cause instanceof Error);
  });
});

Deno.test("PluginCalls wraps whatever a plugin throws in a PluginError", async (t) => {
  const places: readonly (readonly [
    string,
    string,
    (throwing: () => unknown) => Readonly<Record<string, unknown>>,
    (running: RunningPlugin) => Promise<unknown>,
  ])[] = [
    [
      "set up",
      "PLUGIN_SETUP_FAILED",
      (setup) => ({ setup }),
      () => Promise.resolve(),
    ],
    [
      "reconfigure",
      "PLUGIN_SETUP_FAILED",
      (reconfigure) => ({ reconfigure }),
      (running) => running.reconfigure(CONTEXT),
    ],
    [
      "check the health of",
      "PLUGIN_HEALTH_FAILED",
      (healthCheck) => ({ healthCheck }),
      (running) => running.checkHealth(CONTEXT),
    ],
    [
      "dispose",
      "PLUGIN_DISPOSE_FAILED",
      (dispose) => ({ dispose }),
      (running) => running.dispose(),
    ],
  ];
  for (const [action, code, parts, call] of places) {
    for (const [thrown, shown] of THROWN) {
      for (const isLater of [false, true]) {
        await t.step(
          `${action}: ${shown}${isLater ? ", later" : ""}`,
          async () => {
            const on = bench();
            const throwing = () => {
              throw thrown;
            };
            const rejecting = () => Promise.reject(thrown);
            const plugin = {
              setup: () => ({}),
              ...parts(isLater ? rejecting : throwing),
            };
            const error = await errorOf(async () =>
              await call(await started(on, plugin))
            );
            assertEquals(error.code, code);
            assertEquals(
              error.message,
              `Cannot ${action} plugin "p": ${shown}`,
            );
            assert(error.cause === thrown);
            assertEquals(on.clock.pending, 0);
          },
        );
      }
    }
  }
});

Deno.test("PluginCalls guards a plugin's schema", async (t) => {
  const withSchema = (validate: unknown) => ({
    setup: () => ({}),
    configSchema: { "~standard": { version: 1, vendor: "test", validate } },
  });
  await t.step("it passes on the result of the schema", async () => {
    const plugin = await opened(
      bench(),
      withSchema((value: unknown) => ({ value: [value] })),
    );
    assertEquals(plugin.hasConfigSchema, true);
    assertEquals(await plugin.validateConfig(1), { value: [1] });
  });
  await t.step("a schema that throws", async () => {
    const plugin = await opened(
      bench(),
      withSchema(() => {
        throw unshowable;
      }),
    );
    const error = await errorOf(() => plugin.validateConfig({}));
    assertEquals(error.code, "PLUGIN_CONFIG_INVALID");
    assertStringIncludes(
      error.message,
      'plugin "p": a value that cannot be shown',
    );
  });
  await t.step("a schema with an invalid result", async () => {
    const plugin = await opened(bench(), withSchema(() => "fine"));
    const error = await errorOf(() => plugin.validateConfig({}));
    assertStringIncludes(
      error.message,
      'plugin "p": its "configSchema" did not return a result of a Standard Schema',
    );
  });
  await t.step("a schema that never settles", async () => {
    const on = bench();
    const plugin = await opened(on, withSchema(never));
    const validation = errorOf(() => plugin.validateConfig({}));
    on.clock.advance(TIMEOUTS.setup);
    assertEquals((await validation).code, "PLUGIN_TIMEOUT");
  });
});

Deno.test("PluginCalls enforces the time limit of each call", async (t) => {
  const table: readonly (readonly [
    string,
    number,
    (on: Bench) => Promise<unknown>,
  ])[] = [
    [
      "import",
      TIMEOUTS.load,
      (on) => imported(on, never),
    ],
    ["set up", TIMEOUTS.setup, (on) => started(on, { setup: never })],
    ["reconfigure", TIMEOUTS.setup, async (on) => {
      const plugin = { setup: () => ({}), reconfigure: never };
      return await (await started(on, plugin)).reconfigure(CONTEXT);
    }],
    ["check the health of", TIMEOUTS.health, async (on) => {
      const plugin = { setup: () => ({}), healthCheck: never };
      return await (await started(on, plugin)).checkHealth(CONTEXT);
    }],
    ["dispose", TIMEOUTS.dispose, async (on) => {
      const plugin = { setup: () => ({}), dispose: never };
      return await (await started(on, plugin)).dispose();
    }],
  ];
  for (const [action, limit, call] of table) {
    await t.step(action, async () => {
      const on = bench();
      let isOver = false;
      const error = errorOf(() => call(on)).finally(() => isOver = true);
      // What comes before the call that hangs settles by itself.
      await turns();
      on.clock.advance(limit - 1);
      await turns();
      assertEquals(isOver, false);
      on.clock.advance(1);
      const { code, message, remedy } = await error;
      assertEquals(code, "PLUGIN_TIMEOUT");
      assertEquals(
        message,
        `Cannot ${action} plugin "p": it did not settle within ${limit} ms`,
      );
      assertEquals(remedy, "Find what it waits for, or allow it more time");
      assertEquals(on.clock.pending, 0);
    });
  }
});

Deno.test("PluginCalls disposes a plugin that is set up after its limit", async () => {
  const on = bench();
  const gate = Promise.withResolvers<object>();
  const disposed = Promise.withResolvers<void>();
  await setUpTooLate(on, {
    setup: () => gate.promise,
    dispose: () => disposed.resolve(),
  });
  gate.resolve({});
  await disposed.promise;
});

Deno.test("PluginCalls ignores whatever comes after a limit", async (t) => {
  const late: Readonly<
    Record<string, {
      readonly settle: (gate: PromiseWithResolvers<object>) => void;
      readonly dispose?: () => unknown;
    }>
  > = {
    "a setup that rejects": { settle: ({ reject }) => reject(unshowable) },
    "a setup whose dispose throws": {
      settle: ({ resolve }) => resolve({}),
      dispose() {
        throw null;
      },
    },
    "a setup whose dispose rejects": {
      settle: ({ resolve }) => resolve({}),
      dispose: () => Promise.reject(new Error("late")),
    },
  };
  for (const [name, { settle, dispose }] of Object.entries(late)) {
    await t.step(name, async () => {
      const on = bench();
      const gate = Promise.withResolvers<object>();
      await setUpTooLate(on, { setup: () => gate.promise, dispose });
      settle(gate);
      await turns();
      assertEquals(on.clock.pending, 0);
    });
  }
});

Deno.test("PluginCalls does not dispose a late setup after a new one", async () => {
  const on = bench();
  const gates = [0, 1].map(() => Promise.withResolvers<object>());
  let turn = 0;
  let disposals = 0;
  const plugin = {
    setup: () => gates[turn++]?.promise,
    dispose: () => disposals++,
  };
  await setUpTooLate(on, plugin);
  const second = started(on, plugin);
  await turns();
  gates[0]?.resolve({});
  await turns();
  assertEquals(disposals, 0);
  gates[1]?.resolve({});
  const running = await second;
  await running.dispose();
  assertEquals(disposals, 1);
});

Deno.test("PluginCalls disposes a late setup also after a new one ended", async () => {
  const on = bench();
  const gate = Promise.withResolvers<object>();
  let turn = 0;
  let disposals = 0;
  const plugin = {
    setup: () => turn++ === 0 ? gate.promise : {},
    dispose: () => disposals++,
  };
  await setUpTooLate(on, plugin);
  await (await started(on, plugin)).dispose();
  assertEquals(disposals, 1);
  gate.resolve({});
  await turns();
  assertEquals(disposals, 2);
});

Deno.test("PluginCalls refuses and disposes a result of setup that is no object", async (t) => {
  for (const value of [undefined, null, 1, "x", true, Symbol("x"), () => {}]) {
    await t.step(String(value), async () => {
      let disposals = 0;
      const error = await errorOf(async () =>
        await started(bench(), {
          setup: () => value,
          dispose: () => disposals++,
        })
      );
      assertEquals(error.code, "PLUGIN_CONTRACT_BROKEN");
      assertStringIncludes(
        error.message,
        'plugin "p": its setup did not return an object',
      );
      assertEquals(disposals, 1);
    });
  }
});

Deno.test("PluginCalls runs a failed dispose once, and rejects again", async () => {
  const on = bench();
  let disposals = 0;
  const running = await started(on, {
    setup: () => ({}),
    dispose() {
      disposals++;
      throw new Error("no");
    },
  });
  const first = await errorOf(() => running.dispose());
  const second = await errorOf(() => running.dispose());
  assert(first === second);
  assertEquals(disposals, 1);
});

Deno.test("PluginCalls attributes every call to its plugin", async () => {
  const on = bench();
  const names: unknown[] = [];
  const note = () => {
    names.push(on.attribution.running);
  };
  const plugin = await opened(on, {
    get setup() {
      note();
      return () => {
        note();
        return {};
      };
    },
    configSchema: {
      "~standard": {
        version: 1,
        vendor: "test",
        validate(value: unknown) {
          note();
          return { value };
        },
      },
    },
    reconfigure: note,
    healthCheck: note,
    dispose: note,
  });
  await plugin.validateConfig({});
  const running = await plugin.setup(CONTEXT);
  await running.reconfigure(CONTEXT);
  await running.checkHealth(CONTEXT);
  await running.dispose();
  assertEquals(names, ["p", "p", "p", "p", "p", "p"]);
  assertEquals(on.attribution.running, undefined);
});

Deno.test("PluginCalls awaits the result of setup once", async () => {
  const on = bench();
  let thens = 0;
  const api = {
    then(resolve: (value: unknown) => void) {
      thens++;
      resolve({ inner: true });
    },
  };
  const running = await started(on, { setup: () => api });
  assertEquals(thens, 1);
  assertEquals(running.api, { inner: true });
});
