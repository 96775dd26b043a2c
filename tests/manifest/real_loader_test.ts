/** Remote sources with Deno's own loader, in processes with exact permissions. */

import { assert, assertEquals } from "@std/assert";
import type { SourcePowers } from "../../src/manifest/powers.ts";
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

/** The real powers of a process that starts with these flags. */
async function inProcess(
  body: (
    powers: Partial<SourcePowers>,
    load: (specifier: string) => Promise<unknown>,
  ) => Promise<void>,
  flags: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const cache = await Deno.makeTempDir({ prefix: "semantik_loader_" });
  const use = async (...args: readonly string[]) => {
    const told = await runFixture("powers.ts", {
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
      isGranted: async (descriptor) =>
        await use("isGranted", JSON.stringify(descriptor)) === true,
    }, (specifier) => use("import", specifier));
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
  await inProcess(async (powers, load) => {
    const found = await readGood(`${site.url}/greeter`, powers);
    assertEquals(found.manifest.id, "greeter");
    assertEquals(specifierOf(found), `${site.url}/greeter/src/mod.ts`);
    assertEquals(await load(specifierOf(found)), "imported");
    for (const name of ["missing", "broken"]) {
      const { code } = await readBad(`${site.url}/${name}`, powers);
      assertEquals(code, "PLUGIN_SOURCE_UNREADABLE");
    }
  }, [`--allow-import=${site.host}`]);
});

Deno.test("readSource() asks nobody where it may not import, and names the flag", async () => {
  await using site = serve(() => ({ "/plugin.json": json("greeter") }));
  await inProcess(async (powers) => {
    const { code, remedy } = await readBad(site.url, powers);
    assertEquals(code, "PLUGIN_PERMISSION_MISSING");
    assertEquals(remedy, `Start the host with --allow-import=${site.host}`);
    // What Deno imports from without a flag is granted by host and port alone.
    assertEquals(
      await powers.isGranted?.({ name: "import", host: "jsr.io:443" }),
      true,
    );
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
    async (powers, load) => {
      const found = await readGood("npm:@plugins/greeter@^1.0.0", powers);
      assertEquals(found.manifest.id, "greeter");
      assertEquals(await load(specifierOf(found)), "imported");
      const absent = await readBad("npm:@plugins/greeter@^2.0.0", powers);
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
    async (powers, load) => {
      const found = await readGood("jsr:@plugins/greeter@^1.0.0", powers);
      assertEquals(found.manifest.id, "greeter");
      assertEquals(await load(specifierOf(found)), "imported");
    },
    [],
    { JSR_URL: `${site.url}/` },
  );
});
