import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { sshFingerprint } from "@semantik/plugins/provenance";
import { PUBLIC_KEY } from "../../provenance/signing_key.ts";
import { pluginFiles } from "../with_plugins.ts";
import { signPlugin, trustFile, withLockFolder } from "./lock_folder.ts";

const CODE = 'await fetch("https://a.example/");\nexport default {};\n';
const SEARCH = pluginFiles("search", {
  description: "Finds documents",
  permissions: { net: ["a.example:443"], run: ["git"] },
}, CODE);

Deno.test("add shows everything of a plugin, asks, and locks the files that it showed", async () => {
  await withLockFolder(SEARCH, async ({ path, run, lock, names }) => {
    const { code, stdout, stderr } = await run("add", [`${path}/search`], {
      person: true,
      noColor: true,
      stdin: ["y", "es\n"],
    });
    assertEquals(code, 0);
    assertEquals(
      stdout.split("\n\n")[0],
      `search 1.0.0
  Finds documents
  from ./search
  2 files, ${Object.values(SEARCH).join("").length} bytes
  trust, once it is locked: local (Nobody decided whom to trust)
  may: net a.example:443; run git
  critical  search: run to "git" runs a program that runs others, or code that it is given: as powerful as --allow-all
              Leave it out, or run a program that does only what is needed
  brings no modules of others
  scan: 0 findings, 0 notes`,
    );
    assertStringIncludes(stderr, "Lock search? [y/N] ");
    const { serial, plugins } = await lock();
    assertEquals([serial, Object.keys(plugins)], [1, ["search"]]);
    const { search } = plugins;
    assert(search !== undefined && "tree" in search);
    assertEquals([search.source, search.lockedAt], [
      "./search",
      "2026-06-01T00:00:00Z",
    ]);
    assertEquals(await names("plugin_store"), [search.tree]);
    assertEquals(await names(), [
      "plugin_store",
      "plugins.lock.json",
      "search",
    ]);
  });
});

Deno.test("add locks nothing without a clear yes", async (t) => {
  await withLockFolder(SEARCH, async ({ path, run, names }) => {
    for (const answer of ["", "\n", "n\n", "yep\n", "no yes\n"]) {
      await t.step(JSON.stringify(answer), async () => {
        const { code, stdout } = await run("add", [`${path}/search`], {
          person: true,
          stdin: [answer],
        });
        assertEquals(code, 1);
        assertStringIncludes(stdout, "Nothing was locked");
      });
    }
    await t.step("nobody there", async () => {
      const { code, stdout, stderr } = await run("add", [`${path}/search`], {
        stdin: ["y\n"],
      });
      assertEquals(code, 2);
      assertStringIncludes(stdout, "Finds documents");
      assertStringIncludes(stderr, "add --yes");
    });
    await t.step("for a program", async () => {
      const { code } = await run("add", [`${path}/search`, "--json"], {
        person: true,
        stdin: ["y\n"],
      });
      assertEquals(code, 2);
    });
    assertEquals(await names(), ["search"]);
  });
});

Deno.test("add never gets past a refusal, not even with --yes", async (t) => {
  const key = await sshFingerprint(PUBLIC_KEY) ?? "";
  const revoked = { keys: { [key]: "stolen" } };
  const cases = {
    "a file that its author did not sign": {
      files: { "search/more.ts": "" },
      trust: trustFile(),
      message: "its signature is wrong",
    },
    "a revoked key": {
      files: {},
      trust: trustFile(["search"], { revoked }),
      message: 'is revoked: "stolen"',
    },
    "a revoked version": {
      files: {},
      trust: trustFile(["search"], {
        revoked: { plugins: [{ id: "search", versions: "*", reason: "bad" }] },
      }),
      message: 'is revoked: "bad"',
    },
    "a level that the operator refuses": {
      files: {},
      trust: trustFile(["other"], { levels: { local: "refuse" } }),
      message: "plugins of that level are refused",
    },
    "permissions that its level may not have": {
      files: {},
      trust: trustFile(["other"], { levels: { local: "restricted" } }),
      message: "may not ask for run",
    },
    "a file that systems leave behind": {
      files: { "search/.DS_Store": "x" },
      trust: trustFile(),
      message: ".DS_Store",
    },
    "a module that deno.lock does not pin": {
      files: { "search/mod.ts": 'import "npm:is-number@7";\n' },
      trust: trustFile(["search"]),
      message: "deno cache --lock=deno.lock",
    },
  };
  for (const [name, { files, trust, message }] of Object.entries(cases)) {
    await t.step(name, async () => {
      await withLockFolder(SEARCH, async ({ path, run, write, names }) => {
        await signPlugin(`${path}/search`);
        await write({ ...files, "plugins.trust.json": trust });
        const args = [`${path}/search`, "--yes"];
        const { code, stdout } = await run("add", args);
        assertEquals(code, 1);
        assertStringIncludes(stdout, message);
        assertStringIncludes(stdout, "Nothing was locked");
        assertEquals(await names(), ["plugins.trust.json", "search"]);
      });
    });
  }
  await t.step("a manifest that is invalid", async () => {
    await withLockFolder(
      { "search/plugin.json": "{" },
      async ({ path, run, names }) => {
        const { code } = await run("add", [`${path}/search`, "--yes"]);
        assertEquals(code, 2);
        assertEquals(await names(), ["search"]);
      },
    );
  });
});

Deno.test("add names the publisher whose key counts, and pins what deno.lock pins", async () => {
  await withLockFolder(SEARCH, async ({ path, run, write, lock }) => {
    await write({
      "search/mod.ts": 'import "npm:is-number@7";\n',
      "plugins.trust.json": trustFile(),
      "deno.lock": JSON.stringify({
        version: "5",
        specifiers: { "npm:is-number@7": "7.0.0" },
        npm: { "is-number@7.0.0": { integrity: "sha512-A" } },
      }),
    });
    await signPlugin(`${path}/search`);
    const { code, stdout } = await run("add", [`${path}/search`, "--yes"]);
    assertEquals(code, 0);
    assertStringIncludes(stdout, 'verified ("acme" signed it)');
    assertStringIncludes(stdout, "brings npm:is-number@7.0.0");
    const { search } = (await lock()).plugins;
    assertEquals(search?.publisher, {
      name: "acme",
      key: await sshFingerprint(PUBLIC_KEY),
    });
    assertEquals(search?.dependencies, { "npm:is-number@7.0.0": "sha512-A" });
    const verified = await run("verify");
    assertEquals(verified.code, 0);
    assertStringIncludes(verified.stdout, "verified");
  });
});

Deno.test("add locks several sources at once or none, and changes no entry that is there", async (t) => {
  const files = {
    ...pluginFiles("plugins/a"),
    ...pluginFiles("plugins/b"),
    "plugins/a/plugin.json": '{"id":"a","type":"x","version":"1.0.0"}',
    "plugins/b/plugin.json": '{"id":"b","type":"x","version":"1.0.0"}',
    "other/plugin.json": '{"id":"a","type":"x","version":"2.0.0"}',
    "other/mod.ts": "",
  };
  await withLockFolder(
    files,
    async ({ path, run, write, text, json, lock }) => {
      const plugins = `${path}/plugins`;
      assertEquals((await run("add", [plugins, "--yes"])).code, 0);
      const before = await text();
      assertEquals(Object.keys((await lock()).plugins), ["a", "b"]);
      await t.step("again", async () => {
        const { code, stdout } = await run("add", [plugins, "--yes"]);
        assertEquals(code, 0);
        assertStringIncludes(stdout, "The lock has a, b already");
        assertEquals(await text(), before);
      });
      await t.step("changed", async () => {
        await write({ "plugins/a/mod.ts": "// changed" });
        const { code, stderr } = await run("add", [plugins, "--yes"]);
        assertEquals(code, 2);
        assertStringIncludes(stderr, "semantik-plugin update a");
        assertEquals(await text(), before);
      });
      await t.step("from another source", async () => {
        const { code, stderr } = await run("add", [`${path}/other`, "--yes"]);
        assertEquals(code, 2);
        assertStringIncludes(stderr, 'the source "./plugins/a"');
        assertEquals(await text(), before);
      });
      await t.step("two plugins with one id", async () => {
        const both = [`${path}/other`, plugins, "--yes"];
        assertEquals((await run("add", both)).code, 2);
      });
      await t.step(
        "remove --prune leaves the copies that the lock names",
        async () => {
          const result = await json("remove", ["a", "--prune"]);
          assert(JSON.stringify(result).includes('"removed":["a"]'));
          const { plugins: { b } } = await lock();
          assert(b !== undefined && "tree" in b);
          const left = [...Deno.readDirSync(`${path}/plugin_store`)];
          assertEquals(left.map(({ name }) => name), [b.tree]);
        },
      );
      await t.step(
        "remove refuses ids that the lock does not have",
        async () => {
          const { code, stderr } = await run("remove", ["bb"]);
          assertEquals(code, 2);
          assertStringIncludes(stderr, "Did you mean b?");
        },
      );
    },
  );
});

Deno.test("add and remove refuse a lock that was changed after it was signed", async () => {
  await withLockFolder(SEARCH, async ({ path, run, write }) => {
    await write({
      "plugins.trust.json": trustFile([], { lockKeys: [{ key: PUBLIC_KEY }] }),
    });
    const { code, stdout } = await run("add", [`${path}/search`, "--yes"]);
    assertEquals(code, 0);
    assertStringIncludes(stdout, "ssh-keygen -Y sign -f KEY");
    for (const args of [["add", `${path}/search`], ["remove", "search"]]) {
      const [command = "", ...others] = args;
      const { code, stderr } = await run(command, others);
      assertEquals(code, 2);
      assertStringIncludes(stderr, "signature of the lock");
    }
    assertEquals((await run("verify")).code, 1);
  });
});
