import { assertEquals } from "@std/assert";
import { withNpmDirectories } from "../../src/manifest/read_source.ts";
import { denoSourceSystem } from "../../src/manifest/source_system.ts";
import { readBuiltin } from "../../src/manifest/read_source.ts";
import { assertProblem } from "../assert_problem.ts";
import { LEAST } from "./manifests.ts";

const CACHE = "/cache/npm/registry.example";

interface Installed {
  readonly exports?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** A system in which Deno installs these packages, by name, when one is imported. */
function installing(packages: Readonly<Record<string, Installed>>) {
  const imported: string[] = [];
  const urlOf = (name: string, file: string) =>
    `file://${CACHE}/${name}/1.2.3/${file}`;
  const named = (specifier: string) =>
    /^npm:((?:@[^/]+\/)?[^/@]+)(?:@[^/]+)?(?:\/(.*))?$/.exec(specifier) ?? [];
  return {
    imported,
    system: {
      ...denoSourceSystem,
      resolve(specifier: string) {
        const [, name = "", file = "mod.js"] = named(specifier);
        const isInstalled = imported.some((one) => named(one)[1] === name);
        const { exports = ["mod.js", "package.json"] } = packages[name] ?? {};
        if (!isInstalled) return specifier;
        return exports.includes(file) ? urlOf(name, file) : undefined;
      },
      importJson(specifier: string) {
        const [, name = "", file = ""] = named(specifier);
        if (specifier.startsWith("file:")) {
          const found = Object.entries(packages).find(([one]) =>
            urlOf(one, "package.json") === decodeURIComponent(specifier)
          );
          return found === undefined
            ? Promise.reject(new TypeError("Module not found"))
            : Promise.resolve({ name: found[0], ...found[1] });
        }
        const known = packages[name];
        if (known === undefined) {
          return Promise.reject(new TypeError(`npm package "${name}" unknown`));
        }
        imported.push(specifier);
        return known.exports?.includes(file) === false
          ? Promise.reject(new TypeError("ERR_PACKAGE_PATH_NOT_EXPORTED"))
          : Promise.resolve({});
      },
      resolveFrom(_: string, specifier: string) {
        const [, name = "", file] =
          /^((?:@[^/]+\/)?[^/]+)(?:\/(.*))?$/.exec(specifier) ?? [];
        const isHidden = file !== undefined &&
          packages[name]?.exports?.includes(file) === false;
        return Promise.resolve(
          packages[name] === undefined || isHidden
            ? undefined
            : `${CACHE}/${name}/1.2.3/${file ?? "native.node"}`,
        );
      },
    },
  };
}

function pluginOf(permissions: object, optionalPermissions: object = {}) {
  const manifest = { ...LEAST, permissions, optionalPermissions };
  return readBuiltin({ manifest, plugin: { setup: () => ({}) } }, 0);
}

Deno.test("withNpmDirectories() finds packages, and optional dependencies of this system", async () => {
  const { imported, system } = installing({
    words: {},
    "@s/native": {
      exports: ["mod.js"],
      optionalDependencies: { "@s/native-linux": "1", "@s/native-win32": "1" },
    },
    "@s/native-linux": { exports: ["native.node"] },
  });
  const plugin = pluginOf(
    { read: ["$NPM/words@^1.0.0/data", "./x"], ffi: ["$NPM/@s/native"] },
    { read: ["$NPM/words@^1.0.0", "$NPM/unknown@1"] },
  );
  const found = await withNpmDirectories(plugin, system);
  assertEquals(found.ok && found.npmDirectories, {
    "words@^1.0.0": [`${CACHE}/words/1.2.3`],
    "@s/native": [
      `${CACHE}/@s/native/1.2.3`,
      `${CACHE}/@s/native-linux/1.2.3`,
    ],
    // Only an optional permission names it.
    "unknown@1": [],
  });
  assertEquals(imported, [
    "npm:words@^1.0.0/package.json",
    "npm:@s/native/package.json",
  ]);
  // Deno knows where it keeps them, so nothing is imported again.
  await withNpmDirectories(plugin, system);
  assertEquals(imported.length, 2);
});

Deno.test("withNpmDirectories() refuses a plugin whose package cannot be had", async () => {
  const { system } = installing({ types: { exports: [] } });
  for (const name of ["unknown@1", "types"]) {
    const plugin = pluginOf({ read: [`$NPM/${name}`] });
    const found = await withNpmDirectories(plugin, system);
    assertEquals(found.ok, false);
    if (found.ok) continue;
    assertEquals([found.id, found.origin], [LEAST.id, "builtin"]);
    assertEquals(found.problems[0]?.path, "permissions");
    assertProblem(found.problems[0], [
      "PLUGIN_SOURCE_UNREADABLE",
      `"npm:${name}" cannot be found`,
      `deno cache npm:${name}`,
    ]);
  }
});

Deno.test("withNpmDirectories() leaves a plugin without $NPM as it is", async () => {
  const plugin = pluginOf({ read: ["./$NPM/x"], ffi: true });
  assertEquals(
    await withNpmDirectories(plugin, installing({}).system),
    plugin,
  );
});
