const NAME = "deno";

function mayRun(command: string): boolean {
  const { state } = Deno.permissions.querySync({ name: "run", command });
  return state === "granted";
}

/**
 * Returns the Deno that runs this process, or the one on the search path if this
 * process is a compiled program or may run only that one.
 */
export function denoProgram(): string {
  if (Deno.build.standalone) return NAME;
  const path = Deno.execPath();
  return !mayRun(path) && mayRun(NAME) ? NAME : path;
}

/** Tests if this process may inspect modules with another Deno without a prompt. */
export function mayInspectModules(): boolean {
  const read = Deno.permissions.querySync({ name: "read", path: "." });
  try {
    return mayRun(denoProgram()) && read.state !== "denied";
  } catch {
    return false;
  }
}

/** Runs Deno without downloads; returns its output, or `undefined` if it failed. */
export async function runDenoOffline(
  args: readonly string[],
  signal: AbortSignal,
  options: Pick<Deno.CommandOptions, "cwd" | "env"> = {},
): Promise<string | undefined> {
  const [subcommand = "", ...others] = args;
  const { code, stdout } = await new Deno.Command(denoProgram(), {
    args: [
      subcommand,
      "--no-lock",
      "--no-remote",
      "--no-npm",
      "--node-modules-dir=none",
      ...others,
    ],
    ...options,
    env: { ...options.env, NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "null",
    signal,
  }).output();
  return code === 0 ? new TextDecoder().decode(stdout) : undefined;
}
