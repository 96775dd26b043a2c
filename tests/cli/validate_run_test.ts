import type { Builtin } from "@semantik/plugins";
import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import type { PluginCheck } from "../../src/cli/validate/plugin_check.ts";
import { runJson } from "./run_cli.ts";
import { pluginFiles, withFolder } from "./with_plugins.ts";

/** Validates a plugin with this body of setup. */
async function run(
  setup: string,
  options: Readonly<{
    manifest?: Partial<Builtin["manifest"]>;
    args?: readonly string[];
    rest?: string;
    files?: Readonly<Record<string, string>>;
  }> = {},
): Promise<Readonly<{ code: number; check: PluginCheck; folder: string }>> {
  const module = `export default { async setup(context) { ${setup}
    return { greet() {}, farewell: () => {}, notOne: 1 }; }, ${
    options.rest ?? ""
  } };`;
  const files = {
    ...pluginFiles("p", options.manifest, module),
    ...options.files,
  };
  let found:
    | Readonly<{ code: number; check: PluginCheck; folder: string }>
    | undefined;
  await withFolder(files, async (folder) => {
    const args = ["validate", "--run", ...options.args ?? [], `${folder}/p`];
    const { code, result } = await runJson(args);
    const [check] = Reflect.get(Object(result), "plugins");
    found = { code, check, folder };
  });
  assert(found !== undefined);
  return found;
}

Deno.test("validate --run sets up a plugin with exactly its declared permissions", async () => {
  const { code, check, folder } = await run(
    `Deno.readTextFileSync(new URL("./own.txt", import.meta.url));
     Deno.writeTextFileSync(context.dataDir + "/x", "");
     Deno.hostname();
     if (Deno.cwd().startsWith(${
      JSON.stringify("/p")
    })) throw new Error("at home");
     console.log("noise"); console.error("noise");`,
    {
      manifest: {
        permissions: { write: ["$DATA"], sys: ["hostname"] },
        optionalPermissions: { env: ["SOME_OPTION"] },
      },
      rest:
        `healthCheck: () => ({ status: "degraded", message: "slow" }), dispose() {}`,
      files: { "p/own.txt": "" },
      args: ["--methods=greet,farewell"],
    },
  );
  assertEquals([code, check.problems], [0, []]);
  assertEquals(check.run?.methods, ["farewell", "greet"]);
  assertEquals(check.run?.health?.status, "degraded");
  const flags = check.run?.flags.join(" ") ?? "";
  assertStringIncludes(flags, `--allow-read=${folder}/p `);
  assertStringIncludes(flags, "--allow-sys=hostname");
  assertMatch(
    flags,
    /--allow-write=\S+\/data\/p --no-prompt$|--no-prompt.*--allow-write=\S+\/data\/p$/,
  );
  assert(!/--allow-(?:env|net|run|all)/.test(flags));
});

Deno.test("validate --run reports undeclared accesses, even caught ones", async () => {
  const { code, check } = await run(
    `const attempt = (f) => { try { f(); } catch { /* hidden */ } };
     attempt(() => Deno.readTextFileSync("/etc/hostname"));
     attempt(() => Deno.env.get("SOME_OPTION"));
     attempt(() => Deno.env.get("SECRET_OF_MINE"));
     attempt(() => Deno.makeTempDirSync());
     attempt(() => Deno.writeTextFileSync("./here.txt", ""));
     await fetch("http://127.0.0.1:8123/x?password=abc").catch(() => {});`,
    { manifest: { optionalPermissions: { env: ["SOME_OPTION"] } } },
  );
  assertEquals(code, 1);
  const messages = check.problems.map(({ message }) => message);
  assertEquals(messages.length, 5, messages.join("\n"));
  assertMatch(
    messages[0] ?? "",
    /^It tried read to "\/etc\/hostname" \(mod\.ts:2\), which its manifest/,
  );
  assertStringIncludes(messages[1] ?? "", 'env to "SECRET_OF_MINE" (mod.ts:4)');
  assertStringIncludes(
    messages[2] ?? "",
    "write to the directory of temporary files",
  );
  assertStringIncludes(messages[3] ?? "", "here.txt");
  assertStringIncludes(messages[4] ?? "", 'net to "127.0.0.1:8123"');
  assertEquals(check.problems[4]?.path, "permissions.net");
});

Deno.test("validate --run finds all variables that a plugin probes at once", async (t) => {
  // Each access throws at its own place.
  const probing = `
    for (const name of ["A_URL", "B_KEY", "C_DEBUG"]) Deno.env.get(name);
    if (Object.keys(Deno.env.toObject()).includes("PATH")) throw new Error("open");
    Deno.env.get("D_LATE");`;
  await t.step("if the manifest declares one of them", async () => {
    const { code, check } = await run(probing, {
      manifest: { permissions: { env: ["A_URL"] } },
    });
    assertEquals(code, 1);
    assertEquals(check.problems.length, 1, JSON.stringify(check.problems));
    const [{ message, remedy } = { message: "", remedy: "" }] = check.problems;
    assertMatch(
      message,
      /^It tried env to "B_KEY" \(mod\.ts:2\), env to "C_DEBUG" \(mod\.ts:2\), env as a whole \(mod\.ts:3\), env to "D_LATE" \(mod\.ts:4\), which/,
    );
    assertStringIncludes(
      remedy,
      '"optionalPermissions": { "env": ["B_KEY","C_DEBUG","D_LATE"] }, then start the host with --ignore-env',
    );
    assert(check.run?.flags.includes("--ignore-env"));
    assertEquals(check.run?.methods, ["farewell", "greet"]);
  });
  await t.step("if the manifest declares all of them", async () => {
    const { code, check } = await run(probing, {
      manifest: {
        permissions: { env: ["A_URL"] },
        optionalPermissions: { env: ["B_KEY", "C_DEBUG", "D_LATE"] },
      },
    });
    assertEquals([code, check.problems], [0, []]);
    assertStringIncludes(
      check.notes.join(),
      "runs only if the host is started with --ignore-env, or with the optional permissions: --allow-env=B_KEY,C_DEBUG,D_LATE",
    );
  });
  await t.step("if it handles the refusal", async () => {
    const { code, check } = await run(
      'try { Deno.env.get("B_KEY"); } catch { /* goes on */ }',
      { manifest: { optionalPermissions: { env: ["B_KEY"] } } },
    );
    assertEquals([code, check.problems, check.notes], [0, [], []]);
    assert(!check.run?.flags.includes("--ignore-env"));
  });
});

Deno.test("validate --run does not mistake reads for writes, or writes for reads", async () => {
  const reads = `await Array.fromAsync(Deno.readDir("/"));
    Deno.statSync("/"); Deno.readTextFileSync(new URL(import.meta.url));
    if (Deno.permissions.querySync({ name: "read" }).state !== "granted") throw new Error("less");`;
  const one = await run(reads, {
    manifest: { permissions: { read: true } },
    args: ["--hazards=none"],
  });
  assertEquals([one.code, one.check.problems], [0, []]);
  const both = await run(
    `${reads} try { Deno.openSync(new URL(import.meta.url), { read: true, write: true }); } catch { /* hidden */ }`,
    { manifest: { permissions: { read: true } }, args: ["--hazards=none"] },
  );
  assertEquals(both.check.problems.length, 1);
  assertMatch(
    both.check.problems[0]?.message ?? "",
    /^It tried write to ".*mod\.ts"/,
  );
  const writes = await run(
    `const file = Deno.makeTempFileSync();
     Deno.writeTextFileSync(file, "");
     Deno.removeSync(file);`,
    { manifest: { permissions: { write: true } }, args: ["--hazards=none"] },
  );
  assertEquals([writes.code, writes.check.problems], [0, []]);
});

Deno.test("validate --run explains a missing permission that a plugin throws", async () => {
  const { code, check } = await run('new Deno.Command("git").outputSync();');
  assertEquals(code, 1);
  assertMatch(
    check.problems[0]?.message ?? "",
    /needs run to "git", which its manifest does not declare/,
  );
});

Deno.test("validate --run survives a plugin that ends or breaks its process", async (t) => {
  const rows:
    readonly (readonly [string, Parameters<typeof run>, string, RegExp])[] = [
      [
        "exits",
        ["Deno.exit(7);"],
        "PLUGIN_CRASHED",
        /its process ended with exit code 7/,
      ],
      [
        "exits with 0",
        ["Deno.exit(0);"],
        "PLUGIN_CRASHED",
        /its process ended with exit code 0/,
      ],
      [
        "throws",
        ['throw new TypeError("no luck");'],
        "PLUGIN_SETUP_FAILED",
        /no luck/,
      ],
      [
        "throws later",
        ['setTimeout(() => { throw new Error("later"); });'],
        "PLUGIN_CRASHED",
        /later/,
      ],
      [
        "leaves a rejection unhandled",
        ['Promise.reject(new Error("unheard"));'],
        "PLUGIN_CRASHED",
        /unheard/,
      ],
      [
        "never settles",
        ["await new Promise(() => {});", { args: ["--timeout=200"] }],
        "PLUGIN_TIMEOUT",
        /within 200 ms/,
      ],
      [
        "is unhealthy",
        ["", {
          rest:
            'healthCheck: () => ({ status: "unhealthy", message: "no model" })',
        }],
        "PLUGIN_HEALTH_FAILED",
        /no model/,
      ],
      [
        "fails to dispose",
        ["", { rest: 'dispose() { throw new Error("stuck"); }' }],
        "PLUGIN_DISPOSE_FAILED",
        /stuck/,
      ],
      [
        "breaks a contract",
        ["", { args: ["--methods=greet,notOne,embed"] }],
        "PLUGIN_CONTRACT_BROKEN",
        /no method "notOne"/,
      ],
      [
        "exports no plugin",
        ["", { files: { "p/mod.ts": "export const a = 1;" } }],
        "PLUGIN_MODULE_INVALID",
        /not a plugin/,
      ],
      [
        "forges a result",
        [
          'console.log(\'{"problems":[],"methods":["forged"]}\'); JSON.stringify = () => "{}"; Deno.stdout.writeSync = () => 1; throw new Error("real");',
        ],
        "PLUGIN_SETUP_FAILED",
        /real/,
      ],
      [
        "leaks timers",
        ["setInterval(() => {}, 1000); throw new Error('timed');"],
        "PLUGIN_SETUP_FAILED",
        /timed/,
      ],
      [
        "requires a configuration",
        ['if (!context.config.model) throw new Error("no model");'],
        "PLUGIN_SETUP_FAILED",
        /no model/,
      ],
    ];
  for (const [name, args, code, message] of rows) {
    await t.step(name, async () => {
      const { code: exitCode, check } = await run(...args);
      assertEquals(exitCode, 1);
      const found = check.problems.find((one) => message.test(one.message));
      assertEquals(found?.code, code, JSON.stringify(check.problems));
      assert(!check.problems.some((one) => /\n|^\s+at /m.test(one.message)));
    });
  }
});

Deno.test("validate --run uses a configuration and required plugins", async () => {
  const files = {
    ...pluginFiles(
      "base",
      { permissions: { sys: ["hostname"] } },
      "export default { setup: () => ({ name: () => Deno.hostname() }) };",
    ),
    ...pluginFiles(
      "user",
      { requires: [{ id: "base", version: "^1.0.0" }] },
      "export default { setup({ use, config }) { use('base').name(); if (config.model !== 'x') throw new Error('config'); return { ok() {} }; } };",
    ),
    "config.json": '{"user":{"model":"x"}}',
  };
  await withFolder(files, async (folder) => {
    const { code, result } = await runJson([
      "validate",
      "--run",
      `${folder}/base`,
      `${folder}/user`,
      `--config=${folder}/config.json`,
    ]);
    assertEquals(code, 0, JSON.stringify(result));
  });
});
