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
    /** As `deno doc` calls it: `class`, `function`, `variable`, `interface` … */
    readonly kind: string;
    /** The first sentence of its docstring. */
    readonly summary: string;
    /** The names of this package that its signature mentions. */
    readonly mentions: readonly string[];
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

/** The first sentence of a docstring, with its links as plain code. */
function summaryOf(doc: unknown): string {
  const own = isJson(doc) && typeof doc.doc === "string" ? doc.doc : "";
  const [paragraph = ""] = own.trim().split(/\n\s*\n|\n\s*- /);
  const text = paragraph.replace(/\s+/g, " ")
    .replace(/\{@linkcode ([^}]+)\}/g, "`$1`");
  return (/^.*?[.:](?= [A-Z]|$)/.exec(text)?.[0] ?? text).replace(/:$/, ".");
}

/** True for a type of this package, as opposed to Deno's or a dependency's. */
function isOwn({ kind, specifier }: Json): boolean {
  return kind === "local" ||
    (kind === "import" && typeof specifier === "string" &&
      specifier.startsWith("."));
}

/** Collects the types that a signature mentions; a docstring is no signature. */
function* mentionsIn(
  value: unknown,
  names: ReadonlySet<string>,
): Generator<string> {
  if (Array.isArray(value)) {
    for (const one of value) yield* mentionsIn(one, names);
  }
  if (!isJson(value)) return;
  // A class names its base, but not the module of the base.
  if (typeof value.extends === "string" && names.has(value.extends)) {
    yield value.extends;
  }
  if (value.kind === "typeRef" && isJson(value.value)) {
    const { resolution, typeName } = value.value;
    if (isJson(resolution) && isOwn(resolution)) yield String(typeName);
  }
  for (const [key, member] of Object.entries(value)) {
    if (key !== "jsDoc" && key !== "location") yield* mentionsIn(member, names);
  }
}

/** Reads the output of `deno doc --json`. */
export function readDocumentation(
  output: unknown,
  root: string,
): readonly EntryDocumentation[] {
  if (!isJson(output) || output.version !== 2 || !isJson(output.nodes)) {
    throw new TypeError("The output of deno doc --json has an unknown format");
  }
  const { nodes } = output;
  const exported = Object.values(nodes)
    .flatMap((node) => listOf(isJson(node) ? node.symbols : undefined));
  const names = new Set(exported.map(({ name }) => String(name)));
  const declared = new Map(
    exported
      .flatMap(({ declarations }) => listOf(declarations))
      .filter(({ kind }) => kind !== "reference")
      .map((declaration) => [targetOf(declaration), declaration]),
  );
  return Object.entries(nodes).map(([url, node]) => {
    const { module_doc, symbols } = isJson(node) ? node : {};
    return {
      path: `./${url.slice(root.length)}`,
      moduleDoc: textOf(module_doc),
      symbols: listOf(symbols).map(({ declarations, name }) => {
        const own = listOf(declarations)
          .map((declaration) => declared.get(targetOf(declaration)))
          .filter((one) => one !== undefined);
        // Of several declarations, such as overloads, one has to be documented.
        const documented = own.find(({ jsDoc }) => textOf(jsDoc) !== "");
        return {
          name: String(name),
          isDocumented: documented !== undefined,
          kind: String(own[0]?.kind ?? ""),
          summary: summaryOf(documented?.jsDoc),
          mentions: [...new Set(mentionsIn(own.map(({ def }) => def), names))],
        };
      }),
    };
  });
}
