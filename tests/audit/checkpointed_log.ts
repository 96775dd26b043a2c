/** A chained log with signed checkpoints. */

import {
  type AuditLogger,
  CHECKPOINT_NAMESPACE,
  CheckpointHandler,
  createAuditLogger,
  JsonLinesHandler,
  type JsonLinesHandlerOptions,
} from "@semantik/plugins/audit";
import { signSsh } from "@semantik/plugins/provenance";
import { createFakeClock, type FakeClock } from "@semantik/plugins/testing";
import { PUBLIC_KEY, SIGNING_KEY } from "../provenance/signing_key.ts";

/** Who may sign checkpoints, as ssh-keygen reads it. */
export const ALLOWED_SIGNERS =
  `search@example.com namespaces="semantik-plugin-checkpoint" ${PUBLIC_KEY}\n`;

export interface CheckpointedLog extends Disposable {
  readonly audit: AuditLogger;
  readonly checkpoints: CheckpointHandler;
  readonly clock: FakeClock;
}

/** Opens `audit.jsonl` and `checkpoints.jsonl` in a folder. */
export function openCheckpointed(
  folder: string,
  {
    key = SIGNING_KEY,
    to = `${folder}/checkpoints.jsonl`,
    every = 3,
    now = Date.UTC(2026, 0, 31, 12),
    ...options
  }: Partial<
    JsonLinesHandlerOptions & {
      key: string;
      to: string | ((line: string) => void);
      every: number;
      now: number;
    }
  > = {},
): CheckpointedLog {
  const clock = createFakeClock({ now });
  const log = new JsonLinesHandler(`${folder}/audit.jsonl`, {
    chain: true,
    ...options,
  });
  const checkpoints = new CheckpointHandler({
    of: log,
    log: "search",
    sign: (text) => signSsh(text, { key, namespace: CHECKPOINT_NAMESPACE }),
    to,
    every,
    clock,
    warn: () => {},
  });
  const audit = createAuditLogger({ handlers: [log, checkpoints], clock });
  return {
    audit,
    checkpoints,
    clock,
    [Symbol.dispose]: () => audit[Symbol.dispose](),
  };
}

/** Writes events, and signs the last head. */
export async function writeCheckpointed(
  folder: string,
  count: number,
  options: Parameters<typeof openCheckpointed>[1] = {},
): Promise<void> {
  const { audit, checkpoints } = openCheckpointed(folder, options);
  for (let index = 1; index <= count; index++) {
    audit.log("indexer", "index.rebuilt", { index });
  }
  audit[Symbol.dispose]();
  await checkpoints.flush();
}
