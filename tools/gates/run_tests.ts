import { groupTests } from "./group_tests.ts";
import { testFlags } from "./test_flags.ts";

/** Options of a run of the tests. */
export interface RunTestsOptions {
  /**
   * Arguments for `deno test`: flags, then files. Without a file, every test runs,
   * many files of them in one engine.
   */
  readonly args?: readonly string[];
  /** Variables to set for the tests. */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Kills the tests and everything that they started; with it, no output is
   * shown.
   */
  readonly signal?: AbortSignal;
}

/**
 * Runs the tests and the examples in the documents with the fewest permissions,
 * and returns the exit code of `deno test`.
 */
export async function runTests(
  root: string,
  { args = [], env = {}, signal }: RunTestsOptions = {},
): Promise<number> {
  const deno = Deno.execPath();
  signal?.throwIfAborted();
  const temporary = await Deno.realPath(
    await Deno.makeTempDir({ prefix: "semantik-plugins-test-" }),
  );
  // The tests get the interrupt as well; this process must outlive them to clean up.
  const outlive = () => {};
  Deno.addSignalListener("SIGINT", outlive);
  try {
    const output = signal === undefined ? "inherit" : "null";
    const hasFiles = args.some((one) => !one.startsWith("-"));
    const files = hasFiles
      ? []
      : await groupTests(await Deno.realPath(root), `${temporary}/groups`);
    const tests = new Deno.Command(deno, {
      args: [
        "test",
        ...testFlags(temporary, deno),
        ...args,
        ...files,
      ],
      cwd: root,
      env: {
        // Many tests wait for processes: with a file for each core, one idles.
        DENO_JOBS: String(navigator.hardwareConcurrency + 1),
        ...env,
        DENO_DIR: await findDenoDir(deno),
        DENO_NO_UPDATE_CHECK: "1",
        TEMP: temporary,
        TMP: temporary,
        TMPDIR: temporary,
      },
      stdin: "null",
      stdout: output,
      stderr: output,
      // In a group of their own, their child processes end with them.
      detached: signal !== undefined,
    }).spawn();
    const end = () => killGroup(tests);
    signal?.addEventListener("abort", end);
    if (signal?.aborted) end();
    const { code } = await tests.status;
    signal?.removeEventListener("abort", end);
    return code;
  } finally {
    Deno.removeSignalListener("SIGINT", outlive);
    await Deno.remove(temporary, { recursive: true });
  }
}

function killGroup(leader: Deno.ChildProcess): void {
  // Windows cannot signal a group of processes.
  if (Deno.build.os === "windows") leader.kill("SIGKILL");
  else Deno.kill(-leader.pid, "SIGKILL");
}

/** Finds the cache, also for a test that starts Deno with few variables. */
async function findDenoDir(deno: string): Promise<string> {
  const { stdout } = await new Deno.Command(deno, {
    args: ["info", "--json"],
    stdin: "null",
    stderr: "null",
  }).output();
  const { denoDir } = JSON.parse(new TextDecoder().decode(stdout));
  return String(denoDir);
}
