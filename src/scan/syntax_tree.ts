/** The syntax tree of a module, with the scopes of its names. Pure. */

import { parse } from "@babel/parser";
import { isRecord } from "../base/errors.ts";

/** A node of the tree, as the parser makes it. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly loc: {
    readonly start: { readonly line: number; readonly column: number };
  };
  /** The node above. */
  parent?: Node;
  /** The scope in which a name is looked up. */
  scope?: Scope;
}

/** A place from which a variable may have its value. */
export interface Source {
  readonly node: Node;
  /** The properties of the value, in a pattern; `undefined` is an unknown one. */
  readonly names: readonly (string | undefined)[];
  /** True if the value is a promise of it, as for the callback of `then`. */
  readonly isModule?: { readonly specifier: string };
}

/** A variable. */
export interface Binding {
  readonly name: string;
  readonly sources: Source[];
}

/** Tests if a value is a node. */
export function isNode(value: unknown): value is Node {
  return isRecord(value) && typeof value.type === "string";
}

/** Returns a child of a node. */
export function child(node: Node, key: string): Node | undefined {
  const value: unknown = Reflect.get(node, key);
  return isNode(value) ? value : undefined;
}

/** Returns the children of a node in a list; a hole is left out. */
export function children(node: Node, key: string): readonly Node[] {
  const value: unknown = Reflect.get(node, key);
  return Array.isArray(value) ? value.filter(isNode) : [];
}

/** Returns a text of a node; `""` if it has none. */
export function textOf(node: Node, key: string): string {
  const value: unknown = Reflect.get(node, key);
  return typeof value === "string" ? value : "";
}

/** Tests a flag of a node. */
export function isSet(node: Node, key: string): boolean {
  return Reflect.get(node, key) === true;
}

/** A part of a module with names of its own. */
export class Scope {
  readonly #bindings = new Map<string, Binding>();
  readonly above: Scope | undefined;
  readonly isFunction: boolean;

  constructor(above: Scope | undefined, isFunction: boolean) {
    this.above = above;
    this.isFunction = isFunction;
  }

  declare(name: string, source?: Source): void {
    const known = this.#bindings.get(name);
    const binding = known ?? { name, sources: [] };
    if (known === undefined) this.#bindings.set(name, binding);
    if (source !== undefined) binding.sources.push(source);
  }

  find(name: string): Binding | undefined {
    // A loop: scopes are nested deeply.
    let scope: Scope | undefined = this as Scope;
    while (scope !== undefined) {
      const binding = scope.#bindings.get(name);
      if (binding !== undefined) return binding;
      scope = scope.above;
    }
    return undefined;
  }

  /** Returns the scope of `var`. */
  get outer(): Scope {
    let scope: Scope = this as Scope;
    while (!scope.isFunction && scope.above !== undefined) scope = scope.above;
    return scope;
  }
}

/** A module, with all that may reach outside of it. */
export interface SyntaxTree {
  readonly program: Node;
  /** Every name that is read, in the order of the text. */
  readonly references: readonly Node[];
  /** Every node of some kinds, in the order of the text. */
  readonly nodes: readonly Node[];
}

/** Nodes that are looked at by themselves. */
const KEPT: ReadonlySet<string> = new Set([
  "CallExpression",
  "ExportAllDeclaration",
  "ExportNamedDeclaration",
  "ImportDeclaration",
  "ImportExpression",
  "MemberExpression",
  "NewExpression",
  "ObjectPattern",
  "OptionalMemberExpression",
  "TSImportEqualsDeclaration",
  "ThisExpression",
  "WithStatement",
]);

/** Nodes of TypeScript that are more than types. */
const TYPESCRIPT_CODE: ReadonlySet<string> = new Set([
  "TSAsExpression",
  "TSEnumBody",
  "TSEnumDeclaration",
  "TSEnumMember",
  "TSExportAssignment",
  "TSExternalModuleReference",
  "TSImportEqualsDeclaration",
  "TSInstantiationExpression",
  "TSModuleBlock",
  "TSModuleDeclaration",
  "TSNonNullExpression",
  "TSParameterProperty",
  "TSSatisfiesExpression",
  "TSTypeAssertion",
]);

const FUNCTIONS: ReadonlySet<string> = new Set([
  "ArrowFunctionExpression",
  "ClassMethod",
  "ClassPrivateMethod",
  "FunctionDeclaration",
  "FunctionExpression",
  "ObjectMethod",
]);

const BLOCKS: ReadonlySet<string> = new Set([
  "BlockStatement",
  "CatchClause",
  "ClassDeclaration",
  "ClassExpression",
  "ForInStatement",
  "ForOfStatement",
  "ForStatement",
  "StaticBlock",
  "SwitchStatement",
  "TSModuleBlock",
]);

/** Tests if a node is a function. */
export function isFunction(node: Node): boolean {
  return FUNCTIONS.has(node.type);
}

/** Keys of nodes that hold no code. */
const NO_CODE: ReadonlySet<string> = new Set([
  "comments",
  "end",
  "extra",
  "implements",
  "innerComments",
  "leadingComments",
  "loc",
  "parent",
  "returnType",
  "scope",
  "start",
  "trailingComments",
  "type",
  "typeAnnotation",
  "typeArguments",
  "typeParameters",
]);

/** The deepest nesting: deeper trees end the engine's stack. */
const MAX_DEPTH = 2_000;

/** Thrown when a module is nested too deeply. */
export class TooDeep extends Error {}

/** Finds the names of a module, and the sources of their values. */
class Builder {
  readonly references: Node[] = [];
  readonly nodes: Node[] = [];
  readonly #assignments: {
    readonly name: string;
    readonly source: Source;
    readonly scope: Scope;
  }[] = [];
  #depth = 0;

  visit(node: Node, parent: Node | undefined, scope: Scope): void {
    if (parent !== undefined) node.parent = parent;
    const { type } = node;
    if (type === "Identifier") {
      node.scope = scope;
      this.references.push(node);
      return;
    }
    if (type.startsWith("TS") && !TYPESCRIPT_CODE.has(type)) return;
    if (isSet(node, "declare")) return;
    if (KEPT.has(type)) {
      node.scope = scope;
      this.nodes.push(node);
    }
    if (++this.#depth > MAX_DEPTH) throw new TooDeep();
    this.#visitInside(node, scope);
    this.#depth--;
  }

  #visitInside(node: Node, scope: Scope): void {
    switch (node.type) {
      case "ImportDeclaration":
        this.#declareImports(node, scope);
        return;
      case "TSImportEqualsDeclaration":
        this.#declareImportEquals(node, scope);
        return;
      case "ExportNamedDeclaration":
        // Names of another module are no names of this one.
        if (child(node, "source") !== undefined) return;
        break;
      case "ExportSpecifier":
        this.#visitChild(node, "local", scope);
        return;
      case "VariableDeclaration":
        this.#declareVariables(node, scope);
        break;
      case "AssignmentExpression":
        this.#assign(node, scope);
        break;
      case "FunctionDeclaration":
      case "ClassDeclaration":
      case "TSEnumDeclaration":
      case "TSModuleDeclaration": {
        const id = child(node, "id");
        if (id?.type === "Identifier") {
          scope.declare(textOf(id, "name"), { node, names: [] });
        }
        break;
      }
      case "LabeledStatement":
        this.#visitChild(node, "body", scope);
        return;
      case "BreakStatement":
      case "ContinueStatement":
      case "MetaProperty":
        return;
    }
    if (isFunction(node)) this.#visitFunction(node, scope);
    else if (BLOCKS.has(node.type)) {
      const inner = new Scope(scope, node.type === "StaticBlock");
      const param = child(node, "param");
      if (param !== undefined) this.#declarePattern(param, inner, undefined);
      this.#visitAll(node, inner);
    } else this.#visitAll(node, scope);
  }

  #visitChild(node: Node, key: string, scope: Scope): void {
    const found = child(node, key);
    if (found !== undefined) this.visit(found, node, scope);
  }

  #visitAll(node: Node, scope: Scope): void {
    const isComputed = isSet(node, "computed");
    for (const key in node) {
      const value: unknown = Reflect.get(node, key);
      if (typeof value !== "object" || value === null || NO_CODE.has(key)) {
        continue;
      }
      // The names of properties are no variables.
      if (!isComputed && isPropertyName(node, key)) continue;
      if (isDeclaredName(node, key, value)) {
        this.#visitPattern(node, key, scope);
        continue;
      }
      if (Array.isArray(value)) {
        for (const one of value) {
          if (isNode(one)) this.visit(one, node, scope);
        }
      } else if (isNode(value)) this.visit(value, node, scope);
    }
  }

  /** Visits the code in a pattern: its defaults and its computed names. */
  #visitPattern(node: Node, key: string, scope: Scope): void {
    const found = child(node, key);
    if (found === undefined) return;
    found.parent = node;
    this.#visitInPattern(found, scope);
  }

  #visitInPattern(node: Node, scope: Scope): void {
    switch (node.type) {
      case "ObjectPattern":
        node.scope = scope;
        this.nodes.push(node);
        for (const property of children(node, "properties")) {
          property.parent = node;
          if (isSet(property, "computed")) {
            this.#visitChild(property, "key", scope);
          }
          for (const key of ["value", "argument"]) {
            this.#visitPattern(property, key, scope);
          }
        }
        return;
      case "ArrayPattern":
        for (const element of children(node, "elements")) {
          element.parent = node;
          this.#visitInPattern(element, scope);
        }
        return;
      case "AssignmentPattern":
        this.#visitPattern(node, "left", scope);
        this.#visitChild(node, "right", scope);
        return;
      case "RestElement":
        this.#visitPattern(node, "argument", scope);
        return;
      case "TSParameterProperty":
        this.#visitPattern(node, "parameter", scope);
        return;
      case "Identifier":
        return;
      default:
        // The target of an assignment, such as `a.b`.
        if (node.parent !== undefined) this.visit(node, node.parent, scope);
    }
  }

  #visitFunction(node: Node, scope: Scope): void {
    const inner = new Scope(scope, true);
    node.scope = inner;
    const id = child(node, "id");
    if (node.type === "FunctionExpression" && id !== undefined) {
      inner.declare(textOf(id, "name"), { node, names: [] });
    }
    if (node.type !== "ArrowFunctionExpression") inner.declare("arguments");
    const given = argumentsOf(node);
    children(node, "params").forEach((param, index) => {
      param.parent = node;
      const argument = given[index];
      this.#declarePattern(
        param,
        inner,
        argument === undefined ? undefined : { names: [], ...argument },
      );
      this.#visitInPattern(param, inner);
    });
    if (isSet(node, "computed")) this.#visitChild(node, "key", scope);
    for (const decorator of children(node, "decorators")) {
      this.visit(decorator, node, scope);
    }
    this.#visitChild(node, "body", inner);
  }

  #declareVariables(node: Node, scope: Scope): void {
    const target = textOf(node, "kind") === "var" ? scope.outer : scope;
    for (const declarator of children(node, "declarations")) {
      const id = child(declarator, "id");
      const init = child(declarator, "init");
      if (id === undefined) continue;
      declarator.scope = target;
      this.#declarePattern(
        id,
        target,
        init === undefined ? undefined : { node: init, names: [] },
      );
    }
  }

  #assign(node: Node, scope: Scope): void {
    const left = child(node, "left");
    const right = child(node, "right");
    if (left === undefined || right === undefined) return;
    node.scope = scope;
    const targets = new Map<string, Source>();
    collectPattern(left, { node: right, names: [] }, targets);
    for (const [name, source] of targets) {
      this.#assignments.push({ name, source, scope });
    }
  }

  /** Gives variables the values of assignments, once all are declared. */
  finish(): void {
    for (const { name, source, scope } of this.#assignments) {
      scope.find(name)?.sources.push(source);
    }
  }

  #declarePattern(
    pattern: Node,
    scope: Scope,
    source: Source | undefined,
  ): void {
    const found = new Map<string, Source | undefined>();
    collectPattern(pattern, source, found);
    for (const [name, from] of found) scope.declare(name, from);
  }

  #declareImports(node: Node, scope: Scope): void {
    if (textOf(node, "importKind") === "type") return;
    const source = child(node, "source");
    const specifier = source === undefined ? "" : textOf(source, "value");
    for (const one of children(node, "specifiers")) {
      const local = child(one, "local");
      const imported = child(one, "imported");
      if (local === undefined || textOf(one, "importKind") === "type") continue;
      const names = one.type === "ImportNamespaceSpecifier"
        ? []
        : one.type === "ImportDefaultSpecifier"
        ? ["default"]
        : [imported === undefined ? undefined : nameOfKey(imported)];
      scope.declare(textOf(local, "name"), {
        node: one,
        names,
        isModule: { specifier },
      });
    }
  }

  #declareImportEquals(node: Node, scope: Scope): void {
    const id = child(node, "id");
    const reference = child(node, "moduleReference");
    const expression = reference && child(reference, "expression");
    if (id === undefined || expression === undefined) return;
    scope.declare(textOf(id, "name"), {
      node,
      names: [],
      isModule: { specifier: textOf(expression, "value") },
    });
  }
}

/** Tests if a child is the name of a property, a label or a type. */
function isPropertyName(node: Node, key: string): boolean {
  switch (node.type) {
    case "MemberExpression":
    case "OptionalMemberExpression":
      return key === "property";
    case "ObjectProperty":
    case "ObjectMethod":
    case "ClassProperty":
    case "ClassAccessorProperty":
    case "ClassMethod":
      return key === "key";
    case "TSEnumMember":
      return key === "id";
    default:
      return false;
  }
}

/** Tests if a child only names variables. */
function isDeclaredName(node: Node, key: string, value: unknown): boolean {
  switch (node.type) {
    case "VariableDeclarator":
      return key === "id";
    case "CatchClause":
      return key === "param";
    case "ClassDeclaration":
    case "ClassExpression":
    case "FunctionDeclaration":
    case "TSEnumDeclaration":
    case "TSModuleDeclaration":
      return key === "id";
    case "AssignmentExpression":
    case "ForInStatement":
    case "ForOfStatement":
      return key === "left" && isNode(value) &&
        /^(?:Identifier|ObjectPattern|ArrayPattern)$/.test(value.type);
    default:
      return false;
  }
}

/** Returns the name of a property that is written out. */
export function nameOfKey(key: Node): string | undefined {
  if (key.type === "Identifier") return textOf(key, "name");
  if (key.type === "StringLiteral") return textOf(key, "value");
  const value: unknown = Reflect.get(key, "value");
  return key.type === "NumericLiteral" ? String(value) : undefined;
}

/** Returns the names of the variables in a pattern. */
export function namesOfPattern(pattern: Node): readonly string[] {
  const found = new Map<string, undefined>();
  collectPattern(pattern, undefined, found);
  return [...found.keys()];
}

/** Collects the variables of a pattern, each with the place of its value. */
function collectPattern<From extends Source | undefined>(
  pattern: Node,
  source: From,
  found: Map<string, From>,
): void {
  const within = (name: string | undefined): From =>
    source === undefined
      ? source
      : { ...source, names: [...source.names, name] };
  switch (pattern.type) {
    case "Identifier":
      found.set(textOf(pattern, "name"), source);
      return;
    case "ObjectPattern":
      for (const property of children(pattern, "properties")) {
        const value = child(property, "value") ?? child(property, "argument");
        const key = child(property, "key");
        if (value === undefined) continue;
        const name = key === undefined || isSet(property, "computed") &&
            key.type === "Identifier"
          ? undefined
          : nameOfKey(key);
        collectPattern(
          value,
          property.type === "RestElement" ? source : within(name),
          found,
        );
      }
      return;
    case "ArrayPattern": {
      const elements: unknown = Reflect.get(pattern, "elements");
      if (!Array.isArray(elements)) return;
      elements.forEach((element: unknown, index) => {
        if (isNode(element)) collectPattern(element, within(`${index}`), found);
      });
      return;
    }
    case "AssignmentPattern":
    case "RestElement":
    case "TSParameterProperty": {
      const inner = child(pattern, "left") ?? child(pattern, "argument") ??
        child(pattern, "parameter");
      if (inner !== undefined) collectPattern(inner, source, found);
      return;
    }
  }
}

/** Returns the arguments of a function that is called in place. */
function argumentsOf(
  node: Node,
): readonly (Pick<Source, "node"> | undefined)[] {
  const { parent } = node;
  if (parent === undefined) return [];
  if (parent.type === "CallExpression" && child(parent, "callee") === node) {
    return children(parent, "arguments").map((one) => ({ node: one }));
  }
  // (function () {}).call(this, …)
  const call = parent.parent;
  const isCall = parent.type === "MemberExpression" &&
    child(parent, "object") === node && call?.type === "CallExpression" &&
    child(call, "callee") === parent;
  const property = child(parent, "property");
  if (!isCall || property === undefined || call === undefined) return [];
  return textOf(property, "name") === "call"
    ? children(call, "arguments").slice(1).map((one) => ({ node: one }))
    : [];
}

const JSX_REGEXP = /\.[jt]sx$/i;
const TYPESCRIPT_REGEXP = /\.[cm]?tsx?$/i;
const SCRIPT_REGEXP = /\.cjs$/i;

/**
 * Parses a module.
 *
 * @param path Its path: the end of it says what language it is.
 * @throws {SyntaxError} if it does not parse.
 */
export function parseModule(text: string, path: string): SyntaxTree {
  const isTypeScript = TYPESCRIPT_REGEXP.test(path);
  const parsed: unknown = parse(text, {
    sourceType: SCRIPT_REGEXP.test(path) ? "script" : "unambiguous",
    allowReturnOutsideFunction: true,
    allowUndeclaredExports: true,
    allowNewTargetOutsideFunction: true,
    attachComment: false,
    createImportExpressions: true,
    plugins: [
      "decorators",
      "decoratorAutoAccessors",
      "deferredImportEvaluation",
      "sourcePhaseImports",
      ...isTypeScript ? ["typescript" as const] : [],
      ...JSX_REGEXP.test(path) || !isTypeScript ? ["jsx" as const] : [],
    ],
  });
  const program = isNode(parsed) ? child(parsed, "program") : undefined;
  if (program === undefined) throw new SyntaxError("There is no program");
  const builder = new Builder();
  builder.visit(program, undefined, new Scope(undefined, true));
  builder.finish();
  return { program, references: builder.references, nodes: builder.nodes };
}

/** Returns all names in a tree, those of properties as well. */
export function namesIn(program: Node): readonly Node[] {
  const names: Node[] = [];
  const waiting = [program];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (node.type === "Identifier") names.push(node);
    for (const key in node) {
      if (key === "parent" || key === "scope" || key === "loc") continue;
      const value: unknown = Reflect.get(node, key);
      if (Array.isArray(value)) waiting.push(...value.filter(isNode));
      else if (isNode(value)) waiting.push(value);
    }
  }
  return names;
}
