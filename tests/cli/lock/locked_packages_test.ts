/** Plugins from npm: `deno.lock` decides on the version, and the registry tells its age. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parseLock } from "@semantik/plugins/provenance";
import type { CliOutput } from "../run_cli.ts";
import { runDeno } from "../run_deno.ts";
import { withFolder } from "../with_plugins.ts";
import { NpmRegistry } from "./npm_registry.ts";

const PROGRAM =
  new URL("../../fixtures/cli/with_registry.ts", import.meta.url).href;
const DAY = 86_400_000;
const NAME = "@acme/locked-plugin";

function filesOf(version: string, code: string) {
  return {
    "package.json": JSON.stringify({
      name: NAME,
      version,
      type: "module",
      exports: { ".": "./mod.js", "./plugin.json": "./plugin.json" },
    }),
    "plugin.json": JSON.stringify({
      id: "locked",
      type: "reader",
      version,
      permissions: { net: ["a.example:443"] },
    }),
    "mod.js": code,
  };
}

function denoLock(version: string, integrity: string): string {
  return JSON.stringify({
    version: "5",
    specifiers: { [`npm:${NAME}@^1.0.0`]: version },
    npm: { [`${NAME}@${version}`]: { integrity } },
  });
}

Deno.test("add, outdated, update and verify lock the version of a package that deno.lock has", async () => {
  await using registry = new NpmRegistry(NAME);
  const old = await registry.publish("1.0.0", {
    files: filesOf("1.0.0", "export default {};"),
    time: "2020-01-01T00:00:00Z",
  });
  const now = await registry.publish("1.1.0", {
    files: filesOf("1.1.0", 'eval("1"); export default {};'),
    time: new Date(Date.now() - 2 * DAY).toISOString(),
    hasProvenance: true,
  });
  // The program itself comes from its usual registry.
  const npmrc = `@acme:registry=${registry.address}\n`;
  await withFolder({ ".npmrc": npmrc }, async (path) => {
    /** Runs command lines in one process, with the network until "offline". */
    const cli = async (
      ...commands: readonly (readonly string[])[]
    ): Promise<readonly CliOutput[]> => {
      const address = new URL(registry.address).host;
      const { stdout, stderr } = await runDeno([
        ...["run", "--no-prompt", "--allow-env", "--allow-read"],
        ...[`--allow-write=${path}`, `--allow-net=${address}`, PROGRAM],
        ...commands.map((command) => JSON.stringify(command)),
      ], {
        cwd: path,
        env: { HOME: path, TEST_REGISTRY: registry.address },
      });
      assert(stdout !== "", stderr);
      return JSON.parse(stdout);
    };
    const resolved = async () => {
      const text = await Deno.readTextFile(`${path}/plugins.lock.json`);
      const parsed = parseLock(text);
      const plugin = parsed.ok ? parsed.lock.plugins.locked : undefined;
      assert(plugin !== undefined && "resolved" in plugin);
      return plugin;
    };
    const source = `npm:${NAME}@^1.0.0`;
    await Deno.writeTextFile(`${path}/old`, denoLock("1.0.0", old));
    await Deno.writeTextFile(`${path}/new`, denoLock("1.1.0", now));

    const outputs = await cli(
      ["add", source, "--yes"],
      ["copy", "old", "deno.lock"],
      ["add", source, "--yes"],
      ["outdated"],
      ["verify"],
      ["copy", "new", "deno.lock"],
      ["verify"],
      ["update", "--min-age=7d", "--yes"],
      ["offline"],
      ["update", "--yes"],
    );
    const [unpinned, added, outdated] = outputs;
    const [same, other, young, blind] = outputs.slice(3);
    assert(unpinned && added && outdated && young && blind);
    assertEquals(unpinned.code, 2);
    assertStringIncludes(unpinned.stderr, "deno cache --lock=deno.lock");
    assertEquals(added.code, 0, added.stderr);
    assertStringIncludes(added.stdout, `npm:${NAME}@1.0.0`);
    assertStringIncludes(added.stdout, "provenance: npm lists none");
    assertStringIncludes(added.stdout, "scan: 0 findings");
    assertEquals(outdated.code, 1);
    assertStringIncludes(outdated.stdout, "locked  1.0.0   1.1.0   1.1.0");
    assertEquals([same?.code, other?.code], [0, 1]);
    assertEquals(young.code, 1);
    assertStringIncludes(young.stdout, "It is 48 hours old, and must be 168");
    assertStringIncludes(young.stdout, "npm lists who built it");
    assertStringIncludes(young.stdout, "--allow-young");
    // A version whose age nobody can tell is not taken for old.
    assertEquals(blind.code, 2);
    assertStringIncludes(blind.stderr, "--allow-net=127.0.0.1:");
    const before = await resolved();
    assertEquals(before.source, source);
    assertEquals(before.resolved, `npm:${NAME}@1.0.0`);
    assertEquals(before.dependencies, { [`npm:${NAME}@1.0.0`]: old });

    const [updated, verified] = await cli(
      ["update", "--yes"],
      ["offline"],
      ["verify"],
    );
    assertEquals([updated?.code, verified?.code], [0, 0], updated?.stderr);
    assertEquals((await resolved()).resolved, `npm:${NAME}@1.1.0`);
  });
});
