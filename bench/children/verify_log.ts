/** Reads and verifies an audit log with ours and with the floor, in turns. */

import { verifyAuditLog } from "@semantik/plugins/audit";
import { createHash } from "node:crypto";
import { alternate, type Rounds, timed } from "../measure/alternate.ts";
import { answer, readRequest } from "./child.ts";

const { path, lines, ...rounds } = readRequest<
  { path: string; lines: number } & Rounds
>();
const BLOCK = 1_048_576;

function check(seen: number): void {
  if (seen !== lines) throw new Error(`It saw ${seen} of ${lines} lines`);
}

async function verify(): Promise<void> {
  const result = await verifyAuditLog(path);
  if (result.status !== "intact") throw new Error(`It is ${result.status}`);
  check(result.lines);
}

async function readAndVerify(): Promise<void> {
  let seen = 0;
  const result = await verifyAuditLog(path, {
    onEvent(event) {
      if (event.action !== "") seen++;
    },
  });
  if (result.status !== "intact") throw new Error(`It is ${result.status}`);
  check(seen);
}

/**
 * Parses and hashes line by line, in blocks because a log may be larger than
 * memory.
 */
async function floor(): Promise<void> {
  const decoder = new TextDecoder();
  using file = await Deno.open(path);
  let buffer = new Uint8Array(BLOCK);
  let held = 0;
  let seen = 0;
  while (true) {
    const count = await file.read(buffer.subarray(held));
    if (count === null) break;
    const end = held + count;
    let from = 0;
    let newline = buffer.indexOf(0x0a, from);
    while (newline !== -1 && newline < end) {
      const line = buffer.subarray(from, newline);
      const event: unknown = JSON.parse(decoder.decode(line));
      const hash = createHash("sha256").update(line).digest("hex");
      if (typeof event === "object" && hash.length === 64) seen++;
      from = newline + 1;
      newline = buffer.indexOf(0x0a, from);
    }
    buffer.copyWithin(0, from, end);
    held = end - from;
    if (held === buffer.length) {
      const larger = new Uint8Array(buffer.length * 2);
      larger.set(buffer);
      buffer = larger;
    }
  }
  check(seen);
}

answer(
  await alternate({
    verify: () => timed(verify),
    both: () => timed(readAndVerify),
    floor: () => timed(floor),
  }, rounds),
);
