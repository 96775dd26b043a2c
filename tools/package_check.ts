/**
 * `deno task package:check`: fails when the package lost a point that JSR
 * scores, or a file that users need.
 */

import { checkPackage } from "./package/check_package.ts";
import { readDocumentation } from "./package/documentation.ts";
import { readPackedFiles } from "./package/packed_files.ts";

const root = new URL("../", import.meta.url);

async function runDeno(
  ...args: readonly string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stderr, stdout } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: root,
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}

async function modulesIn(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (
    const { isDirectory, name } of Deno.readDir(new URL(folder, root))
  ) {
    if (isDirectory) found.push(...await modulesIn(`${folder}${name}/`));
    else found.push(`${folder}${name}`);
  }
  return found;
}

function readText(path: string): Promise<string> {
  return Deno.readTextFile(new URL(path, root));
}

const config: { exports: Record<string, string> } = JSON.parse(
  await readText("deno.json"),
);
const entries = Object.values(config.exports);
const [doc, publish] = await Promise.all([
  runDeno("doc", "--json", ...entries),
  runDeno("publish", "--dry-run", "--allow-dirty", "--no-check"),
]);
if (doc.code !== 0) throw new Error(doc.stderr);
const said = publish.stderr + publish.stdout;
const documentation = readDocumentation(JSON.parse(doc.stdout), root.href);
const points = checkPackage({
  config,
  documentation,
  packed: readPackedFiles(said, root.href),
  modules: await modulesIn("src/"),
  readme: await readText("README.md"),
  workflow: await readText(".github/workflows/publish.yml"),
  canPublish: publish.code === 0,
});

const lines = points.flatMap(({ faults, name }) => [
  `${faults.length === 0 ? "earned" : "LOST  "}  ${name}`,
  ...faults.map((fault) => `          ${fault}`),
]);
const symbols = documentation.flatMap((entry) => entry.symbols);
const documented = symbols.filter(({ isDocumented }) => isDocumented);
lines.push(`${documented.length} of ${symbols.length} symbols are documented`);
if (publish.code !== 0) lines.push(said);
await new Blob([`${lines.join("\n")}\n`]).stream()
  .pipeTo(Deno.stdout.writable);
if (points.some(({ faults }) => faults.length > 0)) Deno.exitCode = 1;
