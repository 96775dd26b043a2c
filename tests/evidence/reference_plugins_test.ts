/** Judges what is observed by plugins whose true needs are known. */

import {
  assert,
  assertEquals,
  assertNotEquals,
  assertStringIncludes,
} from "@std/assert";
import {
  type Declared,
  declaredEntries,
  type DeclaredEntry,
} from "../../src/evidence/manifest_diff.ts";
import { type CliOutput, runCli } from "../cli/run_cli.ts";
import { withFolder } from "../cli/with_plugins.ts";
import { testUnless, withoutPosix } from "../test_unless.ts";
import {
  filesOf,
  PLANTED,
  REFERENCE_PLUGINS,
  type ReferencePlugin,
  type Surroundings,
} from "./reference_plugins.ts";

/** The plugins that are observed at the same time. */
const WIDTH = 3;
const IS_FUZZING = Deno.env.get("PLUGINS_FUZZ_RUNS") !== undefined;

/** The plugins that run again under their new manifests, unless all of them do. */
const RUN_AGAIN = new Set([
  "client",
  "remote",
  "starter",
  "variables",
  "writer",
]);

async function inTurn<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const rest = [...items];
  await Promise.all(Array.from({ length: WIDTH }, async () => {
    for (let one = rest.shift(); one !== undefined; one = rest.shift()) {
      await work(one);
    }
  }));
}

/** Serves a module and texts, while `use` runs with a folder of plugins. */
async function withSurroundings(
  plugins: readonly ReferencePlugin[],
  use: (
    folder: string,
    observe: (id: string, ...args: readonly string[]) => Promise<CliOutput>,
    surroundings: Surroundings,
  ) => Promise<void>,
): Promise<void> {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () =>
      new Response("export {};", {
        headers: { "content-type": "text/javascript" },
      }),
  );
  const files = Object.fromEntries(
    Array.from({ length: 10 }, (_, at) => [`files/${at}`, ""]),
  );
  const all = plugins.map((plugin) => filesOf(plugin, { permissions: {} }));
  await withFolder(Object.assign({}, files, ...all), async (folder) => {
    const surroundings = { folder: `${folder}/files`, port: server.addr.port };
    const config = `${folder}/config.json`;
    await Deno.writeTextFile(
      config,
      JSON.stringify(
        Object.fromEntries(plugins.map(({ id }) => [id, surroundings])),
      ),
    );
    const observe = (id: string, ...args: readonly string[]) =>
      runCli([
        "observe",
        `${folder}/${id}`,
        `--config=${config}`,
        "--no-tests",
        ...args,
      ]);
    await use(folder, observe, surroundings);
  });
}

async function readDeclared(path: string): Promise<Declared> {
  const { permissions, optionalPermissions = {} } = JSON.parse(
    await Deno.readTextFile(path),
  );
  return { permissions, optionalPermissions };
}

function entriesOf(declared: Partial<Declared>): readonly string[] {
  const { permissions = {}, optionalPermissions = {} } = declared;
  return declaredEntries({ permissions, optionalPermissions })
    .map(({ field, kind, value }) => `${field}.${kind}: ${value}`).toSorted();
}

function without(
  declared: Declared,
  gone: DeclaredEntry,
): Declared {
  const { field, kind } = gone;
  const list = declared[field][kind];
  const left = list === true || list === undefined
    ? []
    : list.filter((value) => value !== gone.value);
  const { [kind]: _, ...others } = declared[field];
  return {
    ...declared,
    [field]: left.length === 0 ? others : { ...others, [kind]: left },
  };
}

const reason = withoutPosix("unix sockets");

testUnless(
  reason,
  "observe --write writes the true needs of each plugin, which then runs",
  async () => {
    await withSurroundings(
      REFERENCE_PLUGINS,
      async (folder, observe, surroundings) => {
        await inTurn(REFERENCE_PLUGINS, async ({ id, needs }) => {
          const path = `${folder}/${id}/plugin.json`;
          const written = await observe(id, "--allow-all", "--write", "--json");
          const outputs = [written.stdout, written.stderr];
          assertEquals(written.code, 0, outputs.join("\n"));
          assertEquals(
            entriesOf(await readDeclared(path)),
            entriesOf(needs(surroundings)),
            `the manifest of ${id}: ${outputs.join("\n")}`,
          );
          outputs.push(await Deno.readTextFile(path));
          assert(!outputs.join().includes(PLANTED), id);
          if (!IS_FUZZING && !RUN_AGAIN.has(id)) return;
          const checked = await observe(id, "--check");
          outputs.push(checked.stdout, checked.stderr);
          assert(!outputs.join().includes(PLANTED), id);
          assertEquals(checked.code, 0, outputs.join("\n"));
          assertStringIncludes(checked.stderr, "This runs the code of");
        });
      },
    );
  },
);

testUnless(
  reason,
  "Each entry taken away from a written manifest breaks the plugin",
  async () => {
    const plugins = REFERENCE_PLUGINS.filter(({ id }) =>
      IS_FUZZING || id === "writer" || id === "system"
    );
    await withSurroundings(plugins, async (folder, observe, surroundings) => {
      await inTurn(plugins, async ({ id, needs }) => {
        const path = `${folder}/${id}/plugin.json`;
        const { permissions = {}, optionalPermissions = {} } = needs(
          surroundings,
        );
        const manifest = JSON.parse(await Deno.readTextFile(path));
        const full = { permissions, optionalPermissions };
        for (const gone of declaredEntries(full)) {
          await Deno.writeTextFile(
            path,
            JSON.stringify({ ...manifest, ...without(full, gone) }),
          );
          const { code, stdout, stderr } = await observe(id, "--check");
          assertNotEquals(code, 0, `${id} without ${gone.value}: ${stderr}`);
          assertStringIncludes(stdout, "undeclared");
        }
      });
    });
  },
);
