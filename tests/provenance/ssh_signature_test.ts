/** Compares SSH signatures with those of ssh-keygen, and checks each rule. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { PluginError } from "@semantik/plugins";
import {
  parseAllowedSigners,
  signSsh,
  sshFingerprint,
  verifySsh,
  type VerifySshOptions,
} from "@semantik/plugins/provenance";
import { runProgram } from "../run_deno.ts";
import { testUnless } from "../test_unless.ts";
import { PUBLIC_KEY, SIGNING_KEY } from "./signing_key.ts";
import { SIGNATURES } from "./signatures.ts";
import { WITHOUT_SSH_KEYGEN } from "./ssh_keygen.ts";

const encoder = new TextEncoder();
const MESSAGE = encoder.encode("hello\n");
const NAMESPACE = "semantik-plugin";
const NOW = Date.UTC(2026, 0, 31);
const OPTIONS: VerifySshOptions = {
  namespace: NAMESPACE,
  signers: [{ principals: "acme", key: PUBLIC_KEY }],
  now: NOW,
};
const signature = await signSsh(MESSAGE, {
  key: SIGNING_KEY,
  namespace: NAMESPACE,
});
const fingerprint = await sshFingerprint(PUBLIC_KEY) ?? "";

Deno.test("verifySsh() accepts what signSsh() signed, and ssh-keygen's own signature", async () => {
  assertEquals(await verifySsh(signature, MESSAGE, OPTIONS), {
    verdict: "good",
    principals: "acme",
    key: fingerprint,
  });
});

Deno.test("verifySsh() tells wrong, unknown, revoked and unchecked signatures apart", async (t) => {
  type Row = readonly [
    name: string,
    verdict: "wrong" | "unknown" | "revoked" | "unchecked",
    reason: RegExp,
    options?: Partial<VerifySshOptions>,
    text?: string,
    message?: Uint8Array<ArrayBuffer>,
  ];
  const validFor = (times: { validAfter?: number; validBefore?: number }) => ({
    signers: [{ principals: "acme", key: PUBLIC_KEY, ...times }],
  });
  const table: readonly Row[] = [
    [
      "another text",
      "wrong",
      /does not belong to this text/,
      {},
      signature,
      encoder.encode("hello"),
    ],
    ["no signature", "wrong", /does not begin with -----BEGIN/, {}, "hello"],
    ["an empty text", "wrong", /does not begin/, {}, ""],
    ["no end", "wrong", /has no line -----END/, {}, signature.slice(0, -40)],
    [
      "no base64",
      "wrong",
      /is not base64/,
      {},
      signature.replace("U1NI", "U1N!"),
    ],
    [
      "line endings of Windows",
      "wrong",
      /line endings/,
      {},
      signature.replaceAll("\n", "\r\n"),
    ],
    ["a long text", "wrong", /too long/, {}, signature.padEnd(200_000, "x")],
    [
      "another purpose",
      "wrong",
      /made for "semantik-plugin" and not for "git"/,
      { namespace: "git" },
    ],
    ["nobody", "unknown", /nobody allows its key SHA256:/, { signers: [] }],
    ["somebody else", "unknown", /nobody allows its key/, {
      principal: "beta",
    }],
    ["a key that is not a key", "unknown", /nobody/, {
      signers: [{ principals: "acme", key: "ssh-ed25519 AAAA" }],
    }],
    [
      "another purpose of the key",
      "unknown",
      /may not sign for "semantik-plugin"/,
      { signers: [{ principals: "acme", key: PUBLIC_KEY, namespaces: "git" }] },
    ],
    [
      "too early",
      "unknown",
      /not valid before 2026-02-01T00:00:00.000Z/,
      validFor({ validAfter: Date.UTC(2026, 1, 1) }),
    ],
    [
      "too late",
      "unknown",
      /was valid until 2026-01-01T00:00:00.000Z/,
      validFor({ validBefore: Date.UTC(2026, 0, 1) }),
    ],
    ["a revoked key", "revoked", /is revoked/, { revoked: [fingerprint] }],
    ["a revoked key of nobody", "revoked", /is revoked/, {
      revoked: [fingerprint],
      signers: [],
    }],
    [
      "a key in hardware",
      "unchecked",
      /type "sk-ssh-ed25519@openssh.com" cannot be checked here/,
      {},
      ofHardware(),
    ],
  ];
  for (
    const [name, verdict, reason, options, text = signature, message = MESSAGE]
      of table
  ) {
    await t.step(name, async () => {
      const result = await verifySsh(text, message, { ...OPTIONS, ...options });
      assert(result.verdict !== "good");
      assertEquals(result.verdict, verdict);
      assert(reason.test(result.reason), result.reason);
    });
  }
  await t.step("the edges of validity are valid", async () => {
    const { verdict } = await verifySsh(signature, MESSAGE, {
      ...OPTIONS,
      ...validFor({ validAfter: NOW, validBefore: NOW }),
    });
    assertEquals(verdict, "good");
  });
});

Deno.test("verifySsh() checks RSA and ECDSA, and refuses what was changed", async (t) => {
  for (const [name, { key, signature: text }] of Object.entries(SIGNATURES)) {
    await t.step(name, async () => {
      const options = { ...OPTIONS, signers: [{ principals: "acme", key }] };
      const good = await verifySsh(text, MESSAGE, options);
      assertEquals(good.verdict, "good");
      const other = await verifySsh(text, encoder.encode("hello"), options);
      assertEquals(other.verdict, "wrong");
      // The type of a key is a part of it.
      const { verdict } = await verifySsh(text, MESSAGE, OPTIONS);
      assertEquals(verdict, "unknown");
    });
    await t.step(`${name} with another value in each place`, async () => {
      const [begin = "", ...rest] = text.split("\n");
      const bytes = Uint8Array.fromBase64(rest.slice(0, -2).join(""));
      const options = { ...OPTIONS, signers: [{ principals: "acme", key }] };
      for (let at = 0; at < bytes.length; at += 7) {
        const changed = bytes.slice();
        changed[at] = (changed[at] ?? 0) ^ 1;
        const armored =
          `${begin}\n${changed.toBase64()}\n-----END SSH SIGNATURE-----\n`;
        const { verdict } = await verifySsh(armored, MESSAGE, options);
        // The version may be older: it is not signed.
        assert(verdict !== "good" || at === 9, `${name} at ${at}`);
      }
    });
  }
});

/** Replaces the type of the key by one that only hardware has. */
function ofHardware(): string {
  const [begin = "", ...rest] = signature.split("\n");
  const bytes = Uint8Array.fromBase64(rest.slice(0, -2).join(""));
  const type = encoder.encode("sk-ssh-ed25519@openssh.com");
  const key = [0, 0, 0, type.length, ...type];
  const changed = new Uint8Array([
    ...bytes.slice(0, 10),
    0,
    0,
    0,
    key.length,
    ...key,
    ...bytes.slice(10 + 4 + 51),
  ]);
  return `${begin}\n${changed.toBase64()}\n-----END SSH SIGNATURE-----\n`;
}

Deno.test("parseAllowedSigners() reads principals, options and keys, and names faulty lines", () => {
  const text = [
    "# comment",
    `acme,*@acme.example ${PUBLIC_KEY} a comment`,
    "",
    `"two words" namespaces="a,b",valid-after="20260131Z",valid-before="202601311200Z" ${PUBLIC_KEY}`,
    `acme cert-authority ${PUBLIC_KEY}`,
    `acme valid-after="20261301Z" ${PUBLIC_KEY}`,
    `acme valid-after="20260131Z",valid-before="20260130Z" ${PUBLIC_KEY}`,
    `acme nonsense ${PUBLIC_KEY}`,
    "acme ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f",
    "acme",
  ].join("\n");
  const { signers, faults } = parseAllowedSigners(text);
  const [type, base64] = PUBLIC_KEY.split(" ");
  assertEquals(signers, [
    { principals: "acme,*@acme.example", key: `${type} ${base64}` },
    {
      principals: "two words",
      key: `${type} ${base64}`,
      namespaces: "a,b",
      validAfter: Date.UTC(2026, 0, 31),
      validBefore: Date.UTC(2026, 0, 31, 12),
    },
  ]);
  assertEquals(faults.map(({ line }) => line), [5, 6, 7, 8, 9, 10]);
});

Deno.test("sshFingerprint() returns nothing for what is no key", async () => {
  for (const text of ["", "ssh-ed25519", "ssh-ed25519 AAAA", "hello world"]) {
    assertEquals(await sshFingerprint(text), undefined);
  }
});

Deno.test("signSsh() refuses keys that it cannot use, and shows nothing of them", async (t) => {
  const body = SIGNING_KEY.split("\n").slice(1, -2).join("");
  const changed = (change: (bytes: Uint8Array) => void) => {
    const bytes = Uint8Array.fromBase64(body);
    change(bytes);
    return `-----BEGIN OPENSSH PRIVATE KEY-----\n${bytes.toBase64()}\n-----END OPENSSH PRIVATE KEY-----\n`;
  };
  const table: Readonly<
    Record<string, readonly [key: string, message: RegExp]>
  > = {
    "no key": ["hello", /is no OpenSSH key/],
    "a key of another format": [
      "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
      /is no OpenSSH key/,
    ],
    "another magic": [changed((bytes) => bytes[0] = 0), /is no OpenSSH key/],
    "a passphrase": [
      changed((bytes) => bytes.set(encoder.encode("aes1"), 19)),
      /a passphrase protects it/,
    ],
    "a broken check": [
      changed((bytes) => bytes[98] = (bytes[98] ?? 0) ^ 1),
      /its check fails/,
    ],
    "halves of two keys": [
      changed((bytes) => bytes[200] = (bytes[200] ?? 0) ^ 1),
      /halves do not belong/,
    ],
    "a cut key": [
      changed(() => {}).replace(/.{60}\n---/, "\n---"),
      /OpenSSH key|too early|base64/,
    ],
  };
  for (const [name, [key, message]] of Object.entries(table)) {
    await t.step(name, async () => {
      const error = await assertRejects(
        () => signSsh(MESSAGE, { key, namespace: NAMESPACE }),
        PluginError,
      );
      assertEquals(error.code, "PLUGIN_OPTION_INVALID");
      assert(message.test(error.message), error.message);
      assert(!error.message.includes(body.slice(-40)));
    });
  }
  await t.step("no namespace", async () => {
    const options = { key: SIGNING_KEY, namespace: "" };
    await assertRejects(() => signSsh(MESSAGE, options), PluginError);
  });
});

// Each takes ssh-keygen some 20 ms: PLUGINS_FUZZ_RUNS makes them thousands.
const RUNS = Number(Deno.env.get("PLUGINS_FUZZ_RUNS") ?? 100);

testUnless(
  WITHOUT_SSH_KEYGEN,
  "verifySsh() has the verdict of ssh-keygen -Y verify on mutated signatures",
  async () => {
    const folder = await Deno.makeTempDir();
    try {
      const { code, stdout, stderr } = await runProgram(
        new URL("compare_with_ssh_keygen.ts", import.meta.url),
        {
          flags: [
            `--allow-read=${folder}`,
            `--allow-write=${folder}`,
            "--allow-run=ssh-keygen,sh",
          ],
          args: [folder, String(RUNS), String(Date.now() % 1_000_000)],
        },
      );
      assertEquals(code, 0, stderr);
      const summary = JSON.parse(stdout);
      assertEquals(summary.mismatches, []);
      assertEquals(summary.cases, RUNS + 12);
      assertEquals(summary.equalSignatures, 3);
      // Otherwise one verdict was never tried.
      assert(summary.accepted > RUNS / 10, stdout);
      assert(summary.refused > RUNS / 4, stdout);
      for (const name of summary.unchecked) assertEquals(name, "p521");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
