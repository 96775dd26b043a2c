import { assert, assertEquals } from "@std/assert";
import {
  formatSums,
  makeTree,
  parseSums,
  readTree,
  signSsh,
  sshFingerprint,
  verifySums,
} from "@semantik/plugins/provenance";
import { runProgram } from "../run_deno.ts";
import { testUnless, withoutPosix } from "../test_unless.ts";
import { makeFolder, SEARCH_FILES, writeFiles } from "./plugin_folder.ts";
import { PUBLIC_KEY, SIGNING_KEY } from "./signing_key.ts";

const A = "a".repeat(64);
const NOW = Date.UTC(2026, 0, 31);
const signers = [{ principals: "acme", key: PUBLIC_KEY }];
const encoder = new TextEncoder();

async function shipped() {
  const folder = await makeFolder(SEARCH_FILES);
  const before = await readTree(folder.path);
  assert(before.ok);
  const text = formatSums(before.tree);
  const sums = encoder.encode(text);
  const signature = await signSsh(sums, {
    key: SIGNING_KEY,
    namespace: "semantik-plugin",
  });
  await writeFiles(folder.path, {
    "plugin.sums": text,
    "plugin.sums.sig": signature,
  });
  const reading = await readTree(folder.path);
  assert(reading.ok);
  return { folder, tree: reading.tree, text, sums, signature };
}

Deno.test("formatSums() lists all files but itself and its signature, sorted by their bytes", async () => {
  const tree = await makeTree([
    ["b/plugin.sums", A],
    ["plugin.sums", A],
    ["plugin.sums.sig", A],
    ["a b", A],
    ["Z", A],
    ["10", A],
  ]);
  const text = formatSums(tree);
  assertEquals(
    text,
    ["10", "Z", "a b", "b/plugin.sums"].map((path) => `${A}  ${path}\n`).join(
      "",
    ),
  );
  const parsed = parseSums(text);
  assert(parsed.ok);
  assertEquals(parsed.files["b/plugin.sums"], A);
  assertEquals(Object.keys(parsed.files).length, 4);
});

Deno.test("parseSums() names the line and the fault", async (t) => {
  const table:
    readonly (readonly [text: string, line: number, fault: RegExp])[] = [
      [`${A}  a`, 1, /has no line feed/],
      [`${A}  a\n${A} b\n`, 2, /two spaces/],
      [`${A} *a\n`, 1, /two spaces/],
      [`${A.toUpperCase()}  a\n`, 1, /SHA-256/],
      [`\\${A}  a\n`, 1, /SHA-256/],
      ["\n", 1, /SHA-256/],
      [`# comment\n`, 1, /SHA-256/],
      [`${A}  a\r\n`, 1, /Windows/],
      [`${A}  ../a\n`, 1, /inside the plugin/],
      [`${A}  a\n${A}  a\n`, 2, /again/],
      [`\ufeff${A}  a\n`, 1, /SHA-256/],
    ];
  for (const [text, line, fault] of table) {
    await t.step(JSON.stringify(text.replaceAll(A, "A")), () => {
      const result = parseSums(text);
      assert(!result.ok);
      assertEquals(result.line, line);
      assert(fault.test(result.fault), result.fault);
    });
  }
  await t.step(
    "nothing",
    () => assertEquals(parseSums(""), { ok: true, files: {} }),
  );
});

Deno.test("verifySums() accepts what an author signed", async () => {
  const { folder, ...signed } = await shipped();
  await using _folder = folder;
  assertEquals(await verifySums(signed, { signers, now: NOW }), {
    verdict: "good",
    principals: "acme",
    key: await sshFingerprint(PUBLIC_KEY) ?? "",
  });
});

Deno.test("verifySums() refuses what its author did not sign", async (t) => {
  const { folder, tree, text, sums, signature } = await shipped();
  await using _folder = folder;
  const with_ = (files: Readonly<Record<string, string>>) =>
    makeTree(Object.entries({ ...tree.files, ...files }));
  const { "mod.ts": _lost, ...fewer } = tree.files;
  const table = {
    "an edit": [
      { tree: await with_({ "mod.ts": A }), sums, signature },
      /"mod.ts" has the SHA-256 a{64}, and plugin.sums has/,
    ],
    "a file more": [
      { tree: await with_({ "evil.ts": A }), sums, signature },
      /"evil.ts" is not in plugin.sums/,
    ],
    "a file less": [{
      tree: await makeTree(Object.entries(fewer)),
      sums,
      signature,
    }, /"mod.ts" is missing/],
    "other sums": [{
      tree,
      sums: encoder.encode(
        text.split("\n").reverse().join("\n").trimStart() + "\n",
      ),
      signature,
    }, /does not belong to this text/],
    "no text": [
      { tree, sums: new Uint8Array([255]), signature },
      /not text in UTF-8/,
    ],
    "a broken line": [
      { tree, sums: encoder.encode(`x\n${text}`), signature },
      /line 1 of plugin.sums is not/,
    ],
    "no signature": [{ tree, sums, signature: "" }, /does not begin/],
    "a signature for another purpose": [{
      tree,
      sums,
      signature: await signSsh(sums, { key: SIGNING_KEY, namespace: "git" }),
    }, /made for "git"/],
  } as const;
  for (const [name, [signed, reason]] of Object.entries(table)) {
    await t.step(name, async () => {
      const verdict = await verifySums(signed, { signers, now: NOW });
      assert(verdict.verdict === "wrong", JSON.stringify(verdict));
      assert(reason.test(verdict.reason), verdict.reason);
    });
  }
  await t.step("a stranger", async () => {
    const { verdict } = await verifySums({ tree, sums, signature }, {
      signers: [],
      now: NOW,
    });
    assertEquals(verdict, "unknown");
  });
});

testUnless(
  withoutPosix("sha256sum"),
  "sha256sum -c alone checks a plugin.sums, and finds a change",
  async () => {
    const { folder } = await shipped();
    await using _folder = folder;
    const program = new URL("check_with_sha256sum.ts", import.meta.url);
    const options = { flags: ["--allow-run=sha256sum"], args: [folder.path] };
    const output = await runProgram(program, options);
    assertEquals(output.code, 0, output.stderr);
    await Deno.writeTextFile(`${folder.path}/mod.ts`, "evil");
    assertEquals((await runProgram(program, options)).code, 1);
  },
);
