/** The result of a program. */
export interface ExampleOutput {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ExampleOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** Variables that Deno needs to find its cache, and Windows its libraries. */
const KEPT = ["DENO_DIR", "HOME", "LOCALAPPDATA", "SystemRoot"];

/**
 * Prepares an example with exactly these flags and variables, in the project's
 * folder.
 */
export function exampleCommand(
  main: string,
  flags: readonly string[],
  { args = [], env = {} }: ExampleOptions = {},
): Deno.CommandOptions {
  const kept = KEPT.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    args: ["run", "--no-prompt", "--quiet", ...flags, main, ...args],
    cwd: new URL("../", import.meta.url),
    clearEnv: true,
    env: { ...Object.fromEntries(kept), NO_COLOR: "1", ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  };
}

/** Runs an example to its end. */
export async function runExample(
  main: string,
  flags: readonly string[],
  options: ExampleOptions = {},
): Promise<ExampleOutput> {
  const child = new Deno.Command(
    Deno.execPath(),
    exampleCommand(main, flags, options),
  ).spawn();
  const input = new Blob([options.input ?? ""]).stream();
  const [{ code, stdout, stderr }] = await Promise.all([
    child.output(),
    // A program may end before it read all of its input.
    input.pipeTo(child.stdin).catch(() => {}),
  ]);
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}
