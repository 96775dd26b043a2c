import { assert, assertEquals, assertRejects } from "@std/assert";
import { contract, PluginError } from "@semantik/plugins";
import { builtin, requires } from "./builtin.ts";
import { createTestHost } from "./test_host.ts";
import { withPlugins } from "./with_plugins.ts";

interface Greeter {
  greet(name: string): string | Promise<string>;
}

const GREETER = `export default {
  setup: () => ({ name: "Hello", greet(name) { return this.name + " " + name; } }),
};`;

const ids = (entries: readonly { readonly id: string | undefined }[]) =>
  entries.map(({ id }) => id);

Deno.test("PluginHost loads plugins from a directory and returns their own objects", async () => {
  const greeter = { code: GREETER, manifest: { type: "greeter" } };
  await withPlugins({ hello: greeter }, async (folder) => {
    await using test = createTestHost({
      sources: [folder],
      contracts: { greeter: contract<Greeter>("greet") },
    });
    const { host } = test;
    assertEquals(host.get("hello"), undefined);
    const report = await host.load();

    assertEquals(report, {
      loaded: [{
        id: "hello",
        type: "greeter",
        version: "1.0.0",
        source: `${folder}/hello`,
      }],
      skipped: [],
      refused: [],
      failed: [],
    });
    assertEquals(
      await host.get("hello", "greeter")?.greet("Deno"),
      "Hello Deno",
    );
    const [first] = host.byType("greeter");
    assert(first === host.get("hello", "greeter"));
    assertEquals(host.get("hello"), host.get("hello", "greeter"));
    // @ts-expect-error The host knows no such type.
    assertEquals(host.get("hello", "other"), undefined);
    assertEquals(host.get("nobody", "greeter"), undefined);
  });
});

Deno.test("PluginHost.load() loads once when it is called twice", async () => {
  let count = 0;
  const release = Promise.withResolvers<void>();
  await using test = createTestHost({
    builtins: [builtin("a", {
      async setup() {
        count++;
        await release.promise;
        return {};
      },
    })],
  });
  const { host } = test;
  const both = [host.load(), host.load()];
  release.resolve();
  const [first, second] = await Promise.all(both);

  assertEquals(count, 1);
  assert(first === second);
  assert(first === await host.load());
  assertEquals(count, 1);
  assertEquals(test.actions(), ["a plugin.registered.builtin"]);
});

Deno.test("PluginHost.load() loads independent plugins concurrently", async () => {
  const arrived = new Set<string>();
  const all = Promise.withResolvers<void>();
  // Nobody goes on before everybody is there: one after the other would never end.
  async function meet(name: string, count: number): Promise<void> {
    arrived.add(name);
    if (arrived.size === count) all.resolve();
    await all.promise;
  }
  await withPlugins({ a: "", b: "", c: "" }, async (folder) => {
    await using test = createTestHost({
      sources: [folder],
      importModule: async (specifier) => {
        await meet(specifier, 3);
        return { default: { setup: () => ({}) } };
      },
    });
    const { loaded } = await test.host.load();
    assertEquals(ids(loaded), ["a", "b", "c"]);
  });
});

Deno.test("PluginHost.load() reports in the order of the sources", async () => {
  const second = Promise.withResolvers<object>();
  const first = {
    setup: async () => {
      await second.promise;
      return {};
    },
  };
  const last = {
    setup() {
      second.resolve({});
      return { last: true };
    },
  };
  await using test = createTestHost({
    builtins: [
      builtin("z", first),
      builtin("fails", { setup: () => Promise.reject(new Error("no")) }),
      builtin("m", {}, requires("b")),
      builtin("b", last),
      builtin("also-fails", {
        setup() {
          throw new Error("no");
        },
      }),
    ],
  });
  const { loaded, failed } = await test.host.load();
  assertEquals(ids(loaded), ["z", "m", "b"]);
  assertEquals(ids(failed), ["fails", "also-fails"]);
  // A dependency stands before what depends on it.
  assertEquals(test.host.byType("thing").indexOf(test.host.get("b") ?? {}), 1);
});

Deno.test("PluginHost.plan() runs no code, shows no prompt and changes nothing", async () => {
  const bomb = `throw new Error("this code must not run");`;
  await withPlugins({
    a: bomb,
    b: { code: bomb, manifest: { host: "^2.0.0" } },
  }, async (folder) => {
    await using test = createTestHost({ sources: [folder] });
    const [a, b] = await test.host.plan();
    assertEquals(a, {
      id: "a",
      type: "thing",
      version: "1.0.0",
      source: `${folder}/a`,
      runner: "in-process",
      trust: "local",
      kind: "load",
    });
    assert(b?.kind === "refuse");
    assertEquals(b.problems.map(({ code }) => code), [
      "PLUGIN_HOST_INCOMPATIBLE",
    ]);
    assertEquals(test.events(), []);
  });
});

Deno.test("PluginHost.load() continues when a plugin is refused or fails", async () => {
  await withPlugins({
    bad: `throw new Error("at import");`,
    good: GREETER,
    refused: {
      code: GREETER,
      manifest: { permissions: { run: ["nothing-of-that-name"] } },
    },
  }, async (folder) => {
    await using test = createTestHost({ sources: [folder] });
    const { loaded, failed, refused } = await test.host.load();
    assertEquals(ids(loaded), ["good"]);
    assertEquals(failed.map(({ id, source, code }) => [id, source, code]), [
      ["bad", `${folder}/bad`, "PLUGIN_IMPORT_FAILED"],
    ]);
    assertEquals(failed[0]?.problems, [{
      code: "PLUGIN_IMPORT_FAILED",
      message: 'Cannot import plugin "bad": Error: at import',
      remedy: "See the cause, and fix the plugin's module",
    }]);
    assertEquals(refused.map(({ id, code }) => [id, code]), [
      ["refused", "PLUGIN_PERMISSION_MISSING"],
    ]);
  });
});

Deno.test("PluginHost.load() with onProblem: throw disposes everything and throws every problem", async () => {
  const ended: string[] = [];
  let isMended = false;
  await using test = createTestHost({
    onProblem: "throw",
    builtins: [
      builtin("good", { dispose: () => ended.push("good") }),
      builtin("bad", {
        setup() {
          if (!isMended) throw new Error("first");
          return {};
        },
      }),
      builtin("refused", {}, { host: "^9.0.0" }),
    ],
  });
  const { host } = test;
  const error = await assertRejects(
    () => host.load(),
    AggregateError,
    'Cannot load all plugins: "refused", "bad"',
  );
  assertEquals(
    error.errors.map((one) =>
      one instanceof PluginError && [one.pluginId, one.code]
    ),
    [["refused", "PLUGIN_HOST_INCOMPATIBLE"], ["bad", "PLUGIN_SETUP_FAILED"]],
  );
  assertEquals(ended, ["good"]);
  assertEquals(host.get("good"), undefined);

  // The next call starts afresh.
  isMended = true;
  const again = await assertRejects(() => host.load(), AggregateError);
  assertEquals(again.errors.length, 1);
  assertEquals(ended, ["good", "good"]);
});

Deno.test("PluginHost.use() settles like its callback", async () => {
  await using test = createTestHost({
    contracts: { greeter: contract<Greeter>("greet") },
    builtins: [
      builtin("hello", {
        setup: () => ({ greet: (name: string) => `Hello ${name}` }),
      }, { type: "greeter" }),
      builtin("thing"),
    ],
  });
  const { host } = test;
  const early = await assertRejects(
    () => host.use("hello", "greeter", () => 1),
    PluginError,
    'Cannot use plugin "hello": it is not live',
  );
  assertEquals(early.code, "PLUGIN_NOT_LIVE");
  await host.load();
  assertEquals(
    await host.use(
      "hello",
      "greeter",
      (plugin, { signal }) => signal.aborted ? "" : plugin.greet("you"),
    ),
    "Hello you",
  );
  await assertRejects(
    () =>
      host.use("hello", "greeter", () => {
        throw new RangeError("mine");
      }),
    RangeError,
    "mine",
  );
  const wrong = await assertRejects(
    () => host.use("thing", "greeter", () => 1),
    PluginError,
    'its type is "thing"',
  );
  assertEquals(wrong.code, "PLUGIN_NOT_FOUND");
});
