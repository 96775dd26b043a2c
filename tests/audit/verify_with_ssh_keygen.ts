/**
 * Verifies the last checkpoint of a file by ssh-keygen alone:
 * `verify_with_ssh_keygen.ts FOLDER`. Exits as ssh-keygen does.
 */

const [folder = ""] = Deno.args;
const lines = (await Deno.readTextFile(`${folder}/checkpoints.jsonl`)).trim()
  .split("\n");
const { checkpoint, signature } = JSON.parse(lines.at(-1) ?? "");
await Deno.writeTextFile(`${folder}/head.sig`, signature);
const child = new Deno.Command("ssh-keygen", {
  args: [
    "-Y",
    "verify",
    "-f",
    `${folder}/allowed_signers`,
    "-I",
    "search@example.com",
    "-n",
    "semantik-plugin-checkpoint",
    "-s",
    `${folder}/head.sig`,
  ],
  stdin: "piped",
  stdout: "null",
  stderr: "inherit",
}).spawn();
const writer = child.stdin.getWriter();
await writer.write(new TextEncoder().encode(checkpoint));
await writer.close();
Deno.exit((await child.status).code);
