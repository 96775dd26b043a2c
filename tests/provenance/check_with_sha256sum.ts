/** Runs `sha256sum -c plugin.sums`, and exits with its code: `check_with_sha256sum.ts FOLDER`. */

const [folder = ""] = Deno.args;
const { code } = await new Deno.Command("sha256sum", {
  args: ["--check", "--strict", "--quiet", "plugin.sums"],
  cwd: folder,
}).output();
Deno.exit(code);
