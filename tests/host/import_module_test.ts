import { assertEquals, assertStringIncludes } from "@std/assert";
import type { LoadReport, PluginHostOptions } from "@semantik/plugins";
import { runCli, runJson } from "../cli/run_cli.ts";
import { assertProblem } from "../assert_problem.ts";
import { createTestHost } from "./test_host.ts";

type ImportModule = NonNullable<PluginHostOptions["importModule"]>;

const LINE = "importModule: (specifier, options) => import(specifier, options)";
const MANIFEST = { id: "greeter", type: "greeting", version: "1.0.0" };
const PLUGIN = { setup: () => ({ greet: () => "hello" }) };
/** Deno imports from this server without a flag. */
const SERVER = "https://esm.sh/greeter/";

/** An import that records its calls. */
function recordImports(): Readonly<{
  calls: readonly unknown[];
  importModule: ImportModule;
}> {
  const calls: unknown[] = [];
  return {
    calls,
    importModule: (specifier, options) => {
      calls.push([specifier, options]);
      const isJson = options?.with?.type === "json";
      return Promise.resolve({ default: isJson ? MANIFEST : PLUGIN });
    },
  };
}

async function load(
  source: string,
  importModule?: ImportModule,
): Promise<LoadReport> {
  await using test = createTestHost({
    sources: [source],
    ...importModule === undefined ? {} : { importModule },
  });
  return await test.host.load();
}

Deno.test("PluginHost.load() refuses a source on a server at once if there is no importModule", async () => {
  const sources = [SERVER, "http://127.0.0.1:1/p/plugin.json", "http://[::1]"];
  for (const source of sources) {
    const [refused] = (await load(source)).refused;
    assertProblem(refused?.problems[0], [
      "PLUGIN_SOURCE_UNREADABLE",
      [source, "it is on a server, and there is no importModule"],
      `Pass ${LINE}`,
    ]);
  }
});

Deno.test("PluginHost.load() imports manifests and modules with importModule", async () => {
  const table = [
    [SERVER, `${SERVER}plugin.json`, `${SERVER}mod.ts`],
    ["jsr:@s/greeter@1", "jsr:@s/greeter@1/plugin.json", "jsr:@s/greeter@1"],
    ["npm:greeter", "npm:greeter/plugin.json", "npm:greeter"],
  ] as const;
  for (const [source, manifest, module] of table) {
    const { calls, importModule } = recordImports();
    const { loaded } = await load(source, importModule);
    assertEquals(loaded.map(({ id }) => id), ["greeter"]);
    assertEquals(calls, [
      [manifest, { with: { type: "json" } }],
      [module, undefined],
    ]);
  }
});

Deno.test("PluginHost.load() refuses what an importModule throws or returns", async () => {
  const importModules: readonly ImportModule[] = [
    () => {
      throw new TypeError("thrown at once");
    },
    () => Promise.reject(new TypeError("thrown later")),
    () => Promise.resolve(undefined),
    () => Promise.resolve("text"),
    () => Promise.resolve({ default: 1 }),
  ];
  for (const importModule of importModules) {
    const { refused } = await load(SERVER, importModule);
    assertEquals(refused.length, 1);
  }
});

Deno.test("the command line refuses a source on a server, and says how to read it", async () => {
  for (const command of ["list", "plan", "permissions", "validate"]) {
    const { code, stdout, stderr } = await runCli([command, SERVER]);
    assertEquals(code, 1, stderr);
    assertStringIncludes(
      stdout + stderr,
      `Download the plugin, or call main(Deno.args, { ${LINE} })`,
    );
  }
});

Deno.test("main() imports manifests of servers with importModule, and runs none of their plugins", async () => {
  const { importModule } = recordImports();
  const { result } = await runJson(["list", SERVER], { importModule });
  assertStringIncludes(JSON.stringify(result), SERVER);
  const run = await runCli(["validate", "--run", SERVER], { importModule });
  assertEquals(run.code, 1);
  assertStringIncludes(
    run.stdout,
    'Cannot run plugin "greeter": it is on a server',
  );
});

Deno.test("docs/errors.md shows the message of a source on a server", async () => {
  const page = await Deno.readTextFile("docs/errors.md");
  const [refused] = (await load(SERVER)).refused;
  const [, fault = ""] = refused?.problems[0]?.message.split('": ') ?? [];
  assertStringIncludes(page.replaceAll(/\s+/g, " "), fault);
});
