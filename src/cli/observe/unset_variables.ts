/** Finds out which variables are not set, without seeing a value. */

import { isRecord } from "../../base/errors.ts";
import { denoProgram } from "../validate/deno_program.ts";

const CODE = "const names = JSON.parse(Deno.args[0]);" +
  "console.log(JSON.stringify({ unset: names.filter((n) => !Deno.env.has(n)) }));";
const MAX_NAMES = 2_000;

/**
 * Returns the names that are not set for a program that this process starts. Names
 * that nobody could ask for count as set.
 */
export async function findUnset(
  names: readonly string[],
): Promise<ReadonlySet<string>> {
  if (names.length === 0) return new Set();
  const { code, stdout } = await new Deno.Command(denoProgram(), {
    args: [
      "eval",
      "--no-config",
      "--no-lock",
      CODE,
      JSON.stringify(names.slice(0, MAX_NAMES)),
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).output();
  if (code !== 0) return new Set();
  const json: unknown = JSON.parse(new TextDecoder().decode(stdout));
  const unset = isRecord(json) && Array.isArray(json.unset) ? json.unset : [];
  return new Set(unset.filter((name) => typeof name === "string"));
}
