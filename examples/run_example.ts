/** Runs a program of the examples as a person does, for its test. */

/** What a program did. */
export interface ExampleOutput {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a program is started with besides its flags. */
export interface ExampleOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** The variables by which Deno finds its cache, and Windows its libraries. */
const KEPT = ["DENO_DIR", "HOME", "LOCALAPPDATA", "SystemRoot"];

/**
 * Says how a program of the examples is started: with these flags and these
 * variables and no others, from the project's folder.
 *
 * @param main The program, from the project's folder.
 * @param flags What it is granted.
 * @param options What it is started with besides.
 * @returns What `Deno.Command` takes.
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

/**
 * Runs a program of the examples to its end.
 *
 * @param main The program, from the project's folder.
 * @param flags What it is granted.
 * @param options What it is started with besides.
 * @returns What it did.
 */
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
    // A program that ends before it has read everything has read enough.
    input.pipeTo(child.stdin).catch(() => {}),
  ]);
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}
