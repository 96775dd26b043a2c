import { assert, assertEquals, assertRejects } from "@std/assert";
import { buildVendorTree } from "../../../tools/setup/build_vendor_tree.ts";
import { checkIntegrity } from "../../../tools/setup/check_integrity.ts";
import { SetupError } from "../../../tools/setup/setup_error.ts";
import type { Carrier } from "../../../tools/setup/carriers.ts";
import { tarball } from "./tarball.ts";

const LOG = "package/esm/deps/jsr.io/@std/log/0.224.14/mod.js";
const TARBALLS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "deno-std": {
    "package/assert/mod.js": 'export * from "./equals.js";\n',
    "package/assert/equals.js":
      'import { format } from "../internal/format.js";\nexport function assertEquals() {}\n',
    "package/internal/format.js": "export function format() {}\n",
  },
  dotenv: {
    "package/dist/index.cjs":
      "module.exports.parse = (text) => ({ LENGTH: String(text.length) });",
  },
  "windmill-cli": { [LOG]: "export const log = 1;\n" },
  "std-semver": { "package/dist/index.js": "export const semver = 1;\n" },
};

async function fetchTarball(
  { spec }: Carrier,
): Promise<Uint8Array<ArrayBuffer>> {
  const name = spec.slice(0, spec.indexOf("@"));
  return await tarball(TARBALLS[name] ?? {});
}

function readOwn(name: string): Promise<string> {
  return Promise.resolve(`export const own = "${name}";\n`);
}

Deno.test("buildVendorTree() uses the layout that Deno expects", async () => {
  const said: string[] = [];
  const tree = await buildVendorTree(
    fetchTarball,
    readOwn,
    (line) => said.push(line),
  );
  assertEquals(
    [...tree.keys()].filter((path) => path.endsWith("/meta.json")).sort(),
    [
      "@std/assert/meta.json",
      "@std/dotenv/meta.json",
      "@std/internal/meta.json",
      "@std/log/meta.json",
      "@std/semver/meta.json",
    ],
  );
  assertEquals(JSON.parse(tree.get("@std/log/meta.json") ?? ""), {
    scope: "std",
    name: "log",
    latest: "0.224.14",
    versions: { "0.224.14": {} },
  });
  assertEquals(JSON.parse(tree.get("@std/log/0.224.14_meta.json") ?? ""), {
    exports: { ".": "./mod.js" },
    manifest: {
      "/mod.js": {
        size: 22,
        checksum:
          "sha256-402f34bdbc9788eb5fa43d395a2f46634c2ca32761a88933616e19552b522d29",
      },
    },
  });
  assertEquals(said.length, 5);
});

Deno.test("buildVendorTree() gives every module of @std/assert its types", async () => {
  const tree = await buildVendorTree(fetchTarball, readOwn, () => {});
  const folder = "@std/assert/1.0.19";
  assertEquals(
    tree.get(`${folder}/mod.d.ts`),
    'export const own = "std_assert.d.ts";\n',
  );
  assertEquals(
    tree.get(`${folder}/equals.d.ts`),
    'export { assertEquals } from "./mod.d.ts";\n',
  );
  assert(tree.get(`${folder}/equals.js`)?.startsWith("/* @ts-self-types="));
});

Deno.test("buildVendorTree() labels the stand-in for @std/dotenv", async () => {
  const tree = await buildVendorTree(fetchTarball, readOwn, () => {});
  for (const [path, text] of tree) {
    if (!path.startsWith("@std/dotenv/0.225.6/")) continue;
    assert(
      /^(?:\/\*.*\*\/\n)?\/\/ A STAND-IN for @std\/dotenv/.test(text),
      path,
    );
  }
  const module = tree.get("@std/dotenv/0.225.6/parse.js") ?? "";
  const { parse } = await import(
    `data:text/javascript,${encodeURIComponent(module)}`
  );
  assertEquals(parse("four"), { LENGTH: "4" });
});

Deno.test("buildVendorTree() refuses bytes with another hash", async () => {
  const error = await assertRejects(
    () =>
      buildVendorTree(
        async (carrier) => {
          const bytes = await fetchTarball(carrier);
          await checkIntegrity(carrier.spec, bytes, carrier.integrity);
          return bytes;
        },
        readOwn,
        () => {},
      ),
    SetupError,
  );
  assert(error.message.includes("not to the pinned"));
});
