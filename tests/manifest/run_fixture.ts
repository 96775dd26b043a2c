/** Runs a script of tests/fixtures/manifest in a process of its own. */

const FIXTURES = new URL("../fixtures/manifest/", import.meta.url);

/** How a script is run. */
export interface FixtureOptions {
  readonly flags?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs a script with the permissions that its flags grant, and no others.
 *
 * @param name The script.
 * @param options How it is run.
 * @returns What it printed, read as JSON.
 */
export async function runFixture(
  name: string,
  { flags = [], args = [], env = {} }: FixtureOptions,
): Promise<unknown> {
  const kept = ["DENO_DIR", "HOME", "PATH", "SystemRoot"].flatMap(
    (variable) => {
      const value = Deno.env.get(variable);
      return value === undefined ? [] : [[variable, value] as const];
    },
  );
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--no-check",
      "--quiet",
      ...flags,
      new URL(name, FIXTURES).href,
      ...args,
    ],
    clearEnv: true,
    env: { ...Object.fromEntries(kept), ...env },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  const text = decoder.decode(stdout);
  if (text === "") throw new Error(decoder.decode(stderr));
  return JSON.parse(text);
}
