/** Runs this process's Deno in the project's folder. */
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
