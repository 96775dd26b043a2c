import { assertEquals } from "@std/assert";
import { runPlugin } from "../../src/cli/validate/run_plugin.ts";
import { pluginFiles, withFolder } from "./with_plugins.ts";

Deno.test("runPlugin() kills a plugin that blocks its process", async () => {
  await withFolder(pluginFiles("p", {}, "while (true);"), async (folder) => {
    const directory = `${folder}/p`;
    const { result } = await runPlugin({
      job: {
        id: "p",
        type: "reader",
        sources: [directory],
        hostVersion: "1.0.0",
        config: {},
        methods: [],
        watchesEnv: false,
        timeout: 10,
      },
      urls: { plugin: "file:///nowhere/", library: "file:///nowhere/" },
      allows: undefined,
      granted: () => ({}),
      flagsFor: () =>
        Promise.resolve([`--allow-read=${directory}`, "--no-prompt"]),
      signal: new AbortController().signal,
      startTimeout: 1_000,
    });
    assertEquals(result.problems.map(({ code }) => code), ["PLUGIN_TIMEOUT"]);
    assertEquals(
      result.problems[0]?.message,
      'Cannot run plugin "p": it did not end in time and was killed',
    );
  });
});
