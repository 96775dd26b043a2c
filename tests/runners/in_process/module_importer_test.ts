import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { PluginHost } from "@semantik/plugins";
import { ModuleImporter } from "../../../src/runners/in_process/imported_code.ts";
import { createTestHost } from "../../host/test_host.ts";
import { withPlugins } from "../../host/with_plugins.ts";

const MANY = 20;

function many(code: (index: number) => string): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: MANY }, (_, index) => [`p${index}`, code(index)]),
  );
}

function specifiersIn(folder: string): readonly string[] {
  return Array.from(
    { length: MANY },
    (_, index) => `file://${folder}/p${index}/mod.ts`,
  );
}

function readCount(): number {
  const count: unknown = Reflect.get(globalThis, "importedModules");
  return typeof count === "number" ? count : 0;
}

Deno.test("ModuleImporter.prepare() runs none of the code of the modules", async () => {
  const code = "globalThis.importedModules = (globalThis.importedModules ?? 0)";
  await withPlugins(
    many(() => `${code} + 1; export const a = 1;`),
    async (folder) => {
      const importer = new ModuleImporter();
      const specifiers = specifiersIn(folder);
      await importer.prepare([specifiers]);
      assertEquals(readCount(), 0);
      const [first = ""] = specifiers;
      const module = await importer.import(first);
      assertEquals(readCount(), 1);
      assert(module === await importer.import(first));
      assert(module === await import(first));
      assertEquals(readCount(), 1);
      Reflect.deleteProperty(globalThis, "importedModules");
    },
  );
});

Deno.test("ModuleImporter.import() rejects only for the broken module", async () => {
  const wrong = new Map([
    [3, "export default { this is ]"],
    [5, 'import "../missing.ts";'],
    [7, 'throw new RangeError("it is broken");'],
  ]);
  const plugins = many((index) =>
    wrong.get(index) ?? `export default ${index};`
  );
  await withPlugins(plugins, async (folder) => {
    const importer = new ModuleImporter();
    const specifiers = [...specifiersIn(folder), `file://${folder}/none.ts`];
    await importer.prepare([specifiers]);
    const results = await Promise.allSettled(
      specifiers.map((one) => importer.import(one)),
    );
    const failed = results.flatMap(({ status }, index) =>
      status === "rejected" ? [index] : []
    );
    assertEquals(failed, [3, 5, 7, 20]);
    const broken = await assertRejects(() =>
      importer.import(specifiers[7] ?? "")
    );
    assert(broken instanceof RangeError);
  });
});

Deno.test("ModuleImporter.import() imports modules that were not prepared", async () => {
  await withPlugins({ a: "export const value = 7;" }, async (folder) => {
    const importer = new ModuleImporter();
    await importer.prepare([[`file://${folder}/a/mod.ts`]]);
    const module = await importer.import(`file://${folder}/a/mod.ts`);
    assertEquals(Object.entries(Object(module)), [["value", 7]]);
    await assertRejects(() => importer.import(`file://${folder}/b/mod.ts`));
  });
});

Deno.test("PluginHost.load() of many plugins fails only the broken ones", async () => {
  const plugins = many((index) =>
    index === 4
      ? "export default { this is ]"
      : `export default { setup: () => ({ number: ${index} }) };`
  );
  await withPlugins(plugins, async (folder) => {
    await using test = createTestHost({ sources: [folder] });
    const { loaded, failed, refused } = await test.host.load();
    assertEquals(loaded.length, MANY - 1);
    assertEquals(refused, []);
    assertEquals(failed.map(({ id, code }) => [id, code]), [
      ["p4", "PLUGIN_IMPORT_FAILED"],
    ]);
    assertStringIncludes(failed[0]?.problems[0]?.message ?? "", '"p4"');
  });
});

Deno.test("PluginHost.load() of many plugins uses the importer of the options", async () => {
  const imported: string[] = [];
  await withPlugins(many(() => "throw 1;"), async (folder) => {
    await using test = createTestHost({
      sources: [folder],
      importModule: (specifier) => {
        imported.push(specifier);
        return Promise.resolve({ default: { setup: () => ({}) } });
      },
    });
    const { host } = test;
    assert(host instanceof PluginHost);
    assertEquals((await host.load()).loaded.length, MANY);
    assertEquals(imported.toSorted(), specifiersIn(folder).toSorted());
  });
});
