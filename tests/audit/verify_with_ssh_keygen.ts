/**
 * Runs the commands of docs/shipping.md that verify a checkpoint without this
 * package: `verify_with_ssh_keygen.ts FOLDER`. Exits as they do.
 */

const [folder = ""] = Deno.args;
const page = await Deno.readTextFile(
  new URL("../../docs/shipping.md", import.meta.url),
);
const [, commands] = /```sh\n(tail[^`]*ssh-keygen -Y verify[^`]*)```/
  .exec(page) ?? [];
if (commands === undefined) throw new Error("The page has no such commands");
const { code } = await new Deno.Command("sh", {
  args: ["-euc", commands],
  cwd: folder,
  stdin: "null",
  stdout: "null",
}).output();
Deno.exit(code);
