/** Runs a script of tests/fixtures/environment in a process with its own permissions. */

const FIXTURES = new URL("../fixtures/environment/", import.meta.url);

export interface FixtureOptions {
  readonly flags?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export async function runFixture(
  name: string,
  { flags = [], args = [], env = {} }: FixtureOptions = {},
): Promise<string> {
  const kept = ["DENO_DIR", "HOME", "PATH"].flatMap((variable) => {
    const value = Deno.env.get(variable);
    return value === undefined ? [] : [[variable, value] as const];
  });
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
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
  if (code !== 0) throw new Error(decoder.decode(stderr));
  return decoder.decode(stdout);
}
