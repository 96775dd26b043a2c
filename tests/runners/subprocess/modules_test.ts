/** Has Deno fetch what plugins import, from a registry on loopback. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { manifestOf, type ManifestParts } from "../../host/builtin.ts";
import { World } from "../../published/world.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;
const LOAD = `${ROOT}tests/fixtures/host/modules/load.ts`;

interface Loaded {
  readonly said: Readonly<Record<string, string>>;
  readonly problems: Readonly<
    Record<string, { code: string; message: string; remedy: string }>
  >;
}

interface LoadOptions {
  readonly options?: object;
  readonly age?: object;
  readonly env?: Readonly<Record<string, string>>;
  readonly offline?: boolean;
}

/** Loads plugins in a host of its own. */
async function load(
  world: World,
  sources: readonly string[],
  { options = {}, age, env = {}, offline = false }: LoadOptions = {},
): Promise<Loaded> {
  await world.served();
  const { code, stdout, stderr } = await world.deno([
    "run",
    "--no-prompt",
    "--no-check",
    "--quiet",
    `--config=${ROOT}deno.json`,
    "--allow-read",
    `--allow-write=${world.folder}`,
    "--allow-env",
    "--allow-run",
    LOAD,
    JSON.stringify({ sources, options, age }),
  ], { env, offline });
  assertEquals(code, 0, stderr);
  return JSON.parse(stdout);
}

function code(imports: string, result = "word"): string {
  return `${imports}
export default { setup: () => ({ async call(what) {
  if (what === "exit") Deno.exit(1);
  return ${result};
} }) };`;
}

async function writePlugin(
  world: World,
  id: string,
  files: Readonly<Record<string, string>>,
  manifest: ManifestParts = {},
): Promise<string> {
  return await world.write(`plugins/${id}`, {
    "plugin.json": JSON.stringify(manifestOf(id, manifest)),
    ...files,
  });
}

function packageOf(name: string, more: object = {}): Record<string, string> {
  return {
    "package.json": JSON.stringify({
      name: `@acme/${name}`,
      version: "1.0.0",
      type: "module",
      exports: "./mod.js",
      ...more,
    }),
    "mod.js": `export const word = "${name}";`,
  };
}

Deno.test("subprocess() has Deno fetch what plugins import, before any of their code runs", async (t) => {
  await using world = await World.start();
  const marker = `${world.folder}/script_ran`;
  await world.publishNpm(
    "@acme/word",
    packageOf("word", { scripts: { postinstall: `touch ${marker}` } }),
  );
  await world.publishNpm("@acme/young", packageOf("young"), 0.99);
  await world.publishNpm("@acme/old", packageOf("old"), 1.01);
  await world.write("jsr", {
    "deno.json": JSON.stringify({
      name: "@acme/words",
      version: "1.0.0",
      exports: "./mod.ts",
      license: "MIT",
    }),
    "mod.ts": `export const word: string = "jsr";`,
  });
  await world.publish("jsr");
  const config = `${await world.write("app", {
    "deno.json": JSON.stringify({ imports: { word: "npm:@acme/word@^1.0.0" } }),
    ".npmrc": world.npmrc,
  })}/deno.json`;
  const options = { config };

  await t.step("packages of both registries, once", async () => {
    const sources = [
      await writePlugin(world, "npm", {
        "mod.ts": code(`import { word } from "word";`),
      }),
      await writePlugin(world, "jsr", {
        "mod.ts": code(`import { word } from "jsr:@acme/words@1";`),
      }),
      // Deno must not take its configuration for a reason to fetch nothing.
      await writePlugin(world, "own", {
        "deno.json": '{"exclude":["mod.ts"]}',
        "mod.ts": code(`import { word } from "jsr:@acme/words@1.0.0";`),
      }),
    ];
    const first = await load(world, sources, { options });
    assertEquals(first, {
      said: { npm: "word", jsr: "jsr", own: "jsr" },
      problems: {},
    });
    const paths = (await world.served()).map(({ path }) => path);
    assert(paths.includes("/npm/@acme/word/-/word-1.0.0.tgz"), `${paths}`);
    const second = await load(world, sources, { options, offline: true });
    assertEquals(second, first);
    const third = await load(world, sources, { options });
    assertEquals(third, first);
    assertEquals(await world.served(), []);
  });

  await t.step("a version is as old as Deno itself demands", async () => {
    for (const [name, wanted] of [["young", 1], ["old", 0]] as const) {
      const cwd = await world.write(`age_${name}`, {
        "mod.ts": `import "npm:@acme/${name}@1";`,
        "deno.json": "{}",
        ".npmrc": world.npmrc,
      });
      const ended = await world.deno(["cache", "mod.ts"], {
        cwd,
        env: { DENO_DIR: `${world.folder}/age_dir` },
      });
      assertEquals(ended.code, wanted, ended.stderr);
    }
  });

  await t.step("scripts of packages never run", async () => {
    await Deno.stat(`${world.folder}/deno_dir/npm`);
    assertEquals(await Deno.stat(marker).catch(() => "none"), "none");
  });

  await t.step("an error says why something was not fetched", async () => {
    const cannot = 'Cannot import plugin "a": its modules were not fetched: ';
    const plugin = (specifier: string) =>
      writePlugin(world, "a", {
        "mod.ts": code(`import { word } from "npm:@acme/${specifier}";`),
      });
    const table: readonly (readonly [string, LoadOptions, string, RegExp])[] = [
      [
        "young@1",
        { options },
        "Could not find npm package '@acme/young' matching '1'",
        /24 hours old, or set "minimumDependencyAge"/,
      ],
      ["nothing@1", { options }, "npm package '@acme/nothing' does not", /See/],
      [
        "old@1",
        { options: { ...options, fetch: false } },
        "the option fetch is false",
        /deno cache/,
      ],
      [
        "old@1",
        { options: { ...options, limits: { fetch: 1 } } },
        "it took longer than limits.fetch, 1 ms",
        /deno cache/,
      ],
    ];
    for (const [specifier, given, reason, remedy] of table) {
      const { problems } = await load(world, [await plugin(specifier)], given);
      const { a } = problems;
      assertEquals(a?.code, "PLUGIN_IMPORT_FAILED");
      const start = cannot + reason;
      assertEquals(a?.message.slice(0, start.length), start);
      assertMatch(a?.remedy ?? "", remedy);
    }
    const { said } = await load(world, [await plugin("old@1")], { options });
    assertEquals(said, { a: "old" });
  });

  await t.step("a plugin decides nothing about what is sent", async () => {
    await world.publishNpm("@acme/asked", packageOf("asked"));
    const import_ = `import { word } from "npm:@acme/asked@1";`;
    const sources = [
      // Deno replaces variables in it.
      await writePlugin(world, "npmrc", {
        "deno.json": "{}",
        ".npmrc": `@acme:registry=${world.address}/npm/\${HOME}/\n`,
        "mod.ts": code(import_),
      }),
      await writePlugin(world, "writes", { "mod.ts": code(import_) }, {
        permissions: { write: ["./data"] },
      }),
    ];
    const { problems } = await load(world, sources, { options });
    assertMatch(
      problems.npmrc?.message ?? "",
      /not fetched: it brings a file "\.npmrc" of its own/,
    );
    assertMatch(
      problems.writes?.message ?? "",
      /not fetched: it may write into its own directory/,
    );
    assertEquals(await world.served(), []);
  });

  await t.step(
    "a variable that the .npmrc of the application names",
    async () => {
      await world.publishNpm("@acme/secret", packageOf("secret"));
      const app = await world.write("token", {
        "deno.json": "{}",
        ".npmrc": `${world.npmrc}//${
          new URL(world.address).host
        }/npm/:_authToken=\${REGISTRY_TOKEN}\n`,
      });
      const source = await writePlugin(world, "secret", {
        "mod.ts": code(`import { word } from "npm:@acme/secret@1";`),
      });
      const { said, problems } = await load(world, [source], {
        options: { config: `${app}/deno.json` },
        env: { REGISTRY_TOKEN: "of_the_registry" },
      });
      assertEquals([said, problems], [{ secret: "secret" }, {}]);
      const requests = await world.served();
      assert(requests.length > 0);
      for (const { authorization } of requests) {
        assertEquals(authorization, "Bearer of_the_registry");
      }
    },
  );

  await t.step(
    "a process that is started again chooses the same versions",
    async () => {
      const name = "@acme/drifting";
      await world.publishNpm(name, packageOf("drifting"));
      const source = await writePlugin(world, "drifting", {
        "mod.ts": code(`import { word } from "npm:${name}@^1.0.0";`),
      });
      await addYoungVersion(world, name);
      const port = new URL(world.address).port;
      const packument =
        `${world.folder}/deno_dir/npm/${port}/npm/${name}/registry.json`;
      const age = { id: "drifting", packument };
      const { said } = await load(world, [source], { options, age });
      assertEquals(said, {
        drifting: "drifting",
        "drifting again": "drifting",
      });
      // What was tested happened: another process chooses the other version.
      const { problems } = await load(world, [source], {
        options: { ...options, fetch: false },
      });
      assertMatch(
        problems.drifting?.message ?? "",
        /the option fetch is false/,
      );
    },
  );
});

/** Adds a version whose time of publication is still to be written. */
async function addYoungVersion(world: World, name: string): Promise<void> {
  const path = `${world.folder}/store/npm/${name}/packument.json`;
  const { versions, time, ...others } = JSON.parse(
    await Deno.readTextFile(path),
  );
  const young = { ...versions["1.0.0"], version: "1.1.0" };
  young.dist = { ...young.dist, tarball: `${world.address}/npm/nowhere.tgz` };
  await Deno.writeTextFile(
    path,
    JSON.stringify({
      ...others,
      "dist-tags": { latest: "1.1.0" },
      versions: { ...versions, "1.1.0": young },
      time: { ...time, "1.1.0": new Date(Date.now() + 86_400_000) },
    }),
  );
}
