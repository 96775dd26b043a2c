import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { z } from "zod";
import { assertProblems } from "../assert_problem.ts";
import { runFixture } from "./run_fixture.ts";
import { json, readFlag, withTree } from "./with_tree.ts";

const TREE = {
  "plugins/one/plugin.json": json("one"),
  "plugins/one/mod.ts": "",
  "plugins/linked": { link: "../elsewhere" },
  "elsewhere/plugin.json": json("linked"),
  "elsewhere/mod.ts": "",
  "a, b/plugin.json": json("comma"),
} as const;

const found = z.array(z.array(z.object({
  ok: z.boolean(),
  source: z.string(),
  id: z.string().optional(),
  problems: z.array(z.object({
    code: z.string(),
    message: z.string(),
    remedy: z.string(),
  })).default([]),
})));

async function read(
  flags: readonly string[],
  ...args: readonly string[]
): Promise<z.infer<typeof found>> {
  return found.parse(await runFixture("read.ts", { flags, args }));
}

Deno.test("readSource() names the flag instead of prompting for read permission", async () => {
  await withTree(TREE, async ({ at }) => {
    const [[directory] = [], [manifest] = [], [comma] = []] = await read(
      [],
      at("plugins"),
      at("plugins/one/plugin.json"),
      at("a, b"),
    );
    assertProblems(directory?.problems, [[
      "PLUGIN_PERMISSION_MISSING",
      `read to "${at("plugins")}"`,
      readFlag(at("plugins")),
    ]]);
    assertEquals(
      manifest?.problems[0]?.remedy,
      readFlag(at("plugins/one/plugin.json")),
    );
    assertEquals(
      comma?.problems[0]?.remedy,
      "Put the result of denoPermissionSet into deno.json and run with -P=NAME",
    );
  });
});

Deno.test("readSource() needs read permission for a source, and for the target of a link", async () => {
  await withTree(TREE, async ({ at }) => {
    const [plugins, [manifest] = []] = await read(
      [`--allow-read=${at("plugins")}`],
      at("plugins"),
      at("plugins/one/plugin.json"),
    );
    assertEquals(plugins, [
      {
        ok: false,
        source: at("plugins/linked"),
        id: "linked",
        problems: [{
          code: "PLUGIN_PERMISSION_MISSING",
          message: `Cannot read source "${at("plugins/linked")}": ` +
            `permission read to "${at("elsewhere")}" is not granted`,
          remedy: readFlag(at("elsewhere")),
        }],
      },
      { ok: true, source: at("plugins/one"), problems: [] },
    ]);
    assertEquals(manifest?.ok, true);
  });
});

Deno.test("readSource() needs read permission for the directory of a manifest, not only for the file", async () => {
  await withTree(TREE, async ({ at }) => {
    const manifest = at("plugins/one/plugin.json");
    const [[alone] = []] = await read([`--allow-read=${manifest}`], manifest);
    assertProblems(alone?.problems, [[
      "PLUGIN_PERMISSION_MISSING",
      [manifest, `read to "${at("plugins/one")}"`],
      readFlag(at("plugins/one")),
    ]]);
  });
});

Deno.test("readSource() names a remedy that works under --deny-read and --ignore-read", async () => {
  const names = ["one", "two", "x", "y", "z"];
  const tree = Object.fromEntries(names.flatMap((name) => [
    [`plugins/${name}/plugin.json`, json(name)],
    [`plugins/${name}/mod.ts`, ""],
  ]));
  await withTree({ ...TREE, ...tree }, async ({ at }) => {
    const list = (...paths: readonly string[]) =>
      paths.map((path) => at(`plugins/${path}`)).join(",");
    const [plugins = []] = await read(
      [
        `--allow-read=${at(".")}`,
        `--deny-read=${list("one/mod.ts", "linked", "two")}`,
        // To the process, what is ignored does not exist.
        `--ignore-read=${list("x", "y/plugin.json", "z/mod.ts")}`,
      ],
      at("plugins"),
    );
    assertEquals(
      plugins.map(({ source, id }) => [source, id]),
      [
        [at("plugins/linked"), undefined],
        [at("plugins/one"), "one"],
        [at("plugins/two"), undefined],
        [at("plugins/x"), undefined],
        [at("plugins/y"), undefined],
        [at("plugins/z"), "z"],
      ],
    );
    for (const { problems: [problem, ...others] } of plugins) {
      assertEquals(others, []);
      assertEquals(problem?.code, "PLUGIN_PERMISSION_MISSING");
      assertMatch(problem?.remedy ?? "", /^Remove the denial of read/);
    }
    // Deno heeds the narrower of two flags.
    const flags = [`--allow-read=${at(".")}`, `--deny-read=${at("plugins")}`];
    const [[one] = []] = await read(flags, at("plugins/one"));
    assertStringIncludes(
      one?.problems[0]?.remedy ?? "",
      `${readFlag(at("plugins/one"))}; `,
    );
    const [, deny = ""] = flags;
    const granted = `--allow-read=${at(".")},${at("plugins/one")}`;
    const [[now] = []] = await read([granted, deny], at("plugins/one"));
    assertEquals(now?.ok, true);
  });
});
