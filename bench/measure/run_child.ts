/**
 * Runs a script of `children/` in a fresh process.
 *
 * @module
 */

/** How a script is run. */
export interface ChildOptions {
  /** The flags of `deno run`: its permissions, and those of the engine. */
  readonly flags: readonly string[];
  /** What it is told; it reads them with {@linkcode readRequest}. */
  readonly request: unknown;
  /**
   * Its variables, in place of this process's.
   *
   * @default {undefined} those of this process
   */
  readonly env?: Readonly<Record<string, string>>;
}

/** What a script came to. */
export interface ChildResult {
  /** What it answered. */
  readonly answer: unknown;
  /** From before it was started until after its end, in milliseconds. */
  readonly elapsed: number;
}

const LONGEST = 1_800_000;

/**
 * Runs a script and waits for its end.
 *
 * @param script The name of the script, without its ending.
 * @param options How it is run.
 * @returns What it answered, and how long it took.
 * @throws {Error} when it failed; the message holds what it said.
 */
export async function runChild(
  script: string,
  { flags, request, env }: ChildOptions,
): Promise<ChildResult> {
  const url = new URL(`../children/${script}.ts`, import.meta.url);
  const command = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      ...flags,
      url.href,
      JSON.stringify(request),
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(LONGEST),
    ...env === undefined ? {} : { env, clearEnv: true },
  });
  const start = performance.now();
  const { success, stdout, stderr } = await command.output();
  const elapsed = performance.now() - start;
  if (!success) {
    const said = new TextDecoder().decode(stderr).slice(-4_000);
    throw new Error(`Cannot measure with "${script}": it failed\n${said}`);
  }
  const text = new TextDecoder().decode(stdout);
  return { elapsed, answer: text === "" ? undefined : JSON.parse(text) };
}
