/** A process that writes events, killed again and again. */

import { assert, assertEquals } from "@std/assert";
import { readAuditLog, verifyAuditLog } from "@semantik/plugins/audit";
import { spawnFixture } from "./run_fixture.ts";
import { withDirectory } from "./with_directory.ts";

const KEY = "a key of sixteen bytes or more";

/** The number of torn lines and of written events. */
export interface KillReport {
  readonly torn: number;
  readonly lines: number;
}

/** Reads numbers until so many bytes came, kills, and returns the last number of all. */
async function readAndKill(
  child: Deno.ChildProcess,
  bytes: number,
): Promise<number> {
  const decoder = new TextDecoder();
  let text = "";
  let seen = 0;
  let killed = bytes === 0;
  if (killed) child.kill("SIGKILL");
  for await (const chunk of child.stdout) {
    text = text.slice(-100) + decoder.decode(chunk, { stream: true });
    seen += chunk.length;
    if (killed || seen < bytes) continue;
    killed = true;
    child.kill("SIGKILL");
  }
  const whole = text.slice(0, text.lastIndexOf("\n") + 1).trimEnd();
  return Number(whole.slice(whole.lastIndexOf("\n") + 1));
}

/**
 * Kills a writer at random moments, each one going on with the log of the last.
 *
 * @param rounds How often.
 * @param random Gives the moments, as a fraction from 0 to 1.
 * @returns What was seen.
 */
export async function killRounds(
  rounds: number,
  random: () => number,
): Promise<KillReport> {
  const report = { torn: 0, lines: 0 };
  await withDirectory(async (directory) => {
    const path = `${directory}/audit.jsonl`;
    Deno.writeTextFileSync(path, "");
    for (let round = 0; round < rounds; round++) {
      const child = spawnFixture("write_events.ts", {
        flags: [`--allow-read=${directory}`, `--allow-write=${directory}`],
        args: [path, KEY],
      });
      const [returned, stderr] = await Promise.all([
        // One in eight is killed while it starts.
        readAndKill(child, round % 8 === 7 ? 0 : 1 + random() * 3_000),
        new Response(child.stderr).text(),
      ]);
      const { signal } = await child.status;
      assertEquals({ stderr, signal }, { stderr: "", signal: "SIGKILL" });
      const result = await verifyAuditLog(path, { key: KEY });
      assert(
        result.status !== "tampered",
        result.status === "tampered" ? result.message : "",
      );
      assert((result.head?.sequence ?? 0) >= returned);
      assertEquals(result.lines, result.head?.sequence ?? 0);
      if (result.status === "torn") report.torn++;
      report.lines = result.lines;
    }
    let events = 0;
    let malformed = 0;
    const options = { onMalformed: () => void malformed++ };
    for await (const event of readAuditLog(path, options)) {
      events++;
      assertEquals(event["chain_sequence"], events);
    }
    assertEquals(events, report.lines);
    assert(malformed <= report.torn);
  });
  return report;
}
