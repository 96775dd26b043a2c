/** Follows every link of the project's pages to its own files. */

import { assert, assertEquals } from "@std/assert";

const ROOT = new URL("../../", import.meta.url);
const SKIPPED = new Set([
  ".git",
  "coverage",
  "fixtures",
  "hostile",
  "node_modules",
  "vendor",
]);
/** Matches a path of the repository that the package itself does not have. */
const REPOSITORY_PATH_REGEXP = /`((?:examples|bench|tests|tools)\/[^`\s*]*)`/g;
const FENCE_REGEXP = /^(```+).*?^\1$/gms;
const LINK_REGEXP = /\]\(\s*<?([^)>\s]+)/g;

async function findPages(folder: URL): Promise<readonly URL[]> {
  const pages: URL[] = [];
  for await (const { isDirectory, name } of Deno.readDir(folder)) {
    if (SKIPPED.has(name) || name.startsWith("vendor.")) continue;
    if (isDirectory) {
      pages.push(...await findPages(new URL(`${name}/`, folder)));
    } else if (name.endsWith(".md")) pages.push(new URL(name, folder));
  }
  return pages;
}

/** Returns the anchors that GitHub gives to the headings of a page. */
function anchorsOf(page: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (
    const [, heading = ""] of page.replace(FENCE_REGEXP, "").matchAll(
      /^#{1,6} +(.+)$/gm,
    )
  ) {
    const anchor = heading.replace(/\[(.*?)\]\(.*?\)/g, "$1").toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "").trim().replace(/\s/g, "-");
    let count = 0;
    let unique = anchor;
    while (anchors.has(unique)) unique = `${anchor}-${++count}`;
    anchors.add(unique);
  }
  return anchors;
}

/** Returns why a link leads nowhere. */
async function findFault(link: string, from: URL): Promise<string | undefined> {
  const target = new URL(link, from);
  const anchor = decodeURIComponent(target.hash.slice(1));
  target.hash = "";
  try {
    await Deno.stat(target);
  } catch {
    return `${link}: no such file`;
  }
  if (anchor === "") return undefined;
  if (!target.pathname.endsWith(".md")) return `${link}: not a page`;
  return anchorsOf(await Deno.readTextFile(target)).has(anchor)
    ? undefined
    : `${link}: no such heading`;
}

const pages = await findPages(ROOT);
const linksOf = async (page: URL) => {
  const text = (await Deno.readTextFile(page)).replace(FENCE_REGEXP, "");
  return [...text.matchAll(LINK_REGEXP)].map(([, link = ""]) => link)
    .filter((link) => !/^[a-z][a-z0-9+.-]*:/i.test(link));
};

Deno.test("pages link to files and headings that exist", async () => {
  const faults: string[] = [];
  for (const page of pages) {
    for (const link of await linksOf(page)) {
      const fault = await findFault(link, page);
      if (fault !== undefined) {
        faults.push(`${page.href.slice(ROOT.href.length)}: ${fault}`);
      }
    }
  }
  assertEquals(faults, []);
});

Deno.test("pages of the package link to what the package has, and name what the repository has", async () => {
  const { publish }: { publish: { include: readonly string[] } } = JSON.parse(
    await Deno.readTextFile(new URL("deno.json", ROOT)),
  );
  const packed = publish.include.map((path) => new URL(path, ROOT).href);
  const isPacked = ({ href }: URL) =>
    packed.some((one) =>
      one.endsWith("/") ? href.startsWith(one) : href === one
    );
  const faults: string[] = [];
  for (const page of pages.filter(isPacked)) {
    for (const link of await linksOf(page)) {
      const target = new URL(link, page);
      target.hash = "";
      if (!isPacked(target)) faults.push(`${page.href}: ${link}: not packed`);
    }
    const text = (await Deno.readTextFile(page)).replace(FENCE_REGEXP, "");
    for (const [, path = ""] of text.matchAll(REPOSITORY_PATH_REGEXP)) {
      const fault = await findFault(path, ROOT);
      if (fault !== undefined) faults.push(`${page.href}: ${fault}`);
    }
  }
  assertEquals(faults, []);
});

Deno.test("docs/README.md links to every page of docs/", async () => {
  const index = new URL("docs/README.md", ROOT);
  const linked = new Set(
    (await linksOf(index)).map((link) => new URL(link, index).href),
  );
  const missing = pages.map(({ href }) => href)
    .filter((href) => href.startsWith(new URL("docs/", ROOT).href))
    .filter((href) => href !== index.href && !linked.has(href));
  assertEquals(missing, []);
});

Deno.test("anchorsOf() names headings as GitHub does", () => {
  const page =
    "# `net`\n## Let's go: now?\n## Let's go: now?\n```sh\n# not one\n```\n";
  assertEquals([...anchorsOf(page)], ["net", "lets-go-now", "lets-go-now-1"]);
  assert(pages.length > 10);
});
