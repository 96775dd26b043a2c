/**
 * `deno task docs [FOLDER]`: renders the API pages of every entry point that
 * `deno.json` exports, and fails when Deno prints a warning.
 *
 * @module
 */

const root = `${import.meta.dirname}/..`;
const [folder = "api_docs"] = Deno.args;
const { exports, name }: { exports: Record<string, string>; name: string } =
  JSON.parse(await Deno.readTextFile(`${root}/deno.json`));

// Pages of names that are no longer exported would stay.
await Deno.remove(`${root}/${folder}`, { recursive: true }).catch((error) => {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
});
const { code, stderr, stdout } = await new Deno.Command(Deno.execPath(), {
  args: [
    "doc",
    "--html",
    `--name=${name}`,
    `--output=${folder}`,
    ...Object.values(exports).filter((path) => path.endsWith(".ts")),
  ],
  cwd: root,
  env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
  stdin: "null",
}).output();

const decoder = new TextDecoder();
const lines = (decoder.decode(stdout) + decoder.decode(stderr)).split("\n")
  .filter((line) => line.trim() !== "");
const warnings = lines.filter((line) => !/^(?:Check|Written) /.test(line));
Deno.stderr.writeSync(new TextEncoder().encode(`${lines.join("\n")}\n`));
Deno.exitCode = code === 0 && warnings.length > 0 ? 1 : code;
