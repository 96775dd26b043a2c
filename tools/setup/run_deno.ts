/**
 * Runs the Deno that runs this, in the project's folder.
 *
 * @param root The project's folder.
 * @param args Its arguments.
 * @param messages What becomes of what it says: `inherit` shows it.
 * @returns Whether it ended well.
 */
export async function runDeno(
  root: string,
  args: readonly string[],
  messages: "inherit" | "null",
): Promise<boolean> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: root,
    stdin: "null",
    stdout: "null",
    stderr: messages,
  }).spawn().status;
  return success;
}
