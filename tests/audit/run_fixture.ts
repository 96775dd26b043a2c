/** Runs a script of tests/fixtures/audit in a process with its own permissions. */

const FIXTURES = new URL("../fixtures/audit/", import.meta.url);
const KEPT_VARIABLES = ["DENO_DIR", "HOME", "PATH"];

export interface FixtureOptions {
  readonly flags?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface FixtureOutput {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export function spawnFixture(
  name: string,
  { flags = [], args = [], env = {}, cwd }: FixtureOptions = {},
): Deno.ChildProcess {
  const kept = KEPT_VARIABLES.flatMap((variable) => {
    const value = Deno.env.get(variable);
    return value === undefined ? [] : [[variable, value] as const];
  });
  return new Deno.Command(Deno.execPath(), {
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
    ...(cwd !== undefined && { cwd }),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

export async function runFixture(
  name: string,
  options: FixtureOptions = {},
): Promise<FixtureOutput> {
  const decoder = new TextDecoder();
  const { code, stdout, stderr } = await spawnFixture(name, options).output();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}
