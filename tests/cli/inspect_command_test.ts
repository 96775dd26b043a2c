import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runCli, runJson } from "./run_cli.ts";
import {
  type Files,
  manifest,
  pluginFiles,
  withFolder,
} from "./with_plugins.ts";

const FILES: Files = {
  ...pluginFiles("weather", {
    displayName: "Wetter 天気",
    description: "Says how the weather is \u202eand more",
    requires: [{ id: "clock", version: "^1.0.0" }, {
      id: "lost",
      version: "*",
      optional: true,
    }],
    permissions: { env: ["WEATHER_KEY"], net: ["a.example:443"], run: true },
    optionalPermissions: { read: ["$DATA/cache"] },
  }),
  ...pluginFiles("clock", { version: "1.3.0" }),
  ...pluginFiles("agenda", { requires: [{ id: "weather", version: "*" }] }),
  "z/weather/plugin.json": manifest("weather"),
  "z/weather/mod.ts": "",
  "broken/plugin.json": '{ "id": "broken", "type": "No", "version": 1 }',
  "state.json": JSON.stringify({
    schema: 1,
    revision: 7,
    plugins: {
      clock: { enabled: false },
      weather: {
        config: { key_env: "WEATHER_KEY", url: "https://u:hunter22@x.example" },
      },
    },
    unrecorded: ["weather"],
  }),
};

Deno.test("inspect prints everything known of a plugin, and no secret", async () => {
  await withFolder(FILES, async (folder) => {
    const args = [
      "inspect",
      "weather",
      folder,
      `${folder}/z`,
      "--state",
      `${folder}/state.json`,
    ];
    const { code, stdout } = await runCli(args);
    assertEquals(code, 1, stdout);
    const lines = [
      "weather 1.0.0 reader would be refused",
      'Cannot load plugin "weather": it requires "clock", which is disabled',
      "name         Wetter 天気",
      `source       ${folder}/weather`,
      `also in      ${folder}/z/weather`,
      "data         ",
      "requires     clock ^1.0.0 (1.3.0, skipped)",
      "             lost *, optional (not found)",
      "required by  agenda",
      'permissions  net to "a.example:443"',
      "state        enabled, not recorded in an audit trail yet",
      '"key_env":"WEATHER_KEY"',
      "hidden: url",
      "critical  weather: run as a whole",
      "Flags of this plugin alone\n  --allow-env=WEATHER_KEY --allow-net=a.example:443 --allow-run",
    ];
    for (const line of lines) assertStringIncludes(stdout, line);
    const { result, stderr } = await runJson(args);
    const text = stdout + stderr + JSON.stringify(result);
    assert(!text.includes("hunter22"));
    assert(!stdout.includes("\u202e"));
  });
});

Deno.test("inspect tells a disabled, an unusable and an unknown plugin apart", async () => {
  await withFolder(FILES, async (folder) => {
    const state = ["--state", `${folder}/state.json`];
    const disabled = await runCli(["inspect", "clock", folder, ...state]);
    assertEquals(disabled.code, 0);
    assertStringIncludes(disabled.stdout, "is disabled in the stored state");
    assertStringIncludes(disabled.stdout, "required by  weather");

    const broken = await runJson(["inspect", "broken", folder]);
    assertEquals(broken.code, 1);
    const { problems } = Object(broken.result);
    assertEquals(problems.length, 2);
    const shown = await runCli(["inspect", "broken", folder]);
    assertStringIncludes(shown.stdout, `unusable ${folder}/broken`);

    const unknown = await runCli(["inspect", "clokc", folder]);
    assertEquals([unknown.code, unknown.stdout], [2, ""]);
    assertStringIncludes(unknown.stderr, 'Did you mean "clock"?');

    await Deno.writeTextFile(`${folder}/state.json`, "{");
    const unread = await runCli(["inspect", "clock", folder, ...state]);
    assertEquals(unread.code, 1);
    assertStringIncludes(unread.stdout, "Cannot read plugin state");
    assertStringIncludes(unread.stdout, "state        unknown");
  });
});
