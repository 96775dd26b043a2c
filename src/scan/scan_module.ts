/** Finds what the code of a module does, by the names that it uses. Pure. */

import { describeThrown, quote } from "../base/text.ts";
import { hostOf } from "../permissions/permission_set.ts";
import {
  Evaluator,
  isTransparent,
  modulePath,
  onlyText,
  type Value,
} from "./evaluate.ts";
import type { Observation } from "./observation.ts";
import { hasHiddenCharacters, hasSuspects } from "./hidden_text.ts";
import {
  canonicalPath,
  isNamespace,
  nodeModule,
  POWERFUL_GLOBALS,
  type Rule,
  RULES,
} from "./rules.ts";
import {
  type Binding,
  child,
  children,
  isFunction,
  isSet,
  nameOfKey,
  namesIn,
  namesOfPattern,
  type Node,
  parseModule,
  type Scope,
  type Source,
  type SyntaxTree,
  textOf,
  TooDeep,
} from "./syntax_tree.ts";

/** The observations in a module, and its imports. */
export interface ModuleScan {
  readonly observations: readonly Observation[];
  /** The specifiers that are written out. */
  readonly imports: readonly string[];
}

/** Nodes that look at a value and pass it on to nobody. */
const HARMLESS: ReadonlySet<string> = new Set([
  "ExpressionStatement",
  "IfStatement",
  "UnaryExpression",
  "BinaryExpression",
  "WhileStatement",
  "DoWhileStatement",
]);

const MAX_OBSERVATIONS = 2_000;

/** Names by which foreign objects lead to everything. */
const TELLING_NAMES: ReadonlySet<string> = new Set(["Deno"]);

class ModuleScanner {
  readonly #tree: SyntaxTree;
  readonly #evaluator = new Evaluator();
  readonly #found = new Map<string, Observation>();
  readonly #references = new Map<Binding, Node[]>();
  readonly #tainted = new Set<Binding>();
  readonly imports = new Set<string>();

  constructor(tree: SyntaxTree) {
    this.#tree = tree;
  }

  get observations(): readonly Observation[] {
    return [...this.#found.values()];
  }

  scan(): void {
    const globals: Node[] = [];
    for (const node of this.#tree.references) {
      const name = textOf(node, "name");
      const binding = node.scope?.find(name);
      if (binding !== undefined) {
        const known = this.#references.get(binding);
        if (known === undefined) this.#references.set(binding, [node]);
        else known.push(node);
      } else if (POWERFUL_GLOBALS.has(name)) globals.push(node);
    }
    for (const node of globals) {
      this.#follow(node, canonicalPath([textOf(node, "name")]));
    }
    for (const binding of this.#references.keys()) {
      if (binding.sources.some(isNodeModule)) this.#taint(binding);
    }
    for (const node of this.#tree.nodes) this.#node(node);
    // Whatever is found there can reach further variables.
    for (const binding of this.#tainted) {
      for (const node of this.#references.get(binding) ?? []) {
        const paths = this.#evaluator.evaluate(node).flatMap((value) =>
          value.kind === "path" ? [value.names] : []
        );
        for (const path of paths) this.#follow(node, path);
        // It has such a value, and in a way that is too long to follow.
        if (paths.length === 0) this.#escapes(node, [binding.name]);
      }
    }
  }

  /** Has the references of a variable followed, which has a value that counts. */
  #taint(binding: Binding | undefined): void {
    if (binding !== undefined) this.#tainted.add(binding);
  }

  /** Has the variables of a pattern followed. */
  #taintPattern(pattern: Node | undefined, scope: Scope | undefined): void {
    if (pattern === undefined) return;
    for (const name of namesOfPattern(pattern)) this.#taint(scope?.find(name));
  }

  #add(
    node: Node,
    observation: Omit<Observation, "line" | "column">,
  ): void {
    const { line, column } = node.loc.start;
    const { rule, kind = "", value = "", certainty } = observation;
    const key = [line, column, rule, kind, value, certainty].join(" ");
    if (this.#found.size >= MAX_OBSERVATIONS) return;
    this.#found.set(key, { ...observation, line, column: column + 1 });
  }

  #node(node: Node): void {
    switch (node.type) {
      case "ImportDeclaration":
        if (textOf(node, "importKind") !== "type") this.#import(node);
        return;
      case "ExportAllDeclaration":
      case "ExportNamedDeclaration":
        this.#export(node);
        return;
      case "TSImportEqualsDeclaration": {
        const reference = child(node, "moduleReference");
        const expression = reference && child(reference, "expression");
        if (expression !== undefined) {
          this.#brings(node, textOf(expression, "value"));
        }
        return;
      }
      case "ImportExpression":
        this.#dynamicImport(node, child(node, "source"));
        return;
      case "CallExpression":
        this.#callOf(node);
        return;
      case "MemberExpression":
      case "OptionalMemberExpression":
        this.#member(node);
        return;
      case "ObjectPattern":
        this.#pattern(node);
        return;
      case "WithStatement":
        this.#add(node, {
          certainty: "unknown",
          rule: "with",
          what: "with (…)",
        });
        return;
      case "ThisExpression":
        this.#this(node);
        return;
    }
  }

  #import(node: Node): void {
    const source = child(node, "source");
    const specifier = source === undefined ? "" : textOf(source, "value");
    this.#brings(node, specifier);
    if (children(node, "specifiers").length > 0) return;
    const module = nodeModule(specifier);
    if (module !== undefined && RULES.has(module)) this.#follow(node, [module]);
  }

  #export(node: Node): void {
    const source = child(node, "source");
    if (source === undefined || textOf(node, "exportKind") === "type") return;
    const specifier = textOf(source, "value");
    this.#brings(node, specifier);
    const module = nodeModule(specifier);
    if (module === undefined) return;
    const names = children(node, "specifiers").map((one) => {
      const local = child(one, "local");
      return local === undefined ? undefined : nameOfKey(local);
    });
    if (names.length === 0) this.#escapes(node, [module]);
    for (const name of names) {
      if (name === undefined) this.#escapes(node, [module]);
      else this.#arrive(node, canonicalPath([module, name]));
    }
  }

  /** Notes a module that is imported. */
  #brings(node: Node, specifier: string): void {
    this.imports.add(specifier);
    if (/^(?:data|blob):/.test(specifier)) {
      this.#add(node, {
        certainty: "unknown",
        rule: "generated-code",
        what: "imports code from a data: URL",
      });
    }
    const url = /^https?:/.test(specifier) ? URL.parse(specifier) : null;
    if (url !== null) {
      this.#add(node, {
        certainty: "uses",
        kind: "import",
        value: hostOf(url),
        rule: "import",
        what: `imports ${quote(specifier)}`,
      });
    }
    if (/\.(?:wasm)(?:$|\?)/.test(specifier)) this.#code(node, "WebAssembly");
    if (/\.node(?:$|\?)/.test(specifier)) {
      this.#add(node, {
        certainty: "uses",
        kind: "ffi",
        rule: "native-addon",
        what: `loads ${quote(specifier)}`,
      });
    }
    if (/^(?:file:|\/)/.test(specifier)) {
      this.#add(node, {
        certainty: "uses",
        kind: "read",
        value: specifier.replace(/^file:\/\//, ""),
        rule: "absolute-import",
        what: `imports ${quote(specifier)}`,
      });
    }
  }

  #dynamicImport(node: Node, source: Node | undefined): void {
    const values = this.#evaluator.evaluate(source);
    for (const value of values) {
      if (value.kind === "text") {
        this.#brings(node, value.text);
        const [path] = modulePath(value.text);
        if (path?.kind === "path") this.#follow(node, path.names);
      } else if (value.kind !== "local") {
        this.#add(node, {
          certainty: "unknown",
          rule: "computed-import",
          what: "imports a module whose name is computed",
        });
      }
    }
  }

  #callOf(node: Node): void {
    const callee = child(node, "callee");
    if (callee?.type === "Import") {
      this.#dynamicImport(node, children(node, "arguments")[0]);
    }
  }

  /** Follows a value through properties, up to what is done with it. */
  #follow(start: Node, names: readonly string[]): void {
    let [node, path] = [start, names];
    for (;;) {
      const { parent } = node;
      if (parent === undefined) return;
      const isObject = /MemberExpression$/.test(parent.type) &&
        child(parent, "object") === node;
      if (isObject) {
        const properties = this.#evaluator.propertyNames(parent);
        if (properties === undefined) {
          this.#computed(parent, path);
          return;
        }
        const [property = "", ...others] = properties;
        for (const other of others) {
          this.#arrive(parent, canonicalPath([...path, other]));
        }
        if (/^(?:call|apply|bind)$/.test(property)) {
          this.#indirect(parent, path, property);
          return;
        }
        if (property === "constructor" || property === "__proto__") {
          this.#code(parent, `${path.join(".")}.${property}`);
          return;
        }
        if (property === "then" && path.length === 1) {
          this.#then(parent, path);
          return;
        }
        [node, path] = [parent, canonicalPath([...path, property])];
        continue;
      }
      const isPassedOn = isTransparent(parent) ||
        parent.type === "LogicalExpression" ||
        parent.type === "ConditionalExpression" &&
          child(parent, "test") !== node ||
        parent.type === "SequenceExpression" &&
          children(parent, "expressions").at(-1) === node;
      if (isPassedOn) {
        node = parent;
        continue;
      }
      this.#arrive(node, path);
      return;
    }
  }

  /** A name is reached: says what it does by what is done with it. */
  #arrive(node: Node, path: readonly string[]): void {
    const text = path.join(".");
    const { parent } = node;
    const isCallee = parent !== undefined && isCall(parent) &&
      child(parent, "callee") === node;
    const given = isCallee && parent !== undefined
      ? children(parent, "arguments")
      : undefined;
    if (
      given !== undefined && parent !== undefined &&
      this.#call(parent, text, given)
    ) {
      return;
    }
    const found = ruleOf(path);
    if (found !== undefined) {
      if (given === undefined && !found.isDeeper && this.#isPassedOver(node)) {
        return;
      }
      this.#apply(node, found, text, given, parent);
      return;
    }
    if (path[0] === "process" && path[1] === "env") {
      this.#environment(node, path);
      return;
    }
    if (text === "require" || text === "process.getBuiltinModule") {
      if (given === undefined && !this.#isPassedOver(node)) {
        this.#escapes(node, path);
      }
      return;
    }
    if (isNamespace(text) && !this.#isPassedOver(node)) {
      this.#escapes(node, path);
    }
  }

  /** Handles calls that pass a value on; returns true if it did. */
  #call(call: Node, path: string, given: readonly Node[]): boolean {
    const [first, second] = given;
    switch (path) {
      case "require":
      case "process.getBuiltinModule":
        this.#require(call, first);
        return true;
      case "node:module.createRequire":
        this.#follow(call, ["require"]);
        return true;
      case "Reflect.get":
        for (const value of this.#evaluator.evaluate(call)) {
          if (value.kind === "path") this.#follow(call, value.names);
        }
        return false;
      case "Object":
      case "Object.freeze":
        return false;
      case "Reflect.apply":
      case "Reflect.construct":
        for (const value of this.#evaluator.evaluate(first)) {
          if (value.kind !== "path") continue;
          const found = ruleOf(value.names);
          const list = this.#evaluator.evaluate(
            path.endsWith("apply") ? given[2] : second,
          )[0];
          if (found !== undefined) {
            this.#apply(
              call,
              found,
              value.names.join("."),
              list?.kind === "list" ? list.items : undefined,
              call,
            );
          }
        }
        return false;
      case "Object.getPrototypeOf":
      case "Reflect.getPrototypeOf": {
        const [value] = this.#evaluator.evaluate(first);
        if (value?.kind === "function") this.#code(call, path);
        return true;
      }
      case "setTimeout":
      case "setInterval": {
        const values = this.#evaluator.evaluate(first);
        if (values.some(({ kind }) => kind === "text" || kind === "prefix")) {
          this.#code(call, `${path} with a text`);
        }
        return true;
      }
      case "Worker":
      case "SharedWorker":
        this.#worker(call, first);
        return true;
    }
    return false;
  }

  #require(call: Node, source: Node | undefined): void {
    const specifiers = this.#evaluator.texts(source);
    if (specifiers === undefined) {
      this.#add(call, {
        certainty: "unknown",
        rule: "computed-import",
        what: "requires a module whose name is computed",
      });
    }
    for (const specifier of specifiers ?? []) {
      this.#brings(call, specifier);
      const [value] = modulePath(specifier);
      if (value?.kind === "path") this.#follow(call, value.names);
    }
  }

  #worker(call: Node, source: Node | undefined): void {
    const values = this.#evaluator.evaluate(source);
    const isLocal = values.every((value) =>
      value.kind === "local" ||
      value.kind === "text" && /^\.{0,2}\//.test(value.text)
    );
    if (isLocal) return;
    this.#add(call, {
      certainty: "unknown",
      rule: "generated-code",
      what: "starts a worker with code that is not in a file of the plugin",
    });
  }

  /** `f.call(this, …)`, `f.apply(this, […])` and `f.bind(…)`. */
  #indirect(member: Node, path: readonly string[], how: string): void {
    const found = ruleOf(path);
    const text = path.join(".");
    const { parent } = member;
    const given = parent !== undefined && isCall(parent)
      ? children(parent, "arguments").slice(1)
      : undefined;
    if (text === "require" && parent !== undefined) {
      this.#require(parent, given?.[0]);
      return;
    }
    if (found === undefined) {
      if (isNamespace(text)) this.#escapes(member, path);
      return;
    }
    const [list] = how === "apply" ? this.#evaluator.evaluate(given?.[0]) : [];
    const args = how === "call"
      ? given
      : list?.kind === "list"
      ? list.items
      : undefined;
    this.#apply(member, found, text, args, parent);
  }

  /** `import("node:fs").then((fs) => …)`. */
  #then(member: Node, path: readonly string[]): void {
    const call = member.parent;
    const [callback] = call === undefined ? [] : children(call, "arguments");
    const [param] = callback !== undefined && isFunction(callback)
      ? children(callback, "params")
      : [];
    if (param?.type === "Identifier" && callback !== undefined) {
      const binding = callback.scope?.find(textOf(param, "name"));
      const references = binding && this.#references.get(binding);
      for (const node of references ?? []) this.#follow(node, path);
    } else if (param?.type === "ObjectPattern") {
      for (const property of children(param, "properties")) {
        const key = child(property, "key");
        const name = key === undefined ? undefined : nameOfKey(key);
        if (name === undefined) this.#escapes(member, path);
        else this.#arriveUncalled(property, canonicalPath([...path, name]));
      }
    } else if (isNamespace(path.join("."))) this.#escapes(member, path);
  }

  #arriveUncalled(node: Node, path: readonly string[]): void {
    const found = ruleOf(path);
    if (found !== undefined) {
      this.#apply(node, found, path.join("."), undefined, undefined);
    } else if (isNamespace(path.join("."))) this.#escapes(node, path);
  }

  /** Tests if the value goes to a variable, which is followed, or to nobody. */
  #isPassedOver(node: Node): boolean {
    const { parent } = node;
    if (parent === undefined) return true;
    if (HARMLESS.has(parent.type)) return true;
    switch (parent.type) {
      case "ConditionalExpression":
        return child(parent, "test") === node;
      case "VariableDeclarator":
        this.#taintPattern(child(parent, "id"), parent.scope);
        return parent.parent?.parent?.type !== "ExportNamedDeclaration";
      case "AssignmentPattern":
        return false;
      case "AssignmentExpression": {
        const left = child(parent, "left");
        if (left === node) return true;
        const isVariable = left !== undefined &&
          /^(?:Identifier|ObjectPattern|ArrayPattern)$/.test(left.type);
        if (isVariable) this.#taintPattern(left, parent.scope);
        return isVariable && this.#isPassedOver(parent);
      }
      case "CallExpression": {
        const callee = child(parent, "callee");
        if (callee === undefined || callee === node) return true;
        const [value] = this.#evaluator.evaluate(callee);
        const path = value?.kind === "path" ? value.names.join(".") : "";
        // What it returns is followed.
        if (path === "Reflect.get") {
          return this.#evaluator.texts(children(parent, "arguments")[1]) !==
            undefined;
        }
        if (!isFunction(callee)) return false;
        const index = children(parent, "arguments").indexOf(node);
        const param = children(callee, "params")[index];
        this.#taintPattern(param, callee.scope);
        return param !== undefined;
      }
      default:
        return false;
    }
  }

  #escapes(node: Node, path: readonly string[]): void {
    const name = path.join(".");
    this.#add(node, {
      certainty: "unknown",
      rule: "passed-on",
      what: `passes ${shownPath(name)} on, with all that it can do`,
    });
  }

  #computed(node: Node, path: readonly string[]): void {
    const name = path.join(".");
    if (name === "process.env" || name === "Deno.env") {
      this.#add(node, {
        certainty: "uses",
        kind: "env",
        rule: "env",
        what: `${name}[…]`,
      });
      return;
    }
    if (!isNamespace(name)) return;
    this.#add(node, {
      certainty: "unknown",
      rule: "computed-name",
      what: `uses a property of ${shownPath(name)} whose name is computed`,
    });
  }

  #code(node: Node, what: string): void {
    const isWasm = what.startsWith("WebAssembly");
    this.#add(node, {
      certainty: "unknown",
      rule: isWasm ? "wasm" : "generated-code",
      what: isWasm ? "runs WebAssembly" : `runs code that it makes: ${what}`,
    });
  }

  #environment(node: Node, path: readonly string[]): void {
    const [, , name] = path;
    const pattern = node.parent?.type === "VariableDeclarator"
      ? child(node.parent, "id")
      : undefined;
    if (name === undefined && pattern?.type === "ObjectPattern") {
      for (const property of children(pattern, "properties")) {
        const key = child(property, "key");
        const named = key === undefined || isSet(property, "computed")
          ? undefined
          : nameOfKey(key);
        this.#add(property, {
          certainty: "uses",
          kind: "env",
          ...named === undefined ? {} : { value: named },
          rule: "env",
          what: path.join("."),
        });
      }
    }
    if (name === undefined && this.#isPassedOver(node)) return;
    this.#add(node, {
      certainty: "uses",
      kind: "env",
      ...name === undefined ? {} : { value: name },
      rule: "env",
      what: path.join("."),
    });
  }

  /** `this` is the global object in a function that is called without one. */
  #this(node: Node): void {
    const { parent } = node;
    if (parent === undefined || !/MemberExpression$/.test(parent.type)) {
      if (this.#isSloppy(node) && parent?.type === "ReturnStatement") {
        this.#escapes(node, ["globalThis"]);
      }
      return;
    }
  }

  /** Tests if `this` may be the global object. */
  #isSloppy(node: Node): boolean {
    if (textOf(this.#tree.program, "sourceType") === "module") return false;
    for (let at = node.parent; at !== undefined; at = at.parent) {
      if (at.type === "FunctionExpression") return isCalledAlone(at);
      if (at.type === "FunctionDeclaration") {
        return children(child(at, "body") ?? at, "body").length === 1;
      }
      if (/^(?:Class|Object)/.test(at.type)) return false;
    }
    return false;
  }

  /** Properties of objects that nothing is known of. */
  #member(node: Node): void {
    const names = this.#evaluator.propertyNames(node) ?? [];
    const object = child(node, "object");
    if (object === undefined) return;
    for (const name of names) {
      if (TELLING_NAMES.has(name)) {
        const isKnown = this.#evaluator.evaluate(object).every(({ kind }) =>
          kind === "path"
        );
        if (!isKnown) this.#escapes(node, [name]);
      }
      if (name === "constructor") this.#constructorOf(node, object);
    }
  }

  /** The constructor of a function makes functions of texts. */
  #constructorOf(node: Node, object: Node): void {
    const names = this.#evaluator.propertyNames(object);
    const isTwice = /MemberExpression$/.test(object.type) &&
      names?.includes("constructor") === true;
    const [value] = this.#evaluator.evaluate(object);
    const { parent } = node;
    const isCalled = parent !== undefined && isCall(parent) &&
      child(parent, "callee") === node;
    const texts = isCalled && parent !== undefined
      ? children(parent, "arguments").map((one) =>
        this.#evaluator.evaluate(one)[0]
      )
      : [];
    const isText = texts.some((one) =>
      one?.kind === "text" && /[a-z]/i.test(one.text) || one?.kind === "prefix"
    );
    const isMethod = /MemberExpression$/.test(object.type) &&
      /^(?:ArrayExpression|StringLiteral|ObjectExpression|NumericLiteral|RegExpLiteral)$/
        .test(child(object, "object")?.type ?? "");
    if (isTwice || value?.kind === "function" || isText || isMethod) {
      this.#code(node, "a constructor of functions");
    }
  }

  #pattern(node: Node): void {
    const isTelling = children(node, "properties").some((property) => {
      const key = child(property, "key");
      const name = key === undefined ? undefined : nameOfKey(key);
      return isSet(property, "computed") || name === "constructor" ||
        name !== undefined && TELLING_NAMES.has(name);
    });
    if (!isTelling) return;
    for (const property of children(node, "properties")) {
      const key = child(property, "key");
      if (key === undefined) continue;
      const [name] = isSet(property, "computed")
        ? this.#evaluator.texts(key) ?? [undefined]
        : [nameOfKey(key)];
      const { parent } = node;
      const init = parent === undefined
        ? undefined
        : child(parent, "init") ?? child(parent, "right");
      const values: readonly Value[] = init === undefined
        ? []
        : this.#evaluator.evaluate(init);
      for (const value of values) {
        if (value.kind === "path") {
          if (name === undefined) this.#computed(property, value.names);
          else if (isSet(property, "computed")) {
            this.#arriveUncalled(
              property,
              canonicalPath([...value.names, name]),
            );
          }
        } else if (value.kind === "function" && name === "constructor") {
          this.#code(property, "a constructor of functions");
        }
      }
      if (
        name !== undefined && TELLING_NAMES.has(name) &&
        !values.some(({ kind }) => kind === "path")
      ) {
        this.#escapes(property, [name]);
      }
    }
  }

  /** Adds the observations that follow from a rule and its arguments. */
  #apply(
    node: Node,
    { rule, isDeeper }: FoundRule,
    path: string,
    given: readonly Node[] | undefined,
    call: Node | undefined,
  ): void {
    const { kind } = rule;
    if (kind === "code") {
      this.#code(node, path);
      return;
    }
    const isCalled = given !== undefined || isDeeper;
    const values = this.#valuesOf(rule, given, call);
    const also = rule.isOpening === true && onlyReads(given)
      ? undefined
      : rule.also;
    for (const each of also === undefined ? [kind] : [kind, also]) {
      for (const value of values) {
        if (value === "nothing") continue;
        this.#add(node, {
          certainty: isCalled ? "uses" : "may use",
          kind: each,
          ...typeof value === "string" ? { value } : value,
          rule: each,
          what: shownPath(path),
        });
      }
    }
  }

  #valuesOf(
    { argument, form, value }: Rule,
    given: readonly Node[] | undefined,
    call: Node | undefined,
  ): readonly (string | Beside | undefined)[] {
    if (value !== undefined) return [value];
    if (argument === undefined || given === undefined) return [undefined];
    const node = given[argument];
    if (node === undefined) return [undefined];
    if (form === "host") return [this.#hostOf(node)];
    const values = this.#evaluator.evaluate(node);
    // A first argument may be spread.
    if (node.type === "SpreadElement" || call === undefined) return [undefined];
    return values.map((one) => {
      if (form === "url") return hostOfValue(one);
      if (form === "path") return pathOfValue(one);
      return one.kind === "text" ? one.text : undefined;
    });
  }

  /** Returns the host of `{ hostname, port }`. */
  #hostOf(node: Node): string | undefined {
    const [value] = this.#evaluator.evaluate(node);
    if (value?.kind !== "object") return undefined;
    const read = (name: string) => {
      const property = children(value.node, "properties").find((one) => {
        const key = child(one, "key");
        return key !== undefined && nameOfKey(key) === name;
      });
      const given = property && child(property, "value");
      return given === undefined
        ? undefined
        : onlyText(this.#evaluator.evaluate(given));
    };
    const [hostname, port] = [read("hostname"), read("port")];
    return hostname === undefined
      ? undefined
      : port === undefined
      ? hostname
      : `${hostname}:${port}`;
  }
}

function isNodeModule({ isModule }: Source): boolean {
  return isModule !== undefined && nodeModule(isModule.specifier) !== undefined;
}

interface FoundRule {
  readonly rule: Rule;
  /** True if the name is a property of what the rule is about. */
  readonly isDeeper: boolean;
}

/** Properties of `Function` that make no code, such as the one that shows it. */
const HARMLESS_REGEXP =
  /^Function\.(?:toString|prototype\.(?:toString|bind|call|apply))(?:\.(?:bind|call|apply))*$/;

/** Finds the rule of a name, or of the object that it belongs to. */
function ruleOf(path: readonly string[]): FoundRule | undefined {
  if (HARMLESS_REGEXP.test(path.join("."))) return undefined;
  for (let length = path.length; length > 0; length--) {
    const rule = RULES.get(path.slice(0, length).join("."));
    if (rule !== undefined) return { rule, isDeeper: length < path.length };
  }
  return undefined;
}

function isCall({ type }: Node): boolean {
  return type === "CallExpression" || type === "NewExpression" ||
    type === "OptionalCallExpression";
}

function isCalledAlone(node: Node): boolean {
  const { parent } = node;
  return parent !== undefined && isCall(parent) &&
    child(parent, "callee") === node;
}

function shownPath(path: string): string {
  return path.replace(/^module:/, "");
}

/** Returns the host of a URL; `"nothing"` if it is a file. */
function hostOfValue(value: Value): string | undefined {
  if (value.kind === "local") return "nothing";
  if (value.kind !== "text" && value.kind !== "prefix") return undefined;
  const { text } = value;
  // The rest of a prefix may be the rest of the host.
  if (value.kind === "prefix" && !/^\w+:\/\/[^/?#]+[/?#]/.test(text)) {
    return undefined;
  }
  const url = URL.parse(text);
  if (url === null) return undefined;
  if (/^(?:data|blob|file):$/.test(url.protocol)) return "nothing";
  const web = url.protocol.replace(/^ws/, "http");
  return url.hostname === ""
    ? undefined
    : hostOf(new URL(`${web}//${url.host}`));
}

/** Tests if the options of opening a file, as they are written, only read it. */
function onlyReads(given: readonly Node[] | undefined): boolean {
  if (given === undefined) return false;
  if (given.some(({ type }) => type === "SpreadElement")) return false;
  const [, options] = given;
  return options === undefined ||
    options.type === "ObjectExpression" &&
      children(options, "properties").every((one) => {
        const key = child(one, "key");
        return one.type === "ObjectProperty" && !isSet(one, "computed") &&
          key !== undefined && nameOfKey(key) === "read";
      });
}

/** A path beside the module. */
type Beside = Required<Pick<Observation, "value" | "isBeside">>;

/** Returns a path that does not depend on where the host was started. */
function pathOfValue(value: Value): string | Beside | undefined {
  if (value.kind === "local") return { value: value.text, isBeside: true };
  if (value.kind !== "text") return undefined;
  return value.text.startsWith("file://")
    ? value.text.slice("file://".length)
    : value.text;
}

/** Finds names in which characters hide that make them look like others. */
function hiddenNames({ program }: SyntaxTree): readonly Observation[] {
  return namesIn(program).filter((node) =>
    hasHiddenCharacters(textOf(node, "name"))
  ).map((node) => ({
    certainty: "hidden",
    rule: "invisible-character",
    what: `in the name ${quote(textOf(node, "name"))}`,
    line: node.loc.start.line,
    column: node.loc.start.column + 1,
  }));
}

/** The number of characters in a line that no person writes. */
const LONG_LINE = 5_000;

/**
 * Finds what the code of a module does, by the names that it uses.
 *
 * @param path Its path: the end of it says what language it is.
 */
export function scanModule(text: string, path: string): ModuleScan {
  const notes: Observation[] = [];
  const note = (rule: string, what: string, certainty: "note" | "unknown") =>
    notes.push({ certainty, rule, what, line: 1, column: 1 });
  if (text.split("\n", 200).some(({ length }) => length > LONG_LINE)) {
    note("minified", "has lines that no person wrote", "note");
  }
  try {
    const tree = parseModule(text, path);
    const scanner = new ModuleScanner(tree);
    scanner.scan();
    if (hasSuspects(text)) notes.push(...hiddenNames(tree));
    return {
      observations: [...scanner.observations, ...notes],
      imports: [...scanner.imports],
    };
  } catch (thrown) {
    const why = thrown instanceof TooDeep
      ? "is nested too deeply to be looked at"
      : `does not parse: ${describeThrown(thrown)}`;
    note("unparsed", why, "unknown");
    return { observations: notes, imports: [] };
  }
}
