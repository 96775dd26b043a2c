export interface DenoOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface DenoOutput {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function keptVariables(): Record<string, string> {
  return Object.fromEntries(
    ["DENO_DIR", "HOME", "PATH", "TMPDIR"].flatMap((variable) => {
      const value = Deno.env.get(variable);
      return value === undefined ? [] : [[variable, value] as const];
    }),
  );
}

/** Creates a Deno command that inherits only the variables Deno needs. */
export function denoCommand(
  args: readonly string[],
  { env = {}, cwd }: DenoOptions = {},
): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: [...args],
    clearEnv: true,
    env: { ...keptVariables(), NO_COLOR: "1", ...env },
    ...(cwd === undefined ? {} : { cwd }),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

export async function runDeno(
  args: readonly string[],
  options: DenoOptions = {},
): Promise<DenoOutput> {
  const { code, stdout, stderr } = await denoCommand(args, options).output();
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}
