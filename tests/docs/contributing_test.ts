import { assert, assertEquals } from "@std/assert";

const ROOT = new URL("../../", import.meta.url);

async function read(path: string): Promise<string> {
  return await Deno.readTextFile(new URL(path, ROOT));
}

Deno.test("CONTRIBUTING.md explains every task, and no other", async () => {
  const { tasks }: { tasks: Record<string, unknown> } = JSON.parse(
    await read("deno.json"),
  );
  const page = await read("CONTRIBUTING.md");
  const named = [...page.matchAll(/deno task ([\w:]+)/g)].map(([, name]) =>
    name
  );
  assertEquals(
    [...new Set(named)].toSorted(),
    Object.keys(tasks).toSorted(),
  );
});

Deno.test("Dependabot updates every deno.json of the project", async () => {
  const { workspace }: { workspace: readonly string[] } = JSON.parse(
    await read("deno.json"),
  );
  const settings = await read(".github/dependabot.yml");
  for (const folder of ["/", ...workspace.map((path) => path.slice(1))]) {
    assert(
      new RegExp(`directories: \\[.*${folder}[,\\]]`).test(settings),
      folder,
    );
  }
});
