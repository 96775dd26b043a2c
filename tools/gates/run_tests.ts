import { testFlags } from "./test_flags.ts";

/** What a run of the tests may be given beside its defaults. */
export interface RunTestsOptions {
  /** Arguments for `deno test`: files, or flags. */
  readonly args?: readonly string[];
  /** Variables to set for the tests. */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * When it is aborted, the tests and all that they started are killed. Nothing
   * of them is shown then.
   *
   * @default {undefined} they run to their end, and are shown
   */
  readonly signal?: AbortSignal;
}

/**
 * Runs the project's tests, and the examples in its documents, with no more
 * permissions than they need.
 *
 * They may read the project, write to a folder made for the run, talk to this
 * machine, and start the Deno that runs them.
 *
 * @param root The project's folder.
 * @param options Which tests, with which variables.
 * @returns The exit status of `deno test`.
 * @throws the reason of a signal that was aborted beforehand.
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
  // The tests get the interrupt as well; this process has to outlive them to tidy up.
  const outlive = () => {};
  Deno.addSignalListener("SIGINT", outlive);
  try {
    const output = signal === undefined ? "inherit" : "null";
    const tests = new Deno.Command(deno, {
      args: [
        "test",
        ...testFlags(temporary, deno),
        ...args,
      ],
      cwd: root,
      env: {
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
      // With a group of their own, what they started ends with them.
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
  // Windows has no groups of processes that a signal reaches.
  if (Deno.build.os === "windows") leader.kill("SIGKILL");
  else Deno.kill(-leader.pid, "SIGKILL");
}

/** A test that starts Deno with few variables still has to find the cache. */
async function findDenoDir(deno: string): Promise<string> {
  const { stdout } = await new Deno.Command(deno, {
    args: ["info", "--json"],
    stdin: "null",
    stderr: "null",
  }).output();
  const { denoDir } = JSON.parse(new TextDecoder().decode(stdout));
  return String(denoDir);
}
