import { assert } from "@std/assert";
import { checkDamagedLogs } from "../audit/damaged_logs.ts";
import { checkDetails } from "../audit/hostile_details.ts";
import { killRounds } from "../audit/kill_rounds.ts";
import { checkTampering } from "../audit/tampering.ts";

const RUNS = Number(Deno.env.get("PLUGINS_FUZZ_RUNS") ?? 200);
// A log that is written, changed and read again is worth many details.
const FILE_RUNS = Math.ceil(RUNS / 20);
// The rounds that were promised, in a long run.
const KILL_ROUNDS = Math.min(200, Math.ceil(RUNS / 100));

Deno.test("createAuditLogger() makes one safe line of any details", () => {
  checkDetails(RUNS);
});

Deno.test("verifyAuditLog() finds any change at its line", async () => {
  await checkTampering(FILE_RUNS);
});

Deno.test("JsonLinesHandler, readAuditLog() and verifyAuditLog() take files that hold anything", async () => {
  await checkDamagedLogs(FILE_RUNS);
});

Deno.test("JsonLinesHandler loses no event in many kills", async () => {
  const { lines } = await killRounds(KILL_ROUNDS, Math.random);
  assert(lines > 0);
});
