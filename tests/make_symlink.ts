const CODE = "Deno.symlinkSync(Deno.args[0], Deno.args[1])";

/**
 * Makes a symbolic link for a test. Deno lets a process do so only if it may
 * read and write everywhere, which tests may not; a process of its own may.
 *
 * @param target What the link points to, relative to the link's folder or absolute.
 * @param path Where the link is made.
 */
export async function makeSymlink(target: string, path: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", CODE, target, path],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}
