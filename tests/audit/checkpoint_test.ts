import {
  assert,
  assertEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { PluginError } from "@semantik/plugins";
import {
  type AuditVerification,
  CheckpointHandler,
  parseCheckpoints,
  verifyAuditLog,
} from "@semantik/plugins/audit";
import { WITHOUT_SSH_KEYGEN } from "../provenance/ssh_keygen.ts";
import { runProgram } from "../run_deno.ts";
import { testUnless } from "../test_unless.ts";
import {
  ALLOWED_SIGNERS,
  openCheckpointed,
  writeCheckpointed,
} from "./checkpointed_log.ts";
import { withDirectory } from "./with_directory.ts";

async function read(folder: string) {
  return parseCheckpoints(
    await Deno.readTextFile(`${folder}/checkpoints.jsonl`),
  );
}

async function verify(folder: string): Promise<AuditVerification> {
  const { checkpoints } = await read(folder);
  return await verifyAuditLog(`${folder}/audit.jsonl`, { checkpoints });
}

Deno.test("CheckpointHandler signs every few events, and each minute with one", async () => {
  await withDirectory(async (folder) => {
    const lines: string[] = [];
    const { audit, clock, checkpoints } = openCheckpointed(folder, {
      to: (line) => void lines.push(line),
    });
    const signed = async () => {
      await new Promise((resolve) => setTimeout(resolve, 0));
      return parseCheckpoints(lines.join("")).checkpoints
        .map(({ sequence }) => sequence);
    };
    for (let index = 0; index < 3; index++) audit.log("a", "b");
    while ((await signed()).length < 1);
    audit.log("a", "b");
    clock.advance(59_999);
    assertEquals(await signed(), [3]);
    clock.advance(1);
    while ((await signed()).length < 2);
    // Nothing was written since.
    clock.advance(600_000);
    await checkpoints.flush();
    assertEquals(await signed(), [3, 4]);
    audit.log("a", "b");
    audit[Symbol.dispose]();
    await checkpoints.flush();
    assertEquals(await signed(), [3, 4, 5]);
  });
});

Deno.test("a log matches its checkpoints, also after rotation and a restart", async () => {
  await withDirectory(async (folder) => {
    const rotate = { maxBytes: 1_500, maxFiles: 2 };
    await writeCheckpointed(folder, 7, { rotate });
    await writeCheckpointed(folder, 7, { rotate });
    const found = await verify(folder);
    assertEquals([found.status, found.head?.sequence], ["intact", 14]);
    assert((found.first ?? 0) > 1);
    const { checkpoints, faults } = await read(folder);
    assertEquals(faults, []);
    assert((found.checkpoints ?? 0) > 0);
    assert((found.checkpoints ?? 0) < checkpoints.length);
  });
});

Deno.test("checkpoints reveal a cut tail, another file, a chain made anew and removed files", async (t) => {
  const rows: Readonly<
    Record<string, (folder: string) => Promise<void> | void>
  > = {
    "a cut tail": async (folder) => {
      const path = `${folder}/audit.jsonl`;
      const lines = (await Deno.readTextFile(path)).split("\n");
      await Deno.writeTextFile(path, `${lines.slice(0, 6).join("\n")}\n`);
    },
    "another file": async (folder) => {
      await Deno.remove(`${folder}/audit.jsonl`);
      await writeCheckpointed(folder, 9, { to: () => {} });
    },
    "a shorter one": async (folder) => {
      await Deno.remove(`${folder}/audit.jsonl`);
      await writeCheckpointed(folder, 1, { to: () => {} });
    },
    "an empty one": async (folder) => {
      await Deno.writeTextFile(`${folder}/audit.jsonl`, "");
    },
  };
  for (const [name, change] of Object.entries(rows)) {
    await t.step(name, async () => {
      await withDirectory(async (folder) => {
        // The clock is another one at the second time, and so are the lines.
        await writeCheckpointed(folder, 7, { now: 1 });
        assertEquals((await verify(folder)).status, "intact");
        await change(folder);
        const alone = await verifyAuditLog(`${folder}/audit.jsonl`);
        assertEquals(alone.status, "intact");
        const found = await verify(folder);
        assertEquals(found.status, "tampered");
        assertStringIncludes(
          found.status === "tampered" ? found.message : "",
          "checkpoint",
        );
      });
    });
  }
});

Deno.test("a host that signs a chain made anew contradicts its own checkpoints", async () => {
  await withDirectory(async (folder) => {
    await writeCheckpointed(folder, 7, { now: 1 });
    await Deno.remove(`${folder}/audit.jsonl`);
    await writeCheckpointed(folder, 3);
    const { faults } = await read(folder);
    assertEquals(faults.length, 1);
    assertStringIncludes(faults[0]?.fault ?? "", "the chain began anew");
    assertEquals((await verify(folder)).status, "tampered");
  });
});

Deno.test("parseCheckpoints names lines that are none, and skips one that a crash cut", async () => {
  await withDirectory(async (folder) => {
    await writeCheckpointed(folder, 7);
    const path = `${folder}/checkpoints.jsonl`;
    const text = await Deno.readTextFile(path);
    const { checkpoints } = parseCheckpoints(text);
    assertEquals(checkpoints.map(({ log, sequence }) => [log, sequence]), [
      ["search", 3],
      ["search", 6],
      ["search", 7],
    ]);
    const cut = parseCheckpoints(text.slice(0, -20));
    assertEquals([cut.checkpoints.length, cut.faults], [2, []]);
    const [first = ""] = text.split("\n");
    for (
      const line of [
        "",
        "{}",
        "null",
        "[".repeat(100_000),
        first.replace('\\"sequence\\":3', '\\"sequence\\":0'),
        first.replace('\\"checkpoint\\":1', '\\"checkpoint\\":2'),
      ]
    ) {
      const { checkpoints, faults } = parseCheckpoints(`${line}\n`);
      assertEquals(
        [checkpoints.length, faults.length],
        [0, 1],
        line.slice(0, 90),
      );
      assert((faults[0]?.fault.length ?? 0) < 200);
    }
  });
});

Deno.test("a checkpoint that cannot be written is reported, and made up for", async () => {
  await withDirectory(async (folder) => {
    const lines: string[] = [];
    let isDown = true;
    const warnings: string[] = [];
    const { audit } = openCheckpointed(folder);
    const checkpoints = new CheckpointHandler({
      of: { head: { sequence: 1, hash: "a".repeat(64) } },
      log: "search",
      sign: () => Promise.resolve("signed"),
      to: (line) => {
        if (isDown) throw new Error("down");
        lines.push(line);
      },
      warn: (message) => warnings.push(message),
    });
    await checkpoints.flush();
    await checkpoints.flush();
    assertEquals([lines.length, warnings.length], [0, 1]);
    isDown = false;
    await checkpoints.flush();
    await checkpoints.flush();
    assertEquals(lines.length, 1);
    audit[Symbol.dispose]();
  });
});

Deno.test("CheckpointHandler refuses options that cannot work", () => {
  const right = {
    of: { head: undefined },
    log: "search",
    sign: () => Promise.resolve(""),
    to: "./checkpoints.jsonl",
  };
  for (
    const wrong of [{ of: {} }, { log: "" }, { sign: "key" }, { to: "" }, {
      every: 0,
    }, { interval: -1 }]
  ) {
    const error = assertThrows(
      // @ts-expect-error A caller without TypeScript may pass anything.
      () => new CheckpointHandler({ ...right, ...wrong }),
      PluginError,
    );
    assertEquals(error.code, "PLUGIN_OPTION_INVALID");
  }
});

const { code } = await runProgram(
  new URL("has_jq.ts", import.meta.url),
  { flags: ["--allow-run=jq"] },
);

testUnless(
  WITHOUT_SSH_KEYGEN ?? (code === 0 ? undefined : "this machine has no jq"),
  "ssh-keygen alone verifies a checkpoint, as docs/shipping.md shows",
  async () => {
    await withDirectory(async (folder) => {
      await writeCheckpointed(folder, 7);
      await Deno.writeTextFile(`${folder}/allowed_signers`, ALLOWED_SIGNERS);
      const { code, stderr } = await runProgram(
        new URL("verify_with_ssh_keygen.ts", import.meta.url),
        {
          flags: [
            "--allow-run=sh",
            `--allow-read=${folder},docs/shipping.md`,
          ],
          args: [folder],
        },
      );
      assertEquals([code, stderr], [0, ""]);
    });
  },
);
