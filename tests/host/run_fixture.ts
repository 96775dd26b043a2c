/** Runs a program in a process with its own permissions and environment. */

const FIXTURES = new URL("../fixtures/host/", import.meta.url);

/** How to run it. */
export interface FixtureOptions {
  readonly flags?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** What came of it. */
export interface FixtureOutput {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program of tests/fixtures/host. It may do nothing but what the flags say.
 *
 * @param path Its path within that folder.
 * @param options How to run it.
 * @returns What came of it.
 */
export async function runFixture(
  path: string,
  { flags = [], args = [], env = {} }: FixtureOptions = {},
): Promise<FixtureOutput> {
  const kept = ["DENO_DIR", "HOME", "PATH", "SystemRoot"].flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--no-check",
      "--quiet",
      ...flags,
      new URL(path, FIXTURES).href,
      ...args,
    ],
    clearEnv: true,
    env: { ...Object.fromEntries(kept), NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}
