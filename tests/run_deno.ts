/** Starts programs of the tests, each in a process with its own permissions. */

/** Options of a program. */
export interface RunOptions {
  /** The permissions: flags for `deno run`. */
  readonly flags?: readonly string[];
  /** Its arguments. */
  readonly args?: readonly string[];
  /** Its variables, beside those that Deno itself needs. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Its standard input. */
  readonly stdin?: string;
}

/** The result of a program. */
export interface RunOutput {
  readonly code: number;
  readonly signal: Deno.Signal | null;
  readonly stdout: string;
  readonly stderr: string;
}

const DENO_VARIABLES = ["DENO_DIR", "HOME", "PATH", "SystemRoot"];

function keptVariables(): Record<string, string> {
  return Object.fromEntries(DENO_VARIABLES.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value] as const];
  }));
}

/** Starts a program that may do nothing but what the flags say. */
export function spawnProgram(
  program: URL,
  { flags = [], args = [], env = {}, cwd, stdin }: RunOptions = {},
): Deno.ChildProcess {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--no-check",
      "--quiet",
      ...flags,
      program.href,
      ...args,
    ],
    clearEnv: true,
    env: { ...keptVariables(), NO_COLOR: "1", ...env },
    ...(cwd === undefined ? {} : { cwd }),
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (stdin !== undefined) writeInput(child, stdin).catch(() => {});
  return child;
}

async function writeInput(
  { stdin }: Deno.ChildProcess,
  text: string,
): Promise<void> {
  const writer = stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
}

/** Runs a program to its end. */
export async function runProgram(
  program: URL,
  options: RunOptions = {},
): Promise<RunOutput> {
  const decoder = new TextDecoder();
  const { code, signal, stdout, stderr } = await spawnProgram(program, options)
    .output();
  return {
    code,
    signal,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}
