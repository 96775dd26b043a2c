/**
 * The package used as everybody will use it: published by `deno publish`, then
 * imported from jsr.io in folders of a user's own, from an empty cache.
 *
 * `deno task test:published` runs it; it needs the npm registry.
 */

import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { outputPattern, readSteps } from "../docs/page_steps.ts";
import { type Ended, World } from "./world.ts";

const ROOT = new URL("../../", import.meta.url);
const CLI = "jsr:@semantik/plugins/cli";
/**
 * A first run from an empty cache: each module is a request, even those of verified
 * sources, which only a host with a lock loads.
 */
const MAX_REQUESTS = 112;
const MAX_BYTES = 1_340_000;
const IMPORT =
  "importModule: (specifier, options) => import(specifier, options)";
const MANIFEST = {
  id: "greeter",
  type: "greeting",
  version: "1.0.0",
  permissions: { env: ["GREETING"] },
};
const CODE = `import { definePlugin } from "@semantik/plugins/plugin";

export default definePlugin({
  setup: ({ env }) => ({ greet: (name: string) => \`\${env.GREETING ?? "Hello"} \${name}\` }),
});
`;
const TEST = `import { testPlugin } from "@semantik/plugins/testing";
import manifest from "./plugin.json" with { type: "json" };
import plugin from "./mod.ts";

Deno.test("it greets", async () => {
  await using tested = await testPlugin(plugin, manifest, { env: { GREETING: "Servus" } });
  if (tested.api.greet("Deno") !== "Servus Deno") throw new Error(tested.api.greet("Deno"));
});
`;

/** A host that greets with every plugin that it loads. */
function hostOf(...sources: readonly string[]): string {
  return `import { contract, PluginHost } from "@semantik/plugins";

interface Greeting {
  greet(name: string): string | Promise<string>;
}

await using host = new PluginHost({
  name: "app",
  version: "1.0.0",
  sources: ${JSON.stringify(sources)},
  switches: false,
  contracts: { greeting: contract<Greeting>("greet") },
});
const report = await host.load();
for (const { problems } of [...report.refused, ...report.failed]) {
  for (const { message, remedy } of problems) console.log(message, "|", remedy);
}
for (const plugin of host.byType("greeting")) console.log(await plugin.greet("Deno"));
`;
}

const CONFIG = JSON.stringify({
  imports: { "@semantik/plugins": "jsr:@semantik/plugins@^0.1.0" },
});

function assertEnded(ended: Ended, code = 0): void {
  assertEquals(ended.code, code, `${ended.stdout}\n${ended.stderr}`);
}

const README = await Deno.readTextFile(new URL("README.md", ROOT));

/** The code block of a language that follows a heading of the README. */
function readmeBlock(heading: string, language: string): string {
  const [, section = ""] = README.split(`\n## ${heading}\n`);
  const [, block] =
    new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, "m").exec(section) ?? [];
  assert(block !== undefined, `no ${language} under ${heading}`);
  return block;
}

/** The arguments of a command line that a page shows in a line of its own. */
async function pageCommand(
  path: string,
  start: string,
): Promise<readonly string[]> {
  const page = await Deno.readTextFile(new URL(path, ROOT));
  const [, line] = new RegExp(`^\`?(${start}.*?)\`?$`, "m").exec(page) ?? [];
  assert(line !== undefined, `no command ${start} in ${path}`);
  return line.split(" ").slice(1);
}

/** The arguments of a command line that the README shows. */
function readmeCommand(start: string): readonly string[] {
  const line = README.split("\n").find((one) => one.startsWith(start));
  assert(line !== undefined, `no command ${start}`);
  return line.split(" ").slice(1).map((word) => word.replaceAll("'", ""));
}

Deno.test("the package from JSR", async (t) => {
  await using world = await World.create();
  const greeter = {
    "plugins/greeter/plugin.json": JSON.stringify(MANIFEST),
    "plugins/greeter/mod.ts": CODE,
  };
  const flags = ["--no-prompt", "--allow-read=.", "--allow-env=GREETING"];

  await t.step("the README, from deno add to a host that runs", async () => {
    const plugin = "A plugin in ten lines";
    const cwd = await world.write("readme", {
      "deno.json": "{}",
      "plugins/greeter/plugin.json": readmeBlock(plugin, "json"),
      "plugins/greeter/mod.ts": readmeBlock(plugin, "ts"),
      "main.ts": readmeBlock("A host in ten lines", "ts"),
    });
    // A first run, from an empty cache.
    const env = { DENO_DIR: `${world.folder}/first_dir` };
    const run = readmeCommand("deno run --no-prompt");
    await world.write("readme", { "deno.json": CONFIG });
    await world.served();
    assertEnded(await world.deno(run, { cwd, env }));
    const served = await world.served();
    const bytes = served.reduce((sum, one) => sum + one.bytes, 0);
    assert(served.length <= MAX_REQUESTS, `${served.length} requests`);
    assert(bytes <= MAX_BYTES, `${bytes} bytes`);
    // Not even zod, which the command line uses.
    // Not even zod, which only the command line uses.
    const lock = await Deno.readTextFile(`${cwd}/deno.lock`);
    assert(!lock.includes("npm:"), lock);

    await world.write("readme", { "deno.json": "{}" });
    assertEnded(await world.deno(readmeCommand("deno add"), { cwd }));
    const ended = await world.deno(run, { cwd });
    assertEnded(ended);
    assertEquals(ended.stdout, "Hello Deno\n");
    assertEnded(await world.deno(["check"], { cwd }));

    // The command line, under the name of the package.
    const program = await world.deno(
      ["run", "jsr:@semantik/plugins", "list", "."],
      { cwd },
    );
    assertEnded(program, 2);
    assertMatch(
      program.stderr,
      /command line is jsr:@semantik\/plugins\/cli\n/,
    );
  });

  await t.step(
    "a page needs no permission but that of its server",
    async () => {
      const cwd = await world.write("page", {
        "deno.json": CONFIG,
        "main.ts":
          `import { definePlugin, PluginHost } from "@semantik/plugins";
import { createPage } from "@semantik/plugins/page";

await using host = new PluginHost({
  name: "app",
  version: "1.0.0",
  builtins: [{
    manifest: { id: "one", type: "t", version: "1.0.0" },
    plugin: definePlugin({ setup: () => ({}) }),
  }],
});
await host.load();
using page = createPage({ host, anonymous: "read" });
const response = await page(new Request("http://localhost/any/path"));
const text = await response.text();
console.log(response.status, text.includes("<style>"), text.includes("p-one"));
`,
      });
      const ended = await world.deno(["run", "--no-prompt", "main.ts"], {
        cwd,
      });
      assertEnded(ended);
      assertEquals(ended.stdout, "200 true true\n");
    },
  );

  await t.step(
    "a new plugin, and dev",
    async () => {
      const cwd = await world.write("author", {});
      const permissions = [
        "--allow-read",
        "--allow-write",
        "--allow-env",
        "--allow-run=deno",
      ];
      const run = (...args: readonly string[]) =>
        world.deno(["run", ...permissions, CLI, ...args], { cwd });
      assertEnded(await run("new", "my-plugin"));
      const plugin = `${cwd}/my-plugin`;
      const dev = await world.denoUntil(
        ["task", "dev"],
        /^ {2}tests: .*\n\n/m,
        { cwd: plugin },
      );
      assertEnded(dev);
      assertMatch(dev.stdout, /^ok +my-plugin +greeting +0\.1\.0$/m);
      assertMatch(dev.stdout, /^ {2}tests: passed, 1 passed/m);
    },
  );

  await t.step("docs/authoring.md, from nothing to a publication", async () => {
    const cwd = await world.write("newcomer", {});
    const page = await Deno.readTextFile(new URL("docs/authoring.md", ROOT));
    for (const step of readSteps(page)) {
      if (step.kind === "file") {
        await Deno.writeTextFile(`${cwd}/${step.path}`, step.text);
        continue;
      }
      const ended = await world.shell(step.line, { cwd });
      assertEnded(ended);
      const shown = outputPattern(step.output);
      assert(
        shown.test(ended.stdout.trim()) || shown.test(ended.stderr.trim()),
        `${step.line}\n${ended.stdout}\n${ended.stderr}`,
      );
    }
  });

  await t.step("every command of the command line", async () => {
    const cwd = await world.write("cli", { ...greeter, "audit.jsonl": "" });
    const commands: readonly (readonly [string, ...string[]])[] = [
      ["--version"],
      ["help"],
      ["list", "plugins"],
      ["plan", "plugins"],
      ["permissions", "plugins"],
      ["validate", "plugins"],
      ["env"],
      ["audit", "audit.jsonl"],
      ["audit", "verify", "audit.jsonl"],
    ];
    for (const args of commands) {
      const ended = await world.deno(
        ["run", "-A", "--no-prompt", CLI, ...args],
        { cwd },
      );
      assert(ended.code < 2, `${args.join(" ")}: ${ended.stderr}`);
    }
  });

  await t.step(
    "deno install --global, and the program that it makes",
    async () => {
      const cwd = await world.write("installed", greeter);
      assertEnded(await world.deno(readmeCommand("deno install"), { cwd }));
      const program = await Deno.readTextFile(
        `${world.folder}/install/bin/semantik-plugin`,
      );
      const [, args = ""] = /deno['"]?\s+(run .*?) "\$@"/.exec(program) ?? [];
      const words = args.split(/\s+/).map((word) => word.replaceAll("'", ""));
      const ended = await world.deno([...words, "list", "plugins"], { cwd });
      assertEnded(ended);
      assertMatch(ended.stdout, /greeter/);
      const rows = [
        ["completions bash", "complete -o default"],
        ["schema", '"title": "The plugin.json of'],
      ] as const;
      for (const [line, part] of rows) {
        const args = [...words, ...line.split(" ")];
        const printed = await world.deno(args, { cwd });
        assertEnded(printed);
        assertStringIncludes(printed.stdout, part);
      }
    },
  );

  await t.step("a plugin in a folder, tested with testPlugin", async () => {
    const cwd = await world.write("tested", {
      "deno.json": CONFIG,
      "plugin.json": JSON.stringify(MANIFEST),
      "mod.ts": CODE,
      "mod_test.ts": TEST,
    });
    assertEnded(await world.deno(["test", "--allow-read=."], { cwd }));
  });

  await t.step("a plugin that is a jsr: package", async () => {
    const packageOf = (name: string, version: string) =>
      world.write(name, {
        "deno.json": JSON.stringify({
          name: `@acme/${name}`,
          version: "1.0.3",
          license: "MIT",
          exports: { ".": "./mod.ts", "./plugin.json": "./plugin.json" },
          imports: { "@semantik/plugins": "jsr:@semantik/plugins@^0.1.0" },
        }),
        "plugin.json": JSON.stringify({ ...MANIFEST, id: name, version }),
        "mod.ts": CODE.replace(
          "export default definePlugin(",
          "/** A greeter. */\nconst plugin: unknown = definePlugin(",
        ) +
          "\nexport default plugin;\n",
      });
    await world.publish(await packageOf("greeter", "1.0.3"));
    await world.publish(await packageOf("liar", "1.0.2"));
    const host = await world.write("jsr-host", {
      "deno.json": CONFIG,
      "main.ts": hostOf("jsr:@acme/greeter@^1.0.0", "jsr:@acme/liar"),
    });
    const ended = await world.deno(["run", ...flags, "main.ts"], { cwd: host });
    assertEnded(ended);
    assertMatch(
      ended.stdout,
      /^The version "1\.0\.2" is not .*"jsr:@acme\/liar@1\.0\.3".*\nHello Deno\n$/,
    );
    assertMatch(ended.stderr, /"entry_point":"jsr:@acme\/greeter@1\.0\.3"/);
  });

  await t.step("diff of two versions of a jsr: package", async () => {
    const publish = async (version: string, permissions: object) =>
      await world.publish(
        await world.write(`grown-${version}`, {
          "deno.json": JSON.stringify({
            name: "@acme/grown",
            version,
            license: "MIT",
            exports: { ".": "./mod.ts", "./plugin.json": "./plugin.json" },
          }),
          "plugin.json": JSON.stringify({
            ...MANIFEST,
            id: "grown",
            version,
            permissions,
          }),
          "mod.ts": `/** Version ${version}. */
const plugin: unknown = { setup: () => ({}) };
export default plugin;
`,
        }),
      );
    await publish("1.0.0", {});
    await publish("1.1.0", { run: ["git"] });
    const cwd = await world.write("differ", {});
    const ended = await world.deno(
      ["run", "-A", "--no-prompt", CLI, "diff", "--format=json"].concat(
        ["jsr:@acme/grown@1.0.0", "jsr:@acme/grown@1.1.0"],
      ),
      { cwd },
    );
    assertEnded(ended, 1);
    const { plugins: [diff] } = JSON.parse(ended.stdout).result;
    assertEquals(diff.flags.added, ["--allow-run=git"]);
    assertEquals(
      diff.files?.changed.map(({ path }: { path: string }) => path),
      ["deno.json", "mod.ts", "plugin.json"],
      ended.stderr,
    );
  });

  await t.step("a plugin that is an npm: package", async () => {
    const publish = (name: string, version: string) =>
      world.publishNpm(`@acme/${name}`, {
        "package.json": JSON.stringify({
          name: `@acme/${name}`,
          version: "1.0.0",
          type: "module",
          exports: { "./lib": "./lib/mod.js", "./plugin.json": "./lib/a.json" },
        }),
        "lib/package.json": '{"type":"module"}',
        "lib/a.json": JSON.stringify({
          ...MANIFEST,
          id: name,
          version,
          entry: "./lib",
        }),
        "lib/mod.js":
          "export default { setup: () => ({ greet: (name) => `Hi ${name}` }) };",
      });
    await publish("npm-greeter", "1.0.0");
    await publish("npm-liar", "2.0.0");
    // Deno keeps npm packages in its cache, or in node_modules.
    for (const nodeModulesDir of ["none", "auto"]) {
      const cwd = await world.write(`npm-host-${nodeModulesDir}`, {
        ".npmrc": world.npmrc,
        "deno.json": JSON.stringify({ ...JSON.parse(CONFIG), nodeModulesDir }),
        "main.ts": hostOf(
          "npm:@acme/npm-greeter@^1.0.0",
          "npm:@acme/npm-liar@1",
        ),
      });
      const ended = await world.deno(["run", ...flags, "main.ts"], { cwd });
      assertEnded(ended);
      assertMatch(
        ended.stdout,
        /^The version "2\.0\.0" is not .*"npm:@acme\/npm-liar@1\.0\.0".*\nHi Deno\n$/,
      );
      assertMatch(
        ended.stderr,
        /"entry_point":"npm:@acme\/npm-greeter@1\.0\.0\/lib"/,
      );
    }
    const same = await world.deno(
      ["run", "-A", "--no-prompt", CLI, "diff", "--format=json"].concat(
        ["npm:@acme/npm-greeter@1.0.0", "npm:@acme/npm-greeter@^1.0.0"],
      ),
      { cwd: `${world.folder}/npm-host-none` },
    );
    assertEnded(same);
    const { plugins: [diff] } = JSON.parse(same.stdout).result;
    assertEquals(
      [diff.imports, diff.files],
      [[], { added: [], removed: [], changed: [] }],
      same.stderr,
    );
  });

  await t.step(
    "$NPM: files in the packages that a plugin imports",
    async () => {
      const publish = (name: string, json: object, files: object) =>
        world.publishNpm(`@acme/${name}`, {
          "package.json": JSON.stringify({
            name: `@acme/${name}`,
            version: "1.0.0",
            type: "module",
            ...json,
          }),
          ...files,
        });
      // Its package.json is hidden, and one of its dependencies is for no system.
      await publish("words", {
        exports: "./mod.js",
        optionalDependencies: {
          "@acme/words-here": "1.0.0",
          "@acme/words-nowhere": "1.0.0",
        },
      }, {
        "mod.js": `import { readFileSync } from "node:fs";
export const word = () =>
  readFileSync(new URL("./data/word.txt", import.meta.url), "utf8");`,
        "data/word.txt": "Moin",
      });
      await publish("words-here", { exports: "./a.node" }, { "a.node": "" });
      await publish("words-nowhere", { os: ["none"] }, { "a.node": "" });
      const code = `import { word } from "npm:@acme/words@^1.0.0";
export default { setup: () => { word(); return { greet: (name: string) => \`\${word()} \${name}\` } } };`;
      for (const nodeModulesDir of ["none", "auto"]) {
        const cwd = await world.write(`words-${nodeModulesDir}`, {
          ".npmrc": world.npmrc,
          "deno.json": JSON.stringify({
            ...JSON.parse(CONFIG),
            nodeModulesDir,
          }),
          "plugins/words/plugin.json": JSON.stringify({
            ...MANIFEST,
            permissions: { read: ["$NPM/@acme/words@^1.0.0/data"] },
            optionalPermissions: { ffi: ["$NPM/@acme/words@^1.0.0"] },
          }),
          "plugins/words/mod.ts": code,
          "main.ts": hostOf("./plugins") +
            `const { optionalFlagLine } = await host.permissionReport();
console.log(optionalFlagLine);`,
        });
        const run = (...flags: readonly string[]) =>
          world.deno(["run", ...flags, "main.ts"], { cwd });
        const refused = await run("--no-prompt", "--allow-read=plugins");
        assertEnded(refused);
        assertMatch(
          refused.stdout,
          /^Cannot load .* read to ".*words.*data" is not/,
        );
        const line = refused.stdout.trim().split("\n").at(-1) ?? "";
        assertMatch(line, /--allow-ffi=(?=\S*@acme\/words[,\/ ])\S*words-here/);
        const ended = await run(...line.split(" "));
        assertEnded(ended);
        assertMatch(ended.stdout, /^Moin Deno\n/, ended.stderr);
        const listed = await world.deno(
          ["run", "--allow-read", CLI, "permissions", "plugins"],
          { cwd },
        );
        assertStringIncludes(listed.stdout, "/data");
      }
    },
  );

  await t.step("a plugin that was published today", async () => {
    const files = {
      "deno.json": JSON.stringify({
        name: "@acme/young",
        version: "1.0.0",
        license: "MIT",
        exports: { ".": "./mod.ts", "./plugin.json": "./plugin.json" },
      }),
      "plugin.json": JSON.stringify({ ...MANIFEST, entry: "." }),
      "mod.ts": `/** A greeter. */
const plugin: unknown = { setup: () => ({ greet: (name: string) => name }) };
export default plugin;
`,
    };
    await world.publish(await world.write("young-plugin", files), 0);
    const remedy = 'with --min-dep-age=0 or with "minimumDependencyAge": "0"';
    const cwd = await world.write("young-host", {
      "deno.json": CONFIG,
      "main.ts": hostOf("jsr:@acme/young"),
      "indirect.ts": hostOf("./plugins"),
      "plugins/greeter/plugin.json": JSON.stringify(MANIFEST),
      "plugins/greeter/mod.ts":
        'export { default } from "jsr:@acme/young@^1.0.0";',
    });
    const noLock = [...flags, "--no-lock"];
    for (const script of ["main.ts", "indirect.ts"]) {
      const refused = await world.deno(["run", ...noLock, script], { cwd });
      assertEnded(refused);
      assertStringIncludes(refused.stdout, remedy);
      const young = ["run", "--min-dep-age=0", ...noLock, script];
      assertEquals((await world.deno(young, { cwd })).stdout, "Deno\n");
    }
    const added = await world.deno(["add", "jsr:@acme/young"], { cwd });
    assertEnded(added, 1);
    assertMatch(added.stderr, /has only pre-release versions available/);

    const validate = [CLI, "validate", "--run", "plugins"];
    const permitted = ["run", "-A", "--no-lock", "--min-dep-age=0"];
    const said = await world.deno([...permitted, ...validate], { cwd });
    assertEnded(said, 1);
    assertStringIncludes(said.stdout, remedy);
    const told = [...permitted, ...validate, "--min-dep-age=0"];
    assertEnded(await world.deno(told, { cwd }));
    await world.write("young-host", {
      "deno.json": JSON.stringify({
        ...JSON.parse(CONFIG),
        minimumDependencyAge: { age: 0, exclude: [] },
      }),
    });
    const configured = ["run", "-A", "--no-lock", ...validate];
    assertEnded(await world.deno(configured, { cwd }));
    assertEnded(await world.deno(["add", "jsr:@acme/young"], { cwd }));
  });

  await t.step("a plugin on a server", async () => {
    const source = await world.serve("greeter", {
      "plugin.json": JSON.stringify(MANIFEST),
      "mod.ts":
        "export default { setup: () => ({ greet: (name: string) => `Hey ${name}` }) };",
    });
    const refused = await world.write("remote-refused", {
      "deno.json": CONFIG,
      "main.ts": hostOf(source),
    });
    const host = await world.write("remote-host", {
      "deno.json": CONFIG,
      "main.ts": hostOf(source).replace(
        "switches: false,",
        `switches: false,
  ${IMPORT},`,
      ),
    });
    const run = (cwd: string, ...args: readonly string[]) =>
      world.deno(
        ["run", ...flags, "--allow-import=127.0.0.1,jsr.io:443", ...args],
        { cwd },
      );
    const without = await run(refused, "main.ts");
    assertEnded(without);
    assertStringIncludes(without.stdout, `no importModule | Pass ${IMPORT}`);
    const ended = await run(host, "main.ts");
    assertEnded(ended);
    assertEquals(ended.stdout, "Hey Deno\n");

    const own = await world.write("remote-cli", {
      "deno.json": CONFIG,
      "plugins.ts": `import { main } from "@semantik/plugins/cli";
Deno.exitCode = await main(Deno.args, { ${IMPORT} });
`,
    });
    const listed = await run(own, "plugins.ts", "list", source);
    assertEnded(listed);
    assertMatch(listed.stdout, /^greeter/m);
    const unlisted = await run(own, CLI, "list", source);
    assertEnded(unlisted, 1);
    assertStringIncludes(
      unlisted.stdout,
      `call main(Deno.args, { ${IMPORT} })`,
    );
  });

  await t.step("validate --run of packages, and beside deno add", async () => {
    // The names and the registries are those of the project.
    const cwd = await world.write("validated", {
      ...greeter,
      ".npmrc": world.npmrc,
      "deno.json": CONFIG,
    });
    const permissions = ["--allow-read", "--allow-write", "--allow-run=deno"];
    const greets =
      /^ok +(?:npm-)?greeter +greeting .*\n(?: .*\n)* {2}methods: greet\n/;
    for (
      const source of [
        "plugins",
        // The directory of a package, which imports by names.
        "../greeter",
        "jsr:@acme/greeter@^1",
        "npm:@acme/npm-greeter",
      ]
    ) {
      const ended = await world.deno(
        ["run", ...permissions, CLI, "validate", "--run", source],
        { cwd },
      );
      assertEnded(ended);
      assertMatch(ended.stdout, greets);
    }
    const liar = await world.deno(
      ["run", ...permissions, CLI, "validate", "../liar"],
      { cwd },
    );
    assertEnded(liar, 1);
    assertMatch(liar.stdout, /"1\.0\.2" is not the "1\.0\.3" of deno\.json/);
  });

  await t.step("the computed flags keep the registry", async () => {
    const host = (source: string) =>
      hostOf(source).replace(
        "switches: false,",
        `switches: false,
  ${IMPORT},`,
      ) + `const { flagLine, surplus } = await host.permissionReport();
console.log(flagLine, surplus.findings.map(({ remedy }) => remedy).join());
`;
    const cwd = await world.write("kept", {
      "deno.json": CONFIG,
      "main.ts": host(`${world.address}/greeter/`),
      "other.ts": host("https://plugins.example/greeter/"),
    });
    const permissions = [
      "--no-prompt",
      "--no-lock",
      "--allow-env=GREETING",
    ];
    const refused = await world.deno(["run", ...permissions, "main.ts"], {
      cwd,
    });
    const [allow = ""] = /--allow-import=\S+/.exec(refused.stdout) ?? [];
    const [deny = ""] = /--deny-import=\S+/.exec(refused.stdout) ?? [];
    assertStringIncludes(allow, "jsr.io:443");
    for (const flags of [[allow], [allow, deny]]) {
      const ended = await world.deno(
        ["run", ...permissions, ...flags, "main.ts"],
        { cwd },
      );
      assertMatch(ended.stdout, /^Hey Deno$/m, ended.stderr);
    }

    // Another registry, whose name the process may read or not.
    const env = { JSR_URL: world.address, HTTPS_PROXY: "" };
    const { host: registry } = new URL(world.address);
    for (
      const [flag, expected] of [
        ["--allow-env=JSR_URL", `${registry},plugins.example:443`],
        ["--allow-env=OTHER", "jsr.io:443,plugins.example:443"],
      ] as const
    ) {
      const ended = await world.deno(
        ["run", ...permissions, flag, "other.ts"],
        { cwd, env },
      );
      assertStringIncludes(
        ended.stdout,
        `Start the host with --allow-import=${expected}\n`,
        ended.stderr,
      );
    }
  });

  await t.step("deno serve", async () => {
    const cwd = await world.write("served", {
      ...greeter,
      "deno.json": CONFIG,
      "main.ts": hostOf("./plugins") +
        "\nexport default { fetch: () => new Response('ok') };\nqueueMicrotask(() => Deno.exit(0));\n",
    });
    const ended = await world.deno(
      ["serve", "--port=0", ...flags, "main.ts"],
      { cwd },
    );
    assertEnded(ended);
    assertMatch(ended.stdout, /Hello Deno/);
  });

  const everywhere = {
    "main.ts": hostOf(
      "./plugins",
      "jsr:@acme/greeter@^1.0.0",
      "npm:@acme/npm-greeter@^1.0.0",
    ),
    "plugins/local/plugin.json": JSON.stringify({ ...MANIFEST, id: "local" }),
    "plugins/local/mod.ts": CODE,
    ".npmrc": world.npmrc,
  };
  const greetings = "Hello Deno\nHello Deno\nHi Deno\n";
  const fetchAll =
    (await pageCommand("docs/operations.md", "deno cache main.ts"))
      .map((arg) => arg.replace("*", "local"));

  await t.step(
    "--frozen and --cached-only, with no server in reach",
    async () => {
      const cwd = await world.write("locked", {
        ...everywhere,
        "deno.json": CONFIG,
      });
      const env = { DENO_DIR: `${world.folder}/locked_dir` };
      assertEnded(await world.deno(fetchAll, { cwd, env }));
      const offline = { cwd, env, offline: true };
      const run = ["run", "--frozen", "--cached-only", ...flags, "main.ts"];
      const ended = await world.deno(run, offline);
      assertEnded(ended);
      assertEquals(ended.stdout, greetings);

      // The first plugins import what is not locked; all others load.
      const plugin = (id: string, from: string) => ({
        [`plugins/${id}/plugin.json`]: JSON.stringify({ ...MANIFEST, id }),
        [`plugins/${id}/mod.ts`]: `import "${from}";\n${CODE}`,
      });
      await world.write("locked", {
        ...plugin("a-jsr", "jsr:@acme/liar@1"),
        ...plugin("b-npm", "npm:@acme/npm-liar@1"),
        ...plugin("locked", "jsr:@acme/greeter@1"),
      });
      const check = [...fetchAll, "--frozen", "plugins/a-jsr/mod.ts"];
      assertEnded(await world.deno(check, { cwd, env }), 1);
      for (const read of [".", "plugins"]) {
        const unlocked = await world.deno([
          "run",
          "--frozen",
          "--no-prompt",
          `--allow-read=${read}`,
          "--allow-env=GREETING",
          "main.ts",
        ], { cwd, env });
        assertEnded(unlocked);
        for (const id of ["a-jsr", "b-npm"]) {
          assertMatch(
            unlocked.stdout,
            new RegExp(`"${id}".*lockfile is out of date.*\\| Run deno cache`),
          );
        }
        // Only the lock file tells a locked package from another one.
        const isTold = read === ".";
        assertEquals(/"locked".*lockfile/.test(unlocked.stdout), !isTold);
        assertEquals(
          unlocked.stdout.match(/^(?:Hello|Hi) Deno$/gm)?.length,
          isTold ? 4 : 3,
        );
      }

      // Together with the command line, the program that it starts is fetched.
      assertEnded(await world.deno(["cache", CLI], { cwd, env }));
      const validated = await world.deno(
        [
          "run",
          "--cached-only",
          "-A",
          CLI,
          "validate",
          "--run",
          "plugins/local",
        ],
        offline,
      );
      assertEnded(validated);
    },
  );

  await t.step(
    "plugins in processes of their own, from an empty cache, then offline",
    async () => {
      const main = everywhere["main.ts"].replace(
        "switches: false,",
        'switches: false,\n  runner: subprocess({ config: "deno.json" }),',
      );
      const cwd = await world.write("isolated", {
        ...everywhere,
        "deno.json": CONFIG,
        "main.ts":
          `import { subprocess } from "@semantik/plugins/subprocess";\n${main}`,
      });
      const env = { DENO_DIR: `${world.folder}/isolated_dir` };
      const run = ["run", "--no-prompt", "--allow-read", "--allow-env"]
        .concat("--allow-run", "main.ts");
      for (const offline of [false, true]) {
        const ended = await world.deno(run, { cwd, env, offline });
        assertEnded(ended);
        assertEquals(ended.stdout, greetings);
        assertMatch(ended.stderr, /plugin\.process\.started/);
      }
    },
  );

  await t.step("a vendored project", async () => {
    const cwd = await world.write("vendored", {
      ...everywhere,
      "deno.json": JSON.stringify({ ...JSON.parse(CONFIG), vendor: true }),
    });
    assertEnded(await world.deno(fetchAll, { cwd }));
    const ended = await world.deno(
      ["run", "--cached-only", ...flags, "main.ts"],
      {
        cwd,
        offline: true,
        env: { DENO_DIR: `${world.folder}/empty_dir` },
      },
    );
    assertEnded(ended);
    assertEquals(ended.stdout, greetings);
  });

  await t.step("a project with a package.json", async () => {
    const cwd = await world.write("package-json", {
      ...greeter,
      "package.json": JSON.stringify({ name: "app", type: "module" }),
      "main.ts": hostOf("./plugins"),
    });
    assertEnded(await world.deno(["add", "jsr:@semantik/plugins"], { cwd }));
    const ended = await world.deno(["run", ...flags, "main.ts"], { cwd });
    assertEnded(ended);
    assertEquals(ended.stdout, "Hello Deno\n");
  });
});
