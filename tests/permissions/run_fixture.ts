/** Runs scripts of tests/fixtures/permissions in processes of their own. */

import type { PermissionEntry } from "@semantik/plugins/permissions";
import { assertEquals } from "@std/assert";

const FIXTURES = new URL("../fixtures/permissions/", import.meta.url);

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

/** The variables that Deno itself needs. */
export function keptVariables(): Record<string, string> {
  return Object.fromEntries(
    ["DENO_DIR", "HOME", "PATH"].flatMap((variable) => {
      const value = Deno.env.get(variable);
      return value === undefined ? [] : [[variable, value] as const];
    }),
  );
}

/** Starts Deno with exactly these arguments. */
export async function runDeno(
  args: readonly string[],
  { env = {}, cwd }: FixtureOptions = {},
): Promise<FixtureOutput> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    clearEnv: true,
    env: { ...keptVariables(), NO_COLOR: "1", ...env },
    ...(cwd === undefined ? {} : { cwd }),
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

/** The URL of a fixture. */
export function fixture(name: string): string {
  return new URL(name, FIXTURES).href;
}

/** Runs a fixture and returns what it printed as JSON. */
export async function runFixture(
  name: string,
  input: unknown,
  options: FixtureOptions = {},
): Promise<unknown> {
  const { flags = [], args = [] } = options;
  const { code, stdout, stderr } = await runDeno([
    "run",
    "--no-prompt",
    "--no-check",
    "--quiet",
    ...flags,
    fixture(name),
    JSON.stringify(input),
    ...args,
  ], options);
  const said = stderr.replace(
    /^Warning .* is an experimental feature.*\n/m,
    "",
  );
  assertEquals({ code, stderr: said }, { code: 0, stderr: "" });
  return JSON.parse(stdout);
}

/** The results of acts under the given flags; see act.ts. */
export async function act(
  flags: readonly string[],
  acts: readonly Readonly<{ kind: string; value: string }>[],
  options: FixtureOptions = {},
): Promise<readonly string[]> {
  const results = await runFixture("act.ts", acts, { ...options, flags });
  return Array.isArray(results) ? results.map(String) : [];
}

/** The states of entries under the given flags, from Deno itself. */
export async function askDeno(
  flags: readonly string[],
  entries: readonly PermissionEntry[],
  options: FixtureOptions = {},
): Promise<readonly string[]> {
  const answers = await runFixture("ask.ts", entries, { ...options, flags });
  return Array.isArray(answers) ? answers.map(String) : [];
}
