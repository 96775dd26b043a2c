/** Finds out what an expression can be, as far as the text alone tells. Pure. */

import { canonicalPath, nodeModule } from "./rules.ts";
import {
  type Binding,
  child,
  children,
  isFunction,
  isSet,
  type Node,
  textOf,
} from "./syntax_tree.ts";

/** A value that an expression can have. */
export type Value =
  /** A text, or a number as text. */
  | { readonly kind: "text"; readonly text: string }
  /** A text of which only the beginning is known. */
  | { readonly kind: "prefix"; readonly text: string }
  /** A global name or a module, and its properties. */
  | { readonly kind: "path"; readonly names: readonly string[] }
  | { readonly kind: "list"; readonly items: readonly Node[] }
  | { readonly kind: "object"; readonly node: Node }
  | { readonly kind: "function"; readonly node: Node }
  /** A URL beside the module. */
  | { readonly kind: "local"; readonly text: string }
  | { readonly kind: "unknown" };

const UNKNOWN: readonly Value[] = Object.freeze([{ kind: "unknown" }]);

/** More ways are not followed. */
const MAX_VALUES = 8;
const MAX_DEPTH = 40;
const MAX_TEXT = 20_000;

/** Methods of texts that are tried out: they do nothing else. */
const TEXT_METHODS: Readonly<
  Record<string, (text: string, args: readonly string[]) => unknown>
> = {
  at: (text, [index]) => text.at(Number(index ?? 0)),
  charAt: (text, [index]) => text.charAt(Number(index ?? 0)),
  concat: (text, args) => text.concat(...args),
  normalize: (text) => text.normalize(),
  padEnd: (text, [length, fill]) =>
    text.padEnd(Math.min(Number(length), MAX_TEXT), fill),
  padStart: (text, [length, fill]) =>
    text.padStart(Math.min(Number(length), MAX_TEXT), fill),
  repeat: (text, [count]) =>
    Number(count) * text.length > MAX_TEXT
      ? undefined
      : text.repeat(Number(count)),
  replace: (text, [from = "", to = ""]) => text.replace(from, () => to),
  replaceAll: (text, [from = "", to = ""]) => text.replaceAll(from, () => to),
  slice: (text, [start, end]) => text.slice(...numbers(start, end)),
  substring: (text, [start, end]) => {
    const [from = 0, to] = numbers(start, end);
    return text.substring(from, to);
  },
  substr: (text, [start, length]) => {
    const [from = 0, count] = numbers(start, length);
    return text.slice(from, count === undefined ? undefined : from + count);
  },
  toLowerCase: (text) => text.toLowerCase(),
  toString: (text: string, [radix]: readonly string[]) =>
    radix === undefined || !/^\d+$/.test(text)
      ? text
      : Number(text).toString(Number(radix)),
  toUpperCase: (text) => text.toUpperCase(),
  trim: (text) => text.trim(),
  valueOf: String,
};

function numbers(...texts: readonly (string | undefined)[]): readonly number[] {
  return texts.filter((text) => text !== undefined).map(Number);
}

/** Global functions of texts that are tried out. */
const TEXT_FUNCTIONS: Readonly<
  Record<string, (args: readonly string[]) => string>
> = {
  String: ([text = ""]) => text,
  atob: ([text = ""]) => atob(text),
  decodeURI: ([text = ""]) => decodeURI(text),
  decodeURIComponent: ([text = ""]) => decodeURIComponent(text),
  unescape: ([text = ""]) =>
    text.replace(
      /%([0-9a-f]{2})/gi,
      (_, hex: string) => String.fromCharCode(parseInt(hex, 16)),
    ),
  "String.fromCharCode": (codes) => String.fromCharCode(...codes.map(Number)),
  "String.fromCodePoint": (codes) => String.fromCodePoint(...codes.map(Number)),
};

function text(value: unknown): readonly Value[] {
  return (typeof value === "string" || typeof value === "number") &&
      String(value).length <= MAX_TEXT
    ? [{ kind: "text", text: String(value) }]
    : UNKNOWN;
}

/** Returns the one value that is a text. */
export function onlyText(values: readonly Value[]): string | undefined {
  const [value] = values;
  return values.length === 1 && value?.kind === "text" ? value.text : undefined;
}

const TRANSPARENT: ReadonlySet<string> = new Set([
  "AwaitExpression",
  "ParenthesizedExpression",
  "TSAsExpression",
  "TSInstantiationExpression",
  "TSNonNullExpression",
  "TSSatisfiesExpression",
  "TSTypeAssertion",
]);

/** Tests if a node has the value of the expression in it. */
export function isTransparent({ type }: Node): boolean {
  return TRANSPARENT.has(type);
}

/**
 * Follows variables and folds texts, within limits. A value beyond them, and one
 * that depends on itself, is unknown.
 */
export class Evaluator {
  readonly #known = new Map<Binding | Node, readonly Value[]>();
  readonly #pending = new Set<Binding>();
  #depth = 0;

  evaluate(node: Node | undefined): readonly Value[] {
    if (node === undefined) return UNKNOWN;
    const known = this.#known.get(node);
    if (known !== undefined) return known;
    if (this.#depth >= MAX_DEPTH) return UNKNOWN;
    this.#depth++;
    const values = this.#evaluate(node).slice(0, MAX_VALUES);
    this.#depth--;
    this.#known.set(node, values);
    return values;
  }

  /** Returns the texts that an expression can be; `undefined` if it can be more. */
  texts(node: Node | undefined): readonly string[] | undefined {
    const values = this.evaluate(node);
    const texts = values.flatMap((one) =>
      one.kind === "text" ? [one.text] : []
    );
    return texts.length === values.length ? texts : undefined;
  }

  #evaluate(node: Node): readonly Value[] {
    if (isTransparent(node)) {
      return this.evaluate(
        child(node, "expression") ?? child(node, "argument"),
      );
    }
    if (isFunction(node)) return [{ kind: "function", node }];
    switch (node.type) {
      case "StringLiteral":
      case "NumericLiteral":
        return text(Reflect.get(node, "value"));
      case "TemplateLiteral":
        return this.#template(node);
      case "TaggedTemplateExpression":
        return this.#tagged(node);
      case "BinaryExpression":
        return this.#add(node);
      case "Identifier":
        return this.#identifier(node);
      case "ArrayExpression":
        return [{ kind: "list", items: children(node, "elements") }];
      case "ObjectExpression":
        return [{ kind: "object", node }];
      case "ConditionalExpression":
        return [
          ...this.evaluate(child(node, "consequent")),
          ...this.evaluate(child(node, "alternate")),
        ];
      case "LogicalExpression":
        return [
          ...this.evaluate(child(node, "left")),
          ...this.evaluate(child(node, "right")),
        ];
      case "SequenceExpression":
        return this.evaluate(children(node, "expressions").at(-1));
      case "AssignmentExpression":
        return this.evaluate(child(node, "right"));
      case "MemberExpression":
      case "OptionalMemberExpression":
        return this.#member(node);
      case "CallExpression":
      case "OptionalCallExpression":
        return this.#call(node);
      case "NewExpression":
        return this.#construct(node);
      case "ImportExpression":
        return this.#module(child(node, "source"));
      default:
        return UNKNOWN;
    }
  }

  #template(node: Node): readonly Value[] {
    const expressions = children(node, "expressions");
    let known = "";
    let isLocal = false;
    for (const [index, part] of children(node, "quasis").entries()) {
      const cooked: unknown = Reflect.get(
        Object(Reflect.get(part, "value")),
        "cooked",
      );
      known += typeof cooked === "string" ? cooked : "";
      const expression = expressions[index];
      if (expression === undefined) continue;
      const values = this.evaluate(expression);
      const [first] = values;
      if (known === "" && values.length === 1 && first?.kind === "local") {
        isLocal = true;
        known = first.text;
        continue;
      }
      const one = onlyText(values);
      if (one === undefined) {
        return isLocal ? UNKNOWN : [{ kind: "prefix", text: known }];
      }
      known += one;
    }
    return isLocal ? [{ kind: "local", text: known }] : text(known);
  }

  #tagged(node: Node): readonly Value[] {
    const quasi = child(node, "quasi");
    const [tag] = this.evaluate(child(node, "tag"));
    const isRaw = tag?.kind === "path" && tag.names.join(".") === "String.raw";
    return isRaw && quasi !== undefined ? this.#template(quasi) : UNKNOWN;
  }

  #add(node: Node): readonly Value[] {
    if (textOf(node, "operator") !== "+") return UNKNOWN;
    const [left] = this.evaluate(child(node, "left"));
    if (left?.kind === "prefix") return [left];
    if (left?.kind !== "text" && left?.kind !== "local") return UNKNOWN;
    const right = this.evaluate(child(node, "right"));
    if (left.kind === "local") {
      return right.map((value): Value =>
        value.kind === "text"
          ? { kind: "local", text: (left.text + value.text).slice(0, MAX_TEXT) }
          : { kind: "unknown" }
      );
    }
    return right.map((value): Value =>
      value.kind === "text"
        ? { kind: "text", text: (left.text + value.text).slice(0, MAX_TEXT) }
        : { kind: "prefix", text: left.text }
    );
  }

  #identifier(node: Node): readonly Value[] {
    const name = textOf(node, "name");
    const binding = node.scope?.find(name);
    return binding === undefined
      ? [{ kind: "path", names: canonicalPath([name]) }]
      : this.#binding(binding);
  }

  #binding(binding: Binding): readonly Value[] {
    const known = this.#known.get(binding);
    if (known !== undefined) return known;
    if (this.#pending.has(binding)) return UNKNOWN;
    this.#pending.add(binding);
    const values = binding.sources.slice(0, MAX_VALUES).flatMap(
      ({ node, names, isModule }): readonly Value[] => {
        const start = isModule === undefined
          ? isFunction(node)
            ? [{ kind: "function" as const, node }]
            : this.evaluate(node)
          : modulePath(isModule.specifier);
        return names.reduce<readonly Value[]>(
          (from, name) => this.#propertyOf(from, name),
          start,
        );
      },
    );
    this.#pending.delete(binding);
    const result = values.length === 0 ? UNKNOWN : values.slice(0, MAX_VALUES);
    this.#known.set(binding, result);
    return result;
  }

  /** Returns the names that a property can have. */
  propertyNames(node: Node): readonly string[] | undefined {
    const property = child(node, "property");
    if (property === undefined) return undefined;
    if (!isSet(node, "computed")) return [textOf(property, "name")];
    return this.texts(property);
  }

  #member(node: Node): readonly Value[] {
    const object = this.evaluate(child(node, "object"));
    const names = this.propertyNames(node);
    if (names === undefined) return UNKNOWN;
    const isMeta = child(node, "object")?.type === "MetaProperty";
    if (isMeta && names.join() === "dirname") {
      return [{ kind: "local", text: "." }];
    }
    return names.flatMap((name) => this.#propertyOf(object, name));
  }

  #propertyOf(
    values: readonly Value[],
    name: string | undefined,
  ): readonly Value[] {
    if (name === undefined) return UNKNOWN;
    return values.flatMap((value): readonly Value[] => {
      switch (value.kind) {
        case "path":
          return [{
            kind: "path",
            names: canonicalPath([...value.names, name]),
          }];
        case "list":
          return this.evaluate(value.items[Number(name)]);
        case "object":
          return this.evaluate(propertyNode(value.node, name));
        case "text":
          return /^\d+$/.test(name)
            ? text(value.text[Number(name)])
            : name === "length"
            ? text(value.text.length)
            : UNKNOWN;
        default:
          return UNKNOWN;
      }
    });
  }

  #module(source: Node | undefined): readonly Value[] {
    const specifiers = this.texts(source);
    return specifiers === undefined
      ? UNKNOWN
      : specifiers.flatMap((one) => modulePath(one));
  }

  #construct(node: Node): readonly Value[] {
    const callee = child(node, "callee");
    const [value] = this.evaluate(callee);
    const isUrl = value?.kind === "path" && value.names.join() === "URL";
    const [specifier, base] = children(node, "arguments");
    if (!isUrl) return UNKNOWN;
    if (base === undefined) return this.evaluate(specifier);
    const written = onlyText(this.evaluate(specifier));
    const given = onlyText(this.evaluate(base));
    if (written !== undefined && URL.canParse(written)) return text(written);
    if (isModuleUrl(base)) {
      return written === undefined
        ? UNKNOWN
        : [{ kind: "local", text: written }];
    }
    const url = given === undefined || written === undefined
      ? null
      : URL.parse(written, given);
    if (url !== null) return text(url.href);
    return given === undefined || !URL.canParse(given)
      ? UNKNOWN
      : [{ kind: "prefix", text: `${new URL(given).origin}/` }];
  }

  #call(node: Node): readonly Value[] {
    const callee = child(node, "callee");
    const given = children(node, "arguments");
    if (callee === undefined) return UNKNOWN;
    if (callee.type === "Import") return this.#module(given[0]);
    const method = this.#method(callee, given);
    if (method !== undefined) return method;
    return this.evaluate(callee).flatMap((value): readonly Value[] => {
      if (value.kind === "function") {
        return this.evaluate(returnedBy(value.node));
      }
      if (value.kind !== "path") return UNKNOWN;
      return this.#callPath(value.names.join("."), given);
    });
  }

  #callPath(path: string, given: readonly Node[]): readonly Value[] {
    const [first, second] = given;
    switch (path) {
      case "require":
      case "process.getBuiltinModule":
        return this.#module(first);
      case "node:module.createRequire":
        return [{ kind: "path", names: ["require"] }];
      case "Reflect.get": {
        const names = this.texts(second);
        const object = this.evaluate(first);
        return names === undefined
          ? UNKNOWN
          : names.flatMap((name) => this.#propertyOf(object, name));
      }
      case "Object":
      case "Object.freeze":
      case "Promise.resolve":
        return this.evaluate(first);
      case "Buffer.from":
      case "node:buffer.Buffer.from":
        return this.#decode(first, second);
    }
    const compute = Object.hasOwn(TEXT_FUNCTIONS, path)
      ? TEXT_FUNCTIONS[path]
      : undefined;
    const spread = given.flatMap((one) =>
      one.type === "SpreadElement" ? this.#items(child(one, "argument")) : [one]
    );
    const args = spread.map((one) => onlyText(this.evaluate(one)));
    if (compute === undefined || !isComplete(args)) return UNKNOWN;
    return attempt(() => compute(args));
  }

  #items(node: Node | undefined): readonly Node[] {
    const [value] = this.evaluate(node);
    return value?.kind === "list"
      ? value.items
      : node === undefined
      ? []
      : [node];
  }

  /** Decodes bytes that are written as text. */
  #decode(
    first: Node | undefined,
    second: Node | undefined,
  ): readonly Value[] {
    const written = onlyText(this.evaluate(first));
    const encoding = second === undefined
      ? ""
      : onlyText(this.evaluate(second));
    if (written === undefined) {
      const codes = this.#items(first).map((one) =>
        onlyText(this.evaluate(one))
      );
      return isComplete(codes) && codes.length > 0
        ? attempt(() => String.fromCharCode(...codes.map(Number)))
        : UNKNOWN;
    }
    if (encoding === "base64") return attempt(() => atob(written));
    if (encoding === "hex") {
      return attempt(() =>
        new TextDecoder().decode(Uint8Array.fromHex(written))
      );
    }
    return text(written);
  }

  /** Decodes the bytes of `Uint8Array.of(…)`, `Uint8Array.from([…])` and the like. */
  #decodeBytes(node: Node | undefined): readonly Value[] {
    const given = node === undefined ? [] : children(node, "arguments");
    const [first, ...more] = given;
    const codes = (more.length > 0 ? given : this.#items(first))
      .map((one) => onlyText(this.evaluate(one)));
    return isComplete(codes) && codes.length > 0
      ? attempt(() =>
        new TextDecoder().decode(Uint8Array.from(codes.map(Number)))
      )
      : UNKNOWN;
  }

  /** Tries out a method of a text or a list. */
  #method(
    callee: Node,
    given: readonly Node[],
  ): readonly Value[] | undefined {
    if (!/MemberExpression$/.test(callee.type)) return undefined;
    const [name = "", ...others] = this.propertyNames(callee) ?? [];
    if (others.length > 0) return undefined;
    const owner = child(callee, "object");
    if (name === "decode" && owner?.type === "NewExpression") {
      return this.#decodeBytes(given[0]);
    }
    const [object, ...more] = this.evaluate(owner);
    if (object === undefined || more.length > 0) return undefined;
    const args = given.map((one) => onlyText(this.evaluate(one)));
    if (object.kind === "function" && /^(?:call|apply|bind)$/.test(name)) {
      return this.evaluate(returnedBy(object.node));
    }
    if (object.kind === "prefix" && name === "concat") return [object];
    if (object.kind === "text") {
      return this.#textMethod(object.text, name, args);
    }
    if (object.kind !== "list") return undefined;
    const items = object.items.map((one) => onlyText(this.evaluate(one)));
    if (name === "at") return this.evaluate(object.items.at(Number(args[0])));
    if (name === "reverse" || name === "toReversed") {
      return [{ kind: "list", items: object.items.toReversed() }];
    }
    if (name === "join" && isComplete(items)) {
      const [separator = ","] = args;
      return text(items.join(separator));
    }
    if (name === "map" && given[0] !== undefined) {
      return this.#map(object.items, given[0]);
    }
    return UNKNOWN;
  }

  #textMethod(
    given: string,
    name: string,
    args: readonly (string | undefined)[],
  ): readonly Value[] {
    if (!isComplete(args)) return UNKNOWN;
    if (name === "split") {
      const parts = given.split(args[0] ?? given).slice(0, MAX_TEXT);
      return [{ kind: "list", items: parts.map(textNode) }];
    }
    const compute = Object.hasOwn(TEXT_METHODS, name)
      ? TEXT_METHODS[name]
      : undefined;
    return compute === undefined
      ? UNKNOWN
      : attempt(() => compute(given, args));
  }

  /** Maps codes to characters: what hides a name most often. */
  #map(items: readonly Node[], mapper: Node): readonly Value[] {
    const [value] = this.evaluate(mapper);
    const isCode = value?.kind === "path" &&
        /^String\.from(?:CharCode|CodePoint)$/.test(value.names.join(".")) ||
      value?.kind === "function" &&
        /fromC(?:harCode|odePoint)/.test(calledIn(value.node));
    const codes = items.map((one) => onlyText(this.evaluate(one)));
    if (!isCode || !isComplete(codes)) return UNKNOWN;
    const isPlain = value?.kind === "path" ||
      returnedBy(value.node)?.type === "CallExpression" &&
        children(returnedBy(value.node) ?? mapper, "arguments")[0]?.type ===
          "Identifier";
    return isPlain
      ? [{
        kind: "list",
        items: codes.map((code) =>
          textNode(String.fromCodePoint(Number(code)))
        ),
      }]
      : UNKNOWN;
  }
}

/** Tests if all texts are known. */
function isComplete(
  texts: readonly (string | undefined)[],
): texts is readonly string[] {
  return texts.every((one) => one !== undefined);
}

function attempt(compute: () => unknown): readonly Value[] {
  try {
    return text(compute());
  } catch {
    return UNKNOWN;
  }
}

/** Makes a node of a text that was computed. */
function textNode(value: string): Node {
  const node = { type: "StringLiteral", value };
  return {
    ...node,
    start: 0,
    end: 0,
    loc: { start: { line: 1, column: 0 } },
  };
}

/** Returns the names that a function calls, as text. */
function calledIn(node: Node): string {
  const returned = returnedBy(node);
  const callee = returned && child(returned, "callee");
  const property = callee && child(callee, "property");
  return property === undefined ? "" : textOf(property, "name");
}

/** Returns the one expression that a function returns. */
export function returnedBy(node: Node): Node | undefined {
  const body = child(node, "body");
  if (body?.type !== "BlockStatement") return body;
  const returns = children(body, "body").filter(({ type }) =>
    type === "ReturnStatement"
  );
  const [only] = returns;
  return returns.length === 1 && only !== undefined
    ? child(only, "argument")
    : undefined;
}

function propertyNode(object: Node, name: string): Node | undefined {
  const found = children(object, "properties").findLast((property) => {
    const key = child(property, "key");
    return key !== undefined && !isSet(property, "computed") &&
      (textOf(key, "name") === name || textOf(key, "value") === name);
  });
  return found?.type === "ObjectProperty" ? child(found, "value") : found;
}

/** Tests if an expression is `import.meta.url` or another name of it. */
function isModuleUrl(node: Node): boolean {
  const object = child(node, "object");
  return object?.type === "MetaProperty" ||
    node.type === "Identifier" &&
      /^__(?:file|dir)name$/.test(textOf(node, "name"));
}

/** Returns the value of a module. */
export function modulePath(specifier: string): readonly Value[] {
  const node = nodeModule(specifier);
  return [{
    kind: "path",
    names: canonicalPath([node ?? `module:${specifier}`]),
  }];
}
