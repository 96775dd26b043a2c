/** Validates the plugin that the README shows. */

import { assert, assertEquals } from "@std/assert";
import { runCli } from "../cli/run_cli.ts";
import { withFolder } from "../cli/with_plugins.ts";

const README = await Deno.readTextFile(
  new URL("../../README.md", import.meta.url),
);

function block(language: string): string {
  const [, section = ""] = README.split("\n## A plugin in ten lines\n");
  const [, text] =
    new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, "m").exec(section) ?? [];
  assert(text !== undefined);
  return text;
}

Deno.test("The plugin of the README passes validate --run as it stands", async () => {
  const files = {
    "plugins/greeter/plugin.json": block("json"),
    "plugins/greeter/mod.ts": block("ts"),
  };
  await withFolder(files, async (folder) => {
    const { code, stdout } = await runCli([
      ...["validate", "--run", "--methods=greet", `${folder}/plugins`],
    ]);
    assertEquals(code, 0, stdout);
    assert(!stdout.includes("deno.json"), stdout);
  });
});
