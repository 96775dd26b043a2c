import { assert, assertEquals, assertFalse } from "@std/assert";
import fc from "fast-check";
import { z } from "zod";
import {
  parseTrust,
  type PluginsLock,
  type PluginsTrust,
  sshFingerprint,
  type TrustContext,
  trustedSigners,
  type TrustFacts,
  type TrustLevel,
  trustOf,
  trustPolicy,
  trustProblems,
  type TrustRule,
} from "@semantik/plugins/provenance";
import { TRUST_FIELDS } from "../../src/provenance/trust.ts";
import { factsOf, lockFolder } from "./locks.ts";
import { makeFolder, SEARCH_FILES } from "./plugin_folder.ts";
import { PUBLIC_KEY } from "./signing_key.ts";

const KEY = await sshFingerprint(PUBLIC_KEY) ?? "";
const PUBLISHER = { name: "acme", key: KEY };
const A = "a".repeat(64);

const WRITTEN = {
  trustVersion: 1,
  serial: 3,
  refreshBy: "2027-01-01T00:00:00Z",
  publishers: {
    acme: {
      keys: [{
        key: PUBLIC_KEY,
        validFrom: "2026-01-01T00:00:00Z",
        validUntil: "2026-12-31T00:00:00Z",
      }],
      plugins: ["search", "acme-*"],
    },
  },
  lockKeys: [{ key: PUBLIC_KEY }],
  revoked: {
    keys: {},
    trees: { [A]: "It sent data to a stranger" },
    plugins: [{ id: "search", versions: "<1.2.0", reason: "CVE-2026-1" }],
  },
  levels: { unverified: "restricted" },
};

type Written = Record<string, unknown>;

function written(change: (trust: Written) => void = () => {}): string {
  const trust: Written = structuredClone(WRITTEN);
  change(trust);
  return JSON.stringify(trust);
}

async function trusting(
  change: (trust: Written) => void = () => {},
): Promise<PluginsTrust> {
  const result = await parseTrust(written(change));
  assert(result.ok, JSON.stringify(result));
  return result.trust;
}

Deno.test("parseTrust() reads publishers, revocations and rules", async () => {
  const trust = await trusting();
  const times = {
    validFrom: "2026-01-01T00:00:00Z",
    validUntil: "2026-12-31T00:00:00Z",
  };
  assertEquals(trust, {
    serial: 3,
    refreshBy: "2027-01-01T00:00:00Z",
    publishers: {
      acme: {
        keys: [{ key: PUBLIC_KEY, fingerprint: KEY, ...times }],
        plugins: ["search", "acme-*"],
      },
    },
    lockKeys: [{ key: PUBLIC_KEY, fingerprint: KEY }],
    revoked: {
      keys: {},
      trees: { [A]: "It sent data to a stranger" },
      plugins: [{ id: "search", versions: "<1.2.0", reason: "CVE-2026-1" }],
    },
    levels: { unverified: "restricted" },
  });
  const least = await parseTrust('{"trustVersion":1,"serial":1}');
  assert(least.ok);
  assertEquals(least.trust.publishers, {});
});

Deno.test("parseTrust() names the path, the fault and the remedy", async (t) => {
  const publisher = (fields: Written) =>
    written((trust) =>
      trust.publishers = { acme: { keys: [], plugins: [], ...fields } }
    );
  const table: readonly (readonly [
    text: string,
    path: string,
    message: RegExp,
    remedy: RegExp,
  ])[] = [
    ["", "", /The trust file is not JSON/, /Correct/],
    ["null", "", /The trust file is not an object/, /object/],
    [written((trust) => delete trust.serial), "serial", /missing/, /from 1/],
    [
      written((trust) => delete trust.trustVersion),
      "trustVersion",
      /missing/,
      /as 1/,
    ],
    [
      written((trust) => trust.trustVersion = 2),
      "trustVersion",
      /cannot be 2/,
      /version of @semantik/,
    ],
    [
      written((trust) => trust.revokes = {}),
      "revokes",
      /not known/,
      /"revoked"/,
    ],
    [
      written((trust) => trust.refreshBy = "soon"),
      "refreshBy",
      /cannot be "soon"/,
      /UTC/,
    ],
    [
      written((trust) =>
        trust.publishers = { "a,b": { keys: [], plugins: [] } }
      ),
      'publishers["a,b"]',
      /name of the publisher/,
      /letters/,
    ],
    [
      publisher({ keys: [{ key: "ssh-ed25519 AAAA" }] }),
      "publishers.acme.keys[0].key",
      /no public key/,
      /ssh-keygen/,
    ],
    [publisher({ keys: {} }), "publishers.acme.keys", /not a list/, /list/],
    [
      publisher({ keys: [{ key: PUBLIC_KEY, validTo: "x" }] }),
      "publishers.acme.keys[0].validTo",
      /not known/,
      /./,
    ],
    [
      publisher({ keys: [{ key: PUBLIC_KEY, validUntil: "2026" }] }),
      "publishers.acme.keys[0].validUntil",
      /cannot be "2026"/,
      /UTC/,
    ],
    [
      publisher({ plugins: ["No Id"] }),
      "publishers.acme.plugins[0]",
      /cannot be "No Id"/,
      /acme-\*/,
    ],
    [
      publisher({ more: 1 }),
      "publishers.acme.more",
      /not known/,
      /keys, plugins/,
    ],
    [
      written((trust) => trust.revoked = { keys: { "MD5:x": "stolen" } }),
      'revoked.keys["MD5:x"]',
      /name is invalid/,
      /ssh-keygen -l/,
    ],
    [
      written((trust) => trust.revoked = { keys: { [KEY]: "" } }),
      `revoked.keys["${KEY}"]`,
      /cannot be ""/,
      /characters/,
    ],
    [
      written((trust) => trust.revoked = { trees: { abc: "x" } }),
      "revoked.trees.abc",
      /name is invalid/,
      /tree/,
    ],
    [
      written((trust) =>
        trust.revoked = {
          plugins: [{ id: "search", versions: "1 ||", reason: "x" }],
        }
      ),
      "revoked.plugins[0].versions",
      /cannot be "1 \|\|"/,
      /both sides/,
    ],
    [
      written((trust) =>
        trust.revoked = { plugins: [{ id: "No", versions: "*", reason: "x" }] }
      ),
      "revoked.plugins[0].id",
      /cannot be "No"/,
      /a-z/,
    ],
    [
      written((trust) => trust.levels = { local: "allow" }),
      "levels.local",
      /is no rule/,
      /refuse, enforced/,
    ],
    [
      written((trust) => trust.levels = { trusted: "refuse" }),
      "levels.trusted",
      /not known/,
      /./,
    ],
  ];
  for (const [text, path, message, remedy] of table) {
    await t.step(`${path || "the file"}: ${message.source}`, async () => {
      const result = await parseTrust(text);
      assert(!result.ok);
      const [problem, ...others] = result.problems;
      assertEquals(problem?.code, "PLUGIN_TRUST_INVALID");
      assertEquals(problem?.path, path);
      assert(message.test(problem?.message ?? ""), problem?.message);
      assert(remedy.test(problem?.remedy ?? ""), problem?.remedy);
      assertEquals(others, []);
    });
  }
});

Deno.test("parseTrust() never rejects", async () => {
  await fc.assert(fc.asyncProperty(fc.jsonValue(), async (value) => {
    await parseTrust(JSON.stringify(value));
    await parseTrust(
      JSON.stringify({ ...WRITTEN, publishers: value, revoked: value }),
    );
  }));
});

Deno.test("plugins.trust.schema.json accepts what parseTrust() accepts, and marks faults", async () => {
  const schema = JSON.parse(
    await Deno.readTextFile(
      new URL("../../schema/plugins.trust.schema.json", import.meta.url),
    ),
  );
  const fromFile = z.fromJSONSchema(schema);
  assertEquals(Object.keys(schema.properties), TRUST_FIELDS);
  assertEquals(fromFile.safeParse(WRITTEN).error, undefined);
  const faults = [
    written((trust) => delete trust.serial),
    written((trust) => trust.trustVersion = 2),
    written((trust) => trust.more = 1),
    written((trust) => trust.levels = { local: "allow" }),
    written((trust) => trust.levels = { trusted: "refuse" }),
    written((trust) => trust.publishers = { "a,b": { keys: [], plugins: [] } }),
    written((trust) => trust.revoked = { keys: { "MD5:x": "stolen" } }),
  ];
  for (const text of faults) {
    assertFalse(fromFile.safeParse(JSON.parse(text)).success, text);
    assertFalse((await parseTrust(text)).ok, text);
  }
});

Deno.test("trustedSigners() lists the keys for an id, and those for the lock", async () => {
  const trust = await trusting();
  for (const id of ["search", "acme-chunker"]) {
    assertEquals(trustedSigners(trust, { plugin: id }), [{
      principals: "acme",
      key: PUBLIC_KEY,
      namespaces: "semantik-plugin",
      validAfter: Date.UTC(2026, 0, 1),
      validBefore: Date.UTC(2026, 11, 31),
    }]);
  }
  assertEquals(trustedSigners(trust, { plugin: "other" }), []);
  assertEquals(trustedSigners(trust, "lock"), [{
    principals: "operator",
    key: PUBLIC_KEY,
    namespaces: "semantik-plugins-lock",
  }]);
});

Deno.test("trustOf() decides by the lock, the publisher and the revocations", async (t) => {
  await using folder = await makeFolder(SEARCH_FILES);
  const plain = await lockFolder(folder.path);
  const signed = await lockFolder(folder.path, { publisher: PUBLISHER });
  const facts: TrustFacts = {
    ...await factsOf(folder.path),
    origin: "external",
  };
  const edited: TrustFacts = { ...facts, version: "1.3.0" };
  const trust = await trusting();
  const digest = facts.reading?.ok ? facts.reading.tree.digest : "";
  const good = { verdict: "good", principals: "acme", key: KEY } as const;
  const [wrong, unknown, unchecked] =
    (["wrong", "unknown", "unchecked"] as const)
      .map((verdict) => ({ verdict, reason: "it is so" }));

  type Row = readonly [
    name: string,
    facts: TrustFacts,
    context: TrustContext,
    level: TrustLevel,
    reason: RegExp,
    codes?: readonly string[],
  ];
  const withLocks = (lock: PluginsLock, change?: (trust: Written) => void) =>
    trusting(change).then((trust) => ({ lock, trust }));
  const table: readonly Row[] = [
    [
      "an object",
      { ...facts, origin: "builtin" },
      {},
      "builtin",
      /passes it as an object/,
    ],
    [
      "an object, with a lock without it",
      { ...facts, origin: "builtin" },
      { lock: { ...plain, plugins: {} } },
      "builtin",
      /object/,
    ],
    [
      "neither lock nor trust",
      facts,
      {},
      "unverified",
      /no lock, Nobody decided/,
    ],
    [
      "a lock",
      facts,
      { lock: plain },
      "local",
      /as in the lock, Nobody decided/,
    ],
    [
      "a lock without a publisher",
      facts,
      { lock: plain, trust },
      "local",
      /names no publisher/,
    ],
    [
      "a lock without a publisher, and a signature",
      { ...facts, signature: good },
      { lock: plain, trust },
      "local",
      /names no publisher/,
    ],
    [
      "a lock with a publisher",
      facts,
      { lock: signed, trust },
      "verified",
      /as in the lock, "acme" signed it/,
    ],
    [
      "a lock with a publisher, and nobody to trust",
      facts,
      { lock: signed },
      "local",
      /Nobody decided/,
    ],
    [
      "another publisher",
      facts,
      await withLocks(signed, (trust) => trust.publishers = {}),
      "local",
      /"acme" is not trusted/,
    ],
    [
      "a publisher of other ids",
      facts,
      await withLocks(signed, (trust) =>
        trust.publishers = {
          acme: { keys: [{ key: PUBLIC_KEY }], plugins: ["other"] },
        }),
      "local",
      /may not provide its id/,
    ],
    [
      "a publisher with other keys",
      facts,
      await withLocks(
        signed,
        (trust) => trust.publishers = { acme: { keys: [], plugins: ["*"] } },
      ),
      "local",
      /is not one of "acme"/,
    ],
    [
      "a key that expired since",
      facts,
      await withLocks(
        await lockFolder(folder.path, {
          publisher: PUBLISHER,
          lockedAt: "2026-12-30T00:00:00Z",
        }),
      ),
      "verified",
      /signed it/,
    ],
    [
      "a key that had expired",
      facts,
      await withLocks(
        await lockFolder(folder.path, {
          publisher: PUBLISHER,
          lockedAt: "2027-01-01T00:00:00Z",
        }),
      ),
      "local",
      /was not valid when/,
    ],
    [
      "a key that was not valid yet",
      facts,
      await withLocks(
        await lockFolder(folder.path, {
          publisher: PUBLISHER,
          lockedAt: "2025-01-01T00:00:00Z",
        }),
      ),
      "local",
      /was not valid when/,
    ],
    [
      "not as in the lock",
      edited,
      { lock: signed, trust },
      "unverified",
      /is not as in the lock/,
      ["PLUGIN_INTEGRITY_BROKEN"],
    ],
    [
      "not in the lock",
      facts,
      { lock: { ...plain, plugins: {} }, trust },
      "unverified",
      /not as in the lock/,
      ["PLUGIN_INTEGRITY_UNLOCKED"],
    ],
    [
      "no lock, and a signature",
      { ...facts, signature: good },
      { trust },
      "verified",
      /"acme" signed it/,
    ],
    [
      "no lock, and no signature",
      facts,
      { trust },
      "unverified",
      /ships no signature/,
    ],
    [
      "no lock, and an unknown signature",
      { ...facts, ...unknown && { signature: unknown } },
      { trust },
      "unverified",
      /does not count: it is so/,
    ],
    [
      "no lock, and a signature that cannot be checked",
      { ...facts, ...unchecked && { signature: unchecked } },
      { trust },
      "unverified",
      /does not count/,
    ],
    [
      "a wrong signature",
      { ...facts, ...wrong && { signature: wrong } },
      { trust },
      "unverified",
      /does not count/,
      ["PLUGIN_SIGNATURE_WRONG"],
    ],
    [
      "a wrong signature of what is locked",
      { ...facts, ...wrong && { signature: wrong } },
      { lock: signed, trust },
      "local",
      /as in the lock/,
      ["PLUGIN_SIGNATURE_WRONG"],
    ],
    [
      "a revoked tree",
      facts,
      await withLocks(
        signed,
        (trust) => trust.revoked = { trees: { [digest]: "bad" } },
      ),
      "local",
      /./,
      ["PLUGIN_REVOKED"],
    ],
    [
      "a revoked key",
      facts,
      await withLocks(
        signed,
        (trust) => trust.revoked = { keys: { [KEY]: "stolen" } },
      ),
      "local",
      /./,
      ["PLUGIN_REVOKED"],
    ],
    [
      "a revoked key of a signature",
      { ...facts, signature: { verdict: "revoked", reason: "x", key: KEY } },
      {
        trust: await trusting((trust) =>
          trust.revoked = { keys: { [KEY]: "stolen" } }
        ),
      },
      "unverified",
      /./,
      ["PLUGIN_REVOKED"],
    ],
    [
      "a revoked version",
      { ...facts, version: "1.1.0" },
      { trust },
      "unverified",
      /./,
      ["PLUGIN_REVOKED"],
    ],
    [
      "every version revoked",
      { ...facts, version: "9.0.0-rc.1" },
      {
        trust: await trusting((trust) =>
          trust.revoked = {
            plugins: [{ id: "search", versions: "*", reason: "x" }],
          }
        ),
      },
      "unverified",
      /./,
      ["PLUGIN_REVOKED"],
    ],
    [
      "another plugin revoked",
      { ...facts, id: "other", version: "1.1.0" },
      { trust },
      "unverified",
      /./,
    ],
    [
      "a revoked object",
      { ...facts, origin: "builtin", version: "1.1.0" },
      { trust },
      "builtin",
      /./,
      ["PLUGIN_REVOKED"],
    ],
  ];
  for (const [name, given, context, level, reason, codes = []] of table) {
    await t.step(name, () => {
      const result = trustOf(given, context);
      assertEquals(result.level, level, JSON.stringify(result));
      assert(reason.test(result.reasons.join(", ")), result.reasons.join());
      assertEquals(result.problems.map(({ code }) => code), codes);
      assertEquals(
        result.publisher,
        level === "verified" ? PUBLISHER : undefined,
      );
    });
  }
  await t.step("the reason of a revocation is shown", () => {
    const [problem] =
      trustOf({ ...facts, version: "1.1.0" }, { trust }).problems;
    assertEquals(
      problem?.message,
      'Cannot load plugin "search": its version "1.1.0" is revoked: "CVE-2026-1"',
    );
  });
});

Deno.test("trustPolicy() is safe where nobody decided, and changes nothing without lock and trust", async () => {
  const lock: PluginsLock = { lockVersion: 1, serial: 1, plugins: {} };
  const bare = await trusting((trust) => delete trust.levels);
  const rest = {
    builtin: "in-process",
    verified: "in-process",
    local: "in-process",
  };
  assertEquals(trustPolicy({}), { ...rest, unverified: "in-process" });
  assertEquals(trustPolicy({ lock }), { ...rest, unverified: "refuse" });
  assertEquals(trustPolicy({ trust: bare }), {
    ...rest,
    unverified: "enforced",
  });
  assertEquals(trustPolicy({ lock, trust: bare }), {
    ...rest,
    unverified: "refuse",
  });
  const decided = await trusting((trust) =>
    trust.levels = { local: "enforced", unverified: "in-process" }
  );
  assertEquals(trustPolicy({ lock, trust: decided }), {
    ...rest,
    local: "enforced",
    unverified: "in-process",
  });
});

Deno.test("trustProblems() applies each rule", async (t) => {
  const trust = {
    level: "local",
    reasons: ["It is so"],
    problems: [],
  } as const;
  const kinds = ["none", "run", "optional ffi"] as const;
  const runners = ["in-process", "subprocess"] as const;
  const declared = {
    none: { permissions: { net: true }, optionalPermissions: {} },
    run: { permissions: { run: ["git"] }, optionalPermissions: {} },
    "optional ffi": { permissions: {}, optionalPermissions: { ffi: true } },
  } as const;
  const allowed = new Map<TrustRule, (runner: string, kind: string) => boolean>(
    [
      ["refuse", () => false],
      [
        "enforced",
        (runner, kind) => runner === "subprocess" && kind === "none",
      ],
      ["restricted", (_, kind) => kind === "none"],
      ["in-process", () => true],
    ],
  );
  for (const [rule, isAllowed] of allowed) {
    for (const runner of runners) {
      for (const kind of kinds) {
        await t.step(`${rule} ${runner} ${kind}`, () => {
          const plugin = { id: "search", ...declared[kind], runner };
          const problems = trustProblems(plugin, trust, rule);
          assertEquals(problems.length === 0, isAllowed(runner, kind));
          for (const { code, message } of problems) {
            assertEquals(code, "PLUGIN_TRUST_INSUFFICIENT");
            assert(message.includes("its trust is local (It is so)"), message);
          }
        });
      }
    }
  }
  const plugin = {
    id: "search",
    ...declared.none,
    runner: "subprocess",
  } as const;
  await t.step("a signature that cannot be checked", () => {
    const codes = trustProblems(plugin, { ...trust, unchecked: "x" }, "refuse")
      .map(({ code }) => code);
    assertEquals(codes, ["PLUGIN_SIGNATURE_UNCHECKED"]);
    assertEquals(
      trustProblems(plugin, { ...trust, unchecked: "x" }, "in-process"),
      [],
    );
  });
  await t.step(
    "the problems of the trust itself come first, under each rule",
    () => {
      const problem = {
        code: "PLUGIN_REVOKED",
        message: "m",
        remedy: "r",
      } as const;
      for (const rule of allowed.keys()) {
        assertEquals(
          trustProblems(plugin, { ...trust, problems: [problem] }, rule),
          [problem],
        );
      }
    },
  );
});
