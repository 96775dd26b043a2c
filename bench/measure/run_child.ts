export interface ChildOptions {
  /** The flags of `deno run`: permissions and engine flags. */
  readonly flags: readonly string[];
  /** The value that the script gets from `readRequest()`. */
  readonly request: unknown;
  /** The script's variables; by default, those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface ChildResult {
  /** The value that the script passed to `answer()`. */
  readonly answer: unknown;
  /** The milliseconds from before the start to after the end. */
  readonly elapsed: number;
}

const LONGEST = 1_800_000;

/** Runs a script of `children/` in a fresh process and waits for its end. */
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
