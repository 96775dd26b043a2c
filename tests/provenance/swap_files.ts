/**
 * Replaces a file by two texts in turns until it is killed: `swap_files.ts PATH
 * NEXT`, where `NEXT` is a path beside the plugin.
 */

const [path = "", next = ""] = Deno.args;
const texts = [
  "export default { setup: () => ({}) };\n",
  "export default { setup: () => ({ evil: 1 }) };\n",
];
for (let round = 0;; round++) {
  Deno.writeTextFileSync(next, texts[round % 2] ?? "");
  Deno.renameSync(next, path);
}
