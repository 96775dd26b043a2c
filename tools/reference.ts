/**
 * `deno task reference`: writes docs/reference.md, the names of every entry
 * point. With `--check` it fails when the page is not as it would be written.
 *
 * @module
 */

import { readDocumentation } from "./package/documentation.ts";
import { referencePage } from "./package/reference_page.ts";

const root = new URL("../", import.meta.url);
const page = new URL("docs/reference.md", root);

async function runDeno(
  args: readonly string[],
  input: string,
): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: root,
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  await new Blob([input]).stream().pipeTo(child.stdin);
  const { code, stdout } = await child.output();
  if (code !== 0) throw new Error(`deno ${args[0]} exited with ${code}`);
  return new TextDecoder().decode(stdout);
}

const { exports, name }: { exports: Record<string, string>; name: string } =
  JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
const doc = await runDeno(["doc", "--json", ...Object.values(exports)], "");
const text = await runDeno(
  ["fmt", "--ext=md", "-"],
  referencePage(name, exports, readDocumentation(JSON.parse(doc), root.href)),
);
if (!Deno.args.includes("--check")) {
  await Deno.writeTextFile(page, text);
} else if (await Deno.readTextFile(page) !== text) {
  Deno.stderr.writeSync(
    new TextEncoder().encode(
      "docs/reference.md is stale: deno task reference\n",
    ),
  );
  Deno.exitCode = 1;
}
