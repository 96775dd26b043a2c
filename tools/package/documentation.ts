/** What is documented of one entry point. */
export interface EntryDocumentation {
  /** The module, as `deno.json` names it. */
  readonly path: string;
  /** What the module says of itself, with its examples. */
  readonly moduleDoc: string;
  /** Every name that it exports. */
  readonly symbols: readonly {
    readonly name: string;
    readonly isDocumented: boolean;
  }[];
}

type Json = Readonly<Record<string, unknown>>;

function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isJson) : [];
}

function textOf(doc: unknown): string {
  if (!isJson(doc)) return "";
  const own = typeof doc.doc === "string" ? doc.doc : "";
  return [own, ...listOf(doc.tags).map(textOf)].join("\n").trim();
}

function keyOf(location: unknown): string {
  const { filename, line, col } = isJson(location) ? location : {};
  return `${filename}:${line}:${col}`;
}

/** What one entry point shares with another is a reference in the second. */
function targetOf(declaration: Json): string {
  const { def, kind, location } = declaration;
  return kind === "reference" && isJson(def)
    ? keyOf(def.target)
    : keyOf(location);
}

/**
 * Reads what `deno doc --json` says of entry points.
 *
 * @param output What it said.
 * @param root The project's folder, as a URL that ends in a slash.
 * @returns One for each entry point.
 * @throws {TypeError} when it is in a form that is not known.
 */
export function readDocumentation(
  output: unknown,
  root: string,
): readonly EntryDocumentation[] {
  if (!isJson(output) || output.version !== 2 || !isJson(output.nodes)) {
    throw new TypeError("The output of deno doc --json has another form");
  }
  const { nodes } = output;
  const documented = new Set(
    Object.values(nodes).flatMap((node) =>
      listOf(isJson(node) ? node.symbols : undefined)
    )
      .flatMap(({ declarations }) => listOf(declarations))
      .filter(({ jsDoc }) => textOf(jsDoc) !== "")
      .map(targetOf),
  );
  return Object.entries(nodes).map(([url, node]) => {
    const { module_doc, symbols } = isJson(node) ? node : {};
    return {
      path: `./${url.slice(root.length)}`,
      moduleDoc: textOf(module_doc),
      symbols: listOf(symbols).map(({ declarations, name }) => ({
        name: String(name),
        // Of several declarations, such as overloads, one tells what it is.
        isDocumented: listOf(declarations).some((declaration) =>
          documented.has(targetOf(declaration))
        ),
      })),
    };
  });
}
