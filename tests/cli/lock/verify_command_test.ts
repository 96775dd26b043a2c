import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { formatLock, signSsh } from "@semantik/plugins/provenance";
import { createFakeClock } from "../../../src/testing/fake_clock.ts";
import { PUBLIC_KEY, SIGNING_KEY } from "../../provenance/signing_key.ts";
import { runDeno } from "../run_deno.ts";
import { pluginFiles } from "../with_plugins.ts";
import { NOW, trustFile, withLockFolder } from "./lock_folder.ts";

const FILES = {
  ...pluginFiles("plugins/search", {}, "export default {};\n"),
  "plugins/search/plugin.json":
    '{ "id": "search", "type": "search", "version": "1.0.0" }\n',
};

Deno.test("verify names each file that is not as in the lock, and exits with 1", async (t) => {
  await withLockFolder(FILES, async ({ path, run, write }) => {
    const [plugins, search] = [`${path}/plugins`, `${path}/plugins/search`];
    await run("add", [plugins, "--yes"]);
    const intact = await run("verify", [plugins]);
    assertEquals([intact.code, intact.stderr], [0, ""]);
    assertStringIncludes(intact.stdout, "1 plugin: 1 as in the lock; serial 1");
    const cases: readonly (readonly [string, () => Promise<void>, string])[] = [
      [
        "other line endings",
        () => write({ "plugins/search/mod.ts": "export default {};\r\n" }),
        'the line endings of "mod.ts" were changed',
      ],
      [
        "an edit",
        () => write({ "plugins/search/mod.ts": "evil();\n" }),
        '"mod.ts" was edited: it has the SHA-256 ',
      ],
      [
        "a stray file",
        () => write({ "plugins/search/mod.ts~": "" }),
        "an editor seems to have left it as a backup",
      ],
      [
        "a missing file",
        () => Deno.remove(`${search}/mod.ts`),
        '"mod.ts" is missing',
      ],
      [
        "a manifest that is no JSON",
        () => write({ "plugins/search/plugin.json": "{" }),
        '"plugin.json" was edited',
      ],
      [
        "another plugin",
        () =>
          write({
            "plugins/search/plugin.json":
              '{ "id": "found", "type": "search", "version": "1.0.0" }\n',
          }),
        'holds the plugin "found"',
      ],
      [
        "no plugin",
        () => Deno.rename(search, `${path}/moved`),
        'Cannot load plugin "search"',
      ],
    ];
    for (const [name, change, message] of cases) {
      await t.step(name, async () => {
        await change();
        const { code, stdout } = await run("verify");
        assertEquals(code, 1);
        assertStringIncludes(stdout, message);
        await Deno.remove(`${path}/moved`, { recursive: true }).catch(() => {});
        await Deno.mkdir(search, { recursive: true });
        await write(FILES);
        await Deno.remove(`${search}/mod.ts~`).catch(() => {});
        assertEquals((await run("verify")).code, 0);
      });
    }
  });
});

Deno.test("verify reports a plugin of the sources that is not in the lock", async () => {
  const files = { ...FILES, ...pluginFiles("plugins/other") };
  await withLockFolder(files, async ({ path, run, write }) => {
    await write({
      "plugins/other/plugin.json":
        '{ "id": "other", "type": "search", "version": "1.0.0" }\n',
    });
    await run("add", [`${path}/plugins/search`, "--yes"]);
    assertEquals((await run("verify")).code, 0);
    const { code, stdout } = await run("verify", [`${path}/plugins`]);
    assertEquals(code, 1);
    assertStringIncludes(
      stdout,
      "Review it and run semantik-plugin add ./plugins/other",
    );
  });
});

Deno.test("verify compares a package with deno.lock alone", async () => {
  await withLockFolder({}, async ({ run, write, json }) => {
    const denoLock = (integrity: string) =>
      JSON.stringify({
        version: "5",
        specifiers: { "npm:a@^1.0.0": "1.0.0" },
        npm: { "a@1.0.0": { integrity } },
      });
    const lock = formatLock({
      lockVersion: 1,
      serial: 3,
      plugins: {
        a: {
          source: "npm:a@^1.0.0",
          version: "1.0.0",
          permissions: {},
          optionalPermissions: {},
          lockedAt: "2026-01-31T12:00:00Z",
          resolved: "npm:a@1.0.0",
          manifest: "a".repeat(64),
          dependencies: { "npm:a@1.0.0": "sha512-A" },
        },
      },
    });
    await write({
      "plugins.lock.json": lock,
      "deno.lock": denoLock("sha512-A"),
    });
    assertEquals((await run("verify")).code, 0);
    await write({ "deno.lock": denoLock("sha512-B") });
    assert(
      JSON.stringify(await json("verify")).includes(
        String.raw`has the integrity \"sha512-B\" and not \"sha512-A\"`,
      ),
    );
    await write({ "deno.lock": "{}" });
    const { code, stdout } = await run("verify");
    assertEquals(code, 1);
    assertStringIncludes(stdout, "which is not in deno.lock");
  });
});

Deno.test("verify needs the signature of the lock when the trust file names keys for that", async (t) => {
  await withLockFolder(FILES, async ({ path, run, write, text }) => {
    await run("add", [`${path}/plugins`, "--yes"]);
    await write({
      "plugins.trust.json": trustFile([], { lockKeys: [{ key: PUBLIC_KEY }] }),
    });
    const sign = async () =>
      await signSsh(new TextEncoder().encode(await text()), {
        key: SIGNING_KEY,
        namespace: "semantik-plugins-lock",
      });
    await t.step("none", async () => {
      assertEquals((await run("verify")).code, 1);
    });
    await write({ "plugins.lock.json.sig": await sign() });
    await t.step("a good one", async () => {
      assertEquals((await run("verify")).code, 0);
    });
    await t.step("one of another text", async () => {
      const changed = (await text()).replace('"serial": 1', '"serial": 2');
      await write({ "plugins.lock.json": changed });
      const { code, stdout } = await run("verify");
      assertEquals(code, 1);
      assertStringIncludes(stdout, "The signature of the lock does not count");
    });
  });
});

Deno.test("verify --copy puts the copies into the store, and verify needs no network and no write permission", async () => {
  await withLockFolder(FILES, async ({ path, run, names, lock }) => {
    await run("add", [`${path}/plugins`, "--yes"]);
    const { search } = (await lock()).plugins;
    assert(search !== undefined && "tree" in search);
    await Deno.remove(`${path}/plugin_store`, { recursive: true });
    assertEquals((await run("verify", ["--copy"])).code, 0);
    assertEquals(await names("plugin_store"), [search.tree]);

    const cli = new URL("../../../cli.ts", import.meta.url).href;
    const { code, stdout, stderr } = await runDeno([
      ...["run", "--no-prompt", "--cached-only"],
      `--allow-read=${path}`,
      ...[cli, "verify", "--lock", `${path}/plugins.lock.json`],
    ]);
    assertEquals([code, stderr], [0, ""]);
    assertStringIncludes(stdout, "1 as in the lock");
  });
});

Deno.test("verify says what is wrong with a lock, and never that it is fine", async (t) => {
  const cases = {
    "no JSON": "{",
    "a field that nobody knows":
      '{"lockVersion":1,"serial":1,"plugins":{},"x":1}',
    "a version of another library": '{"lockVersion":2,"serial":1,"plugins":{}}',
  };
  for (const [name, text] of Object.entries(cases)) {
    await t.step(name, async () => {
      await withLockFolder({ "plugins.lock.json": text }, async ({ run }) => {
        const { code, stdout } = await run("verify");
        assertEquals(code, 1);
        assertStringIncludes(stdout, "findings");
        assertEquals((await run("remove", ["a"])).code, 2);
      });
    });
  }
  await t.step("none", async () => {
    await withLockFolder({}, async ({ run }) => {
      const { code, stderr } = await run("verify");
      assertEquals(code, 2);
      assertStringIncludes(stderr, "There is no lock");
    });
  });
  await t.step("a key that expired after the plugin was locked", async () => {
    const lockKeys = [{ key: PUBLIC_KEY, validUntil: "2026-06-02T00:00:00Z" }];
    await withLockFolder(FILES, async ({ path, run, write, text }) => {
      await run("add", [`${path}/plugins`, "--yes"]);
      await write({
        "plugins.trust.json": trustFile([], { lockKeys }),
        "plugins.lock.json.sig": await signSsh(
          new TextEncoder().encode(await text()),
          { key: SIGNING_KEY, namespace: "semantik-plugins-lock" },
        ),
      });
      const clock = createFakeClock({ now: NOW + 864e5 * 30 });
      assertEquals((await run("verify", [], { clock })).code, 0);
    });
  });
});
