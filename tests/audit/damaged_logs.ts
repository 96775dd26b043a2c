/** Files that hold anything, for ordinary runs and for long ones. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { PluginError } from "@semantik/plugins";
import {
  type AuditVerification,
  createAuditLogger,
  JsonLinesHandler,
  readAuditLog,
  verifyAuditLog,
} from "@semantik/plugins/audit";
import { writeSampleLog } from "./sample_log.ts";
import { withDirectory } from "./with_directory.ts";

/** The parts of a file. */
type Piece =
  | { readonly kind: "line"; readonly at: number }
  | { readonly kind: "part"; readonly at: number; readonly length: number }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array };

const piece: fc.Arbitrary<Piece> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant("line"), at: fc.nat(14) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("part"),
      at: fc.nat(14),
      length: fc.nat(400),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("bytes"),
      bytes: fc.oneof(
        fc.uint8Array({ maxLength: 40 }),
        fc.constantFrom("\n", "{}\n", "\0\0\0", "\r\n", '{"a":1}')
          .map((text) => new TextEncoder().encode(text)),
      ),
    }),
  },
);

// Beginnings of the log as it was, which a crash can have left, are worth more.
const pieces = fc.oneof(
  fc.array(piece, { maxLength: 8 }),
  fc.tuple(fc.nat(6), fc.array(piece, { maxLength: 2 })).map((
    [count, more],
  ) => [
    ...Array.from({ length: count }, (_, at): Piece => ({ kind: "line", at })),
    ...more,
  ]),
);

function toBytes(
  parts: readonly Piece[],
  lines: readonly string[],
): Uint8Array {
  const encoder = new TextEncoder();
  const chunks = parts.map((part) => {
    switch (part.kind) {
      case "line":
        return encoder.encode(`${lines[part.at]}\n`);
      case "part":
        return encoder.encode(lines[part.at]).subarray(0, part.length);
      case "bytes":
        return part.bytes;
    }
  });
  return new Uint8Array(chunks.flatMap((chunk) => [...chunk]));
}

/** Returns the result or the `PluginError` of a call; any other error is thrown. */
async function attempt<Result>(
  call: () => Result | Promise<Result>,
): Promise<Result | PluginError> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof PluginError) return error;
    throw error;
  }
}

function isBroken({ status }: AuditVerification): boolean {
  return status === "tampered" || status === "unchained";
}

async function checkFile(path: string, chain: boolean): Promise<void> {
  const before = Deno.readFileSync(path);
  const verified = await attempt(() => verifyAuditLog(path));
  assert(!(verified instanceof PluginError));
  let malformed = 0;
  const onMalformed = () => void malformed++;
  const events = await Array.fromAsync(readAuditLog(path, { onMalformed }));
  const handler = await attempt(() =>
    new JsonLinesHandler(path, { chain, warn: () => {} })
  );
  if (handler instanceof PluginError) {
    assertEquals(handler.code, "PLUGIN_AUDIT_UNAVAILABLE");
    assertEquals(Deno.readFileSync(path), before);
    // Bytes that end in no newline may be a line that a crash left, and may not.
    assert(!chain || isBroken(verified) || verified.lines === 0);
    return;
  }
  {
    using audit = createAuditLogger({ handlers: [handler] });
    audit.log("after", "after", { index: 1 });
    assertEquals(audit.dropped, 0);
  }
  const after = await Array.fromAsync(
    readAuditLog(path, { onMalformed: () => {} }),
  );
  assert(after.length > events.length || malformed > 0);
  assertEquals(after.at(-1)?.plugin_id, "after");
  if (!chain) return;
  // Going on makes nothing whole that was not, and breaks nothing that was.
  const again = await verifyAuditLog(path);
  assertEquals(isBroken(again), isBroken(verified));
}

/**
 * Reads, verifies and goes on with files that hold anything.
 *
 * @param numRuns How many.
 */
export async function checkDamagedLogs(numRuns: number): Promise<void> {
  await withDirectory(async (directory) => {
    Deno.mkdirSync(`${directory}/sample`);
    const lines = writeSampleLog(`${directory}/sample`).lines.flat();
    const path = `${directory}/audit.jsonl`;
    await fc.assert(
      fc.asyncProperty(pieces, fc.boolean(), async (parts, chain) => {
        Deno.writeFileSync(path, toBytes(parts, lines));
        await checkFile(path, chain);
      }),
      { numRuns },
    );
  });
}
