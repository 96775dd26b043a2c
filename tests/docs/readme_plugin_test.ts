/** Validates and runs the plugin and the host that the README shows. */

import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "../../src/base/path.ts";
import { runCli } from "../cli/run_cli.ts";
import { runDeno } from "../cli/run_deno.ts";
import { withFolder } from "../cli/with_plugins.ts";

const README = await Deno.readTextFile(
  new URL("../../README.md", import.meta.url),
);

function block(
  language: string,
  title: string = "A plugin in ten lines",
): string {
  const [, section = ""] = README.split(`\n## ${title}\n`);
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

Deno.test("The host of the README prints what the README shows", async () => {
  const title = "A host in ten lines";
  const files = {
    "plugins/greeter/plugin.json": block("json"),
    "plugins/greeter/mod.ts": block("ts").replace(
      /"jsr:@semantik\/plugins@[^/]*\/plugin"/,
      '"@semantik/plugins/plugin"',
    ),
    "main.ts": block("ts", title),
  };
  await withFolder(files, async (folder) => {
    const { code, stdout, stderr } = await runDeno([
      "run",
      "--no-prompt",
      `--config=${fromFileUrl(new URL("../../deno.json", import.meta.url))}`,
      `--allow-read=${folder}/plugins`,
      "--allow-env=GREETING,SEMANTIK_ENABLE_*",
      `${folder}/main.ts`,
    ], { cwd: folder });
    assertEquals([code, stdout], [0, "Hello Deno\n"], stderr);
    const [log, ...events] = stderr.split("\n");
    // The command line shows the events as a terminal does.
    const trail = await runCli(["audit", "-"], {
      stdin: [events.join("\n")],
      terminal: true,
      columns: 80,
      noColor: true,
    });
    const [loaded, disposed] = trail.stdout.split("\n")
      .map((line) => line.replace(/^\S+Z/, "12:00:01Z"));
    assertEquals(
      [log, loaded, stdout.trim(), disposed].join("\n"),
      block("text", title).trim(),
    );
  });
});
