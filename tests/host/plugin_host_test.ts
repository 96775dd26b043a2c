import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { contract, PluginError, PluginHost } from "@semantik/plugins";
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

Deno.test("PluginHost loads plugins from a directory and hands out their own objects", async () => {
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
    assertEquals(host.get("hello", "other"), undefined);
    assertEquals(host.get("nobody", "greeter"), undefined);
  });
});

Deno.test("PluginHost.load() loads once when it is called twice, and at the same time", async () => {
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

Deno.test("PluginHost.load() imports and sets up independent plugins side by side", async () => {
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

Deno.test("PluginHost.load() reports in the order of the sources, whatever settles first", async () => {
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

Deno.test("PluginHost.plan() decides without running any code, asking or changing anything", async () => {
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
      kind: "load",
    });
    assert(b?.kind === "refuse");
    assertEquals(b.problems.map(({ code }) => code), [
      "PLUGIN_HOST_INCOMPATIBLE",
    ]);
    assertEquals(test.events(), []);
  });
});

Deno.test("PluginHost.load() goes on when a plugin is refused or fails", async () => {
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
      remedy: "See the cause; the plugin's module has to be importable",
    }]);
    assertEquals(refused.map(({ id, code }) => [id, code]), [
      ["refused", "PLUGIN_PERMISSION_MISSING"],
    ]);
  });
});

Deno.test("PluginHost.load() throws every problem at once with onProblem: throw, and leaves nothing live", async () => {
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

Deno.test("PluginHost.use() calls the plugin and gives back what the callback returns or throws", async () => {
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
    'it is of type "thing"',
  );
  assertEquals(wrong.code, "PLUGIN_NOT_FOUND");
});

Deno.test("PluginHost decides what is a builtin by how it was handed over", async () => {
  const says = (id: string) => ({
    code: `export const builtin = true; export default {
      origin: "builtin", builtin: true, setup: (context) => {
        context.audit("own", { origin: "builtin", entry_point: "builtin:x" });
        return { origin: "builtin" };
      } };`,
    manifest: {
      description: "builtin",
      author: "builtin",
      displayName: `builtin:${id}`,
    },
  });
  await withPlugins({ builtin: says("a") }, async (folder) => {
    await using test = createTestHost({
      sources: [folder],
      builtins: [builtin("ours")],
    });
    await test.host.load();
    const registered = test.events().filter(({ action }) =>
      String(action).startsWith("plugin.registered")
    );
    assertEquals(
      registered.map((
        { plugin_id, action, entry_point },
      ) => [plugin_id, action, entry_point]),
      [
        ["ours", "plugin.registered.builtin", "builtin:ours"],
        [
          "builtin",
          "plugin.registered.external",
          `file://${folder}/builtin/mod.ts`,
        ],
      ],
    );
    const own = test.events().find(({ action }) => action === "own");
    assertEquals(own?.entry_point, `file://${folder}/builtin/mod.ts`);
    assertEquals(own?.detail_entry_point, "builtin:x");
  });
});

Deno.test("PluginHost keeps an id for the builtin, and for the earlier source", async () => {
  const squat = { code: `throw new Error("must not run");`, id: "taken" };
  await withPlugins({
    first: squat,
    taken: { ...squat, id: "other" },
    late: { ...squat, id: "other" },
  }, async (folder) => {
    await using test = createTestHost({
      builtins: [
        builtin("taken", { setup: () => ({ mine: true }) }),
        builtin("taken"),
      ],
      sources: [`${folder}/first`, `${folder}/taken`, `${folder}/late`],
      importModule: (specifier) =>
        Promise.resolve({ default: { setup: () => ({ specifier }) } }),
    });
    const { loaded, refused } = await test.host.load();
    assertEquals(loaded.map(({ id, source }) => [id, source]), [
      ["taken", "builtin:taken"],
      ["other", `${folder}/taken`],
    ]);
    assertEquals(refused.map(({ id, code, source }) => [id, code, source]), [
      ["taken", "PLUGIN_ID_CONFLICT", "builtin:taken"],
      ["taken", "PLUGIN_ID_CONFLICT", `${folder}/first`],
      ["other", "PLUGIN_ID_CONFLICT", `${folder}/late`],
    ]);
    assertEquals(test.host.get("taken"), { mine: true });
  });
});

Deno.test("PluginHost reads a manifest once: what is changed in it later changes nothing", async () => {
  const manifest = { id: "a", type: "thing", version: "1.0.0" };
  await using test = createTestHost({
    builtins: [{
      manifest,
      plugin: {
        setup() {
          manifest.id = "b";
          manifest.type = "other";
          return {};
        },
      },
    }],
  });
  const { loaded } = await test.host.load();
  assertEquals(loaded.map(({ id, type }) => [id, type]), [["a", "thing"]]);
  assertEquals(test.host.byType("thing").length, 1);
});

Deno.test("PluginHost refuses options that it cannot use, each with a remedy", async (t) => {
  const good = { name: "app", version: "1.0.0" };
  const cases: readonly [string, Readonly<Record<string, unknown>>, string][] =
    [
      ["no name", { ...good, name: "" }, '"name" is missing'],
      ["no version", { name: "app" }, '"version" is "undefined"'],
      ["a version that is none", { ...good, version: "1" }, '"version" is "1"'],
      [
        "another form of pre-release",
        { ...good, version: "2.0.0rc1" },
        '"version" is "2.0.0rc1"',
      ],
      [
        "a mode that is none",
        { ...good, permissions: "off" },
        '"permissions" is "off"',
      ],
      ["no time", { ...good, timeouts: { load: 0 } }, '"timeouts.load" is 0'],
      [
        "not a number",
        { ...good, timeouts: { health: NaN } },
        '"timeouts.health" is NaN',
      ],
      [
        "for ever",
        { ...good, timeouts: { setup: Infinity } },
        '"timeouts.setup" is Infinity',
      ],
      [
        "too long for a timer",
        { ...good, timeouts: { dispose: 2 ** 31 } },
        '"timeouts.dispose" is 2147483648',
      ],
    ];
  for (const [name, options, expected] of cases) {
    await t.step(name, () => {
      const error = assertThrows(
        () => Reflect.construct(PluginHost, [options]),
        PluginError,
        `Cannot create host: option ${expected}`,
      );
      assertEquals(error.code, "PLUGIN_OPTION_INVALID");
      assert(error.remedy.length > 0);
    });
  }
});

Deno.test("PluginHost turns everything away after it was disposed of", async (t) => {
  const test = createTestHost({ builtins: [builtin("a")] });
  const { host } = test;
  await host.load();
  await host[Symbol.asyncDispose]();
  assertEquals(host.get("a"), undefined);
  assertEquals(host.byType("thing"), []);
  const calls: Readonly<Record<string, () => Promise<unknown>>> = {
    load: () => host.load(),
    enable: () => host.enable("a"),
    disable: () => host.disable("a"),
    configure: () => host.configure("a", {}),
    health: () => host.health(),
    watchHealth: () => host.watchHealth({ every: 1 }),
  };
  for (const [name, call] of Object.entries(calls)) {
    await t.step(name, async () => {
      const error = await assertRejects(
        call,
        PluginError,
        "the host was disposed of",
      );
      assertEquals(error.code, "PLUGIN_HOST_DISPOSED");
    });
  }
  await t.step("use", async () => {
    const error = await assertRejects(
      () =>
        Promise.resolve(Reflect.apply(host.use, host, ["a", "thing", () => 1])),
      PluginError,
    );
    assertEquals(error.code, "PLUGIN_NOT_LIVE");
  });
});
