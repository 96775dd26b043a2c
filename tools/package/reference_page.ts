import type { EntryDocumentation } from "./documentation.ts";

const OPENING = `# Reference

Every name that the package exports, by entry point. The
[API pages](https://jsr.io/@semantik/plugins/doc) have the signatures and the
examples. \`deno task reference\` writes this page.
`;

type Symbol = EntryDocumentation["symbols"][number];

/** The entry point itself, then what it runs, then types. */
const KINDS: readonly string[] = ["class", "function", "variable"];

function shown({ kind, name }: Symbol): string {
  return kind === "function" ? `\`${name}()\`` : `\`${name}\``;
}

function list(symbols: readonly Symbol[]): string {
  return symbols.map((one) => `- ${shown(one)}: ${one.summary}\n`).join("");
}

/** The first paragraph of the module's docstring. */
function opening(moduleDoc: string): string {
  const [paragraph = ""] = moduleDoc.split("\n\n");
  return `${paragraph.replace(/\{@linkcode ([^}]+)\}/g, "`$1`")}\n`;
}

function section(
  specifier: string,
  moduleDoc: string,
  symbols: readonly Symbol[],
  isKnown: (symbol: Symbol) => boolean,
): string {
  const own = symbols.filter((one) => !isKnown(one));
  const values = KINDS.flatMap((kind) =>
    own.filter((one) => one.kind === kind)
  );
  const types = own.filter((one) => !KINDS.includes(one.kind));
  const others = symbols.filter(isKnown).map(shown).join(", ");
  return [
    `## ${specifier}\n`,
    opening(moduleDoc),
    list(values),
    types.length === 0 ? "" : `Types:\n\n${list(types)}`,
    others === "" ? "" : `Also exported, and described above: ${others}.\n`,
  ].filter((part) => part !== "").join("\n");
}

/**
 * Writes the page, not yet formatted. A name that several entry points export is
 * described under the first.
 */
export function referencePage(
  name: string,
  exports: Readonly<Record<string, string>>,
  documentation: readonly EntryDocumentation[],
): string {
  const described = new Set<string>();
  const sections = Object.entries(exports).flatMap(([key, path]) => {
    const entry = documentation.find((one) => one.path === path);
    if (entry === undefined) return [];
    const symbols = entry.symbols.toSorted((a, b) =>
      a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1
    );
    const text = section(
      `${name}${key.slice(1)}`,
      entry.moduleDoc,
      symbols,
      (one) => described.has(one.name),
    );
    for (const one of symbols) described.add(one.name);
    return [text];
  });
  return [OPENING, ...sections].join("\n");
}
