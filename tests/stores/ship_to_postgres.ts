/**
 * Ships a log to Postgres by the command line, in a process with the flags that this
 * needs. Prints a line of JSON for each case.
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { verifyAuditLog } from "@semantik/plugins/audit";
import { writeEvents } from "../audit/shipping.ts";
import { connectPostgres } from "./clients.ts";
import { type Engine, startEngine } from "./engines.ts";

type Sql = ReturnType<typeof connectPostgres>;

interface Subject {
  readonly engine: Engine;
  /** A connection that may do anything. */
  readonly sql: Sql;
  /** A new directory. */
  readonly directory: string;
}

// Each kills a host and a shipper.
const ROUNDS = Deno.env.has("PLUGINS_FUZZ_RUNS") ? 100 : 3;
const CLI = new URL("../../cli.ts", import.meta.url).href;
const WRITER =
  new URL("../fixtures/audit/write_steadily.ts", import.meta.url).href;

/** Returns what the guide has an administrator run. */
async function tableOfDocs(): Promise<string> {
  const page = new URL("../../docs/shipping.md", import.meta.url);
  const [, sql] = /```sql\n(create table[^`]*)```/
    .exec(await Deno.readTextFile(page)) ?? [];
  if (sql === undefined) throw new Error("The page has no table");
  return sql;
}

function spawn(
  directory: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--no-check",
      "--ignore-env",
      "--allow-env=DATABASE_URL",
      `--allow-read=${directory}`,
      `--allow-write=${directory}`,
      "--allow-net=127.0.0.1",
      ...args,
    ],
    env,
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
}

function ship(
  { engine, directory }: Subject,
  host: string,
  ...flags: readonly string[]
): Deno.ChildProcess {
  return spawn(directory, [
    CLI,
    "audit",
    "ship",
    `${directory}/audit.jsonl`,
    `--host=${host}`,
    "--to=postgres",
    ...flags,
  ], {
    DATABASE_URL:
      `postgres://semantik_audit_shipper@127.0.0.1:${engine.port}/postgres`,
  });
}

async function kill(child: Deno.ChildProcess): Promise<void> {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended.
  }
  await child.status;
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Waits until something holds, for a minute at most. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 60_000;
  while (!await holds()) {
    if (performance.now() > end) {
      throw new Error("It did not happen in a minute");
    }
    await wait(20);
  }
}

/** Counts the events that are there. */
async function stored({ sql }: Subject, host: string): Promise<number> {
  const [row] = await sql.unsafe(
    "select count(*) as count from semantik_audit_event where host = $1",
    [host],
  );
  return Number(row?.count);
}

/** Checks that all events of a log are there once, in one chain up to its head. */
async function assertStored(
  { sql, directory }: Subject,
  host: string,
): Promise<number> {
  const { head, status } = await verifyAuditLog(`${directory}/audit.jsonl`);
  assert(status === "intact" || status === "torn");
  const rows = await sql.unsafe(
    "select sequence, hash, line from semantik_audit_event where host = $1 order by sequence",
    [host],
  );
  let previous = "0".repeat(64);
  for (const [index, { sequence, hash, line }] of rows.entries()) {
    assertEquals(Number(sequence), index + 1);
    const event = JSON.parse(line);
    assertEquals([event.chain_previous, event.chain_hash], [previous, hash]);
    previous = hash;
  }
  assertEquals({ sequence: rows.length, hash: previous }, head);
  return rows.length;
}

const CASES: Readonly<Record<string, (subject: Subject) => Promise<void>>> = {
  async "stores rows, as a user who may do nothing but insert them"(subject) {
    writeEvents(`${subject.directory}/audit.jsonl`, 1_200);
    assertEquals((await ship(subject, "once").status).code, 0);
    assertEquals((await ship(subject, "once").status).code, 0);
    assertEquals(await assertStored(subject, "once"), 1_200);
    const shipper = connectPostgres(
      subject.engine.port,
      "semantik_audit_shipper",
    );
    try {
      for (
        const query of [
          "select line from semantik_audit_event",
          "update semantik_audit_event set line = ''",
          "delete from semantik_audit_event",
          "truncate semantik_audit_event",
          "drop table semantik_audit_event",
        ]
      ) {
        await assertRejects(
          async () => await shipper.unsafe(query),
          Error,
          query.startsWith("drop") ? "owner" : "permission denied",
        );
      }
    } finally {
      await shipper.end({ timeout: 1 });
    }
  },
  async "loses nothing and stores nothing twice when host and shipper are killed"(
    subject,
  ) {
    const path = `${subject.directory}/audit.jsonl`;
    for (let round = 0; round < ROUNDS; round++) {
      const before = await stored(subject, "killed");
      const host = spawn(subject.directory, [WRITER, path]);
      const shipper = ship(subject, "killed", "--follow");
      // One in eight is killed while it starts.
      if (round % 8 !== 7) {
        await until(async () => await stored(subject, "killed") > before);
      }
      await wait(Math.random() * 60);
      await kill(round % 2 === 0 ? shipper : host);
      await wait(Math.random() * 60);
      await Promise.all([kill(host), kill(shipper)]);
    }
    assertEquals((await ship(subject, "killed").status).code, 0);
    assert(await assertStored(subject, "killed") > ROUNDS);
  },
  async "catches up after an outage of the server"(subject) {
    const path = `${subject.directory}/audit.jsonl`;
    writeEvents(path, 10);
    const shipper = ship(subject, "outage", "--follow");
    await until(async () => await stored(subject, "outage") === 10);
    await subject.engine.kill();
    writeEvents(path, 3_000);
    await wait(500);
    await subject.engine.start();
    await until(async () =>
      await stored(subject, "outage").catch(() => 0) === 3_010
    );
    await kill(shipper);
    assertEquals(await assertStored(subject, "outage"), 3_010);
  },
};

const engine = await startEngine("postgres");
if ("missing" in engine) throw new Error(`${engine.missing} is missing`);
await using running = engine;
const sql = connectPostgres(running.port);
await sql.unsafe(await tableOfDocs());
for (const [name, run] of Object.entries(CASES)) {
  const directory = await Deno.realPath(await Deno.makeTempDir());
  let error: string | undefined;
  try {
    await run({ engine: running, sql, directory });
  } catch (thrown) {
    error = String(thrown);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
  await Deno.stdout.write(
    new TextEncoder().encode(`${JSON.stringify({ name, error })}\n`),
  );
}
await sql.end({ timeout: 1 });
