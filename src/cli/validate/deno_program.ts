/**
 * Which Deno is started.
 *
 * @module
 */

/**
 * The Deno that runs this, or the one on the search path where this was compiled
 * into a program of its own.
 *
 * @returns A path or a name.
 * @throws {Deno.errors.NotCapable} when this process may not know its path.
 */
export function denoProgram(): string {
  return Deno.build.standalone ? "deno" : Deno.execPath();
}
