import { assert, assertEquals } from "@std/assert";
import {
  type AuditAnchor,
  createAuditLogger,
  JsonLinesHandler,
  verifyAuditLog,
} from "@semantik/plugins/audit";
import { FILE_NAMES, writeLines, writeSampleLog } from "./sample_log.ts";
import { withDirectory } from "./with_directory.ts";

const OTHER_HASH = "f".repeat(64);

function hashOf(line: string): string {
  return String(JSON.parse(line).chain_hash);
}

Deno.test("verifyAuditLog() accepts an anchor if the log contains its line or begins right after it", async () => {
  await withDirectory(async (directory) => {
    const { path, lines } = writeSampleLog(directory);
    const all = lines.flat();
    const hashes = ["0".repeat(64), ...all.map(hashOf)];
    // Rotation removes whole files from the beginning, a thief any lines from the end.
    for (const [gone, kept] of [[0, 15], [1, 10], [2, 5]] as const) {
      for (const cut of [0, 2, 4]) {
        writeLines(
          directory,
          lines.map((file, index) =>
            index < gone ? [] : index === 2 ? file.slice(0, 5 - cut) : file
          ),
        );
        for (const [sequence, hash] of hashes.entries()) {
          if (sequence === 0) continue;
          const first = 15 - kept + 1;
          const isHeld = sequence >= first - 1 && sequence <= 15 - cut;
          const message = `${gone} files gone, ${cut} cut, ${sequence}`;
          const met = await verifyAuditLog(path, {
            anchor: { sequence, hash },
          });
          assertEquals(met.status, isHeld ? "intact" : "tampered", message);
          assertEquals(met.anchored, isHeld, message);
          const other = await verifyAuditLog(path, {
            anchor: { sequence, hash: OTHER_HASH },
          });
          assertEquals(other.status, "tampered", message);
          assertEquals(other.anchored, false, message);
        }
      }
    }
  });
});

Deno.test("verifyAuditLog() names the line that contradicts an anchor, and passes on no event after it", async (t) => {
  const rows: readonly (readonly [
    string,
    (hashes: readonly string[]) => AuditAnchor,
    string,
    number,
    string,
  ])[] = [
    [
      "a gap after the anchor",
      (hashes) => ({ sequence: 3, hash: hashes[2] ?? "" }),
      "removed",
      1,
      "is number 6 of the chain, and the first of the log",
    ],
    [
      "another line before the first",
      () => ({ sequence: 5, hash: OTHER_HASH }),
      "changed",
      1,
      "follows another line than the anchor",
    ],
    [
      "another line in the place of the anchor",
      () => ({ sequence: 7, hash: OTHER_HASH }),
      "changed",
      2,
      "its hash differs from the anchor's",
    ],
    [
      "an anchor after the last",
      () => ({ sequence: 99, hash: OTHER_HASH }),
      "removed",
      6,
      "the anchor is number 99 of the chain, and the log does not hold it",
    ],
  ];
  for (const [name, anchorOf, what, line, words] of rows) {
    await t.step(name, async () => {
      await withDirectory(async (directory) => {
        const { path, lines } = writeSampleLog(directory);
        await Deno.remove(`${path}.2`);
        const anchor = anchorOf(lines.flat().map(hashOf));
        let events = 0;
        const result = await verifyAuditLog(path, {
          anchor,
          onEvent: () => void events++,
        });
        assert(result.status === "tampered");
        assertEquals(result.what, what);
        const file = line === 6 ? path : `${path}.1`;
        assertEquals(result.at, { file, line });
        assert(result.message.includes(words), result.message);
        assertEquals(result.anchored, false);
        assertEquals(events, line === 2 ? 1 : line === 6 ? 10 : 0);
      });
    });
  }
});

Deno.test("verifyAuditLog() never reports a log as intact without its anchor", async (t) => {
  const anchors: Readonly<Record<string, AuditAnchor>> = {
    "no number": { sequence: NaN, hash: OTHER_HASH },
    "a negative number": { sequence: -1, hash: OTHER_HASH },
    "half a number": { sequence: 1.5, hash: OTHER_HASH },
    "no hash": { sequence: 3, hash: "" },
    "before the first, with another hash": { sequence: 0, hash: OTHER_HASH },
  };
  for (const [name, anchor] of Object.entries(anchors)) {
    await t.step(name, async () => {
      await withDirectory(async (directory) => {
        const { path } = writeSampleLog(directory);
        const { status, anchored } = await verifyAuditLog(path, { anchor });
        assertEquals({ status, anchored }, {
          status: "tampered",
          anchored: false,
        });
      });
    });
  }
  await t.step("a log that was started again", async () => {
    await withDirectory(async (directory) => {
      const { path, head } = writeSampleLog(directory);
      for (const name of FILE_NAMES) {
        await Deno.remove(`${directory}/${name}`);
      }
      writeSampleLog(directory, "another key than none");
      const key = "another key than none";
      assertEquals((await verifyAuditLog(path, { key })).status, "intact");
      const result = await verifyAuditLog(path, { key, anchor: head });
      assert(result.status === "tampered");
      assertEquals(result.what, "changed");
    });
  });
  await t.step("a line that was changed before the anchor", async () => {
    await withDirectory(async (directory) => {
      const { path, lines, head } = writeSampleLog(directory);
      const [oldest = [], ...newer] = lines;
      const changed = (oldest[1] ?? "").replace('"index":11', '"index":99');
      writeLines(directory, [oldest.with(1, changed), ...newer]);
      const result = await verifyAuditLog(path, { anchor: head });
      assert(result.status === "tampered");
      assertEquals(result.at, { file: `${path}.2`, line: 2 });
      assertEquals(result.anchored, false);
    });
  });
  await t.step("files in another order", async () => {
    await withDirectory(async (directory) => {
      const { path, lines, head } = writeSampleLog(directory);
      writeLines(directory, lines.toReversed());
      const anchor = { sequence: 1, hash: hashOf(lines[0]?.[0] ?? "") };
      for (const one of [anchor, head]) {
        const { status } = await verifyAuditLog(path, { anchor: one });
        assertEquals(status, "tampered");
      }
    });
  });
});

Deno.test("verifyAuditLog() distinguishes a log without a chain from a changed one", async (t) => {
  await t.step("none of its lines is chained", async () => {
    await withDirectory(async (directory) => {
      const path = `${directory}/audit.jsonl`;
      {
        using audit = createAuditLogger({
          handlers: [
            new JsonLinesHandler(path, {
              rotate: { maxBytes: 300, maxFiles: 3 },
            }),
          ],
        });
        for (let index = 0; index < 8; index++) audit.log("a", "b", { index });
      }
      for (const anchor of [undefined, { sequence: 1, hash: OTHER_HASH }]) {
        const result = await verifyAuditLog(path, {
          anchor,
          onEvent: () => assert(false),
        });
        assert(result.status === "unchained");
        assertEquals(result.at, { file: `${path}.2`, line: 1 });
        assert(result.message.startsWith("The audit log has no chain"));
        assertEquals(result.lines, 0);
        assertEquals(result.anchored, anchor && false);
      }
      // A line that lacks only its newline.
      await Deno.writeTextFile(path, '{"a":1}');
      assertEquals((await verifyAuditLog(path)).status, "unchained");
    });
  });
  await t.step("one line of it is", async () => {
    await withDirectory(async (directory) => {
      const { path, lines } = writeSampleLog(directory);
      const bare = lines.map((file) =>
        file.map((line) => line.replace(/,"chain_sequence".*/, "}"))
      );
      writeLines(directory, bare);
      assertEquals((await verifyAuditLog(path)).status, "unchained");
      writeLines(directory, bare.with(2, lines[2]?.slice(-1) ?? []));
      const result = await verifyAuditLog(path);
      assert(result.status === "tampered");
      assertEquals(result.at, { file: `${path}.2`, line: 1 });
    });
  });
});
