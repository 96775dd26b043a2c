const CODE = `const { success } = await new Deno.Command("bwrap", {
  args: ["--unshare-all", "--ro-bind", "/", "/", "true"],
  stdout: "null", stderr: "null",
}).output().catch(() => ({ success: false }));
Deno.exit(success ? 0 : 1);`;

/** Finds out whether bubblewrap is installed, and may make namespaces. */
export async function hasBubblewrap(): Promise<boolean> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", CODE],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).output();
  return success;
}
