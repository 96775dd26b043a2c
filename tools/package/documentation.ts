/** The documentation of one entry point. */
export interface EntryDocumentation {
  /** The module as `deno.json` names it. */
  readonly path: string;
  /** The module's own docstring, with its examples. */
  readonly moduleDoc: string;
  /** All exported names. */
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

/**
 * Finds a declaration; a second entry point only refers to that of the first.
 */
function targetOf(declaration: Json): string {
  const { def, kind, location } = declaration;
  return kind === "reference" && isJson(def)
    ? keyOf(def.target)
    : keyOf(location);
}

/** Reads the output of `deno doc --json`. */
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
        // Of several declarations, such as overloads, one has to be documented.
        isDocumented: listOf(declarations).some((declaration) =>
          documented.has(targetOf(declaration))
        ),
      })),
    };
  });
}
