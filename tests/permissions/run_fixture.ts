/** Runs a script of tests/fixtures/permissions in a process with its own permissions. */

import { assertEquals } from "@std/assert";
import type { PermissionEntry } from "../../src/permissions/permission_set.ts";

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

/** The variables that Deno itself needs, and no others. */
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

/** Where a fixture lies, as `deno run` takes it. */
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

/** What became of acts, under exactly these flags; see act.ts. */
export async function act(
  flags: readonly string[],
  acts: readonly Readonly<{ kind: string; value: string }>[],
  options: FixtureOptions = {},
): Promise<readonly string[]> {
  const results = await runFixture("act.ts", acts, { ...options, flags });
  return Array.isArray(results) ? results.map(String) : [];
}

/** Asks Deno itself about entries, under exactly these flags. */
export async function askDeno(
  flags: readonly string[],
  entries: readonly PermissionEntry[],
  options: FixtureOptions = {},
): Promise<readonly string[]> {
  const answers = await runFixture("ask.ts", entries, { ...options, flags });
  return Array.isArray(answers) ? answers.map(String) : [];
}
