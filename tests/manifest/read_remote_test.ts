import { assert, assertEquals, assertFalse, assertMatch } from "@std/assert";
import type { PermissionEntry } from "@semantik/plugins/permissions";
import { assertProblem } from "../assert_problem.ts";
import type { PluginCode } from "../../src/manifest/manifest.ts";
import { LEAST } from "./manifests.ts";
import { readBad, readGood } from "./read.ts";

/** A system that returns a manifest, and records every call. */
function remote(manifest: unknown) {
  const asked: unknown[] = [];
  return {
    asked,
    system: {
      permissionState(entry: PermissionEntry) {
        asked.push(entry);
        return "granted" as const;
      },
      importJson(specifier: string) {
        asked.push(specifier);
        return Promise.resolve(manifest);
      },
    },
  };
}

function rejecting(thrown: unknown) {
  return {
    permissionState: () => "granted" as const,
    importJson: () => Promise.reject(thrown),
  };
}

function specifierOf(code: PluginCode): string | undefined {
  return code.kind === "module" ? code.specifier : undefined;
}

Deno.test("readSource() imports the manifest of a package without any permission", async (t) => {
  const table:
    readonly (readonly [string, string | undefined, string, string])[] = [
      [
        "npm:greeter@^1",
        undefined,
        "npm:greeter@^1/plugin.json",
        "npm:greeter@^1",
      ],
      ["npm:@s/greeter", ".", "npm:@s/greeter/plugin.json", "npm:@s/greeter"],
      [
        "npm:greeter/plugin.json",
        "./mod.js",
        "npm:greeter/plugin.json",
        "npm:greeter/mod.js",
      ],
      [
        "jsr:@s/greeter@1",
        "plugin",
        "jsr:@s/greeter@1/plugin.json",
        "jsr:@s/greeter@1/plugin",
      ],
    ];
  for (const [source, entry, manifest, module] of table) {
    await t.step(`${source} ${entry}`, async () => {
      const { asked, system } = remote({ ...LEAST, entry });
      const found = await readGood(source, system);
      assertEquals(asked, [manifest]);
      assertEquals(specifierOf(found.code), module);
      assertEquals(found.source, source);
      assertEquals(found.origin, "external");
      assertEquals(found.directory, undefined);
      assertEquals(found.namedAfterId, false);
    });
  }
});

Deno.test("readSource() imports the manifest of a server when its host and port are granted", async (t) => {
  const table: readonly (readonly [string, string, string, string])[] = [
    [
      "https://a.example/p",
      "a.example:443",
      "https://a.example/p/plugin.json",
      "https://a.example/p/src/x.ts",
    ],
    [
      "https://a.example:8443/p/my.json?k=1",
      "a.example:8443",
      "https://a.example:8443/p/my.json?k=1",
      "https://a.example:8443/p/src/x.ts",
    ],
    [
      "http://localhost",
      "localhost:80",
      "http://localhost/plugin.json",
      "http://localhost/src/x.ts",
    ],
    [
      "http://[::1]:8000/p",
      "[::1]:8000",
      "http://[::1]:8000/p/plugin.json",
      "http://[::1]:8000/p/src/x.ts",
    ],
  ];
  for (const [source, host, manifest, module] of table) {
    await t.step(source, async () => {
      const { asked, system } = remote({ ...LEAST, entry: "src/x.ts" });
      const found = await readGood(source, system);
      assertEquals(asked, [{ kind: "import", value: host }, manifest]);
      assertEquals(specifierOf(found.code), module);
    });
  }
});

Deno.test("readSource() imports nothing when the host is not granted", async () => {
  const problem = await readBad("https://a.example/p", {
    permissionState: () => "prompt",
    importJson: () => Promise.reject(new Error("must not be asked")),
  });
  assertProblem(problem, [
    "PLUGIN_PERMISSION_MISSING",
    ['"https://a.example/p"', 'import to "a.example:443"'],
    " --allow-import=a.example:443,jsr.io:443",
  ]);
});

Deno.test("readSource() names the denial of an import", async () => {
  const denied = "a.example:443";
  const { remedy } = await readBad("https://a.example/p", {
    permissionState: ({ value }) => value === denied ? "denied" : "granted",
  });
  assertMatch(remedy, /^Remove the denial of import/);
});

Deno.test("readSource() copies a JSON module, which all its importers share", async () => {
  const shared = { ...LEAST, permissions: { net: ["a.example:443"] } };
  const { manifest } = await readGood("npm:greeter", remote(shared).system);
  shared.id = "evil";
  shared.permissions.net.push("evil.example:443");
  assertEquals(manifest.id, "a");
  assertEquals(manifest.permissions, { net: ["a.example:443"] });
});

Deno.test("readSource() returns the problems of a remote manifest", async () => {
  for (const source of ["npm:greeter", "https://a.example/p"]) {
    const problem = await readBad(source, remote({ ...LEAST, type: 1 }).system);
    assertEquals([problem.code, problem.path, problem.id], [
      "PLUGIN_MANIFEST_INVALID",
      "type",
      "a",
    ]);
    const entry = await readBad(
      source,
      remote({ ...LEAST, entry: "../x.ts" }).system,
    );
    assertEquals(entry.path, "entry");
  }
});

Deno.test("readSource() returns a problem for whatever the module loader throws", async (t) => {
  const hostile = Object.defineProperty(new Error(), "message", {
    get() {
      throw null;
    },
  });
  const table: readonly (readonly [unknown, string])[] = [
    [new TypeError("Module not found"), "TypeError: Module not found"],
    [null, "the value null"],
    ["a\nb", 'the text "a\\nb"'],
    [hostile, "a value that cannot be shown"],
    [new Deno.errors.NotFound("x"), "it does not exist"],
  ];
  for (const source of ["npm:greeter", "https://a.example/p"]) {
    for (const [thrown, shown] of table) {
      await t.step(`${source}: ${shown}`, async () => {
        const { code, message } = await readBad(source, rejecting(thrown));
        assertEquals(code, "PLUGIN_SOURCE_UNREADABLE");
        assertEquals(message, `Cannot read source "${source}": ${shown}`);
      });
    }
  }
});

Deno.test("readSource() shows no credential of a URL in any message", async () => {
  const url = "https://a.example/p/plugin.json?sig=hunter2&x=1";
  const problem = await readBad(
    url,
    rejecting(new TypeError(`Module not found "${url}"`)),
  );
  assertEquals(
    problem.message,
    'Cannot read source "https://a.example/p/plugin.json?***": ' +
      'TypeError: Module not found "https://a.example/p/plugin.json?***"',
  );
  const found = await readGood(url, remote(LEAST).system);
  assertEquals(found.source, "https://a.example/p/plugin.json?***");
  const refused = await readBad("https://user:hunter2@a.example/p");
  assertFalse(refused.message.includes("hunter2"));
  assert(refused.message.includes("the URL contains a credential"));
});
