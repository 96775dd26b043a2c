import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runCli, runJson } from "./run_cli.ts";
import { pluginFiles, withFolder } from "./with_plugins.ts";

const CODE =
  `const url = "https://a.example/";\nawait fetch(url);\nexport default {};\n`;

Deno.test("scan names the place, the permission and the line of the manifest to add", async () => {
  await withFolder(pluginFiles("search", {}, CODE), async (folder) => {
    const { code, stdout, stderr } = await runCli(["scan", `${folder}/search`]);
    assertEquals([code, stderr], [1, ""]);
    assertEquals(
      stdout,
      `error mod.ts:2:7 fetch needs net to "a.example:443", which the manifest does not declare
  Add "net": ["a.example:443"] to "permissions", or remove the code

search: 1 finding: 1 error, and 0 uses that the manifest declares
`,
    );
  });
});

Deno.test("scan exits with 0 when the manifest declares what the code uses", async () => {
  const permissions = { net: ["a.example:443"] };
  await withFolder(
    pluginFiles("search", { permissions }, CODE),
    async (folder) => {
      const { code, stdout } = await runCli(["scan", `${folder}/search`]);
      assertEquals([code, stdout], [
        0,
        "search: 0 findings, and 1 use that the manifest declares\n",
      ]);
    },
  );
});

Deno.test("scan prints its findings as SARIF, CSV and JSON", async () => {
  await withFolder(pluginFiles("search", {}, CODE), async (folder) => {
    const args = ["scan", `${folder}/search`];
    const sarif = await runCli([...args, "--format=sarif"]);
    const [log] = JSON.parse(sarif.stdout).runs;
    assertEquals(log.results[0].ruleId, "scan-net");
    assertEquals(
      log.results[0].locations[0].physicalLocation.region.startLine,
      2,
    );
    const csv = await runCli([...args, "--format=csv"]);
    assertStringIncludes(csv.stdout, "scan-net");
    const { result } = await runJson(args);
    assertEquals(
      await runJson([...args, "--format=json"]),
      await runJson([...args, "--json"]),
    );
    assert(JSON.stringify(result).includes('"certainty":"uses"'));
  });
});

Deno.test("scan escapes what a plugin wrote, and refuses what it cannot scan", async (t) => {
  const files = {
    ...pluginFiles("search", {}, 'Deno.env.get("A\\u001b[2JB");'),
    "bad/plugin.json": "{",
    "file.ts": "",
    "bare/a.js": "eval(1)",
  };
  await withFolder(files, async (folder) => {
    await t.step("an escape sequence", async () => {
      const { stdout } = await runCli(["scan", `${folder}/search`]);
      assert(!stdout.includes("\u001b"));
    });
    await t.step("an invalid manifest", async () => {
      const { code, stderr } = await runCli(["scan", `${folder}/bad`]);
      assertEquals(code, 2);
      assertStringIncludes(stderr, "its plugin.json is invalid");
    });
    await t.step("a file", async () => {
      const { code, stderr } = await runCli(["scan", `${folder}/file.ts`]);
      assertEquals(code, 2);
      assertStringIncludes(stderr, "it is not a directory");
    });
    await t.step("a directory that does not exist", async () => {
      assertEquals((await runCli(["scan", `${folder}/absent`])).code, 2);
    });
    await t.step("a directory without a manifest", async () => {
      const { code, stdout } = await runCli(["scan", `${folder}/bare`]);
      assertEquals(code, 1);
      assertStringIncludes(
        stdout,
        "warning a.js:1:1 runs code that it makes: eval",
      );
    });
  });
});
