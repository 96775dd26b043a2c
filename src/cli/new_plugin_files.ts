import { joinFilePath } from "../base/path.ts";
import { formatFlags } from "../permissions/permission_flags.ts";
import { MANIFEST_SCHEMA_TEXT, SCHEMA_FILE } from "./manifest_schema.ts";

export interface NewPlugin {
  readonly id: string;
  readonly type: string;
  /** The version of this package to import. */
  readonly libraryVersion: string;
  /**
   * The directory of a checkout of this package. Before a version is published,
   * only the tasks of a checkout can resolve it.
   */
  readonly checkout?: string | undefined;
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

/** Formats an import as `deno fmt` does. */
function importOf(names: readonly string[], specifier: string): string {
  const line = `import { ${names.join(", ")} } from "${specifier}";`;
  return line.length <= LINE_WIDTH
    ? line
    : `import {\n${
      names.map((name) => `  ${name},\n`).join("")
    }} from "${specifier}";`;
}

/** Without an entry, the manifest works both in a directory (`./mod.ts`) and in a package (its main export). */
export function newManifest(
  { id, type }: Pick<NewPlugin, "id" | "type">,
): Readonly<Record<string, unknown>> {
  return {
    $schema: `./${SCHEMA_FILE}`,
    id,
    type,
    version: VERSION,
    displayName: displayName(id),
    description: "Greets; describe your plugin here",
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

/** The methods of the plugin: replace them with those that hosts expect of its type. */
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

Deno.test("The plugin greets and is healthy", async () => {
  await using tested = await testPlugin(plugin, manifest);
  assertEquals(tested.api.greet("Deno"), "Hello Deno");
  assertEquals((await tested.health()).status, "healthy");
});
`;
}

function configText({ checkout, libraryVersion }: NewPlugin): string {
  const [cli, config] = checkout === undefined
    ? [`jsr:@semantik/plugins@^${libraryVersion}/cli`, ""]
    : [
      formatFlags([joinFilePath(checkout, "cli.ts")]),
      ` ${formatFlags([`--config=${joinFilePath(checkout, "deno.json")}`])} .`,
    ];
  const permissions = "--allow-read --allow-write --allow-run=deno";
  const run = `deno run ${permissions} ${cli}`;
  return json({
    version: VERSION,
    // Hosts read the manifest of a package through its exports.
    exports: { ".": "./mod.ts", "./plugin.json": "./plugin.json" },
    tasks: {
      // The running plugin gets the variables that it declares.
      dev: `deno run ${permissions} --allow-env ${cli} dev .`,
      check: `deno fmt --check && deno lint && deno check${config}`,
      test: `deno test${config}`,
      validate: `${run} validate --run .`,
      observe: `${run} observe .`,
    },
    // Hosts do not read this file, so the modules import full specifiers.
    lint: { rules: { exclude: ["no-import-prefix"] } },
  });
}

/** The checks of each change, on GitHub. */
const WORKFLOW_TEXT = `name: check

on:
  push:
    branches: [main]
  pull_request:

permissions:
  contents: read

jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: denoland/setup-deno@v2
        with:
          deno-version: v2.x
      - run: deno task check
      - run: deno task validate
      # Runs the tests. Fails if plugin.json lacks what they use, or declares more.
      - run: deno task observe --check
`;

function readmeText({ id, type, libraryVersion }: NewPlugin): string {
  return `# ${displayName(id)}

A plugin for hosts of [@semantik/plugins](https://jsr.io/@semantik/plugins).

- Id: \`${id}\`
- Type: \`${type}\`

## Development

\`\`\`sh
deno task dev
deno task check
deno task test
deno task validate
deno task observe
\`\`\`

\`dev\` checks the plugin again whenever a file changes. \`validate\` runs the
plugin with exactly the permissions that \`plugin.json\` declares. Declare what
the plugin needs, e.g. \`"net": ["api.example.com:443"]\`, or let
\`deno task observe --allow-all --write\` write what its tests use. On GitHub,
\`.github/workflows/check.yml\` checks all of this.

Imports need full specifiers, e.g. \`npm:zod@^4.0.0\`: a host in another directory
does not read this \`deno.json\`.

Editors check \`plugin.json\` by \`${SCHEMA_FILE}\`. To bring it up to date:

\`\`\`sh
deno run --allow-read=. --allow-write=. ${`jsr:@semantik/plugins@^${libraryVersion}/cli`} schema --out ${SCHEMA_FILE}
\`\`\`

## Usage

Copy this directory into the plugin directory of a host:

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

/** Returns the text of each file by its name; `id` and `type` must be valid. */
export function newPluginFiles(
  plugin: NewPlugin,
): ReadonlyMap<string, string> {
  return new Map([
    ["plugin.json", json(newManifest(plugin))],
    [SCHEMA_FILE, MANIFEST_SCHEMA_TEXT],
    ["mod.ts", moduleText(plugin)],
    ["mod_test.ts", testText(plugin)],
    ["README.md", readmeText(plugin)],
    ["deno.json", configText(plugin)],
    [".github/workflows/check.yml", WORKFLOW_TEXT],
  ]);
}
