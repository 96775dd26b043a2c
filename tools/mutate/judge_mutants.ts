import { runTests } from "../gates/run_tests.ts";
import { applyMutant, type Mutant } from "./find_mutants.ts";

/** The result of a fault; `late` is one that made the tests hang. */
export type Verdict = "killed" | "late" | "survived";

export interface JudgeOptions {
  readonly root: string;
  /** The number of concurrent runs. */
  readonly jobs: number;
  readonly signal: AbortSignal;
  /** Called with each verdict as soon as it is known. */
  readonly onVerdict: (mutant: Mutant, verdict: Verdict) => void;
}

const COPIED = [
  "bench",
  "docs",
  "examples",
  "schema",
  "src",
  "tests",
  "tools",
  "vendor",
];

/** The tests closest to a room, which run first. */
const TESTS: Readonly<Record<string, readonly string[]>> = {
  events: [
    "tests/events/",
    "tests/host/",
    "tests/docs/every_audit_event_test.ts",
  ],
  broker: ["tests/broker/", "tests/fuzz/policy_test.ts"],
  host: ["tests/host/", "tests/docs/every_audit_event_test.ts"],
  inspect: ["tests/inspect/", "tests/host/"],
  policy: ["tests/policy/", "tests/plan/", "tests/host/"],
  secrets: [
    "tests/secrets/",
    "tests/environment/",
    "tests/audit/redaction_test.ts",
    "tests/host/plugin_secrets_test.ts",
    "tests/host/forgotten_secrets_test.ts",
  ],
};

/** Returns the tests that should find a fault in a file. */
function testsFor(file: string): readonly string[] {
  const room = file.split("/")[1] ?? "";
  return TESTS[room] ?? [`tests/${room}/`];
}

async function copyTree(from: string, to: string): Promise<void> {
  const { isDirectory } = await Deno.stat(from);
  if (!isDirectory) return await Deno.copyFile(from, to);
  await Deno.mkdir(to, { recursive: true });
  for await (const { name } of Deno.readDir(from)) {
    await copyTree(`${from}/${name}`, `${to}/${name}`);
  }
}

async function copyProject(root: string, to: string): Promise<void> {
  for await (const { name, isFile } of Deno.readDir(root)) {
    const isCopied = COPIED.includes(name) ||
      (isFile && /\.(?:ts|md|json)$/.test(name));
    if (isCopied) await copyTree(`${root}/${name}`, `${to}/${name}`);
  }
}

function run(
  root: string,
  tests: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  return runTests(root, {
    args: ["--no-check", "--fail-fast", ...tests],
    env: { DENO_JOBS: "1", PLUGINS_FUZZ_RUNS: "20" },
    signal,
  });
}

/** Measures the tests without a fault. */
async function measure(
  root: string,
  tests: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const began = performance.now();
  const code = await run(root, tests, signal);
  signal.throwIfAborted();
  if (code !== 0) {
    throw new Error(`The tests fail without a fault: ${tests.join(" ")}`);
  }
  return performance.now() - began;
}

async function judge(
  root: string,
  mutant: Mutant,
  took: number,
  signal: AbortSignal,
): Promise<Verdict> {
  const path = `${root}/${mutant.file}`;
  const text = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, applyMutant(text, mutant));
  try {
    const limit = AbortSignal.timeout(3 * took + 15_000);
    const either = AbortSignal.any([limit, signal]);
    const code = await run(root, testsFor(mutant.file), either);
    signal.throwIfAborted();
    if (code === 0) return "survived";
    return limit.aborted ? "late" : "killed";
  } finally {
    await Deno.writeTextFile(path, text);
  }
}

/** Judges faults in copies of the project, one fault a copy at a time. */
export async function judgeMutants(
  mutants: readonly Mutant[],
  { root, jobs, signal, onVerdict }: JudgeOptions,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "semantik-plugins-mutate-" });
  const waiting = [...mutants];
  const times = new Map<string, Promise<number>>();

  async function work(copy: string): Promise<void> {
    await copyProject(root, copy);
    let mutant: Mutant | undefined;
    while ((mutant = waiting.shift()) !== undefined) {
      const tests = testsFor(mutant.file);
      const key = tests.join(" ");
      let time = times.get(key);
      if (time === undefined) {
        times.set(key, time = measure(copy, tests, signal));
      }
      onVerdict(mutant, await judge(copy, mutant, await time, signal));
    }
  }

  try {
    const copies = Array.from({ length: jobs }, (_, at) => `${folder}/${at}`);
    for (const copy of copies) await Deno.mkdir(copy);
    const works = copies.map(work);
    await Promise.all(works).finally(() => Promise.allSettled(works));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
