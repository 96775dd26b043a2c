/**
 * `deno task doc:lint`: checks the documentation of every entry point that
 * `deno.json` exports.
 */

const root = `${import.meta.dirname}/..`;
const config: { exports: Record<string, string> } = JSON.parse(
  await Deno.readTextFile(`${root}/deno.json`),
);
const modules = Object.values(config.exports).filter((path) =>
  path.endsWith(".ts")
);
const { code } = await new Deno.Command(Deno.execPath(), {
  args: ["doc", "--lint", ...modules],
  cwd: root,
  stdin: "null",
  stdout: "null",
  stderr: "inherit",
}).spawn().status;
Deno.exitCode = code;
