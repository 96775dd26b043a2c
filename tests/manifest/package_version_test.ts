import { assert, assertEquals } from "@std/assert";
import { assertProblem } from "../assert_problem.ts";
import { LEAST } from "./manifests.ts";
import { readBad, readGood } from "./read.ts";

const CACHE = "file:///cache/npm/registry.example/";

/** A system that imports these files, and resolves every specifier to a URL. */
function chosen(url: string, files: Readonly<Record<string, unknown>> = {}) {
  return {
    permissionState: () => "granted" as const,
    resolve: () => url,
    importJson(specifier: string) {
      if (specifier in files) return Promise.resolve(files[specifier]);
      return specifier.startsWith("file:")
        ? Promise.reject(new TypeError("Module not found"))
        : Promise.resolve({ ...LEAST, version: "1.2.3-rc.1" });
    },
  };
}

Deno.test("readSource() finds the version that Deno chose for a package", async (t) => {
  const jsr = "https://jsr.io/@s/greeter/1.2.3-rc.1/src/plugin.json";
  const scoped = `${CACHE}@s/greeter/1.2.3-rc.1/`;
  const linked = "file:///p/node_modules/greeter/";
  const table: readonly (readonly [
    string,
    string | undefined,
    string,
    Readonly<Record<string, unknown>>,
  ])[] = [
    ["jsr:@s/greeter@^1", "jsr:@s/greeter@1.2.3-rc.1", jsr, {}],
    ["jsr:/@s/greeter", "jsr:@s/greeter@1.2.3-rc.1", jsr, {}],
    // A workspace member has no version of its own.
    ["jsr:@s/greeter", undefined, "file:///w/greeter/plugin.json", {}],
    ["jsr:@s/greeter", undefined, "jsr:@s/greeter/plugin.json", {}],
    [
      "npm:@s/greeter@1",
      "npm:@s/greeter@1.2.3-rc.1",
      `${scoped}dist/plugin.json`,
      {
        [`${scoped}dist/package.json`]: { type: "module" },
        [`${scoped}package.json`]: {
          name: "@s/greeter",
          version: "1.2.3-rc.1",
        },
      },
    ],
    [
      "npm:greeter",
      "npm:greeter@1.2.3-rc.1+build",
      `${linked}plugin.json`,
      {
        [`${linked}package.json`]: {
          name: "greeter",
          version: "1.2.3-rc.1+build",
        },
      },
    ],
    ["npm:greeter", undefined, `${linked}plugin.json`, {}],
  ];
  for (const [source, resolved, url, files] of table) {
    await t.step(`${source} from ${url}`, async () => {
      const { code } = await readGood(source, chosen(url, files));
      assert(code.kind === "module");
      assertEquals(code.resolved?.specifier, resolved);
      const { base } = code.resolved ?? {};
      assert(base === undefined || url.startsWith(base) && base.endsWith("/"));
      assertEquals(code.specifier, source);
    });
  }
});

Deno.test("readSource() refuses a manifest with another version than its package", async () => {
  const problem = await readBad(
    "jsr:@s/greeter@^1",
    chosen("https://jsr.io/@s/greeter/1.2.3/plugin.json"),
  );
  assertProblem(problem, [
    "PLUGIN_MANIFEST_INVALID",
    ['"1.2.3-rc.1"', '"jsr:@s/greeter@1.2.3"'],
    "same version in its plugin.json",
  ]);
  assertEquals(problem.path, "version");
});
