/** Remote sources with Deno's own loader, in processes with exact permissions. */

import { assert, assertEquals } from "@std/assert";
import type { PermissionState } from "@semantik/plugins/permissions";
import type { SourceSystem } from "../../src/manifest/source_system.ts";
import { tarball } from "../tools/setup/tarball.ts";
import { readBad, readGood } from "./read.ts";
import { runFixture } from "./run_fixture.ts";
import { json } from "./with_tree.ts";

const CODE = "export default 'imported';";

interface Site extends AsyncDisposable {
  readonly host: string;
  readonly url: string;
}

/** Serves files of the memory on this machine. */
function serve(
  files: (url: string) => Readonly<Record<string, BodyInit>>,
): Site {
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
  }, ({ url }) => {
    const { pathname, origin } = new URL(url);
    const body = files(origin)[decodeURIComponent(pathname)];
    if (body === undefined) return new Response("none", { status: 404 });
    const type = pathname.endsWith(".ts")
      ? "application/typescript"
      : pathname.endsWith(".js")
      ? "text/javascript"
      : "application/json";
    return new Response(body, { headers: { "content-type": type } });
  });
  const host = `127.0.0.1:${server.addr.port}`;
  return {
    host,
    url: `http://${host}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** The real system of a process that starts with these flags. */
interface RealSystem extends Pick<SourceSystem, "importJson"> {
  /** Imports the code of a plugin. */
  readonly load: (specifier: string) => Promise<unknown>;
  /** The state of the permission to import from a host. */
  readonly stateOf: (host: string) => Promise<PermissionState>;
}

async function inProcess(
  body: (system: RealSystem) => Promise<void>,
  flags: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const cache = await Deno.makeTempDir({ prefix: "semantik_loader_" });
  const use = async (...args: readonly string[]) => {
    const told = await runFixture("source_system.ts", {
      flags: ["--no-config", "--no-lock", ...flags],
      args,
      env: { ...env, DENO_DIR: cache },
    });
    assert(typeof told === "object" && told !== null);
    if ("value" in told) return told.value;
    throw new Error("message" in told ? String(told.message) : "");
  };
  try {
    await body({
      importJson: (specifier) => use("importJson", specifier),
      load: (specifier) => use("import", specifier),
      async stateOf(value) {
        const entry = JSON.stringify({ kind: "import", value });
        const state = await use("permissionState", entry);
        assert(state === "granted" || state === "prompt", String(state));
        return state;
      },
    });
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
}

function specifierOf({ code }: Awaited<ReturnType<typeof readGood>>): string {
  assert(code.kind === "module");
  return code.specifier;
}

Deno.test("readSource() reads a plugin from a server on loopback, given --allow-import alone", async () => {
  await using site = serve(() => ({
    "/greeter/plugin.json": json("greeter", { entry: "./src/mod.ts" }),
    "/greeter/src/mod.ts": CODE,
    "/broken/plugin.json": "{ no json",
  }));
  await inProcess(async ({ importJson, load, stateOf }) => {
    const state = await stateOf(site.host);
    const system = { importJson, permissionState: () => state };
    const found = await readGood(`${site.url}/greeter`, system);
    assertEquals(found.manifest.id, "greeter");
    assertEquals(specifierOf(found), `${site.url}/greeter/src/mod.ts`);
    assertEquals(await load(specifierOf(found)), "imported");
    for (const name of ["missing", "broken"]) {
      const { code } = await readBad(`${site.url}/${name}`, system);
      assertEquals(code, "PLUGIN_SOURCE_UNREADABLE");
    }
  }, [`--allow-import=${site.host}`]);
});

Deno.test("readSource() names the flag instead of prompting for import permission", async () => {
  await using site = serve(() => ({ "/plugin.json": json("greeter") }));
  await inProcess(async ({ importJson, stateOf }) => {
    const state = await stateOf(site.host);
    const system = { importJson, permissionState: () => state };
    const { code, remedy } = await readBad(site.url, system);
    assertEquals(code, "PLUGIN_PERMISSION_MISSING");
    // The flag replaces the hosts that Deno imports from without one.
    const hosts = `${site.host},jsr.io:443`;
    assertEquals(remedy, `Start the host with --allow-import=${hosts}`);
    // Deno grants those by host and port alone.
    assertEquals(await stateOf("jsr.io:443"), "granted");
  }, []);
});

Deno.test("readSource() reads a plugin from npm without any permission", async () => {
  const packed = await tarball({
    "package/package.json": JSON.stringify({
      name: "@plugins/greeter",
      version: "1.2.0",
      type: "module",
      exports: { ".": "./mod.js", "./plugin.json": "./plugin.json" },
    }),
    "package/plugin.json": json("greeter"),
    "package/mod.js": CODE,
  });
  const digest = await crypto.subtle.digest("SHA-512", packed);
  await using site = serve((url) => ({
    "/@plugins/greeter": JSON.stringify({
      name: "@plugins/greeter",
      "dist-tags": { latest: "1.2.0" },
      versions: {
        "1.2.0": {
          name: "@plugins/greeter",
          version: "1.2.0",
          dist: {
            tarball: `${url}/greeter.tgz`,
            integrity: `sha512-${new Uint8Array(digest).toBase64()}`,
          },
        },
      },
    }),
    "/greeter.tgz": packed,
  }));
  await inProcess(
    async ({ importJson, load }) => {
      const found = await readGood("npm:@plugins/greeter@^1.0.0", {
        importJson,
      });
      assertEquals(found.manifest.id, "greeter");
      assertEquals(await load(specifierOf(found)), "imported");
      const absent = await readBad("npm:@plugins/greeter@^2.0.0", {
        importJson,
      });
      assertEquals(absent.code, "PLUGIN_SOURCE_UNREADABLE");
    },
    [],
    { NPM_CONFIG_REGISTRY: site.url },
  );
});

Deno.test("readSource() reads a plugin from JSR without any permission", async () => {
  const files: Readonly<Record<string, string>> = {
    "/plugin.json": json("greeter"),
    "/mod.ts": CODE,
  };
  const manifest = Object.fromEntries(
    await Promise.all(
      Object.entries(files).map(async ([path, text]) => {
        const bytes = new TextEncoder().encode(text);
        const digest = await crypto.subtle.digest("SHA-256", bytes);
        const checksum = `sha256-${new Uint8Array(digest).toHex()}`;
        return [path, { size: bytes.length, checksum }];
      }),
    ),
  );
  await using site = serve(() => ({
    "/@plugins/greeter/meta.json": JSON.stringify({
      scope: "plugins",
      name: "greeter",
      latest: "1.2.0",
      versions: { "1.2.0": {} },
    }),
    "/@plugins/greeter/1.2.0_meta.json": JSON.stringify({
      manifest,
      exports: { ".": "./mod.ts", "./plugin.json": "./plugin.json" },
    }),
    "/@plugins/greeter/1.2.0/plugin.json": files["/plugin.json"] ?? "",
    "/@plugins/greeter/1.2.0/mod.ts": files["/mod.ts"] ?? "",
  }));
  await inProcess(
    async ({ importJson, load }) => {
      const found = await readGood("jsr:@plugins/greeter@^1.0.0", {
        importJson,
      });
      assertEquals(found.manifest.id, "greeter");
      assertEquals(await load(specifierOf(found)), "imported");
    },
    [],
    { JSR_URL: `${site.url}/` },
  );
});
