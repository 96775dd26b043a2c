import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runCli, runJson } from "./run_cli.ts";
import { pluginFiles, withFolder } from "./with_plugins.ts";

const CONFIGURED = `export default {
  setup: () => ({}),
  healthCheck: ({ config }) => ({ status: config.status, message: "as configured" }),
};`;

Deno.test("health runs plugins with their stored configuration, and shows the worst first", async () => {
  const files = {
    ...pluginFiles("asked", {}, CONFIGURED),
    ...pluginFiles(
      "broken",
      {},
      "export default { setup() { throw new Error('no disk'); } };",
    ),
    ...pluginFiles("off", {}, "throw new Error('this code must not run');"),
    ...pluginFiles("old", { host: "^9.0.0" }),
    "state.json": JSON.stringify({
      schema: 1,
      revision: 2,
      plugins: {
        asked: { config: { status: "unhealthy" } },
        off: { enabled: false },
      },
    }),
  };
  await withFolder(files, async (folder) => {
    const args = [
      "health",
      folder,
      "--state",
      `${folder}/state.json`,
      "--host-version=1.0.0",
    ];
    const { code, stdout, stderr } = await runCli(args);
    assertEquals(code, 1, stderr);
    assertStringIncludes(stderr, "Running the code of 2 plugins");
    const lines = stdout.split("\n");
    assertEquals(
      lines.slice(1, 5).map((line) => line.split(/ +/).slice(0, 2).join(" ")),
      ["failed broken", "refused old", "unhealthy asked", "skipped off"],
    );
    assertStringIncludes(stdout, "as configured");
    assertStringIncludes(stdout, "no disk");
    assert(
      lines.includes("4 plugins: 1 failed, 1 refused, 1 unhealthy, 1 skipped"),
    );

    const only = await runJson([...args, "--id=off"]);
    assertEquals([only.code, Object(only.result).plugins[0].status], [
      0,
      "skipped",
    ]);
    const unknown = await runCli([...args, "--id=askd"]);
    assertEquals([unknown.code, unknown.stdout], [2, ""]);
    assertStringIncludes(unknown.stderr, 'Did you mean "asked"?');
  });
});
