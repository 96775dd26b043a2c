/** Exits with 0 if `ssh-keygen` can be started. */

try {
  await new Deno.Command("ssh-keygen", {
    args: ["-Y", "nothing"],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).output();
} catch {
  Deno.exit(1);
}
