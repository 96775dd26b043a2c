/** Tries to get past the flags of a plugin's process. */

import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import {
  contract,
  PluginError,
  PluginHost,
  type PluginHostOptions,
} from "@semantik/plugins";
import { recordEnvironment } from "@semantik/plugins/environment";
import {
  subprocess,
  type SubprocessCommand,
  type SubprocessOptions,
} from "@semantik/plugins/subprocess";
import { configFault } from "../../../src/runners/subprocess/deno_config.ts";
import { makeSymlink } from "../../make_symlink.ts";
import { builtin } from "../../host/builtin.ts";
import { withPlugins } from "../../host/with_plugins.ts";

interface Thing {
  call(...args: readonly unknown[]): Promise<unknown>;
}

const CONTRACTS = { thing: contract<Thing>("call") };

type Options = Partial<PluginHostOptions<typeof CONTRACTS>>;

function hostOf(folder: string, options: Options = {}) {
  return new PluginHost({
    name: "test",
    version: "1.0.0",
    sources: [folder],
    runner: subprocess(),
    contracts: CONTRACTS,
    switches: false,
    log: () => {},
    ...options,
  });
}

/** A plugin whose `call` runs the given body. */
function thing(body: string, top = ""): string {
  return `${top}
    export default { setup(context) { return { async call(...args) {
      ${body}
    } }; } };`;
}

Deno.test("a plugin's deno.json changes how its imports are resolved, and nothing else", async () => {
  await withPlugins({
    a: thing("return mapped;", 'import mapped from "mapped";'),
    b: thing("return 1;"),
  }, async (folder) => {
    await Deno.writeTextFile(`${folder}/a/mapped.ts`, "export default 5;");
    await Deno.writeTextFile(
      `${folder}/a/deno.jsonc`,
      `{ // Comments and trailing commas are allowed.
        "imports": { "mapped": "./mapped.ts", },
        "unstable": ["sloppy-imports"] }`,
    );
    // Deno.bundle() reads any file with no permission.
    const bundle = `{ "unstable": ["bundle"] }`;
    await Deno.writeTextFile(`${folder}/b/deno.json`, bundle);
    await using host = hostOf(folder);
    const { refused } = await host.load();
    assertEquals(await host.get("a", "thing")?.call(), 5);
    assertEquals(refused.map(({ id, code }) => [id, code]), [
      ["b", "PLUGIN_RUNNER_UNAVAILABLE"],
    ]);
    assertMatch(
      refused[0]?.problems[0]?.message ?? "",
      /deno\.json" enables the unstable feature "bundle"/,
    );
    await Deno.truncate(`${folder}/b/deno.json`, 2 ** 40);
    await using huge = hostOf(folder);
    const [, tooLarge] = await huge.plan();
    assertMatch(JSON.stringify(tooLarge), /has more than 262144 bytes/);
    await Deno.remove(`${folder}/b/deno.json`);
    const config = `${folder}/deno.json`;
    await Deno.writeTextFile(config, `{ "unstable": ["kv"] }`);
    await using unread = hostOf(folder, {
      runner: subprocess({ config: `${folder}/none.json` }),
    });
    const [, missing] = await unread.plan();
    assertMatch(JSON.stringify(missing), /none\.json\\" cannot be read/);
    await using other = hostOf(folder, { runner: subprocess({ config }) });
    const plan = await other.plan();
    assertEquals(plan.map(({ id, kind }) => [id, kind]), [
      ["a", "load"],
      ["b", "refuse"],
    ]);
  });
});

Deno.test("a configuration that two parsers may read differently is refused", () => {
  const harmless = [
    `{}`,
    `\ufeff{ "imports": { "a": "./a.ts" }, "compilerOptions": {} } // end`,
    `{ "unstable": [] /* none */, }`,
    `{ "a//b": "/* no comment */", "c": "\\"//" }`,
    `{ "unstable": ["raw-imports", "sloppy-imports"],\r\n "lock": false }`,
  ];
  for (const text of harmless) {
    assertEquals(configFault(text, true), undefined, text);
  }
  const harmful = [
    ``,
    `[]`,
    `{ unstable: ["bundle"] }`,
    `{ 'unstable': ["bundle"] }`,
    `{ "\\u0075nstable": ["bundle"] }`,
    `{ "unstable": ["bundle"], "unstable": [] }`,
    `{ "unstable": { "bundle": true } }`,
    `{ "unstable": [["bundle"]] }`,
    `{ // \r"unstable": ["bundle"],\n"a": 1 }`,
    `{ // \u2028"unstable": ["bundle"],\n"a": 1 }`,
    `{ "a": "//", "unstable": ["bundle"] }`,
    `{ "a": "\\"/*", "unstable": ["bundle"], "b": "*/" }`,
    `{ /* */ "unstable": ["bundle"] /* */ }`,
    `{ /* "unstable": [] }`,
    `{ "unstable": ["bundle"] } {}`,
    // A search from each opening would take minutes.
    `"${'\\"'.repeat(100_000)}`,
    "/*".repeat(100_000),
    `{${",".repeat(50_000)}${" ".repeat(50_000)}`,
    `{ "links": ["../other"] }`,
    `{ "workspace": ["../other"] }`,
    `{ "importMap": "https://example.com/map.json" }`,
    `{ "allowScripts": true }`,
    `{ "nodeModulesDir": "auto" }`,
  ];
  for (const text of harmful) assert(configFault(text, true), text);
  // The application may link and map whatever it likes.
  assertEquals(configFault(`{ "workspace": ["./plugins"] }`, false), undefined);
  assert(configFault(`{ "unstable": ["kv"] }`, false));
});

Deno.test("a link that is made while a plugin runs keeps its process from starting again", async () => {
  await withPlugins({ a: thing("Deno.exit(3);") }, async (folder) => {
    await using host = hostOf(folder);
    await host.load();
    const one = host.get("a", "thing");
    assert(one !== undefined);
    await makeSymlink("/etc", `${folder}/a/link`);
    await assertRejects(() => one.call(), PluginError, "exit code 3");
    const error = await assertRejects(() => one.call(), PluginError);
    assertStringIncludes(error.message, "leads out of its directory");
  });
});

Deno.test("a process that a plugin started does not keep the end of the plugin from the host", async () => {
  const deno = Deno.execPath();
  await withPlugins({
    a: {
      code: thing(`
        const code = "setTimeout(() => {}, 4_000)";
        new Deno.Command(${JSON.stringify(deno)}, {
          args: ["eval", "--no-config", code],
        }).spawn();
        Deno.exit(3);`),
      manifest: { permissions: { run: [deno] } },
    },
  }, async (folder) => {
    await using host = hostOf(folder);
    const report = await host.load();
    assertEquals(report.failed, []);
    const start = performance.now();
    const error = await assertRejects(
      async () => await host.get("a", "thing")?.call(),
      PluginError,
    );
    assertEquals(error.code, "PLUGIN_CRASHED");
    assert(performance.now() - start < 3_000);
  });
});

Deno.test("a hostile process cannot change the object of a plugin that it uses", async () => {
  await withPlugins({
    a: {
      code: thing(
        `const x = context.use("x");
         const failures = [];
         for (const name of ["__defineGetter__", "valueOf", "getter"]) {
           wanted = name;
           try { await x.call("call", () => "replaced"); }
           catch (error) { failures.push(error.message); }
         }
         return failures;`,
        // The object that use() returned calls whatever method this says.
        `let wanted = "call";
         const { includes } = Array.prototype;
         const stringify = JSON.stringify;
         JSON.stringify = (value, ...rest) =>
           stringify(value, ...rest)?.replace?.('"call"', stringify(wanted));
         const encode = TextEncoder.prototype.encodeInto;
         TextEncoder.prototype.encodeInto = function (text, into) {
           return encode.call(this, text.replace('["x","call"', '["x","' + wanted + '"'), into);
         };`,
      ),
      manifest: { requires: [{ id: "x", version: "*" }] },
    },
  }, async (folder) => {
    let ran = 0;
    const api = {
      call: () => Promise.resolve("own"),
      get getter() {
        ran++;
        return () => {};
      },
    };
    const isolated = subprocess();
    await using host = hostOf(folder, {
      builtins: [builtin("x", { setup: () => api })],
      runner: ({ trust }) => trust === "builtin" ? undefined : isolated,
    });
    const { failed } = await host.load();
    assertEquals(failed, []);
    const failures = await host.get("a", "thing")?.call();
    assertEquals(failures, [
      '"__defineGetter__" is not a method',
      '"valueOf" is not a method',
      '"getter" is not a method',
    ]);
    assertEquals(await api.call(), "own");
    assertEquals(ran, 0);
  });
});

Deno.test("plugins that share a configuration share no storage, and no variable that changes how Deno runs", async () => {
  const code = thing(`
    const before = localStorage.getItem("secret");
    localStorage.setItem("secret", context.id);
    return [before, Deno.env.get("LD_X"), Deno.env.get("DENO_X"), Deno.env.get("X")];
  `);
  const env = [
    "LD_X",
    "DENO_X",
    "OTEL_DENO",
    "NODE_OPTIONS",
    "NODE_CHANNEL_FD",
    "X",
  ];
  const manifest = { permissions: { env } };
  await withPlugins({
    a: { code, manifest },
    b: { code, manifest },
  }, async (folder) => {
    const config = `${folder}/deno.json`;
    await Deno.writeTextFile(config, "{}");
    const names: string[][] = [];
    await using host = hostOf(folder, {
      environment: recordEnvironment(
        Object.fromEntries(env.map((name) => [name, "1"])),
      ),
      runner: subprocess({
        config,
        wrap: (command) => {
          names.push(Object.keys(command.env));
          // Keeps the storage of this test out of the cache of Deno.
          const DENO_DIR = `${folder}/cache`;
          return { ...command, env: { ...command.env, DENO_DIR } };
        },
      }),
    });
    const { failed } = await host.load();
    assertEquals(failed, []);
    for (const id of ["a", "b"]) {
      assertEquals(await host.get(id, "thing")?.call(), [
        null,
        undefined,
        undefined,
        "1",
      ]);
    }
    for (const list of names) {
      assertEquals(list.filter((name) => env.includes(name)), ["X"]);
    }
  });
});

Deno.test("memory that a process may not have is named as the limit", async () => {
  await withPlugins({
    a: thing(`
      if (args[0] === "buffer") new ArrayBuffer(2 ** 45);
      if (args[0] === "own") throw new RangeError("Invalid array length");
    `),
  }, async (folder) => {
    await using host = hostOf(folder, {
      runner: subprocess({ limits: { memory: 64 } }),
    });
    await host.load();
    const one = host.get("a", "thing");
    assert(one !== undefined);
    const error = await assertRejects(() => one.call("buffer"), PluginError);
    assertEquals(error.code, "PLUGIN_LIMIT_EXCEEDED");
    assertMatch(error.message, /64 MiB of memory/);
    await assertRejects(() => one.call("own"), RangeError, "array length");
  });
});

Deno.test("a command that does not start Deno is refused with a remedy", async () => {
  await withPlugins({ a: thing("return 1;") }, async (folder) => {
    const garbage: SubprocessCommand = JSON.parse('{ "program": 1 }');
    const table: readonly (readonly [
      NonNullable<SubprocessOptions["wrap"]>,
      RegExp,
    ])[] = [
      [() => {
        throw new Error("on purpose");
      }, /the option wrap threw Error: on purpose/],
      [() => garbage, /the option wrap did not return a command/],
      [
        (command) => ({ ...command, args: ["--version"] }),
        /its command ended \(exit code 0\)/,
      ],
    ];
    for (const [wrap, message] of table) {
      await using host = hostOf(folder, { runner: subprocess({ wrap }) });
      const { failed } = await host.load();
      assertEquals(failed.map(({ code }) => code), [
        "PLUGIN_RUNNER_UNAVAILABLE",
      ]);
      assertMatch(failed[0]?.problems[0]?.message ?? "", message);
    }
  });
});

Deno.test("a wrapper that is not installed is named in the remedy", async () => {
  await withPlugins({ a: thing("return 1;") }, async (folder) => {
    await using host = hostOf(folder, {
      runner: subprocess({
        wrap: (command) => ({ ...command, program: `${folder}/none` }),
      }),
    });
    const { failed } = await host.load();
    const [problem] = failed.flatMap(({ problems }) => problems);
    assertEquals(problem?.code, "PLUGIN_RUNNER_UNAVAILABLE");
    const text = `${problem?.message} ${problem?.remedy}`;
    assertStringIncludes(text, `${folder}/none`);
    assert(!/Install Deno/.test(text), text);
  });
});

Deno.test("a line that a plugin logs is cut before the log of the host gets it", async () => {
  await withPlugins({
    a: thing(
      `context.log.info("x".repeat(1_000_000)); console.log("printed");`,
    ),
  }, async (folder) => {
    const lengths: number[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    await using host = hostOf(folder, {
      log: (_id, _level, message) => {
        lengths.push(message.length);
        if (message === "printed") resolve();
      },
    });
    await host.load();
    await host.get("a", "thing")?.call();
    await promise;
    assert(Math.max(...lengths) < 17_000);
    assertEquals(lengths.length, 2);
  });
});
