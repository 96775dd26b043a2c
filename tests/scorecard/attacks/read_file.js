import fs from "node:fs";

const ways = [
  (path) => Deno.readTextFileSync(path),
  (path) => fs.readFileSync(path, "utf8"),
  async (path) => await (await fetch(`file://${path}`)).text(),
  async (path) => await (await fs.openAsBlob(path)).text(),
];

export default async function ({ secretFile }) {
  for (const way of ways) {
    try {
      return await way(secretFile);
    } catch {
      // The next may succeed.
    }
  }
}
