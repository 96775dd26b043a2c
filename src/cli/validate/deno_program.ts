/**
 * Which Deno is started.
 *
 * @module
 */

const NAME = "deno";

function mayRun(command: string): boolean {
  const { state } = Deno.permissions.querySync({ name: "run", command });
  return state === "granted";
}

/**
 * The Deno that runs this; where this was compiled into a program of its own, or
 * may start the one on the search path alone, that one.
 *
 * @returns A path or a name.
 * @throws {Deno.errors.NotCapable} when this process may not know its path.
 */
export function denoProgram(): string {
  if (Deno.build.standalone) return NAME;
  const path = Deno.execPath();
  return !mayRun(path) && mayRun(NAME) ? NAME : path;
}
