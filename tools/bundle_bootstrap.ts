/**
 * Bundles what runs in the process of a plugin into a text of the package, so that
 * it works from JSR, vendored and compiled.
 */

const ROOT = new URL("../", import.meta.url);
const ENTRY = "src/runners/subprocess/bootstrap.ts";
const TEXT = new URL("src/runners/subprocess/bootstrap_text.ts", ROOT);

/** Returns the module that bootstrap_text.ts holds when it is up to date. */
export async function bundleBootstrap(): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--minify", "--platform=deno", ENTRY],
    cwd: ROOT,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(decoder.decode(stderr));
  return decoder.decode(stdout).trim();
}

if (import.meta.main) {
  const text = await bundleBootstrap();
  await Deno.writeTextFile(
    TEXT,
    `// Made from bootstrap.ts by \`deno task bootstrap\`.

/** The module that runs a plugin in its process. */
export const BOOTSTRAP: string =
  ${JSON.stringify(text)};
`,
  );
}
