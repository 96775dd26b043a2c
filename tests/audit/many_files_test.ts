import { assert, assertEquals } from "@std/assert";
import { readAuditLog, verifyAuditLog } from "@semantik/plugins/audit";
import { followAuditLog } from "../../src/cli/follow_audit_log.ts";
import { systemClock } from "../../src/base/timing.ts";
import { withDirectory } from "./with_directory.ts";

const FILES = 60;

async function sha256(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** Writes a chained log of one line a file. */
async function writeFiles(path: string): Promise<void> {
  let previous = "0".repeat(64);
  for (let index = FILES - 1; index >= 0; index--) {
    const body =
      `{"timestamp":"2026-01-31T12:00:00.000Z","level":"info","plugin_id":"a","action":"b",` +
      `"chain_sequence":${
        FILES - index
      },"chain_previous":"${previous}","chain_start":true`;
    previous = await sha256(body);
    Deno.writeTextFileSync(
      index === 0 ? path : `${path}.${index}`,
      `${body},"chain_hash":"${previous}"}\n`,
    );
  }
}

/** Counts the files that a step holds open at the same time. */
async function mostOpen(step: () => Promise<void>): Promise<number> {
  const { openSync } = Deno;
  let open = 0;
  let most = 0;
  Deno.openSync = (path, options) => {
    const file = openSync(path, options);
    most = Math.max(most, ++open);
    const close = file.close.bind(file);
    file.close = () => {
      open--;
      close();
    };
    return file;
  };
  try {
    await step();
  } finally {
    Deno.openSync = openSync;
  }
  assertEquals(open, 0);
  return most;
}

Deno.test("reading, verifying and following a log keep few files open", async (t) => {
  await withDirectory(async (directory) => {
    const path = `${directory}/audit.jsonl`;
    await writeFiles(path);
    const steps: Readonly<Record<string, () => Promise<void>>> = {
      "readAuditLog()": async () => {
        const events = await Array.fromAsync(readAuditLog(path));
        assertEquals(
          events.map((event) => event["chain_sequence"]),
          Array.from({ length: FILES }, (_, index) => index + 1),
        );
      },
      "verifyAuditLog()": async () => {
        const { status, lines } = await verifyAuditLog(path);
        assertEquals({ status, lines }, { status: "intact", lines: FILES });
      },
      "followAuditLog()": async () => {
        const controller = new AbortController();
        let count = 0;
        const events = followAuditLog(path, {
          signal: controller.signal,
          clock: systemClock,
          onMalformed: () => assert(false),
          onIdle: () => controller.abort(),
        });
        for await (const _ of events) count++;
        assertEquals(count, FILES);
      },
    };
    for (const [name, step] of Object.entries(steps)) {
      await t.step(name, async () => {
        const most = await mostOpen(step);
        assert(most <= 20, `${most} files were open`);
      });
    }
  });
});

Deno.test("readAuditLog() reads every file once while a log of many files is rotated", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/audit.jsonl`;
    const names = Array.from({ length: 40 }, (_, index) => `${39 - index}`);
    for (const name of names) {
      const line = JSON.stringify({
        timestamp: "2026-01-31T12:00:00.000Z",
        level: "info",
        plugin_id: "a",
        action: name,
      });
      Deno.writeTextFileSync(name === "0" ? path : `${path}.${name}`, line);
    }
    const seen: string[] = [];
    for await (const { action } of readAuditLog(path)) {
      // As a handler rotates that keeps 40 files.
      if (seen.length % 10 === 0) {
        for (let index = 38; index >= 0; index--) {
          const from = index === 0 ? path : `${path}.${index}`;
          Deno.renameSync(from, `${path}.${index + 1}`);
        }
        Deno.writeTextFileSync(path, "");
      }
      seen.push(action);
    }
    assertEquals(seen, names);
  });
});
