/** Tests the permissions of a host in real processes with real flags. */

import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import type { LoadReport, PermissionReport } from "../../mod.ts";
import { runFixture } from "./run_fixture.ts";

interface Answers {
  readonly load: LoadReport;
  readonly report: PermissionReport;
  readonly seal: { readonly revoked: readonly string[] };
  readonly enable: string;
  readonly write: string;
}

interface PluginFiles {
  readonly permissions: unknown;
  readonly optionalPermissions?: unknown;
  /** The body of its setup. */
  readonly setup?: string;
}

async function withPlugins(
  plugins: Readonly<Record<string, PluginFiles>>,
  test: (directory: string) => Promise<void>,
  name = "plugins",
): Promise<void> {
  const root = await Deno.realPath(await Deno.makeTempDir());
  try {
    for (const [id, { setup = "", ...manifest }] of Object.entries(plugins)) {
      const directory = `${root}/${name}/${id}`;
      await Deno.mkdir(directory, { recursive: true });
      await Deno.writeTextFile(
        `${directory}/plugin.json`,
        JSON.stringify({ id, type: "test", version: "1.0.0", ...manifest }),
      );
      await Deno.writeTextFile(
        `${directory}/mod.js`,
        `export default { async setup(context) { ${setup}; return {}; } };`,
      );
      const file = `${directory}/plugin.json`;
      const text = JSON.parse(await Deno.readTextFile(file));
      await Deno.writeTextFile(
        file,
        JSON.stringify({ ...text, entry: "./mod.js" }),
      );
    }
    await test(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

async function ask(
  options: Readonly<Record<string, unknown>>,
  flags: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Answers> {
  const { code, stdout, stderr } = await runFixture("permissions/run.ts", {
    args: [JSON.stringify(options)],
    flags: flags.filter((flag) => flag !== "--no-prompt"),
    env,
  });
  assertEquals(code, 0, stderr);
  return JSON.parse(stdout);
}

function codes({ load }: Answers): readonly (readonly unknown[])[] {
  return [
    ...load.loaded.map(({ id }) => [id, "loaded"]),
    ...load.refused.map(({ id, code }) => [id, code]),
    ...load.failed.map(({ id, code }) => [id, code]),
  ];
}

Deno.test("PluginHost.permissionReport() returns flags that are sufficient and necessary", async (t) => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const deno = Deno.execPath();
  const kinds: Readonly<Record<string, PluginFiles>> = {
    reader: {
      permissions: { read: ["../../secret.txt"] },
      setup:
        'await Deno.readTextFile(new URL("../../secret.txt", import.meta.url))',
    },
    writer: {
      permissions: { write: ["$DATA"] },
      setup: 'await Deno.writeTextFile(`${context.dataDir}/x`, "x")',
    },
    caller: {
      permissions: { net: [`127.0.0.1:${port}`] },
      setup:
        `(await Deno.connect({ hostname: "127.0.0.1", port: ${port} })).close()`,
    },
    variable: {
      permissions: { env: ["SOME_SETTING"] },
      setup:
        'if (Deno.env.get("SOME_SETTING") !== context.env.SOME_SETTING) throw 1',
    },
    system: {
      permissions: { sys: ["hostname"] },
      setup: "Deno.hostname()",
    },
    runner: {
      permissions: { run: [deno] },
      setup: `await new Deno.Command(${
        JSON.stringify(deno)
      }, { args: ["--version"] }).output()`,
    },
    nothing: { permissions: {} },
  };
  await withPlugins(kinds, async (root) => {
    await Deno.writeTextFile(`${root}/secret.txt`, "");
    const options = {
      sources: [`${root}/plugins`],
      dataDirectory: `${root}/data`,
    };
    const read = `--allow-read=${root}/plugins`;
    const { report } = await ask({ ...options, steps: ["report"] }, [read]);
    const { flags } = report;
    assertEquals(report.plugins.length, Object.keys(kinds).length);
    assertEquals(flags.map((flag) => flag.split("=")[0]), [
      "--allow-env",
      "--allow-net",
      "--allow-read",
      "--allow-run",
      "--allow-sys",
      "--allow-write",
      "--no-prompt",
    ]);

    await t.step("all of them load with exactly these", async () => {
      const answers = await ask(options, flags, { SOME_SETTING: "x" });
      assertEquals(
        codes(answers).toSorted(),
        Object.keys(kinds).map((id) => [id, "loaded"]).sort(),
      );
    });

    const needs: Readonly<Record<string, string>> = {
      "--allow-env": "variable",
      "--allow-net": "caller",
      "--allow-run": "runner",
      "--allow-sys": "system",
      "--allow-write": "writer",
    };
    for (const [kind, id] of Object.entries(needs)) {
      await t.step(
        `without ${kind} one is refused before its code runs`,
        async () => {
          const others = flags.filter((flag) => !flag.startsWith(kind));
          const answers = await ask(options, others, { SOME_SETTING: "x" });
          assertEquals(
            codes(answers).filter(([, code]) => code !== "loaded"),
            [[id, "PLUGIN_PERMISSION_MISSING"]],
          );
          const [problem] = answers.load.refused[0]?.problems ?? [];
          assertStringIncludes(problem?.remedy ?? "", kind);
        },
      );
    }

    await t.step("without one path of --allow-read as well", async () => {
      const others = flags.map((flag) =>
        flag.startsWith("--allow-read") ? read : flag
      );
      const answers = await ask(options, others, { SOME_SETTING: "x" });
      assertEquals(
        codes(answers).filter(([, code]) => code !== "loaded"),
        [["reader", "PLUGIN_PERMISSION_MISSING"]],
      );
    });

    await t.step("and a flag that is not there is not asked for", async () => {
      const { load } = await ask(
        { ...options, sources: [`${root}/plugins/nothing`] },
        [`--allow-read=${root}/plugins/nothing`],
      );
      assertEquals(load.loaded.map(({ id }) => id), ["nothing"]);
    });
  });
});

Deno.test("PluginHost explains an undeclared permission that Deno denies", async () => {
  await withPlugins({
    sneaky: {
      permissions: { net: ["127.0.0.1:1234"] },
      setup: 'Deno.env.get("HOME")',
    },
  }, async (root) => {
    const { load } = await ask({ sources: [`${root}/plugins`] }, [
      `--allow-read=${root}/plugins`,
      "--allow-net=127.0.0.1:1234",
    ]);
    const [problem] = load.failed[0]?.problems ?? [];
    assertEquals(problem?.code, "PLUGIN_SETUP_FAILED");
    assertEquals(
      problem?.message,
      'Cannot set up plugin "sneaky": it needs env to "HOME", which its ' +
        "manifest does not declare",
    );
    assertEquals(problem?.path, "permissions.env");
    assertStringIncludes(problem?.remedy ?? "", "--allow-env=HOME");
  });
});

Deno.test("PluginHost loads and records with permissions: report", async () => {
  await withPlugins(
    { wishful: { permissions: { net: ["a.example:443"] } } },
    async (root) => {
      const log = `${root}/audit.jsonl`;
      const { load } = await ask({
        sources: [`${root}/plugins`],
        permissions: "report",
        auditLog: log,
      }, [`--allow-read=${root}`, `--allow-write=${root}`]);
      assertEquals(load.loaded.map(({ id }) => id), ["wishful"]);
      const lines = (await Deno.readTextFile(log)).trim().split("\n");
      const events = lines.map((line) => JSON.parse(line));
      const missing = events.find(({ action }) =>
        action === "plugin.permission.missing"
      );
      assertEquals(missing?.plugin_id, "wishful");
      assertEquals(missing?.permissions, ['net to "a.example:443"']);
    },
  );
});

Deno.test("PluginHost.permissionReport() includes the needs of state and audit", async () => {
  await withPlugins({ a: { permissions: {} } }, async (root) => {
    const options = {
      sources: [`${root}/plugins`],
      state: `${root}/state.json`,
      auditLog: `${root}/audit.jsonl`,
    };
    const all = [`--allow-read=${root}`, `--allow-write=${root}`];
    const { report } = await ask({ ...options, steps: ["report"] }, all);
    await Deno.remove(`${root}/audit.jsonl`);
    const { load } = await ask(
      { ...options, steps: ["load", "report"] },
      report.flags,
    );
    assertEquals(load.loaded.map(({ id }) => id), ["a"]);
    const written = report.flags.find((flag) =>
      flag.startsWith("--allow-write")
    );
    assertStringIncludes(written ?? "", `${root}/state.json.lock`);
    assertStringIncludes(written ?? "", `${root}/audit.jsonl`);
    assert(!written?.includes(`=${root},`));
  });
});

Deno.test("PluginHost.seal() revokes undeclared permissions, and refuses later needs", async () => {
  await withPlugins({
    now: { permissions: { env: ["HOME"] } },
    late: { permissions: { write: ["$DATA"] } },
  }, async (root) => {
    const log = `${root}/audit.jsonl`;
    const answers = await ask({
      sources: [`${root}/plugins`],
      dataDirectory: `${root}/data`,
      steps: ["load", "disable", "seal", "write", "enable"],
    }, [
      `--allow-read=${root}`,
      `--allow-write=${root}/data`,
      "--allow-env",
      "--allow-net",
    ]);
    assert(answers.seal.revoked.includes("net"));
    assert(answers.seal.revoked.includes("write"));
    assert(!answers.seal.revoked.includes("env"));
    assert(!answers.seal.revoked.includes("read"));
    assertEquals(answers.write, "prompt");
    assertEquals(answers.enable, "PLUGIN_PERMISSION_MISSING");
    assertEquals(await Deno.stat(log).catch(() => undefined), undefined);
  });
});

Deno.test("PluginHost detects a plugin that revokes the host's permissions", async () => {
  await withPlugins({
    robber: {
      permissions: {},
      setup: 'await Deno.permissions.revoke({ name: "net" })',
    },
    good: { permissions: {} },
  }, async (root) => {
    const log = `${root}/audit.jsonl`;
    const { load } = await ask({
      sources: [`${root}/plugins`],
      hostPermissions: { net: ["127.0.0.1:8000"] },
      auditLog: log,
    }, [
      `--allow-read=${root}`,
      `--allow-write=${root}`,
      "--allow-net=127.0.0.1:8000",
    ]);
    assertEquals(load.loaded.length, 2);
    const lines = (await Deno.readTextFile(log)).trim().split("\n");
    const events = lines.map((line) => JSON.parse(line));
    const lost = events.filter(({ action }) =>
      action === "host.permission.lost"
    );
    assertEquals(lost.map(({ permissions }) => permissions), [
      ['net to "127.0.0.1:8000"'],
    ]);
  });
});

Deno.test("PluginHost loads from a directory with a comma, which no flag can name", async () => {
  await withPlugins({ a: { permissions: {} } }, async (root) => {
    const { load, report } = await ask(
      { sources: [`${root}/a,b`], steps: ["load", "report"] },
      ["--allow-read"],
    );
    assertEquals(load.loaded.map(({ id }) => id), ["a"]);
    assertEquals(report.flags, []);
    assertStringIncludes(
      report.flagProblems[0]?.remedy ?? "",
      "denoPermissionSet",
    );
  }, "a,b");
});

Deno.test("PluginHost lets a plugin read its data directory without write permission", async () => {
  await withPlugins({
    reader: {
      permissions: { read: ["$DATA"] },
      setup: "await Deno.readTextFile(`${context.dataDir}/x`)",
    },
  }, async (root) => {
    await Deno.mkdir(`${root}/data/reader`, { recursive: true });
    await Deno.writeTextFile(`${root}/data/reader/x`, "");
    const options = {
      sources: [`${root}/plugins`],
      dataDirectory: `${root}/data`,
    };
    const { report } = await ask({ ...options, steps: ["report"] }, [
      `--allow-read=${root}`,
    ]);
    assertEquals(codes(await ask(options, report.flags)), [
      ["reader", "loaded"],
    ]);
  });
});

Deno.test("PluginHost keeps only the default import hosts that are in use", async () => {
  await withPlugins({
    importer: { permissions: { import: ["example.com:443"] } },
    other: { permissions: { import: ["esm.sh:443"] } },
  }, async (root) => {
    const { load, report } = await ask({
      sources: [`${root}/plugins`],
      steps: ["load", "report"],
    }, [`--allow-read=${root}`]);
    const flag = "--allow-import=esm.sh:443,example.com:443,jsr.io:443";
    assert(report.flags.includes(flag), report.flagLine);
    assertEquals(
      load.refused.map(({ problems }) => problems[0]?.remedy),
      [`Start the host with ${flag}`],
    );
  });
});

Deno.test("PluginHost names the --deny flag to remove", async () => {
  await withPlugins({
    caller: { permissions: { net: ["x.example:1"], env: ["SOME_SETTING"] } },
  }, async (root) => {
    const { load } = await ask({ sources: [`${root}/plugins`] }, [
      `--allow-read=${root}`,
      "--allow-net",
      "--deny-net=x.example:1",
    ]);
    assertMatch(
      load.refused[0]?.problems[0]?.remedy ?? "",
      /^Start the host with --allow-env=SOME_SETTING; Remove the denial of net: a --deny /,
    );
  });
});

Deno.test("PluginHost suggests a narrower --allow flag under a wider denial", async () => {
  await withPlugins({
    envy: { permissions: { env: ["SOME_SETTING", "OTHER_*"] } },
    netty: { permissions: { net: ["x.example:1", "10.0.0.1:80"] } },
    reader: { permissions: { read: ["./data/own"] } },
    teller: { permissions: { sys: ["hostname"] } },
  }, async (root) => {
    const sources = [`${root}/plugins`];
    const real = await Deno.realPath(root);
    const denials = [
      [
        "--ignore-env",
        "--deny-net",
        `--deny-read=${real}/plugins/reader/data`,
      ],
      ["--deny-env=O*,SOME*", "--deny-net=*.example,10.0.0.0/8", "--deny-sys"],
      ["--deny-env", "--allow-env", "--deny-net=x.example,10.0.0.1"],
    ];
    for (const denial of denials) {
      const flags = [`--allow-read=${root}`, ...denial];
      const { load } = await ask({ sources }, flags);
      const remedies = load.refused.map(({ problems }) =>
        problems[0]?.remedy ?? ""
      );
      assert(
        remedies.some((remedy) =>
          remedy.includes("The flag is narrower than the denial of env")
        ),
        remedies.join("\n"),
      );
      const offered = remedies.flatMap((remedy) =>
        remedy.match(/--allow-\w+=[^ ;']+|--allow-\w+='[^']+'/g) ?? []
      ).map((flag) => flag.replaceAll("'", ""));
      const again = await ask({ sources }, [...flags, ...offered]);
      assertEquals(again.load.refused, [], `${flags} ${offered}`);
    }
  });
});

Deno.test("PluginHost.permissionReport() warns of writing to programs and the host's code", async () => {
  await withPlugins({
    writer: { permissions: { write: ["/opt/tools/bin"] } },
    coder: {
      permissions: {
        write: [import.meta.resolve("../fixtures/host/permissions").slice(7)],
      },
    },
  }, async (root) => {
    const { report } = await ask({
      sources: [`${root}/plugins`],
      hostPermissions: { run: ["/opt/tools/bin/tool"] },
      steps: ["report"],
    }, [`--allow-read=${root}`]);
    const levels = report.hazards.map(({ id, hazard }) => [
      id,
      hazard.kind,
      hazard.level,
    ]);
    assert(levels.some(([id, kind]) => id === "writer" && kind === "write"));
    assert(levels.some(([id, kind]) => id === "coder" && kind === "write"));
  });
});
