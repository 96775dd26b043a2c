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

Deno.test("validate accepts a valid plugin", async () => {
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
    const lines = [
      "ok  well  reader  1.0.0",
      "  brings https://esm.sh/x, jsr:@std/assert@1, npm:zod@^4",
      "",
      "1 plugin: 1 ok",
      "",
    ];
    assertEquals([code, stdout], [0, lines.join("\n")]);
    const imports = {
      well: ["https://esm.sh/x", "jsr:@std/assert@1", "npm:zod@^4"],
    };
    for (const command of ["plan", "permissions"]) {
      const { result } = await runJson([command, folder]);
      assertEquals(Reflect.get(Object(result), "imports"), imports);
      const shown = await runCli([command, folder]);
      assertStringIncludes(shown.stdout, lines[1] ?? "");
    }
  });
});

Deno.test("validate reports every problem of a manifest with its path", async () => {
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

const JSR = {
  name: "@acme/p",
  version: "1.0.0",
  exports: { ".": "./mod.ts", "./plugin.json": "./plugin.json" },
};
const NPM = { ...JSR, exports: { ...JSR.exports, ".": { deno: "./mod.ts" } } };

Deno.test("validate finds what cannot be taken back once a package is published", async (t) => {
  const deno = (others: object = {}) => JSON.stringify({ ...JSR, ...others });
  const node = (others: object = {}) => JSON.stringify({ ...NPM, ...others });
  const files = {
    "mod.ts": 'import "./a.ts";\nnew URL("./data/m.bin", import.meta.url);',
    "a.ts": 'import.meta.resolve("./worker.ts");',
    "worker.ts": "",
    "data/m.bin": "",
  };
  const rows: readonly (readonly [string, Files, readonly RegExp[]])[] = [
    ["a good package of JSR", { "deno.json": deno() }, []],
    ["a good package of npm", { "package.json": node() }, []],
    ["the default module of a package", {
      "deno.json": deno(),
      "plugin.json": manifest("p", { entry: "." }),
    }, []],
    ["an export key that is no path", {
      "deno.json": deno({
        exports: { "./plugin": "./a.ts", "./plugin.json": "./plugin.json" },
      }),
      "plugin.json": manifest("p", { entry: "./plugin" }),
    }, []],
    ["a package that nobody publishes", {
      "deno.json": deno({ publish: false, version: "2.0.0" }),
      "package.json": node({ private: true, version: "2.0.0" }),
    }, []],
    ["an npm package that exports every file", {
      "package.json": node({ exports: undefined }),
    }, []],
    ["no export of the manifest", {
      "deno.json": deno({ exports: "./mod.ts" }),
    }, [
      /does not export "\.\/plugin\.json".*\n.*Add "\.\/plugin\.json": "\.\/plugin\.json" to exports in deno\.json/,
    ]],
    ["conditions as exports", {
      "package.json": node({ exports: { import: "./mod.js" } }),
    }, [/does not export "\.\/plugin\.json"[^]*in package\.json/]],
    ["a path where an export key is needed", {
      "deno.json": deno(),
      "plugin.json": manifest("p", { entry: "./mod.ts" }),
    }, [/The entry "\.\/mod\.ts" is a path/]],
    ["no module", {
      "deno.json": deno({ exports: { "./plugin.json": "./plugin.json" } }),
    }, [/does not export "\."/]],
    ["relative paths", {
      "deno.json": deno(),
      "plugin.json": manifest("p", {
        permissions: { read: ["./data", "$DATA", "/etc/hosts"] },
        optionalPermissions: { write: ["out"] },
      }),
    }, [/The path "\.\/data" is relative/, /The path "out" is relative/]],
    ["another version", {
      "deno.jsonc": `// so\n${deno({ version: "1.0.1" })}`,
    }, [/The version "1\.0\.0" is not the "1\.0\.1" of deno\.jsonc/]],
    ["files that are excluded", {
      "deno.json": deno({ publish: { exclude: ["./data/", "work*.ts"] } }),
    }, [
      /needs "data\/m\.bin", and publish\.exclude in deno\.json/,
      /needs "worker\.ts", and publish\.exclude in deno\.json/,
    ]],
    ["files that are not included", {
      "deno.json": deno({
        publish: { include: ["*.ts", "plugin.json"], exclude: ["!data/*"] },
      }),
    }, [/needs "data\/m\.bin", and publish\.include in deno\.json/]],
    ["files that Git ignores", {
      "deno.json": deno({ publish: { exclude: ["!worker.ts"] } }),
      ".gitignore": "# so\n*.bin\n/worker.ts\na.ts/\n!a.ts\n",
    }, [/needs "data\/m\.bin", and \.gitignore/]],
    ["files that npm does not pack", {
      "package.json": node({ files: ["*.ts", "plugin.json", "!worker.ts"] }),
    }, [
      /needs "data\/m\.bin", and files in package\.json/,
      /needs "worker\.ts", and files in package\.json/,
    ]],
  ];
  for (const [name, changed, expected] of rows) {
    await t.step(name, async () => {
      const written = { "plugin.json": manifest("p"), ...files, ...changed };
      const inPlugin = Object.entries(written)
        .map(([path, text]) => [`p/${path}`, text]);
      await withFolder(Object.fromEntries(inPlugin), async (folder) => {
        const { code, plugins } = await validate([`${folder}/p`]);
        const found = plugins.flatMap(({ problems }) =>
          problems.map(({ message, remedy }) => `${message}\n${remedy}`)
        );
        assertEquals(code, expected.length > 0 ? 1 : 0, found.join("\n"));
        assertEquals(found.length, expected.length, found.join("\n"));
        expected.forEach((one, index) => assertMatch(found[index] ?? "", one));
      });
    });
  }
});

Deno.test("validate finds imports that no host can load", async (t) => {
  const rows: readonly (readonly [string, Files, RegExp, RegExp])[] = [
    [
      "a name that the plugin's own deno.json resolves",
      {
        "p/mod.ts": 'import { z } from "zod";\nimport "std/fs";',
        "p/deno.json": '{"imports":{"zod":"npm:zod@^4","std/":"jsr:/@std/"}}',
      },
      /"zod" in "mod.ts", line 1 resolves only by the plugin's own deno.json/,
      /Write "npm:zod@\^4" instead/,
    ],
    [
      "a name that the plugin's own package.json resolves",
      {
        "p/mod.ts": 'import "zod/v4";',
        "p/package.json": '{"dependencies":{"zod":"^4.1.0"}}',
      },
      /"zod\/v4" in "mod.ts", line 1 resolves only by the plugin's own/,
      /Write "npm:zod@\^4.1.0\/v4" instead/,
    ],
    [
      "a subpath of what deno add wrote into the plugin's own deno.jsonc",
      {
        "p/mod.ts": 'import "@semantik/plugins/plugin";',
        "p/deno.jsonc":
          '{ // so\n"imports": {"@semantik/plugins": "jsr:@semantik/plugins@^0.1.0",} }',
      },
      /resolves only by the plugin's own/,
      /Write "jsr:@semantik\/plugins@\^0.1.0\/plugin" instead/,
    ],
    [
      "a name that nothing resolves",
      { "p/mod.ts": 'import "zod";' },
      /"zod".*is not a full specifier/,
      /npm:zod/,
    ],
    [
      "a file outside the directory",
      {
        "p/mod.ts": 'import "./a.ts";',
        "p/a.ts": '\nimport "../q.ts";',
        "q.ts": "",
      },
      /"..\/q.ts" in "a.ts", line 2 leaves the plugin's directory/,
      /Move the module/,
    ],
    [
      "a file in a directory with a longer name",
      { "p/mod.ts": 'import "../p-evil/q.ts";', "p-evil/q.ts": "" },
      /leaves the plugin's directory/,
      /Move the module/,
    ],
    [
      "a missing file",
      { "p/mod.ts": 'await import("./no.ts");' },
      /"no.ts" cannot be read: Module not found/,
      /Correct/,
    ],
    [
      "invalid code",
      { "p/mod.ts": "export default {" },
      /"mod.ts" cannot be read: SyntaxError/,
      /Correct/,
    ],
    [
      "a host that Deno allows by default",
      { "p/mod.ts": 'import "https://esm.sh/x";' },
      /needs import to "esm.sh:443", which the manifest does not declare/,
      /Add "esm.sh:443" to permissions.import: Deno allows it by default only while/,
    ],
    [
      "an undeclared host",
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
  await t.step("a declared host is fine", async () => {
    const files = pluginFiles("p", {
      permissions: { import: ["code.example"] },
    }, 'import "https://code.example:8443/x.ts";');
    await withFolder(files, async (folder) => {
      assertEquals((await validate([folder])).code, 0);
    });
  });
  await t.step("a deno.json above causes a note", async () => {
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

Deno.test("validate finds modules that compile differently in a host", async (t) => {
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
      /"view.tsx" compiles differently without the compilerOptions of the plugin's own deno.json/,
    ],
    ["decorators, in a deno.jsonc", {
      "p/mod.ts": legacy,
      "p/deno.jsonc": `// so\n${options({ experimentalDecorators: true })}`,
    }, /"mod.ts".*own deno.jsonc/],
    ["JSX with its own pragma", {
      "p/mod.ts": 'import "./view.tsx";',
      "p/view.tsx": `/** @jsxImportSource npm:preact */\n${jsx}`,
      "p/deno.json": preact,
    }, undefined],
    ["options without effect, and an unused module", {
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
  await t.step("a configuration above causes a note", async () => {
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

Deno.test("validate finds Unix sockets with an undeclared path", async (t) => {
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
      "the rest is optional",
      {
        permissions: { net },
        optionalPermissions: { read: path, write: path },
      },
      "needs read and write",
    ],
    [
      "optional itself",
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

Deno.test("validate notes paths outside the plugin's directory", async () => {
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
      'It reads outside its directory: "/srv/shared"',
      `It writes outside its directory: "${folder}/sibling"`,
    ]);
  });
});

Deno.test("validate fails on hazards of at least a level", async () => {
  await withFolder(
    pluginFiles("p", { permissions: { run: true } }),
    async (folder) => {
      const { code, plugins } = await validate([folder]);
      assertEquals([code, plugins[0]?.hazards[0]?.level], [1, "critical"]);
      const { stdout } = await runCli(["validate", folder]);
      assertStringIncludes(
        stdout,
        "findings  p  reader  1.0.0\n  critical  p: run as a whole",
      );
      assertEquals((await validate([folder, "--hazards=none"])).code, 0);
    },
  );
});

Deno.test("validate checks plugins together: duplicate ids, cycles, missing dependencies", async () => {
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

Deno.test("validate without --run runs no code and needs only read and run", async () => {
  const files = pluginFiles("p", {}, "Deno.exit(42);");
  await withFolder(files, async (folder) => {
    const flags = ["run", "--no-prompt", `--allow-read=${folder}`];
    const read = await runDeno([...flags, CLI, "validate", folder]);
    assertEquals([read.code, read.stdout], [
      0,
      "ok  p  reader  1.0.0\n\n1 plugin: 1 ok\n",
    ]);
    assertStringIncludes(
      read.stderr,
      "imports of the modules were not checked",
    );

    const refused = await runDeno([...flags, CLI, "validate", "--run", folder]);
    assertEquals(refused.code, 2);
    assertStringIncludes(refused.stderr, "--allow-");
    assertEquals(refused.stderr.trimEnd().split("\n").length, 3);
  });
});
