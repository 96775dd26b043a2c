import { assert, assertEquals } from "@std/assert";
import { PluginHost } from "@semantik/plugins";
import {
  createAuditLogger,
  JsonLinesHandler,
  readAuditLog,
} from "@semantik/plugins/audit";
import { FileStateStore } from "@semantik/plugins/state";
import { createFakeProcess } from "../../src/testing/fake_process.ts";
import { HOST_SYSTEM } from "../../src/inspect/inspection.ts";
import { withStateFile } from "../state/with_state_file.ts";
import { testUnless, withoutPosix } from "../test_unless.ts";
import {
  ASKED_STEP,
  CONSENT_STEPS,
  consentPlugins,
  type ConsentStep,
  type DecidedStep,
  isDecision,
  wordsOf,
} from "./consent_steps.ts";
import { runFixture } from "./run_fixture.ts";

/** The files of one run. */
interface Files {
  readonly state: string;
  readonly log: string;
}

/** The moments of one decision at which the disk changes. */
const CHANGE = [
  "open temporary",
  "write temporary",
  "rename temporary",
  "unlock lock",
];
const MOMENTS = [...CHANGE, "record", ...CHANGE];
const IS_FUZZ = Deno.env.has("PLUGINS_FUZZ_RUNS");
const DECIDED = "decided";
const RENAMED = "rename temporary";

const { system: powers } = createFakeProcess({});

/** Grants and revokes in a process that is killed before one of its moments. */
async function decideUntil(
  { state, log }: Files,
  fatal: number | "never",
  sequence: "called" | "asked" = "called",
) {
  const { signal, code, stdout, stderr } = await runFixture(
    "killed_consent.ts",
    { flags: ["--allow-all"], args: [state, log, String(fatal), sequence] },
  );
  assertEquals(stderr, "");
  const isKilled = fatal !== "never";
  assertEquals(signal, isKilled ? "SIGKILL" : null);
  if (!isKilled) assertEquals(code, 0);
  return stdout.split("\n").filter((line) => line !== "");
}

/** Loads the next host on the same files, and returns the plugins that run. */
async function restart(
  { state, log }: Files,
  steps: readonly ConsentStep[] = [],
): Promise<readonly string[]> {
  using audit = createAuditLogger({ handlers: [new JsonLinesHandler(log)] });
  const options = {
    name: "test",
    version: "1.0.0",
    consent: "required",
    state: new FileStateStore(state),
    audit,
    builtins: consentPlugins(),
    [HOST_SYSTEM]: powers,
  } as const;
  await using host = new PluginHost(options);
  await host.load();
  for (const { decide } of steps) await decide(host);
  return ["a", "b"].filter((id) => host.get(id) !== undefined);
}

/** The decisions in the audit trail, as far as the test compares them. */
async function trailOf({ log }: Files): Promise<readonly unknown[]> {
  const events = await Array.fromAsync(readAuditLog(log));
  return events.filter(({ action }) => isDecision(action)).map((
    { plugin_id: id, action, by, permissions, consented, revoked },
  ) => compact({ id, action, by, permissions, consented, revoked }));
}

/** Leaves out what is undefined. */
function compact(value: object): unknown {
  return JSON.parse(JSON.stringify(value));
}

function recorded(steps: readonly DecidedStep[]): readonly unknown[] {
  return steps.map(({ id, event }) => ({ id, ...event }));
}

function reconciled({ id, state }: DecidedStep): unknown {
  const { consent, revoked } = state;
  return compact({
    id,
    action: "plugin.state.reconciled",
    consented: consent && wordsOf(consent.permissions),
    revoked: revoked && wordsOf(revoked),
  });
}

/** The state file after some decisions. */
function stored(steps: readonly DecidedStep[], marks: readonly string[]) {
  const states = new Map(steps.map(({ id, state }) => [id, state]));
  return {
    revision: steps.length,
    plugins: Object.fromEntries(
      [...states].filter(([, state]) => Object.keys(state).length > 0),
    ),
    unrecorded: marks,
  };
}

/** Reads the state file, without the times of decisions. */
async function readStored({ state }: Files): Promise<unknown> {
  const result = await new FileStateStore(state).read();
  assert(result.ok);
  const { revision, plugins, unrecorded = [] } = result.snapshot;
  return JSON.parse(
    JSON.stringify({
      revision,
      plugins: Object.fromEntries(plugins),
      unrecorded,
    }),
    (key, value) => key === "at" ? "now" : value,
  );
}

async function checkKill(files: Files, fatal: number): Promise<void> {
  const moments = await decideUntil(files, fatal);
  const done = moments.filter((moment) => moment === DECIDED).length;
  assertEquals(moments.length - done, fatal);
  const last = moments.slice(moments.lastIndexOf(DECIDED) + 1);
  const renames = last.filter((moment) => moment === RENAMED).length;

  // A decision is in force as a whole from its rename on, and not before.
  const steps = CONSENT_STEPS.slice(0, done + (renames > 0 ? 1 : 0));
  const marked = renames === 1 ? steps.slice(-1) : [];
  const marks = marked.map(({ id }) => id);
  assertEquals<unknown>(await readStored(files), stored(steps, marks));
  const trail = recorded(
    CONSENT_STEPS.slice(0, done + (last.includes("record") ? 1 : 0)),
  );
  assertEquals(await trailOf(files), trail);

  // The next host follows it, and its trail has it.
  assertEquals(await restart(files), steps.at(-1)?.running ?? []);
  const whole = [...trail, ...marked.map(reconciled)];
  assertEquals(await trailOf(files), whole);
  assertEquals<unknown>(await readStored(files), stored(steps, []));

  // Nothing that the kill left behind is in the way of later decisions.
  const rest = CONSENT_STEPS.slice(steps.length);
  assertEquals(
    await restart(files, rest),
    CONSENT_STEPS.at(-1)?.running,
  );
  assertEquals(await trailOf(files), [...whole, ...recorded(rest)]);
  assertEquals<unknown>(await readStored(files), stored(CONSENT_STEPS, []));
}

/** Calls a check for each number below a limit, some of them at the same time. */
async function forEachBelow(
  limit: number,
  check: (number: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < limit) await check(next++);
  };
  await Promise.all(
    Array.from({ length: navigator.hardwareConcurrency }, worker),
  );
}

testUnless(
  withoutPosix("SIGKILL"),
  "PluginHost.grant() and revoke() are made or not made if the host is killed at any change of a file",
  () =>
    withStateFile(async (path) => {
      const filesOf = (name: string): Files => ({
        state: `${path}.${name}.json`,
        log: `${path}.${name}.jsonl`,
      });
      const moments = await decideUntil(filesOf("never"), "never");
      assertEquals(moments, CONSENT_STEPS.flatMap(() => [...MOMENTS, DECIDED]));
      await forEachBelow(
        MOMENTS.length * CONSENT_STEPS.length,
        async (fatal) => {
          const moment = fatal % MOMENTS.length;
          const step = Math.floor(fatal / MOMENTS.length);
          // Every moment is met in two decisions, and in all of them when fuzzing.
          if (!IS_FUZZ && moment % 3 !== step % 3) return;
          await checkKill(filesOf(String(fatal)), fatal);
        },
      );
      const left = await Array.fromAsync(
        Deno.readDir(new URL(".", `file://${path}`)),
        ({ name }) => name,
      );
      assertEquals(left.filter((name) => name.endsWith(".tmp")), []);
    }),
);

testUnless(
  withoutPosix("SIGKILL"),
  "PluginHost never takes a question for a yes if it is killed before the answer is stored",
  () =>
    withStateFile(async (path) => {
      const filesOf = (name: string): Files => ({
        state: `${path}.${name}.json`,
        log: `${path}.${name}.jsonl`,
      });
      const all = ["asked", ...MOMENTS];
      assertEquals(await decideUntil(filesOf("never"), "never", "asked"), all);
      await forEachBelow(all.length, async (fatal) => {
        const files = filesOf(String(fatal));
        const moments = await decideUntil(files, fatal, "asked");
        assertEquals(moments, all.slice(0, fatal));
        const steps = moments.includes(RENAMED) ? [ASKED_STEP] : [];
        const isMarked = moments.filter((one) => one === RENAMED).length === 1;
        const trail = [
          ...recorded(moments.includes("record") ? [ASKED_STEP] : []),
          ...isMarked ? [reconciled(ASKED_STEP)] : [],
        ];
        // Nobody is asked any more.
        assertEquals(await restart(files), steps.length > 0 ? ["a"] : []);
        assertEquals(await trailOf(files), trail);
        assertEquals<unknown>(await readStored(files), stored(steps, []));
      });
    }),
);
