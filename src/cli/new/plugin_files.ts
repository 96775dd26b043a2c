/**
 * The files of a new plugin. Pure.
 *
 * @module
 */

/** What a new plugin is made from. */
export interface NewPlugin {
  /** Its id. */
  readonly id: string;
  /** What it plugs into. */
  readonly type: string;
  /** The version of this package that it is made for. */
  readonly libraryVersion: string;
}

const VERSION = "0.1.0";
const LINE_WIDTH = 80;

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

function displayName(id: string): string {
  const words = id.replaceAll(/[-_]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** An import as `deno fmt` writes it. */
function importOf(names: readonly string[], specifier: string): string {
  const line = `import { ${names.join(", ")} } from "${specifier}";`;
  return line.length <= LINE_WIDTH
    ? line
    : `import {\n${
      names.map((name) => `  ${name},\n`).join("")
    }} from "${specifier}";`;
}

/**
 * The manifest of a new plugin.
 *
 * It names no entry: in a directory that is `./mod.ts`, in a package its main
 * export, so that the same manifest serves for both.
 *
 * @param plugin What it is made from.
 * @returns The manifest, as plain data.
 */
export function newManifest(
  { id, type, libraryVersion }: NewPlugin,
): Readonly<Record<string, unknown>> {
  return {
    $schema:
      `https://jsr.io/@semantik/plugins/${libraryVersion}/schema/plugin.schema.json`,
    id,
    type,
    version: VERSION,
    displayName: displayName(id),
    description: "Greets; say here what the plugin does instead",
    permissions: {},
  };
}

function moduleText({ id, type, libraryVersion }: NewPlugin): string {
  return `/**
 * ${displayName(id)}: a plugin of type "${type}".
 *
 * @module
 */

${
    importOf(
      ["definePlugin", "type Plugin"],
      `jsr:@semantik/plugins@^${libraryVersion}/plugin`,
    )
  }

/** What the plugin offers: replace it by what hosts expect of its type. */
export interface Api {
  /** Greets somebody. */
  greet(name: string): string;
}

const plugin: Plugin<unknown, Api> = definePlugin({
  setup({ log }): Api {
    log.info("ready");
    return { greet: (name) => \`Hello \${name}\` };
  },
  healthCheck: () => true,
});

export default plugin;
`;
}

function testText({ libraryVersion }: NewPlugin): string {
  const library = `jsr:@semantik/plugins@^${libraryVersion}/testing`;
  return `${importOf(["testPlugin"], library)}
import { assertEquals } from "jsr:@std/assert@^1.0.19";
import plugin from "./mod.ts";
import manifest from "./plugin.json" with { type: "json" };

Deno.test("The plugin greets, and is healthy", async () => {
  await using tested = await testPlugin(plugin, manifest);
  assertEquals(tested.api.greet("Deno"), "Hello Deno");
  assertEquals((await tested.health()).status, "healthy");
});
`;
}

function configText({ libraryVersion }: NewPlugin): string {
  const cli = `jsr:@semantik/plugins@^${libraryVersion}/cli`;
  return json({
    version: VERSION,
    // A host reads the manifest of a package through its exports.
    exports: { ".": "./mod.ts", "./plugin.json": "./plugin.json" },
    tasks: {
      check: "deno fmt --check && deno lint && deno check",
      test: "deno test",
      validate:
        `deno run --allow-read --allow-write --allow-run=deno ${cli} validate --run .`,
    },
    // No host reads this file: what the modules import is written in full.
    lint: { rules: { exclude: ["no-import-prefix"] } },
  });
}

function readmeText({ id, type, libraryVersion }: NewPlugin): string {
  return `# ${displayName(id)}

A plugin for hosts of [@semantik/plugins](https://jsr.io/@semantik/plugins).

- Id: \`${id}\`
- Type: \`${type}\`

## Work on it

\`\`\`sh
deno task check
deno task test
deno task validate
\`\`\`

The last one runs the plugin with exactly the permissions that \`plugin.json\`
declares. What it needs belongs there, e.g. \`"net": ["api.example.com:443"]\`.

Imports are written in full, e.g. \`npm:zod@^4.0.0\`: a host in another directory
does not read the \`deno.json\` of this one.

## Use it

Put this directory into the directory that a host reads its plugins from:

\`\`\`ts
import { PluginHost } from "jsr:@semantik/plugins@^${libraryVersion}";

await using host = new PluginHost({
  name: "my-application",
  version: "1.0.0",
  sources: ["./plugins"],
});
await host.load();
\`\`\`
`;
}

/**
 * The files of a new plugin.
 *
 * @param plugin What it is made from; id and type are such as a manifest takes.
 * @returns Their texts, by name.
 */
export function newPluginFiles(
  plugin: NewPlugin,
): ReadonlyMap<string, string> {
  return new Map([
    ["plugin.json", json(newManifest(plugin))],
    ["mod.ts", moduleText(plugin)],
    ["mod_test.ts", testText(plugin)],
    ["README.md", readmeText(plugin)],
    ["deno.json", configText(plugin)],
  ]);
}
