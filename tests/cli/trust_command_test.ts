import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  formatTrust,
  parseTrust,
  sshFingerprint,
} from "@semantik/plugins/provenance";
import { createFakeClock } from "../../src/testing/fake_clock.ts";
import { PUBLIC_KEY, SIGNING_KEY } from "../provenance/signing_key.ts";
import { runCli } from "./run_cli.ts";
import { withFolder } from "./with_plugins.ts";

const FINGERPRINT = await sshFingerprint(PUBLIC_KEY) ?? "";
const TREE = "a".repeat(64);
const NOW = Date.parse("2026-06-01T00:00:00Z");

type Trust = (
  ...args: readonly string[]
) => ReturnType<typeof runCli>;

/** Calls the command `trust` for a trust file in a folder with a key. */
async function withTrust(
  use: (trust: Trust, folder: string) => Promise<void>,
): Promise<void> {
  const files = { "key.pub": `${PUBLIC_KEY}\n`, "key": SIGNING_KEY };
  await withFolder(files, async (folder) => {
    const file = `${folder}/plugins.trust.json`;
    const clock = createFakeClock({ now: NOW });
    await use(
      (...args) => runCli(["trust", ...args, "--trust", file], { clock }),
      folder,
    );
  });
}

Deno.test("trust makes a trust file, adds keys, and raises the serial with each change", async () => {
  await withTrust(async (trust, folder) => {
    const key = `${folder}/key.pub`;
    assertEquals((await trust("init")).code, 0);
    const added = await trust(
      ...["add", "acme", key, "--plugins", "acme-*", "--plugins=search"],
      ...["--valid-until", "2026-06-20"],
    );
    assertEquals([added.code, added.stderr], [0, ""]);
    assertEquals((await trust("operator", key)).code, 0);
    const text = await Deno.readTextFile(`${folder}/plugins.trust.json`);
    const parsed = await parseTrust(text);
    assert(parsed.ok);
    assertEquals(parsed.trust.serial, 3);
    assertEquals(parsed.trust.publishers.acme, {
      plugins: ["acme-*", "search"],
      keys: [{
        key: PUBLIC_KEY,
        fingerprint: FINGERPRINT,
        validUntil: "2026-06-20T00:00:00Z",
      }],
    });
    assertEquals(formatTrust(parsed.trust), text);
    const listed = await trust("list");
    assertEquals(listed.code, 0);
    assertStringIncludes(listed.stdout, "until 2026-06-20, in 19 days");
    assertStringIncludes(listed.stderr, "acme expires on 2026-06-20");
    const left = await Array.fromAsync(Deno.readDir(folder), (one) => one.name);
    assertEquals(left.sort(), ["key", "key.pub", "plugins.trust.json"]);
  });
});

Deno.test("trust revokes keys, trees and versions, each with a reason, and never trusts a revoked key again", async () => {
  await withTrust(async (trust, folder) => {
    const key = `${folder}/key.pub`;
    await trust("init");
    await trust("revoke", "key", key, "--reason", "stolen");
    await trust("revoke", "tree", TREE, "--reason", "it spied");
    await trust("revoke", "plugin", "search@<1.2.0", "--reason", "CVE-1");
    await trust("revoke", "plugin", "index", "--reason", "gone");
    const parsed = await parseTrust(
      await Deno.readTextFile(`${folder}/plugins.trust.json`),
    );
    assert(parsed.ok);
    assertEquals(parsed.trust.revoked, {
      keys: { [FINGERPRINT]: "stolen" },
      trees: { [TREE]: "it spied" },
      plugins: [
        { id: "search", versions: "<1.2.0", reason: "CVE-1" },
        { id: "index", versions: "*", reason: "gone" },
      ],
    });
    const added = await trust("add", "acme", key, "--plugins", "a");
    assertEquals(added.code, 2);
    assertStringIncludes(added.stderr, `${FINGERPRINT} is revoked: "stolen"`);
  });
});

Deno.test("trust refuses what would not be a trust file, and leaves the file as it was", async (t) => {
  await withTrust(async (trust, folder) => {
    const [key, file] = [`${folder}/key.pub`, `${folder}/plugins.trust.json`];
    const REASON = ["--reason", "why"];
    const missing = await trust("add", "acme", key, "--plugins", "a");
    assertEquals(missing.code, 2);
    assertStringIncludes(missing.stderr, "trust init");
    await trust("init");
    const before = await Deno.readTextFile(file);
    const cases: readonly (readonly [string, readonly string[], string])[] = [
      ["a second init", ["init"], "already"],
      ["a private key", [
        "add",
        "acme",
        `${folder}/key`,
        "--plugins=a",
      ], "private key"],
      ["a missing key", ["operator", `${folder}/none`], "There is no key"],
      ["a file that is no key", ["operator", file], "no public key of SSH"],
      ["a publisher without ids", ["add", "acme", key], "--plugins is missing"],
      ["a pattern", ["add", "acme", key, "--plugins", "A b"], "--plugins"],
      ["a name", ["add", "a b", key, "--plugins", "a"], "<name>"],
      ["an age as a time", [
        ...["add", "acme", key, "--plugins=a"],
        ...["--valid-until", "2h"],
      ], "--valid-until"],
      ["a fingerprint", ["revoke", "key", "SHA256:x", ...REASON], "<value>"],
      ["a digest", ["revoke", "tree", "abc", ...REASON], "<value>"],
      ["an id", ["revoke", "plugin", "A", ...REASON], "<value>"],
      ["a range", ["revoke", "plugin", "a@one", ...REASON], "<value>"],
      ["no reason", ["revoke", "plugin", "a"], "--reason"],
      ["a kind", ["revoke", "plugins", "a", ...REASON], "Did you mean plugin?"],
    ];
    for (const [name, args, message] of cases) {
      await t.step(name, async () => {
        const { code, stderr } = await trust(...args);
        assertEquals(code, 2);
        assertStringIncludes(stderr, message);
        assert(!stderr.includes("OPENSSH"));
        assertEquals(await Deno.readTextFile(file), before);
      });
    }
    await t.step("a trust file with a fault", async () => {
      await Deno.writeTextFile(file, '{ "trustVersion": 1 }');
      const { code, stderr } = await trust("operator", key);
      assertEquals(code, 2);
      assertStringIncludes(stderr, 'The field "serial" is missing');
      assertEquals(await Deno.readTextFile(file), '{ "trustVersion": 1 }');
    });
  });
});
