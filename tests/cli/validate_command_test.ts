import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import type { PluginCheck } from "../../src/cli/validate/plugin_check.ts";
import { runCli, runJson } from "./run_cli.ts";
import { runDeno } from "./run_deno.ts";
import {
  type Files,
  manifest,
  pluginFiles,
  withFolder,
} from "./with_plugins.ts";

const CLI = new URL("../../cli.ts", import.meta.url).href;

async function validate(
  args: readonly string[],
): Promise<
  Readonly<{ code: number; plugins: readonly PluginCheck[]; stderr: string }>
> {
  const { code, result, stderr } = await runJson(["validate", ...args]);
  return { code, plugins: Reflect.get(Object(result), "plugins"), stderr };
}

function messagesOf(plugins: readonly PluginCheck[]): readonly string[] {
  return plugins.flatMap(({ problems }) =>
    problems.map(({ message }) => message)
  );
}

Deno.test("validate finds nothing wrong with a plugin that is well", async () => {
  const files = {
    ...pluginFiles(
      "well",
      {
        permissions: {
          read: ["./models", "$DATA"],
          net: ["api.example.com:443"],
          import: ["esm.sh:443"],
        },
      },
      'import { x } from "./deep/x.ts"; import "node:path"; import "fs"; import "npm:zod@^4"; import "jsr:@std/assert@1"; import "https://esm.sh/x"; export default { setup: () => ({ x }) };',
    ),
    "well/deep/x.ts":
      'import type { Y } from "../types.ts"; export const x: Y = 1;',
    "well/types.ts": 'import type { Z } from "bare-types"; export type Y = Z;',
  };
  await withFolder(files, async (folder) => {
    const { code, stdout } = await runCli(["validate", folder]);
    assertEquals([code, stdout], [0, "fine      well reader 1.0.0\n"]);
  });
});

Deno.test("validate tells every problem of a manifest at once, each with its path", async () => {
  const text = manifest("x", {
    version: "one",
    entry: "../x.ts",
    permissions: { net: ["https://a.example/"], read: [] },
  }).replace('"id"', '"nme":1,"id"');
  await withFolder({ "x/plugin.json": text }, async (folder) => {
    const { code, plugins } = await validate([folder]);
    assertEquals(code, 1);
    const paths = plugins.flatMap(({ problems }) =>
      problems.map(({ path }) => path)
    );
    assertEquals(
      new Set(paths),
      new Set([
        "nme",
        "version",
        "entry",
        "permissions.net[0]",
        "permissions.read",
      ]),
    );
  });
});

Deno.test("validate finds imports that no host can load", async (t) => {
  const rows: readonly (readonly [string, Files, RegExp, RegExp])[] = [
    [
      "a name that the plugin's own deno.json resolves",
      {
        "p/mod.ts": 'import { z } from "zod";\nimport "std/fs";',
        "p/deno.json": '{"imports":{"zod":"npm:zod@^4","std/":"jsr:/@std/"}}',
      },
      /"zod" in "mod.ts", line 1 resolves only beside the plugin's own deno.json/,
      /Write "npm:zod@\^4" instead/,
    ],
    [
      "a name that the plugin's own package.json resolves",
      {
        "p/mod.ts": 'import "zod/v4";',
        "p/package.json": '{"dependencies":{"zod":"^4.1.0"}}',
      },
      /"zod\/v4" in "mod.ts", line 1 resolves only beside the plugin's own/,
      /Write "npm:\/zod@\^4.1.0\/v4" instead/,
    ],
    [
      "a name that nothing resolves",
      { "p/mod.ts": 'import "zod";' },
      /"zod".*is no full specifier/,
      /npm:zod/,
    ],
    [
      "a file out of the directory",
      {
        "p/mod.ts": 'import "./a.ts";',
        "p/a.ts": '\nimport "../q.ts";',
        "q.ts": "",
      },
      /"..\/q.ts" in "a.ts", line 2 leaves the plugin's directory/,
      /Put the module/,
    ],
    [
      "a file whose directory's name begins as the plugin's",
      { "p/mod.ts": 'import "../p-evil/q.ts";', "p-evil/q.ts": "" },
      /leaves the plugin's directory/,
      /Put the module/,
    ],
    [
      "a file that is not there",
      { "p/mod.ts": 'await import("./no.ts");' },
      /"no.ts" cannot be read: Module not found/,
      /Correct/,
    ],
    [
      "code that is none",
      { "p/mod.ts": "export default {" },
      /"mod.ts" cannot be read: SyntaxError/,
      /Correct/,
    ],
    [
      "a server that Deno permits until a flag names another",
      { "p/mod.ts": 'import "https://esm.sh/x";' },
      /needs import to "esm.sh:443", which the manifest does not declare/,
      /Add "esm.sh:443" to permissions.import: Deno permits it by itself only while/,
    ],
    [
      "a server that is not declared",
      { "p/mod.ts": 'import "https://code.example:8443/x.ts";' },
      /needs import to "code.example:8443"/,
      /permissions.import/,
    ],
  ];
  for (const [name, files, message, remedy] of rows) {
    await t.step(name, async () => {
      await withFolder(
        { "p/plugin.json": manifest("p"), ...files },
        async (folder) => {
          const { code, plugins } = await validate([`${folder}/p`]);
          assertEquals(code, 1);
          const problems = plugins.flatMap((one) => one.problems);
          assert(
            problems.some((one) =>
              message.test(one.message) && remedy.test(one.remedy)
            ),
            JSON.stringify(problems),
          );
          assert(!JSON.stringify(problems).includes(folder));
        },
      );
    });
  }
  await t.step("all is well with a server that is declared", async () => {
    const files = pluginFiles("p", {
      permissions: { import: ["code.example"] },
    }, 'import "https://code.example:8443/x.ts";');
    await withFolder(files, async (folder) => {
      assertEquals((await validate([folder])).code, 0);
    });
  });
  await t.step("a deno.json above is worth a note", async () => {
    const files = {
      ...pluginFiles("p", {}, 'import "zod";'),
      "deno.json": '{"imports":{"zod":"npm:zod@4"}}',
    };
    await withFolder(files, async (folder) => {
      const { code, plugins } = await validate([folder]);
      assertEquals(code, 0);
      assertStringIncludes(plugins[0]?.notes.join() ?? "", "a deno.json above");
    });
  });
});

Deno.test("validate finds modules that compile otherwise in a host", async (t) => {
  const jsx = "export const view = () => <p>hello</p>;";
  const legacy =
    "declare const d: MethodDecorator; export class A { @d a() {} }";
  const options = (own: Record<string, unknown>) =>
    JSON.stringify({ compilerOptions: own });
  const preact = options({ jsx: "react-jsx", jsxImportSource: "npm:preact" });
  const rows: readonly (readonly [string, Files, RegExp | undefined])[] = [
    [
      "JSX",
      {
        "p/mod.ts": 'import "./view.tsx";',
        "p/view.tsx": jsx,
        "p/deno.json": preact,
      },
      /"view.tsx" compiles to something else without the compilerOptions of the plugin's own deno.json/,
    ],
    ["decorators, in a deno.jsonc", {
      "p/mod.ts": legacy,
      "p/deno.jsonc": `// so\n${options({ experimentalDecorators: true })}`,
    }, /"mod.ts".*own deno.jsonc/],
    ["JSX that says by itself how", {
      "p/mod.ts": 'import "./view.tsx";',
      "p/view.tsx": `/** @jsxImportSource npm:preact */\n${jsx}`,
      "p/deno.json": preact,
    }, undefined],
    ["options that change no code, and a module that nobody imports", {
      "p/mod.ts": "export const a: number = 1;",
      "p/view.tsx": jsx,
      "p/deno.json": options({ strict: false, jsx: "react-jsx" }),
    }, undefined],
  ];
  for (const [name, files, message] of rows) {
    await t.step(name, async () => {
      await withFolder(
        { "p/plugin.json": manifest("p"), ...files },
        async (folder) => {
          const { code, plugins } = await validate([`${folder}/p`]);
          const found = messagesOf(plugins).filter((one) =>
            one.includes("compiles")
          );
          assertEquals(found.length, message === undefined ? 0 : 1);
          if (message !== undefined) {
            assertEquals(code, 1);
            assertMatch(found.join(), message);
          }
        },
      );
    });
  }
  await t.step("a configuration above is worth a note", async () => {
    const files = { ...pluginFiles("p", {}, legacy) };
    await withFolder({
      ...files,
      "deno.json": options({ experimentalDecorators: true }),
    }, async (folder) => {
      const { code, plugins } = await validate([`${folder}/p`]);
      assertEquals(code, 0);
      assertStringIncludes(
        plugins[0]?.notes.join() ?? "",
        "compilerOptions of a deno.json above",
      );
    });
  });
});

Deno.test("validate finds Unix sockets of which net alone is declared", async (t) => {
  const net = ["unix:/run/app.sock"];
  const path = ["/run/app.sock"];
  const rows: readonly (readonly [
    string,
    Parameters<typeof manifest>[1],
    string | undefined,
  ])[] = [
    ["alone", { permissions: { net } }, "needs read and write of its path"],
    [
      "without write",
      { permissions: { net, read: ["/run"] } },
      "needs write of its path",
    ],
    ["both", { permissions: { net, read: path, write: true } }, undefined],
    [
      "where the rest is optional",
      {
        permissions: { net },
        optionalPermissions: { read: path, write: path },
      },
      "needs read and write",
    ],
    [
      "where it is optional itself",
      { permissions: { read: path }, optionalPermissions: { net } },
      "needs write",
    ],
    [
      "other hosts",
      { permissions: { net: ["a.example:443"] } },
      undefined,
    ],
  ];
  for (const [name, parts, message] of rows) {
    await t.step(name, async () => {
      await withFolder(pluginFiles("p", parts), async (folder) => {
        const { code, plugins } = await validate([folder, "--hazards=none"]);
        const found = messagesOf(plugins);
        assertEquals([code, found.length], message ? [1, 1] : [0, 0]);
        assertStringIncludes(found.join(), message ?? "");
      });
    });
  }
});

Deno.test("validate tells what is declared outside of the plugin's directory", async () => {
  const permissions = {
    read: ["/srv/shared", "./own", "$DATA"],
    write: ["../sibling"],
  };
  await withFolder(pluginFiles("p", { permissions }), async (folder) => {
    const { code, plugins } = await validate([folder]);
    assertEquals(code, 1);
    assertStringIncludes(
      messagesOf(plugins).join(),
      '"../sibling" leaves the plugin\'s directory',
    );
    assertEquals(plugins[0]?.notes, [
      'It reads outside of its directory: "/srv/shared"',
      `It writes outside of its directory: "${folder}/sibling"`,
    ]);
  });
});

Deno.test("validate counts hazards by their level", async () => {
  await withFolder(
    pluginFiles("p", { permissions: { run: true } }),
    async (folder) => {
      const { code, plugins } = await validate([folder]);
      assertEquals([code, plugins[0]?.hazards[0]?.level], [1, "critical"]);
      const { stdout } = await runCli(["validate", folder]);
      assertStringIncludes(
        stdout,
        "findings  p reader 1.0.0\n  critical  p: run as a whole",
      );
      assertEquals((await validate([folder, "--hazards=none"])).code, 0);
    },
  );
});

Deno.test("validate takes plugins side by side: two of one id, circles, what is elsewhere", async () => {
  const need = (id: string) => ({ requires: [{ id, version: "*" }] });
  const files = {
    ...pluginFiles("a", need("b")),
    ...pluginFiles("b", need("a")),
    "other/plugin.json": manifest("c"),
    "other/mod.ts": "",
    ...pluginFiles("c"),
    ...pluginFiles("d", need("elsewhere")),
  };
  await withFolder(files, async (folder) => {
    const { code, plugins } = await validate([folder]);
    assertEquals(code, 1);
    const found = plugins.map(({ id, problems, notes }) =>
      `${id} ${problems.map((one) => one.code)} ${notes.length}`
    );
    assertEquals(found.sort(), [
      "a PLUGIN_DEPENDENCY_CYCLE 0",
      "b PLUGIN_DEPENDENCY_CYCLE 0",
      "c  0",
      "c PLUGIN_ID_CONFLICT 1",
      "d  1",
    ]);
    const alone = await validate([`${folder}/d`, "--run"]);
    assertEquals(alone.code, 1);
    assertEquals(
      alone.plugins[0]?.problems[0]?.code,
      "PLUGIN_DEPENDENCY_MISSING",
    );
  });
});

Deno.test("validate runs no code without --run, and needs but to read and to run Deno", async () => {
  const files = pluginFiles("p", {}, "Deno.exit(42);");
  await withFolder(files, async (folder) => {
    const flags = ["run", "--no-prompt", `--allow-read=${folder}`];
    const read = await runDeno([...flags, CLI, "validate", folder]);
    assertEquals([read.code, read.stdout], [0, "fine      p reader 1.0.0\n"]);
    assertStringIncludes(
      read.stderr,
      "What the modules import was not checked",
    );

    const refused = await runDeno([...flags, CLI, "validate", "--run", folder]);
    assertEquals(refused.code, 2);
    assertStringIncludes(refused.stderr, "--allow-");
    assertEquals(refused.stderr.trimEnd().split("\n").length, 3);
  });
});
