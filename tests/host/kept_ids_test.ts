import { assert, assertEquals, assertRejects } from "@std/assert";
import { PluginError } from "@semantik/plugins";
import { createTestHost } from "./test_host.ts";
import { type PluginFiles, withPlugins } from "./with_plugins.ts";

const STEALS: PluginFiles = {
  id: "foo",
  code: "throw new Error('must not run');",
};

const RIGHTFUL: PluginFiles = {
  id: "foo",
  code: "export default { setup: () => ({ mine: true }) };",
};

function manifest(fields: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ type: "thing", version: "1.0.0", ...fields });
}

/** Loads a plugin whose manifest is a text, and one that claims its id. */
async function outcome(
  folder: string,
  text: string | undefined,
  first: string,
): Promise<readonly (readonly [source: string, code: string])[]> {
  const path = `${folder}/${first}/plugin.json`;
  if (text === undefined) {
    await Deno.remove(path);
    await Deno.mkdir(path);
  } else await Deno.writeTextFile(path, text);
  await using test = createTestHost({
    sources: [`${folder}/${first}`, `${folder}/late`],
  });
  const { loaded, failed, refused } = await test.host.load();
  assertEquals([...loaded, ...failed], []);
  return refused.map(({ source, code }) => [
    source.slice(folder.length + 1),
    code,
  ]);
}

Deno.test("PluginHost reserves the id of a plugin with an invalid manifest", async (t) => {
  const texts: Readonly<Record<string, string | undefined>> = {
    "a field that is wrong": manifest({ id: "foo", version: "one" }),
    "a field that nobody knows": manifest({ id: "foo", more: true }),
    "an entry that is not there": manifest({ id: "foo", entry: "./none.ts" }),
    "a comma at the end": '{"requires":[{"id":"late"}],"id":"foo","type":"x",}',
    "a comment before it": '{\n// it is "ours\n"id": "foo", "type": "x"}',
    "a text that is cut off": '{"type":"x","id" : "foo","version',
    "a field that is there twice":
      '{"id":"foo","type":"x","version":"1.0.0","type":"y"}',
  };
  for (const [name, text] of Object.entries(texts)) {
    await t.step(name, async () => {
      await withPlugins({ any: RIGHTFUL, late: STEALS }, async (folder) => {
        const [own, other] = await outcome(folder, text, "any");
        assertEquals(own?.[0], "any");
        assertEquals(other, ["late", "PLUGIN_ID_CONFLICT"]);
      });
    });
  }
  const unnamed: Readonly<Record<string, string | undefined>> = {
    "nothing": "",
    "no text": "\0\xff",
    "a list": "[]",
    "an id that is none": manifest({ id: "Foo!" }),
    "a folder": undefined,
    "two ids": '{"id":"late","id":"other"}',
  };
  for (const [name, text] of Object.entries(unnamed)) {
    await t.step(`by the name of its directory: ${name}`, async () => {
      await withPlugins({ foo: RIGHTFUL, late: STEALS }, async (folder) => {
        const [own, other] = await outcome(folder, text, "foo");
        assertEquals(own?.[0], "foo");
        assertEquals(other, ["late", "PLUGIN_ID_CONFLICT"]);
      });
    });
  }
});

Deno.test("PluginHost reserves the ids of an unreadable source", async () => {
  await withPlugins({ late: STEALS }, async (folder) => {
    const sources = [
      `${folder}/gone/foo`,
      `${folder}/gone/foo/`,
      `${folder}/gone/foo/plugin.json`,
      new URL(`file://${folder}/gone/foo/`),
      "http://127.0.0.1:1/plugins/foo",
    ];
    for (const source of sources) {
      await using test = createTestHost({
        sources: [source, `${folder}/late`],
      });
      const { refused } = await test.host.load();
      assertEquals(refused.map(({ code }) => code).slice(1), [
        "PLUGIN_ID_CONFLICT",
      ]);
    }
  });
});

Deno.test("PluginHost remembers the ids of a source that becomes unreadable", async () => {
  await withPlugins({ a: "", b: "" }, async (folder) => {
    await Deno.mkdir(`${folder}/first`);
    for (const name of ["one", "two"]) {
      await Deno.mkdir(`${folder}/first/${name}`);
      await Deno.writeTextFile(
        `${folder}/first/${name}/plugin.json`,
        manifest({ id: name === "one" ? "a" : "b" }),
      );
      await Deno.writeTextFile(`${folder}/first/${name}/mod.ts`, "");
    }
    await using test = createTestHost({
      sources: [`${folder}/first`, `${folder}/a`, `${folder}/b`],
    });
    const conflicts = async () =>
      (await test.host.plan()).filter((one) =>
        one.kind === "refuse" && one.problems[0]?.code === "PLUGIN_ID_CONFLICT"
      ).map(({ id }) => id);
    assertEquals(await conflicts(), ["a", "b"]);
    await Deno.writeTextFile(`${folder}/first/one/plugin.json`, "?");
    assertEquals(await conflicts(), ["a", "b"]);
    await Deno.remove(`${folder}/first`, { recursive: true });
    assertEquals(await conflicts(), ["a", "b"]);
    // Taken out on purpose it keeps nothing.
    await Deno.mkdir(`${folder}/first`);
    assertEquals(await conflicts(), []);
  });
});

Deno.test("PluginHost gives the configuration and data of a reserved id to no other plugin", async () => {
  await withPlugins({
    foo: RIGHTFUL,
    late: {
      id: "foo",
      code: "throw new Error('must not run');",
      manifest: { permissions: { write: ["$DATA"] } },
    },
    needs: { code: "", manifest: { requires: [{ id: "foo", version: "*" }] } },
  }, async (folder) => {
    await Deno.writeTextFile(`${folder}/foo/plugin.json`, "{");
    await using test = createTestHost({
      sources: ["foo", "late", "needs"].map((name) => `${folder}/${name}`),
      dataDirectory: `${folder}/data`,
      permissions: "report",
      config: { foo: { at: 1 } },
    });
    const { refused } = await test.host.load();
    assertEquals(
      refused.map(({ source, problems }) => [
        source.slice(folder.length + 1),
        problems[0]?.message.replaceAll(folder, ""),
      ]),
      [
        ["foo", "The manifest is not JSON: line 1, column 2"],
        [
          "late",
          'Cannot load plugin "foo": the plugin of "/foo" keeps this id, and ' +
          "its manifest cannot be used",
        ],
        [
          "needs",
          'Cannot load plugin "needs": it requires "foo", which was refused: ' +
          "The manifest is not JSON: line 1, column 2",
        ],
      ],
    );
    await assertRejects(() => Deno.stat(`${folder}/data/foo`));
    for (
      const change of [
        () => test.host.enable("foo"),
        () => test.host.configure("foo", {}),
      ]
    ) {
      const error = await assertRejects(change, PluginError);
      assertEquals(error.code, "PLUGIN_MANIFEST_INVALID");
    }
    assert(test.host.get("foo") === undefined);
  });
});

Deno.test("PluginHost gives an id to a valid manifest that takes precedence", async () => {
  await withPlugins({ foo: RIGHTFUL, copy: STEALS }, async (folder) => {
    await Deno.writeTextFile(
      `${folder}/copy/plugin.json`,
      manifest({ id: "foo", more: true }),
    );
    for (
      const sources of [[folder], [`${folder}/foo`, `${folder}/copy`]]
    ) {
      await using test = createTestHost({ sources });
      const { loaded } = await test.host.load();
      assertEquals(loaded.map(({ source }) => source), [`${folder}/foo`]);
    }
  });
});

Deno.test("PluginHost frees the id of a plugin whose manifest was removed", async () => {
  await withPlugins(
    { "first/foo": RIGHTFUL, "second/late": RIGHTFUL },
    async (folder) => {
      await Deno.remove(`${folder}/first/foo/plugin.json`);
      await Deno.writeTextFile(
        `${folder}/second/late/plugin.json`,
        manifest({ id: "foo" }),
      );
      await using test = createTestHost({
        sources: [`${folder}/first`, `${folder}/second`],
      });
      const { loaded } = await test.host.load();
      assertEquals(loaded.map(({ id, source }) => [id, source]), [
        ["foo", `${folder}/second/late`],
      ]);
    },
  );
});
