/** Runs plugins of real hosts in processes of their own. */

import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import {
  contract,
  type HostEventMap,
  PluginError,
  PluginHost,
  type PluginHostOptions,
} from "@semantik/plugins";
import { recordEnvironment } from "@semantik/plugins/environment";
import { subprocess } from "@semantik/plugins/subprocess";
import { collectAudit } from "@semantik/plugins/testing";
import { builtin } from "../../host/builtin.ts";
import { makeSymlink } from "../../make_symlink.ts";
import { withPlugins } from "../../host/with_plugins.ts";

interface Thing {
  call(...args: readonly unknown[]): Promise<unknown>;
}

const CONTRACTS = { thing: contract<Thing>("call") };

/** A plugin whose `call` runs the given body. */
function thing(body: string, more = ""): string {
  return `export default { setup(context) { return { async call(...args) {
    ${body}
  }, ${more} }; } };`;
}

type Options = Partial<PluginHostOptions<typeof CONTRACTS>>;

/** A host with real processes and a real clock, and what it recorded. */
function hostOf(folder: string, options: Options = {}) {
  const audit = collectAudit();
  const lines: string[] = [];
  const host = new PluginHost({
    name: "test",
    version: "1.0.0",
    sources: [folder],
    runner: subprocess(),
    contracts: CONTRACTS,
    switches: false,
    audit,
    log: (_id, _level, message) => {
      lines.push(message);
    },
    ...options,
  });
  return {
    host,
    lines,
    events: () => audit.events,
    [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
  };
}

Deno.test("a message that is larger than a pipe crosses whole, between small ones", async () => {
  await withPlugins({ a: thing("return args[0];") }, async (folder) => {
    await using test = hostOf(folder);
    await test.host.load();
    const plugin = test.host.get("a", "thing");
    const large = Float32Array.from({ length: 300_000 }, (_, index) => index);
    const sent = [1, large, "two", "é".repeat(200_000), 3];
    // Twice: the memory of the first large message is used again.
    for (let round = 0; round < 2; round++) {
      const results = await Promise.all(
        sent.map((value) => plugin?.call(value)),
      );
      assertEquals(results.length, sent.length);
      for (const [index, result] of results.entries()) {
        // Comparing large arrays item by item is slow.
        assertEquals(textOf(result), textOf(sent[index]));
      }
    }
  });
});

function textOf(value: unknown): string {
  return value instanceof Float32Array ? value.join() : String(value);
}

Deno.test("a plugin in its own process has what its manifest declares, and no more", async () => {
  await withPlugins({
    a: {
      code: thing(`
        const attempts = {
          own: () => Deno.readTextFileSync(new URL("./mod.ts", import.meta.url)).length > 0,
          declared: () => Deno.env.get("DECLARED"),
          secret: () => Deno.env.get("PATH"),
          passwd: () => Deno.readTextFileSync("/etc/passwd").length,
          write: () => Deno.writeTextFileSync("/tmp/semantik_never", ""),
          run: () => new Deno.Command("/bin/true").outputSync().code,
          kill: () => Deno.kill(Deno.ppid, "SIGTERM"),
          net: () => Deno.connect({ hostname: "127.0.0.1", port: 9 }),
        };
        const results = {};
        for (const [name, attempt] of Object.entries(attempts)) {
          try { results[name] = await attempt(); }
          catch (error) { results[name] = error.name; }
        }
        return { ...results, pid: Deno.pid, env: context.env.DECLARED };
      `),
      manifest: { permissions: { env: ["DECLARED"] } },
    },
  }, async (folder) => {
    await using test = hostOf(folder, {
      environment: recordEnvironment({ DECLARED: "yes", PATH: "/bin" }),
    });
    const [decision] = await test.host.plan();
    assertEquals([decision?.kind, decision?.runner], ["load", "subprocess"]);
    await test.host.load();
    const result = await test.host.use("a", "thing", (one) => one.call());
    const { pid, ...others } = Object(result);
    assert(pid !== Deno.pid);
    assertEquals(others, {
      own: true,
      declared: "yes",
      secret: "NotCapable",
      passwd: "NotCapable",
      write: "NotCapable",
      run: "NotCapable",
      kill: "NotCapable",
      net: "NotCapable",
      env: "yes",
    });
    const ids = test.events().map(({ action }) => action);
    assertEquals(ids.slice(0, 2), [
      "plugin.process.started",
      "plugin.registered.external",
    ]);
  });
});

Deno.test("values, callbacks, iterables and errors cross to a plugin's process and back", async () => {
  await withPlugins({
    a: thing(
      `const [value, double] = args;
       if (value === "throw") throw Object.assign(new RangeError("too far"), { code: "E_FAR" });
       return { value, doubled: await double(21) };`,
      `async *count(to) {
         try { for (let at = 0; at < to; at++) yield at; }
         finally { console.log("counted"); }
       }`,
    ),
  }, async (folder) => {
    await using test = hostOf(folder);
    await test.host.load();
    const one = test.host.get("a", "thing");
    assert(one !== undefined);
    assertEquals(Object.getPrototypeOf(one), null);
    assert(Object.isFrozen(one));
    const value = {
      floats: Float32Array.of(1.5, -0),
      map: new Map([[1n, new Set([undefined, NaN])]]),
      when: new Date(0),
    };
    assertEquals(await one.call(value, (n: number) => n * 2), {
      value,
      doubled: 42,
    });
    const error = await assertRejects(() => one.call("throw"), RangeError);
    assertEquals([error.message, Reflect.get(error, "code")], [
      "too far",
      "E_FAR",
    ]);
    const count: unknown = Reflect.get(one, "count");
    assert(typeof count === "function");
    const seen: unknown[] = [];
    for await (const item of count(1e9)) {
      if (seen.push(item) === 3) break;
    }
    assertEquals(seen, [0, 1, 2]);
    await one.call(1, () => 1);
    assertStringIncludes(
      test.lines.join(),
      "counted",
    );
  });
});

Deno.test("a plugin's process that ends is started again by the next call", async () => {
  await withPlugins({
    a: thing(`
      if (args[0] === "exit") Deno.exit(3);
      if (args[0] === "wait") await new Promise((resolve) => setTimeout(resolve, 60_000));
      return Deno.pid;
    `),
  }, async (folder) => {
    await using test = hostOf(folder);
    const steps: HostEventMap["process"]["detail"][] = [];
    test.host.events.addEventListener(
      "process",
      ({ detail }) => steps.push(detail),
    );
    await test.host.load();
    const one = test.host.get("a", "thing");
    assert(one !== undefined);
    const before = await one.call();
    const processOf = async () =>
      (await test.host.inspect()).plugins[0]?.process;
    const shown = await processOf();
    assertEquals([shown?.pid, shown?.limits.heap_mib], [before, 128]);
    const waiting = assertRejects(() => one.call("wait"), PluginError);
    const error = await assertRejects(() => one.call("exit"), PluginError);
    assertEquals(error.code, "PLUGIN_CRASHED");
    assertMatch(error.message, /its process ended \(exit code 3\)/);
    assertEquals((await waiting).code, "PLUGIN_CRASHED");
    const isGone = await processOf();
    const after = await one.call();
    assert(after !== before);
    assertEquals([isGone, (await processOf())?.pid], [undefined, after]);
    assertEquals(
      steps.slice(0, 3).map(({ step, reason }) => [step, reason]),
      [["started", undefined], ["ended", "crashed"], ["restarted", undefined]],
    );
    const [ended] = test.events()
      .filter(({ action }) => action === "plugin.process.ended");
    assertEquals([ended?.exit_code, ended?.calls], [3, 2]);
  });
});

Deno.test("a plugin that exceeds its heap is ended, and the limit is named", async () => {
  await withPlugins({
    a: thing(`
      if (args[0] !== "heap") return Deno.pid;
      const kept = [];
      for (;;) kept.push(new Array(1e5).fill({}));
    `),
  }, async (folder) => {
    await using test = hostOf(folder, {
      runner: subprocess({ limits: { heap: 32 } }),
    });
    await test.host.load();
    const one = test.host.get("a", "thing");
    assert(one !== undefined);
    const heap = await assertRejects(() => one.call("heap"), PluginError);
    assertEquals(heap.code, "PLUGIN_LIMIT_EXCEEDED");
    assertMatch(heap.message, /exceeded 32 MiB of heap/);
    assert(typeof await one.call() === "number");
  });
});

Deno.test("a call that never ends is aborted, then its process is killed", async () => {
  await withPlugins({
    a: thing(`
      if (args[0] === "loop") for (;;);
      if (args[0] === "forever") await new Promise(() => {});
      return Deno.pid;
    `),
  }, async (folder) => {
    await using test = hostOf(folder, {
      runner: subprocess({ limits: { call: 300 } }),
    });
    await test.host.load();
    const one = test.host.get("a", "thing");
    assert(one !== undefined);
    for (const way of ["loop", "forever"]) {
      const before = await one.call();
      const ended = new Promise((resolve) =>
        test.host.events.addEventListener("process", ({ detail }) => {
          if (detail.step === "ended") resolve(detail.reason);
        }, { once: true })
      );
      const error = await assertRejects(() => one.call(way), PluginError);
      assertEquals(error.code, "PLUGIN_LIMIT_EXCEEDED");
      assertMatch(error.message, /"call" did not settle within 300 ms/);
      assertEquals(await ended, "killed");
      assert(await one.call() !== before);
    }
  });
});

Deno.test("plugins in processes of their own use each other and their configuration", async () => {
  await withPlugins({
    a: `
      const configSchema = { "~standard": { version: 1, vendor: "test",
        validate: (value) => typeof value.n === "number"
          ? { value: { n: () => value.n } }
          : { issues: [{ message: "not a number", path: ["n"] }] } } };
      let n;
      export default { configSchema,
        setup({ config }) { n = config.n; return { call: () => n() }; },
        reconfigure({ config }) { n = config.n; },
        healthCheck: () => ({ status: "degraded", message: String(n()) }) };`,
    b: {
      code: `export default { setup({ use }) {
        const a = use("a");
        return { call: async () => (await a.call()) + 1 };
      } };`,
      manifest: { requires: [{ id: "a", version: "^1.0.0" }] },
    },
  }, async (folder) => {
    await using test = hostOf(folder, { config: { a: { n: 1 } } });
    const { loaded, failed } = await test.host.load();
    assertEquals([loaded.length, failed], [2, []]);
    const b = test.host.get("b", "thing");
    assertEquals(await b?.call(), 2);
    await test.host.configure("a", { n: 5 });
    assertEquals(await b?.call(), 6);
    const invalid = await assertRejects(
      () => test.host.configure("a", { n: "x" }),
      PluginError,
    );
    assertEquals([invalid.code, invalid.problems[0]?.path], [
      "PLUGIN_CONFIG_INVALID",
      "n",
    ]);
    const health = await test.host.health("a");
    assertEquals([health.status, health.message], ["degraded", "5"]);
  });
});

Deno.test("disposing a host ends the processes of its plugins", async () => {
  await withPlugins({
    a: `setInterval(() => {}, 1_000);
      export default { setup: () => ({ call: async () => Deno.pid }) };`,
    b: `export default {
      setup: () => ({ call: async () => Deno.pid }),
      dispose: () => new Promise(() => {}) };`,
  }, async (folder) => {
    const test = hostOf(folder, { timeouts: { dispose: 100 } });
    await test.host.load();
    const pids = new Set<unknown>();
    for (const one of test.host.byType("thing")) pids.add(await one.call());
    assertEquals(pids.size, 2);
    await assertRejects(() => test.host[Symbol.asyncDispose](), PluginError);
    const ended = test.events()
      .filter(({ action }) => action === "plugin.process.ended");
    assertEquals(ended.map(({ reason }) => reason), ["disposed", "disposed"]);
  });
});

Deno.test("what cannot run in another process is refused before anything starts", async () => {
  await withPlugins({ a: thing("") }, async (folder) => {
    await makeSymlink("/etc", `${folder}/a/link`);
    const table: readonly (readonly [Options, string, RegExp])[] = [
      [
        { sources: [], builtins: [builtin("x")] },
        "PLUGIN_NOT_TRANSFERABLE",
        /as an object/,
      ],
      [{}, "PLUGIN_RUNNER_UNAVAILABLE", /link .* leads out of its directory/],
    ];
    for (const [options, code, message] of table) {
      await using test = hostOf(folder, options);
      const { refused } = await test.host.load();
      assertEquals(refused[0]?.code, code);
      assertMatch(refused[0]?.problems[0]?.message ?? "", message);
      assertEquals(
        test.events().filter(({ action }) =>
          action.startsWith("plugin.process")
        ),
        [],
      );
    }
  });
});

Deno.test("a function chooses the runner of each plugin by its trust", async () => {
  await withPlugins({ a: thing("return Deno.pid;") }, async (folder) => {
    const isolated = subprocess();
    await using test = hostOf(folder, {
      builtins: [builtin("x", { setup: () => ({ call: () => 1 }) })],
      runner: ({ trust }) => trust === "builtin" ? undefined : isolated,
    });
    const decisions = await test.host.plan();
    assertEquals(
      decisions.map(({ id, runner, trust }) => [id, runner, trust]),
      [["x", "in-process", "builtin"], ["a", "subprocess", "local"]],
    );
    const { loaded } = await test.host.load();
    assertEquals(loaded.length, 2);
  });
});

Deno.test("a runner that is none refuses the plugin, which never falls back to this process", async () => {
  await withPlugins({ a: thing("") }, async (folder) => {
    const runner = () => {
      throw new Error("on purpose");
    };
    await using test = hostOf(folder, { runner });
    const { refused } = await test.host.load();
    assertEquals(refused[0]?.code, "PLUGIN_OPTION_INVALID");
    assertStringIncludes(refused[0]?.problems[0]?.message ?? "", "on purpose");
  });
});

Deno.test("a denial names the plugin, the permission and the line of its manifest", async () => {
  await withPlugins({
    a: thing(`return Deno.readTextFileSync("/etc/hostname");`),
  }, async (folder) => {
    await using test = hostOf(folder);
    await test.host.load();
    await assertRejects(
      () => test.host.use("a", "thing", (one) => one.call()),
      Deno.errors.NotCapable,
    );
    const failed = test.events().find(({ action }) =>
      action === "plugin.call.failed"
    );
    assertEquals(failed?.plugin_id, "a");
    assertStringIncludes(
      JSON.stringify(failed?.problems),
      'Declare it at permissions.read in the manifest"',
    );
  });
});
