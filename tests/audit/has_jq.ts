/** Exits with 0 if `jq` can be started. */

try {
  await new Deno.Command("jq", {
    args: ["--version"],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).output();
} catch {
  Deno.exit(1);
}
