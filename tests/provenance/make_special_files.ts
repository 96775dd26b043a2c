/** Makes a pipe and a file whose name is not UTF-8 in a folder: `make_special_files.ts FOLDER`. */

const [folder = ""] = Deno.args;
const { success } = await new Deno.Command("sh", {
  args: ["-c", "mkfifo pipe && touch \"$(printf 'a\\377.ts')\""],
  cwd: folder,
}).output();
if (!success) Deno.exit(1);
