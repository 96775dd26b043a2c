/** Verified plugins in processes of their own, and hosts with exact flags. */

import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertStringIncludes,
} from "@std/assert";
import type { Problem } from "@semantik/plugins";
import { subprocess } from "@semantik/plugins/subprocess";
import { SOCKETS } from "../../broker/live_host.ts";
import { runCli } from "../../cli/run_cli.ts";
import { createTestHost } from "../../host/test_host.ts";
import { runFixture } from "../../host/run_fixture.ts";
import { writeLock } from "../../provenance/lock_plugins.ts";
import {
  makeFolder,
  type PluginFolder,
  writeFiles,
} from "../../provenance/plugin_folder.ts";

/** Says where it runs, and if it can read a file. */
const CODE = `export default {
  setup: () => ({
    at: () => import.meta.url,
    read(path) {
      try { Deno.readTextFileSync(path); return "read"; } catch (thrown) { return thrown.name; }
    },
  }),
};
`;

const MANIFEST = JSON.stringify({
  id: "b",
  type: "thing",
  version: "1.0.0",
});

async function makeLocked(): Promise<
  PluginFolder & { readonly plugin: string; readonly lock: string }
> {
  const folder = await makeFolder({
    "plugins/b/plugin.json": MANIFEST,
    "plugins/b/mod.ts": CODE,
  });
  const plugin = `${folder.path}/plugins/b`;
  const lock = `${folder.path}/plugins.lock.json`;
  await writeLock(lock, [plugin]);
  return { ...folder, plugin, lock };
}

interface Thing {
  at(): Promise<string>;
  read(path: string): Promise<string>;
}

for (const mode of ["flags", "live"] as const) {
  Deno.test({
    name:
      `a verified plugin in a process of its own reads its copy alone: ${mode}`,
    ignore: Deno.build.os === "windows" && mode === "live",
    fn: async () => {
      await using folder = await makeLocked();
      const { plugin, lock } = folder;
      const read: (readonly string[])[] = [];
      await using made = createTestHost({
        sources: [plugin],
        lock,
        switches: false,
        runner: subprocess({
          mode,
          sockets: SOCKETS,
          wrap(command, files) {
            read.push(files.read);
            return command;
          },
        }),
      });
      const { host } = made;
      const report = await host.load();
      assertEquals([report.refused, report.failed], [[], []]);
      const thing = host.get("b") as Thing;
      const at = await thing.at();
      assertMatch(at, /\/plugin_store\/[0-9a-f]{64}\/mod\.ts$/);
      assertEquals(await thing.read(`${plugin}/mod.ts`), "NotCapable");
      assertEquals(await thing.read(new URL(at).pathname), "read");
      assertEquals(read.flat().filter((path) => path.includes(plugin)), []);
      assertEquals((await host.plan())[0]?.trust, "local");

      // Its files alone are no new version, and those of the lock are.
      await Deno.writeTextFile(`${plugin}/mod.ts`, `${CODE}// new\n`);
      const refusal = await host.reload("b").then(() => "", String);
      assertStringIncludes(refusal, '"mod.ts" was edited');
      await writeLock(lock, [plugin], { serial: 2 });
      await host.reload("b");
      assertNotEquals(await (host.get("b") as Thing).at(), at);
    },
  });
}

interface Ran {
  readonly loaded: readonly string[];
  readonly refused: readonly Problem[];
  readonly flags: readonly string[];
}

async function runHost(
  folder: string,
  ...flags: readonly string[]
): Promise<Ran> {
  const { stdout, stderr } = await runFixture("verified.ts", {
    flags,
    args: [folder],
  });
  assertNotEquals(stdout, "", stderr);
  return JSON.parse(stdout);
}

Deno.test("a host reads and runs copies that verify made, with exactly the flags of its report", async () => {
  await using folder = await makeLocked();
  const { path, lock, plugin } = folder;
  const paths = [`${path}/plugin_store`, `${path}/plugins`, lock];
  const read = `--allow-read=${paths.join(",")}`;

  const before = await runHost(path, read);
  assertEquals(before.loaded, []);
  assertEquals(before.refused.map(({ code }) => code), [
    "PLUGIN_PERMISSION_MISSING",
  ]);
  const remedy = before.refused[0]?.remedy ?? "";
  assertStringIncludes(remedy, `--allow-write=${path}/plugin_store`);
  assertStringIncludes(remedy, "semantik-plugin verify --copy");
  // What makes the copy is a part of what the report names.
  assert(before.flags.includes(`--allow-write=${path}/plugin_store`));

  const verified = await runCli(["verify", "--lock", lock, "--copy", plugin]);
  assertEquals(verified.code, 0, verified.stdout + verified.stderr);
  const after = await runHost(path, read);
  assertEquals(after.loaded, ["b"]);
  assertEquals(after.flags.filter((flag) => flag.startsWith("--allow-")), [
    read,
  ]);

  await writeFiles(plugin, { "mod.ts": `${CODE}// new\n` });
  const changed = await runHost(path, ...after.flags);
  assertEquals(changed.refused.map(({ code }) => code), [
    "PLUGIN_INTEGRITY_BROKEN",
  ]);
});

Deno.test("a process keeps to the deno.lock that pins the modules of its plugin", async (t) => {
  const isOwn = [false, true];
  for (const hasConfig of isOwn) {
    await t.step(`${hasConfig ? "with" : "without"} a deno.json`, async () => {
      await using folder = await makeLocked();
      const { path, plugin, lock } = folder;
      await writeFiles(path, {
        "plugins/b/mod.ts": `import "npm:nothing@^1.0.0";\n${CODE}`,
        ...hasConfig ? { "plugins/b/deno.json": "{}" } : {},
        "deno.lock": JSON.stringify({
          version: "5",
          specifiers: { "npm:nothing@1": "1.0.0" },
          npm: { "nothing@1.0.0": { integrity: "sha512-A" } },
        }),
      });
      await writeLock(lock, [plugin], {
        serial: 2,
        dependencies: { "npm:nothing@1.0.0": "sha512-A" },
      });
      let args: readonly string[] = [];
      await using made = createTestHost({
        sources: [plugin],
        lock,
        switches: false,
        runner: subprocess({
          fetch: false,
          wrap(command) {
            args = command.args;
            return command;
          },
        }),
      });
      const { failed, refused } = await made.host.load();
      assertEquals(refused, []);
      // There is no such package.
      assertEquals(failed.map(({ code }) => code), ["PLUGIN_IMPORT_FAILED"]);
      assertEquals(args.includes("--no-lock"), hasConfig);
      assertEquals(args.includes("--frozen"), !hasConfig);
      assertEquals(args.includes(`--lock=${path}/deno.lock`), !hasConfig);
    });
  }
});
