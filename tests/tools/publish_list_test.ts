import { assert, assertEquals } from "@std/assert";

const ROOT = new URL("../../", import.meta.url);
const FILES = [
  "CHANGELOG.md",
  "LICENSE",
  "README.md",
  "cli.ts",
  "deno.json",
  "mod.ts",
  "plugin.ts",
  "testing.ts",
];
const FOLDERS = ["docs", "schema", "src"];
const PACKED_REGEXP = /^\s+(?<url>file:\/\/\S+) \(/gm;

async function filesIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(new URL(`${folder}/`, ROOT))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) found.push(...await filesIn(path));
    else found.push(path);
  }
  return found;
}

async function packedFiles(): Promise<string[]> {
  const { code, stderr, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["publish", "--dry-run", "--allow-dirty", "--no-check"],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const said = new TextDecoder().decode(stderr) +
    new TextDecoder().decode(stdout);
  assertEquals(code, 0, said);
  return [...said.matchAll(PACKED_REGEXP)]
    .map(({ groups }) => groups?.url?.slice(ROOT.href.length) ?? "")
    .map(decodeURIComponent);
}

Deno.test("The package holds exactly the files that users need", async () => {
  const top = await Array.fromAsync(Deno.readDir(ROOT), ({ name }) => name);
  const expected = top.filter((name) => FILES.includes(name));
  for (const folder of FOLDERS.filter((name) => top.includes(name))) {
    expected.push(...await filesIn(folder));
  }
  const packed = await packedFiles();
  assertEquals(packed.sort(), expected.sort());

  const { exports }: { exports: Record<string, string> } = JSON.parse(
    await Deno.readTextFile(new URL("deno.json", ROOT)),
  );
  for (const path of Object.values(exports)) {
    assert(packed.includes(path.slice("./".length)), path);
  }
});
