import type { Builtin } from "@semantik/plugins";
import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import type { PluginCheck } from "../../src/cli/validate/plugin_check.ts";
import { runPlugin } from "../../src/cli/validate/run_plugin.ts";
import { testUnless, withoutPosix } from "../test_unless.ts";
import { runJson } from "./run_cli.ts";
import { denoCommand, runDeno } from "./run_deno.ts";
import { pluginFiles, withFolder } from "./with_plugins.ts";

const CLI = new URL("../../cli.ts", import.meta.url).href;
const IS_WINDOWS = Deno.build.os === "windows";

/** Validates a plugin with these bodies of setup and dispose. */
async function run(
  setup: string,
  dispose = "",
  permissions: Builtin["manifest"]["permissions"] = {},
): Promise<Readonly<{ code: number; check: PluginCheck }>> {
  const module = `let open;
    export default { async setup() { ${setup}; return {}; }, async dispose() { ${dispose} } };`;
  let found: Readonly<{ code: number; check: PluginCheck }> | undefined;
  await withFolder(
    pluginFiles("p", { permissions }, module),
    async (folder) => {
      const args = ["validate", "--run", "--hazards=none", `${folder}/p`];
      const { code, result } = await runJson(args);
      const [check] = Reflect.get(Object(result), "plugins");
      found = { code, check };
    },
  );
  assert(found !== undefined);
  return found;
}

const NET = { net: ["127.0.0.1:0"] };
const LISTEN = '{ hostname: "127.0.0.1", port: 0, onListen() {} }';

Deno.test("validate --run finds leaks after dispose", async (t) => {
  const rows: readonly (readonly [string, Parameters<typeof run>, RegExp])[] = [
    [
      "an unreferenced interval",
      ["Deno.unrefTimer(setInterval(() => {}, 1000))"],
      /leaks after dispose: an interval$/,
    ],
    [
      "a server and a signal listener",
      [
        `Deno.serve(${LISTEN}, () => new Response()); Deno.addSignalListener("${
          IS_WINDOWS ? "SIGBREAK" : "SIGTERM"
        }", () => {})`,
        "",
        NET,
      ],
      /leaks after dispose: a server, a signal listener$/,
    ],
    [
      "a Node server and an unused listener",
      [
        'const { createServer } = await import("node:http"); await new Promise((done) => createServer().listen(0, "127.0.0.1", done)); Deno.listen({ hostname: "127.0.0.1", port: 0 })',
        "",
        NET,
      ],
      /leaks after dispose: a TCP listener, a server$/,
    ],
    [
      "an error after dispose",
      ["", "setTimeout(() => { throw new Error('late'); }, 30)"],
      /After the dispose of plugin "p" its process ended with exit code 1: .*late/,
    ],
  ];
  for (const [name, args, message] of rows) {
    await t.step(name, async () => {
      const { code, check } = await run(...args);
      assertEquals(code, 1);
      assertEquals(check.problems.length, 1, JSON.stringify(check.problems));
      assertMatch(check.problems[0]?.message ?? "", message);
    });
  }
  await t.step("none in a plugin that stops what it started", async () => {
    const { check } = await run(
      `const timer = setInterval(() => {}, 1000); AbortSignal.timeout(60_000);
       const server = Deno.serve(${LISTEN}, () => new Response());
       open = () => { clearInterval(timer); server.shutdown(); };
       setTimeout(() => {}, 20)`,
      "open();",
      NET,
    );
    assertEquals(check.problems, []);
  });
  await t.step("a worker", async () => {
    const module =
      'export default { setup() { new Worker("data:text/javascript,setInterval(() => {}, 1000)", { type: "module" }); return {}; } };';
    await withFolder(pluginFiles("p", {}, module), async (folder) => {
      const { result } = await runPlugin({
        job: {
          id: "p",
          type: "reader",
          sources: [`${folder}/p`],
          hostVersion: "1.0.0",
          config: {},
          methods: [],
          watchesEnv: false,
          timeout: 5_000,
        },
        urls: { plugin: "file:///nowhere/", library: "file:///nowhere/" },
        allows: undefined,
        granted: () => ({}),
        flagsFor: () =>
          Promise.resolve([`--allow-read=${folder}/p`, "--no-prompt"]),
        signal: new AbortController().signal,
        exitTimeout: 200,
      });
      assertEquals(result.problems.map(({ message }) => message), [
        'Plugin "p" keeps its process alive after dispose',
      ]);
    });
  });
});

Deno.test("validate --run does not trust a plugin that replaces built-ins", async (t) => {
  const rows: readonly (readonly [string, string, string, string])[] = [
    [
      "what writes the result",
      'Object.prototype.toJSON = () => ({ problems: [], methods: [] }); JSON.stringify = () => ""',
      "",
      "JSON.stringify, Object.prototype, Object.prototype.toJSON",
    ],
    [
      "what collects the problems, and prints more than is kept",
      'Array.prototype.push = () => 0; console.log("x".repeat(3_000_000))',
      "",
      "Array.prototype.push",
    ],
    [
      "what nothing names",
      "Object.getPrototypeOf(Uint8Array).prototype.subarray = null; Object.setPrototypeOf(Array.prototype, {})",
      "",
      "subarray, Array.prototype.__proto__",
    ],
    [
      "what secrets and requests are made of",
      "Crypto.prototype.getRandomValues = (one) => one; Headers.prototype.set = () => {}; globalThis.Request = class {}",
      "",
      "Crypto.prototype.getRandomValues, Headers.prototype.set",
    ],
    [
      "at its end",
      "",
      "Deno.exit = () => {}; Promise.prototype.catch = () => {};",
      "Promise.prototype.catch",
    ],
  ];
  for (const [name, setup, dispose, named] of rows) {
    await t.step(name, async () => {
      const { code, check } = await run(setup, dispose);
      assertEquals(code, 1);
      const [first] = check.problems;
      const words = (text: string) =>
        text.split(/[ ,]+/).filter((word) => word.includes(".")).sort();
      assertMatch(first?.message ?? "", /^It replaces built-ins/);
      for (const word of words(named)) {
        assertStringIncludes(first?.message ?? "", word);
      }
    });
  }
  await t.step("what instruments or adds is accused of nothing", async () => {
    const { check } = await run(
      `const { log } = console; console.log = (...all) => log(...all);
       const before = fetch; globalThis.fetch = (...all) => before(...all);
       Reflect.getMetadata = () => {}; Array.prototype.lastOne ??= () => {};
       Error.stackTraceLimit = 50; Error.prepareStackTrace = undefined;
       await import("node:worker_threads"); await import("node:http")`,
    );
    assertEquals(check.problems, []);
  });
});

testUnless(
  withoutPosix("name to take from an open file"),
  "validate --run reports the accesses of a plugin that may write everywhere",
  async () => {
    const { check } = await run(
      `await fetch("http://127.0.0.1:65000/").catch(() => {});
       const file = Deno.env.get("DENO_AUDIT_PERMISSIONS");
       try { Deno.truncateSync(file); Deno.removeSync(file); } catch { /* it is not there */ }`,
      "",
      { write: true, env: ["DENO_AUDIT_PERMISSIONS"] },
    );
    assertEquals(check.problems.map(({ message }) => message.slice(0, 33)), [
      'It tried net to "127.0.0.1:65000"',
    ]);
  },
);

/** Tests if a process runs and is not a zombie. */
async function isRunning(pid: string): Promise<boolean> {
  const { stdout } = await runDeno([
    "eval",
    `const { stdout } = new Deno.Command("ps", { args: ["-o", "stat=", "-p", "${pid}"] }).outputSync();
     console.log(new TextDecoder().decode(stdout));`,
  ]);
  return /^[^Z\s]/.test(stdout);
}

testUnless(
  withoutPosix("groups of processes"),
  "validate --run kills what a plugin started and removes its files",
  async (t) => {
    const files = {
      ...pluginFiles(
        "starts",
        { permissions: { run: ["sleep"], write: ["$DATA"] } },
        `let child;
         export default {
           setup({ dataDir }) {
             Deno.mkdirSync(dataDir + "/locked/deep", { recursive: true });
             Deno.chmodSync(dataDir + "/locked", 0);
             child = new Deno.Command("sleep", { args: ["300"] }).spawn();
             child.unref();
             return {};
           },
           healthCheck: () => ({ status: "healthy", message: String(child.pid) }),
         };`,
      ),
      "tmp/.keep": "",
    };
    await withFolder(files, async (folder) => {
      const flags = ["run", "--no-prompt", "--allow-read", "--allow-write"];
      const env = { TMPDIR: `${folder}/tmp` };
      const left = async () =>
        (await Array.fromAsync(Deno.readDir(`${folder}/tmp`)))
          .map(({ name }) => name).filter((name) => name !== ".keep");
      await t.step("a program that holds its output", async () => {
        const { code, stdout } = await runDeno([
          ...flags,
          "--allow-run=deno",
          "--allow-env",
          CLI,
          "validate",
          "--run",
          "--json",
          "--hazards=none",
          `${folder}/starts`,
        ], { env });
        const [check] = JSON.parse(stdout).result.plugins;
        assertEquals(code, 1, stdout);
        assertMatch(
          check.problems[0].message,
          /leaks after dispose: a running program/,
        );
        assertEquals(await isRunning(check.run.health.message), false);
        assertEquals(await left(), []);
      });
      await t.step("a loop, when it is interrupted", async () => {
        const plugin = `${folder}/loops`;
        const started = `${folder}/started`;
        await Deno.mkdir(plugin);
        await Deno.writeTextFile(
          `${plugin}/plugin.json`,
          JSON.stringify({
            id: "loops",
            type: "reader",
            version: "1.0.0",
            permissions: { write: [started] },
          }),
        );
        await Deno.writeTextFile(
          `${plugin}/mod.ts`,
          `Deno.addSignalListener("SIGTERM", () => {});
           Deno.writeTextFileSync(${JSON.stringify(started)}, "");
           for (;;);`,
        );
        using watcher = Deno.watchFs(folder);
        const command = [CLI, "validate", "--run", plugin];
        const child = denoCommand([...flags, "--allow-run", ...command], {
          env,
        }).spawn();
        for await (const { paths } of watcher) {
          if (paths.includes(started)) break;
        }
        child.kill("SIGINT");
        assertEquals((await child.output()).code, 130);
        assertEquals(await left(), []);
      });
    });
  },
);
