import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  ALLOWED_SIGNERS,
  writeCheckpointed,
} from "../audit/checkpointed_log.ts";
import { writeLog, type Written } from "./audit_log.ts";
import { runCli, runJson } from "./run_cli.ts";
import { runDeno } from "./run_deno.ts";
import { withFolder } from "./with_plugins.ts";

const CLI = new URL("../../cli.ts", import.meta.url).href;
const EVENTS = Array.from(
  { length: 5 },
  (_, index): Written => ["alpha", `step.${index}`, "info", { index }],
);
const KEY = "a key of more than sixteen bytes";

Deno.test("audit verify accepts an unchanged log and prints its head", async () => {
  await withFolder({}, async (folder) => {
    const file = `${folder}/audit.jsonl`;
    writeLog(file, EVENTS, { chain: true });
    const { code, stdout } = await runCli(["audit", "verify", file]);
    assertEquals(code, 0);
    const [verdict, head = ""] = stdout.split("\n");
    assertEquals(verdict, "All 5 lines are unchanged");
    const anchor = head.split(": ")[1] ?? "";
    const again = await runJson(["audit", "verify", file, "--anchor", anchor]);
    assertEquals(again.code, 0);
    assertEquals(Reflect.get(Object(again.result), "anchored"), true);

    const lines = (await Deno.readTextFile(file)).split("\n");
    await Deno.writeTextFile(file, `${lines.slice(0, 3).join("\n")}\n`);
    assertEquals((await runCli(["audit", "verify", file])).code, 0);
    const cut = await runCli(["audit", "verify", file, "--anchor", anchor]);
    assertEquals(cut.code, 1);
    assertStringIncludes(cut.stdout, "anchor");
  });
});

Deno.test("audit verify names the first bad line", async (t) => {
  const rows: readonly (readonly [
    string,
    (lines: string[]) => string[],
    string,
    string,
  ])[] = [
    [
      "changed",
      (lines) =>
        lines.with(1, (lines[1] ?? "").replace('"index":1', '"index":9')),
      "tampered",
      "Line 2",
    ],
    ["removed", (lines) => lines.toSpliced(2, 1), "tampered", "Line 3"],
    [
      "cut in the middle of the last",
      (lines) => lines.with(4, (lines[4] ?? "").slice(0, 40)),
      "torn",
      "Line 5",
    ],
  ];
  for (const [name, change, status, place] of rows) {
    await t.step(name, async () => {
      await withFolder({}, async (folder) => {
        const file = `${folder}/audit.jsonl`;
        writeLog(file, EVENTS, { chain: true });
        const lines = (await Deno.readTextFile(file)).trimEnd().split("\n");
        const text = change(lines).join("\n");
        await Deno.writeTextFile(file, status === "torn" ? text : `${text}\n`);
        const { code, stdout } = await runCli(["audit", "verify", file]);
        assertEquals(code, 1);
        assertStringIncludes(stdout, place);
        const { result } = await runJson(["audit", "verify", file]);
        assertEquals(Reflect.get(Object(result), "status"), status);
      });
    });
  }
});

Deno.test("audit verify exits with 1 if the log does not contain the anchor", async (t) => {
  await withFolder({}, async (folder) => {
    const file = `${folder}/audit.jsonl`;
    const anchors: string[] = [];
    const rotate = { maxBytes: 700, maxFiles: 9 };
    writeLog(file, EVENTS, { chain: true, rotate });
    for (const name of [`${file}.2`, `${file}.1`, file]) {
      for (const line of (await Deno.readTextFile(name)).trim().split("\n")) {
        const { chain_sequence, chain_hash } = JSON.parse(line);
        anchors.push(`${chain_sequence}:${chain_hash}`);
      }
    }
    await Deno.remove(`${file}.2`);
    const other = `1:${"f".repeat(64)}`;
    const [first = "", second = "", third = ""] = anchors;
    const rows = [
      [first, 1, "The log does not contain the anchor"],
      [second, 0, "The log contains the anchor"],
      [third, 0, "The log contains the anchor"],
      [`2:${other.slice(2)}`, 1, "The log does not contain the anchor"],
      [`3:${other.slice(2)}`, 1, "The log does not contain the anchor"],
      [`6:${other.slice(2)}`, 1, "The log does not contain the anchor"],
    ] as const;
    for (const [anchor, expected, words] of rows) {
      await t.step(`${anchor.slice(0, 6)}: ${expected}`, async () => {
        const { code, stdout } = await runCli(
          ["audit", "verify", file, "--anchor", anchor],
        );
        assertEquals(code, expected, stdout);
        assertStringIncludes(stdout, words);
      });
    }
  });
});

Deno.test("audit verify reports a log without a chain", async () => {
  await withFolder({}, async (folder) => {
    const file = `${folder}/audit.jsonl`;
    writeLog(file, EVENTS);
    const { code, stdout } = await runCli(["audit", "verify", file]);
    assertEquals(code, 1);
    assertStringIncludes(stdout, "has no chain");
    assertEquals(stdout.includes("was changed"), false);
    const { result } = await runJson(["audit", "verify", file]);
    assertEquals(Reflect.get(Object(result), "status"), "unchained");
  });
});

Deno.test("audit verify reads the key from a variable and reports a wrong one", async () => {
  await withFolder({}, async (folder) => {
    const file = `${folder}/audit.jsonl`;
    writeLog(file, EVENTS, { chain: { key: KEY } });
    const verify = (
      key: string,
      flags: readonly string[] = ["--allow-env=AUDIT_KEY"],
    ) =>
      runDeno(
        [
          "run",
          "--no-prompt",
          `--allow-read=${folder}`,
          ...flags,
          CLI,
          "audit",
          "verify",
          file,
          "--key-env=AUDIT_KEY",
        ],
        { env: { AUDIT_KEY: key } },
      );
    assertEquals((await verify(KEY)).code, 0);
    const wrong = await verify(`${KEY}!`);
    assertEquals(wrong.code, 1);
    assertStringIncludes(wrong.stdout, "another key");
    const short = await verify("short");
    assertEquals(short.code, 2);
    assertEquals(short.stderr.includes("short"), false);
    const empty = await verify("");
    assertEquals(empty.code, 2);
    assertStringIncludes(empty.stderr, "is not set");
    const refused = await verify(KEY, []);
    assertEquals(refused.code, 2);
    assertStringIncludes(refused.stderr, "--allow-env=AUDIT_KEY");
  });
});

Deno.test("audit verify --checkpoints finds a cut tail, and checks who signed", async () => {
  await withFolder({}, async (folder) => {
    await writeCheckpointed(folder, 7);
    const [file, checkpoints, signers] = [
      `${folder}/audit.jsonl`,
      `${folder}/checkpoints.jsonl`,
      `${folder}/allowed_signers`,
    ];
    await Deno.writeTextFile(signers, ALLOWED_SIGNERS);
    const verify = (...more: readonly string[]) =>
      runCli(["audit", "verify", file, "--checkpoints", checkpoints, ...more]);
    const right = await verify("--signers", signers);
    assertEquals(right.code, 0, right.stdout);
    assertStringIncludes(right.stdout, "The log matches 3 of 3 checkpoints");
    assertStringIncludes((await verify()).stdout, "add --signers");

    // Signed for another purpose, by somebody else, or changed.
    const text = await Deno.readTextFile(checkpoints);
    const other = ALLOWED_SIGNERS.replace("-checkpoint", "");
    await Deno.writeTextFile(`${folder}/others`, other);
    const unknown = await verify("--signers", `${folder}/others`);
    assertEquals(unknown.code, 1);
    assertStringIncludes(unknown.stdout, "may not sign");
    await Deno.writeTextFile(checkpoints, text.replaceAll("search", "other!"));
    const changed = await verify("--signers", signers, "--json");
    assertEquals(changed.code, 1);
    assertStringIncludes(changed.stdout, '"checkpointFaults":[{"line":1');

    await Deno.writeTextFile(checkpoints, text);
    const lines = (await Deno.readTextFile(file)).split("\n");
    await Deno.writeTextFile(file, `${lines.slice(0, 6).join("\n")}\n`);
    const cut = await verify("--signers", signers);
    assertEquals(cut.code, 1);
    assertStringIncludes(cut.stdout, "the log ends at number 6");
  });
});

Deno.test("audit verify refuses files of checkpoints that say nothing", async () => {
  await withFolder({ "empty.jsonl": "", "bad": "x" }, async (folder) => {
    const file = `${folder}/audit.jsonl`;
    writeLog(file, EVENTS, { chain: true });
    for (
      const flags of [
        ["--checkpoints", `${folder}/empty.jsonl`],
        ["--checkpoints", `${folder}/missing.jsonl`],
        ["--signers", `${folder}/bad`],
        [
          "--checkpoints",
          `${folder}/empty.jsonl`,
          "--signers",
          `${folder}/bad`,
        ],
      ]
    ) {
      const { code } = await runCli(["audit", "verify", file, ...flags]);
      assertEquals(code, 2, flags.join(" "));
    }
  });
});
