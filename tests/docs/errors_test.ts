/** Compares docs/errors.md with the table of codes and with what is thrown. */

import { assert, assertEquals } from "@std/assert";
import { PLUGIN_ERROR_CODES } from "@semantik/plugins";
import { provokedErrors } from "./provoked_errors.ts";

const PAGE = await Deno.readTextFile(
  new URL("../../docs/errors.md", import.meta.url),
);
const ENTRY_REGEXP =
  /^### `(?<code>\w+)`\n\n```text\n(?<message>.+)\n```\n\n(?<text>[^]*?)(?=^##|$(?![^]))/gm;

const entries = [...PAGE.matchAll(ENTRY_REGEXP)].map(({ groups = {} }) =>
  groups
);

Deno.test("docs/errors.md has one entry for each code", () => {
  const headings = [...PAGE.matchAll(/^### `?(.*?)`?$/gm)].map(([, code]) =>
    code
  );
  const codes = Object.keys(PLUGIN_ERROR_CODES).sort();
  assertEquals(headings.toSorted(), codes);
  assertEquals(entries.map(({ code = "" }) => code).sort(), codes);
});

Deno.test("docs/errors.md tells what happened, why and what to do", () => {
  for (const { code, text = "" } of entries) {
    const parts = [...text.matchAll(/^- \*\*(.+?):\*\* \S/gm)].map(([, part]) =>
      part
    );
    assertEquals(parts, ["What happened", "Why", "What to do"], code);
  }
});

Deno.test("docs/errors.md shows messages that are thrown", async (t) => {
  for (const [code, provoke] of Object.entries(provokedErrors)) {
    await t.step(code, async () => {
      const directory = await Deno.realPath(await Deno.makeTempDir());
      try {
        const { message = "" } = entries.find((entry) => entry.code === code) ??
          {};
        const [beginning = "", ...rest] = message.split("…");
        const problem = await provoke(directory);
        const shown = slashes(problem.message)
          .replaceAll(slashes(directory), "/srv/app");
        assertEquals(problem.code, code);
        assert(problem.remedy !== "");
        assertEquals(
          rest.length > 0 ? shown.slice(0, beginning.length) : shown,
          beginning,
        );
      } finally {
        await Deno.remove(directory, { recursive: true });
      }
    });
  }
});

/** Writes paths of Windows as those of other systems. */
function slashes(text: string): string {
  return text.replace(/\\+/g, "/");
}
