/** The one reading of what the trust in a plugin depends on. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  formatLock,
  formatSums,
  readTree,
  signSsh,
  sshFingerprint,
  trustOf,
} from "@semantik/plugins/provenance";
import {
  readFacts,
  readTrustFiles,
  type TrustPlaces,
  type TrustReadingOptions,
} from "../../src/inspect/source_facts.ts";
import type { ReadPlugin } from "../../src/manifest/manifest.ts";
import { readSource } from "../../src/manifest/read_source.ts";
import { denoSourceSystem } from "../../src/manifest/source_system.ts";
import { lockFolder } from "../provenance/locks.ts";
import {
  makeFolder,
  SEARCH_FILES,
  writeFiles,
} from "../provenance/plugin_folder.ts";
import { PUBLIC_KEY, SIGNING_KEY } from "../provenance/signing_key.ts";

const OPTIONS: TrustReadingOptions = {
  permissionState: () => "granted",
  now: Date.parse("2026-06-01T00:00:00Z"),
};

const TRUST = JSON.stringify({
  trustVersion: 1,
  serial: 3,
  publishers: { acme: { keys: [{ key: PUBLIC_KEY }], plugins: ["search"] } },
});

async function readPlugin(folder: string): Promise<ReadPlugin> {
  const [plugin] = await readSource(folder, "/", denoSourceSystem);
  assert(plugin?.ok, JSON.stringify(plugin));
  return plugin;
}

async function codesOf(
  places: TrustPlaces,
  changes: Partial<TrustReadingOptions> = {},
): Promise<readonly string[]> {
  const reading = await readTrustFiles(places, { ...OPTIONS, ...changes });
  return reading.ok ? [] : reading.problems.map(({ code }) => code);
}

Deno.test("readFacts() reads files, signature and modules once, for every judge", async () => {
  await using folder = await makeFolder(
    Object.fromEntries(
      Object.entries({
        ...SEARCH_FILES,
        "lib/search.ts":
          'import "npm:zod@4";\nexport default { setup: () => ({}) };\n',
      }).map(([path, content]) => [`plugin/${path}`, content]),
    ),
  );
  const directory = `${folder.path}/plugin`;
  const unsigned = await readTree(directory);
  assert(unsigned.ok);
  const sums = formatSums(unsigned.tree);
  await writeFiles(directory, {
    "plugin.sums": sums,
    "plugin.sums.sig": await signSsh(new TextEncoder().encode(sums), {
      key: SIGNING_KEY,
      namespace: "semantik-plugin",
    }),
  });
  await writeFiles(folder.path, {
    "plugins.trust.json": TRUST,
    "deno.lock": JSON.stringify({
      version: "5",
      specifiers: { "npm:zod@4": "4.6.7" },
      npm: { "zod@4.6.7": { integrity: "sha512-A" } },
    }),
  });
  const key = await sshFingerprint(PUBLIC_KEY) ?? "";
  const lock = `${folder.path}/plugins.lock.json`;
  await Deno.writeTextFile(
    lock,
    formatLock(
      await lockFolder(directory, {
        publisher: { name: "acme", key },
        dependencies: { "npm:zod@4.6.7": "sha512-A" },
      }),
    ),
  );
  const places = { lock, trust: `${folder.path}/plugins.trust.json` };
  const files = await readTrustFiles(places, OPTIONS);
  assert(files.ok, JSON.stringify(files));
  const plugin = await readPlugin(directory);
  const facts = await readFacts(plugin, { ...files, now: OPTIONS.now });

  assertEquals(facts.signature?.verdict, "good");
  assertEquals(facts.dependencies, { "npm:zod@4.6.7": "sha512-A" });
  assertEquals(trustOf(facts, files).level, "verified");

  await Deno.remove(`${folder.path}/deno.lock`);
  const without = await readTrustFiles(places, OPTIONS);
  assert(without.ok);
  const [problem] =
    trustOf(await readFacts(plugin, { ...without, now: OPTIONS.now }), without)
      .problems;
  assertEquals(problem?.code, "PLUGIN_INTEGRITY_BROKEN");
  assertStringIncludes(problem?.message ?? "", "not in deno.lock");

  // The manifest that was judged, and the one that is there now.
  await Deno.writeTextFile(`${directory}/plugin.json`, "{}");
  const raced = trustOf(
    await readFacts(plugin, { ...files, now: OPTIONS.now }),
    files,
  );
  assertEquals(raced.problems[0]?.code, "PLUGIN_INTEGRITY_BROKEN");
  assertEquals(raced.problems[0]?.path, "plugin.json");
});

Deno.test("readTrustFiles() accepts no file with a fault, and none that went back", async () => {
  await using folder = await makeFolder({
    "search/plugin.json": SEARCH_FILES["plugin.json"] ?? "",
    "plugins.trust.json": TRUST,
    "broken.json": "{",
  });
  const at = (name: string) => `${folder.path}/${name}`;
  const text = formatLock(await lockFolder(at("search")));
  await Deno.writeTextFile(at("plugins.lock.json"), text);
  const lock = at("plugins.lock.json");

  assertEquals(await codesOf({ lock, trust: at("plugins.trust.json") }), []);
  assertEquals(await codesOf({ lock: at("gone") }), ["PLUGIN_LOCK_INVALID"]);
  assertEquals(await codesOf({ lock: at("broken.json") }), [
    "PLUGIN_LOCK_INVALID",
  ]);
  assertEquals(await codesOf({ lock, trust: at("search") }), [
    "PLUGIN_TRUST_INVALID",
  ]);
  assertEquals(
    await codesOf({ lock }, { permissionState: () => "prompt" }),
    ["PLUGIN_LOCK_INVALID"],
  );
  assertEquals(await codesOf({ lock }, { seen: { lock: 2, trust: 9 } }), [
    "PLUGIN_LOCK_INVALID",
  ]);

  const strict = at("strict.json");
  const validUntil = "2026-02-01T00:00:00Z";
  await Deno.writeTextFile(
    strict,
    JSON.stringify({
      trustVersion: 1,
      serial: 1,
      lockKeys: [{ key: PUBLIC_KEY, validUntil }],
    }),
  );
  assertEquals(await codesOf({ lock, trust: strict }), [
    "PLUGIN_SIGNATURE_WRONG",
  ]);
  const sign = async (namespace: string) =>
    await Deno.writeTextFile(
      `${lock}.sig`,
      await signSsh(new TextEncoder().encode(text), {
        key: SIGNING_KEY,
        namespace,
      }),
    );
  await sign("semantik-plugin");
  assertEquals(await codesOf({ lock, trust: strict }), [
    "PLUGIN_SIGNATURE_WRONG",
  ]);
  // The key expired after the plugin was locked.
  await sign("semantik-plugins-lock");
  assertEquals(await codesOf({ lock, trust: strict }), []);
  await Deno.writeTextFile(lock, `${text}\n`);
  assertEquals(await codesOf({ lock, trust: strict }), [
    "PLUGIN_SIGNATURE_WRONG",
  ]);
});
