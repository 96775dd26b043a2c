import { assertEquals, assertRejects } from "@std/assert";
import { findMarkdown } from "./find_markdown.ts";
import { UserError } from "./user_error.ts";

/** Makes a folder with these files, which is removed after the test. */
async function makeFolder(
  files: Readonly<Record<string, string>>,
): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir();
  for (const [name, text] of Object.entries(files)) {
    const folder = `${path}/${name}`.replace(/\/[^/]*$/, "");
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(`${path}/${name}`, text);
  }
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

Deno.test("findMarkdown() finds Markdown files in a fixed order", async () => {
  await using folder = await makeFolder({
    "b.md": "",
    "a.markdown": "",
    "C.MD": "",
    "notes.txt": "",
    "md": "",
    "deep/er/d.md": "",
    "node_modules/x/README.md": "",
    "vendor/y.md": "",
    ".hidden/z.md": "",
  });
  const { files, skipped } = await findMarkdown([folder.path, folder.path]);
  assertEquals(
    files.map((file) => file.slice(folder.path.length)),
    ["/C.MD", "/a.markdown", "/b.md", "/deep/er/d.md"],
  );
  assertEquals(skipped, []);
});

Deno.test("findMarkdown() accepts a single file", async () => {
  await using folder = await makeFolder({ "notes.txt": "" });
  const file = `${folder.path}/notes.txt`;
  assertEquals((await findMarkdown([file])).files, [file]);
});

Deno.test("findMarkdown() names missing folders", async () => {
  await using folder = await makeFolder({ "notes.txt": "" });
  const missing = `${folder.path}/missing`;
  await assertRejects(
    () => findMarkdown([missing]),
    UserError,
    `There is no folder "${missing}"`,
  );
  await assertRejects(
    () => findMarkdown([folder.path]),
    UserError,
    `There is no Markdown file in "${folder.path}"`,
  );
});

Deno.test({
  name: "findMarkdown() says how to let it read a folder",
  permissions: { read: false },
  fn: async () => {
    await assertRejects(
      () => findMarkdown(["/somewhere/else"]),
      UserError,
      'This program may not read "/somewhere/else"',
    );
  },
});
