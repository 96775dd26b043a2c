/** Checks what all listings have in common: order, counts, width and whole flags. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { displayWidth } from "../../src/base/terminal_text.ts";
import { type CliOptions, runCli } from "./run_cli.ts";
import { manifest, pluginFiles, withFolder } from "./with_plugins.ts";

const DIRECTORY = "/srv/models of the house";

const FILES = {
  ...pluginFiles("nihon", {
    displayName: "日本語プラグイン",
    description:
      "文書を読み込み、段落に分割して、検索エンジンに渡すためのプラグインです。長い説明です。",
    permissions: { read: [DIRECTORY], net: ["api.example:443"] },
  }),
  ...pluginFiles("rocket", {
    displayName: "🚀 Rocket",
    description: "Does one thing. ".repeat(20),
    permissions: { net: ["api.example:443", "metrics.example:443"] },
    optionalPermissions: { env: ["ROCKET_TOKEN"] },
  }),
  ...pluginFiles("z-runner", { permissions: { run: true } }),
  ...pluginFiles("y-runner", { permissions: { run: true } }),
  ...pluginFiles("z-lost", { requires: [{ id: "nobody", version: "*" }] }),
  "z-broken/plugin.json": "{",
};

const COMMANDS = ["list", "plan", "permissions", "validate"];

async function linesOf(
  args: readonly string[],
  options: CliOptions = {},
): Promise<readonly string[]> {
  const { stdout } = await runCli(args, options);
  return stdout.trimEnd().split("\n");
}

Deno.test("Listings begin with what is worst and end with counts", async (t) => {
  const expected: Readonly<Record<string, readonly [RegExp, string]>> = {
    list: [/^unusable .*z-broken$/, "6 plugins: 1 unusable"],
    plan: [
      /^refuse {2}/,
      "6 plugins: 2 refused, 4 to load, in this order",
    ],
    permissions: [
      /^HAZARDS$/,
      "4 plugins, 7 permissions, 2 hazards: 2 critical",
    ],
    validate: [
      /^findings {2}.*z-broken$/,
      "6 plugins: 3 with findings, 3 ok; 1 problem; 2 critical hazards",
    ],
  };
  await withFolder(FILES, async (folder) => {
    for (const command of COMMANDS) {
      await t.step(command, async () => {
        const lines = await linesOf([command, folder]);
        const [first, total] = expected[command] ?? [/^$/, ""];
        assert(first.test(lines[0] ?? ""), lines[0]);
        assertEquals(lines.at(-1), total);
      });
    }
  });
});

Deno.test("Listings wrap to the terminal, and keep paths and flags whole", async (t) => {
  await withFolder(FILES, async (folder) => {
    for (const command of COMMANDS) {
      for (const columns of [60, 80, 120]) {
        await t.step(`${command} ${columns}`, async () => {
          const options = { terminal: true, columns };
          const lines = await linesOf([command, folder], options);
          for (const line of lines) {
            const isWhole = line.includes(folder) || line.includes(DIRECTORY);
            assert(displayWidth(line) <= columns || isWhole, line);
          }
          const plain = await linesOf([command, folder], {
            ...options,
            noColor: true,
          });
          assert(!plain.join("").includes("\x1b"));
        });
      }
    }
    const text = (await linesOf(["permissions", folder], {
      terminal: true,
      columns: 60,
      noColor: true,
    })).join("\n");
    assertStringIncludes(text, `--allow-read='${DIRECTORY},${folder}' \\\n`);
    assertStringIncludes(text, `"${DIRECTORY}"`);
  });
});

Deno.test("list and plan show the sources of an id that repeats", async () => {
  const files = {
    "a/twin/plugin.json": manifest("twin"),
    "a/twin/mod.ts": "export default { setup: () => ({}) };\n",
    "b/twin/plugin.json": manifest("twin", { version: "2.0.0" }),
    "b/twin/mod.ts": "export default { setup: () => ({}) };\n",
    "b/alone/plugin.json": manifest("alone"),
    "b/alone/mod.ts": "export default { setup: () => ({}) };\n",
  };
  await withFolder(files, async (folder) => {
    const sources = [`${folder}/a`, `${folder}/b`];
    const from = (place: string) => `  from ${folder}/${place}`;
    assertEquals(await linesOf(["list", ...sources]), [
      "ID     TYPE    VERSION",
      "twin   reader  1.0.0",
      "  no permissions",
      from("a/twin"),
      "twin   reader  2.0.0",
      "  no permissions",
      from("b/twin"),
      "alone  reader  1.0.0",
      "  no permissions",
      "",
      "3 plugins: 2 with a repeated id",
    ]);
    const planned = await linesOf(["plan", ...sources]);
    assertEquals(planned[0], "refuse  twin   reader  2.0.0");
    assert(planned.includes(from("b/twin")));
    assert(planned.includes(from("a/twin")));
    assert(!planned.includes(from("b/alone")));
  });
});

Deno.test("permissions shows what each plugin declares, the most dangerous first", async () => {
  await withFolder(FILES, async (folder) => {
    const lines = await linesOf(["permissions", folder]);
    const from = lines.indexOf("EACH PLUGIN") + 1;
    assertEquals(lines.slice(from, lines.indexOf("", from)), [
      "y-runner  critical",
      "  run (all)",
      "z-runner  critical",
      "  run (all)",
      "nihon",
      `  read "${DIRECTORY}"; net api.example:443`,
      "rocket",
      "  net api.example:443, metrics.example:443",
      "  optional: env ROCKET_TOKEN",
    ]);
    // A hazard that several plugins have is explained once.
    assertEquals(
      lines.filter((line) => line.startsWith("critical")).length,
      1,
    );
    assertStringIncludes(lines.join("\n"), "critical  y-runner, z-runner: run");
  });
});

Deno.test("permissions names a few of many plugins that need the same", async () => {
  const files = Object.assign(
    {},
    ...Array.from(
      { length: 60 },
      (_, index) =>
        pluginFiles(`plugin-${index + 10}`, {
          permissions: { net: ["api.example:443"] },
        }),
    ),
  );
  await withFolder(files, async (folder) => {
    const lines = await linesOf(["permissions", folder]);
    assert(lines.includes(
      lines.find((line) =>
        /^net .*plugin-10, plugin-11, plugin-12 and 57 more$/.test(line)
      ) ?? "a row",
    ));
    assertEquals(lines.at(-1), "60 plugins, 3 permissions, 0 hazards");
  });
});

Deno.test("permissions --check ends with counts, and its flags can be pasted", async () => {
  await withFolder(FILES, async (folder) => {
    const command = [
      "--",
      "deno",
      "run",
      "--allow-net=other.example",
      "main.ts",
    ];
    const args = ["permissions", folder, "--check", ...command];
    for (const columns of [60, 120]) {
      const options = { terminal: true, columns, noColor: true };
      const lines = await linesOf(args, options);
      const from = lines.findIndex((line) => line.startsWith("deno run"));
      const flags = lines.slice(from, lines.indexOf("", from));
      assertEquals(lines.at(-1), "6 missing, 1 surplus");
      assert(flags.slice(0, -1).every((line) => / \\$/.test(line)), flags[0]);
      assertEquals(
        flags.map((line) => line.replace(/^ +| \\$/g, "")).join(" "),
        (await linesOf(args)).find((line) => line.startsWith("deno run")),
      );
    }
  });
});
