/** Plugins whose configuration of Deno tries to change more than their imports. */

import { assertEquals, assertMatch } from "@std/assert";
import { contract, PluginHost } from "@semantik/plugins";
import {
  subprocess,
  type SubprocessCommand,
} from "@semantik/plugins/subprocess";
import { withPlugins } from "../../host/with_plugins.ts";

interface Thing {
  call(): Promise<unknown>;
}

const CODE = "export default { setup: () => ({ call: () => 1 }) };";

/** Loads the plugins of a folder, and returns what they log and what fails. */
async function load(
  folder: string,
  onCommand: (command: SubprocessCommand) => void = () => {},
) {
  const lines: string[] = [];
  await using host = new PluginHost({
    name: "test",
    version: "1.0.0",
    sources: [`${folder}/plugins`],
    contracts: { thing: contract<Thing>("call") },
    runner: subprocess({
      wrap: (command) => {
        onCommand(command);
        return command;
      },
    }),
    switches: false,
    log: (_id, _level, message) => lines.push(message),
  });
  const { refused, failed } = await host.load();
  const result = await host.get("a", "thing")?.call();
  const [problem] = [...refused, ...failed].flatMap(({ problems }) => problems);
  return { result, lines, problem };
}

Deno.test("a plugin's import map cannot replace the main module, whose imports nobody checks", async () => {
  await withPlugins(
    { "plugins/a": { code: CODE, id: "a" } },
    async (folder) => {
      const secret = `${folder}/secret.txt`;
      const own = `${folder}/plugins/a`;
      await Deno.writeTextFile(secret, "TOPSECRET");
      await Deno.writeTextFile(
        `${own}/evil.ts`,
        `import text from ${JSON.stringify(secret)} with { type: "text" };
       console.log(text);`,
      );
      await Deno.writeTextFile(`${own}/deno.json`, "{}");
      const imports: Record<string, string> = {};
      const first = await load(folder, ({ args }) => {
        const main = args.find((each) => each.startsWith("data:")) ?? "";
        const [start = ""] = main.split("#");
        for (const key of [main, start, `${start}#`]) {
          imports[key] = "./evil.ts";
        }
      });
      assertEquals(first.result, 1);
      await Deno.writeTextFile(`${own}/deno.json`, JSON.stringify({ imports }));
      const { result, lines } = await load(folder);
      assertEquals([result, lines], [1, []]);
    },
  );
});

Deno.test("a plugin in a workspace of the application gets none of its unstable features", async () => {
  await withPlugins(
    { "plugins/a": { code: CODE, id: "a" } },
    async (folder) => {
      await Deno.writeTextFile(`${folder}/plugins/a/deno.json`, "{}");
      for (const [feature, name] of [["kv", "openKv"], ["bundle", "bundle"]]) {
        const config = { workspace: ["./plugins/a"], unstable: [feature] };
        await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify(config));
        const { result, problem } = await load(folder);
        assertEquals(result, undefined);
        assertEquals(problem?.code, "PLUGIN_RUNNER_UNAVAILABLE");
        assertMatch(problem?.message ?? "", new RegExp(`enables Deno.${name}`));
      }
      const config = {
        workspace: ["./plugins/a"],
        unstable: ["sloppy-imports"],
      };
      await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify(config));
      assertEquals((await load(folder)).result, 1);
    },
  );
});
