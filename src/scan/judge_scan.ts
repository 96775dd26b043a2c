/** Compares what a source does with what its manifest declares. Pure. */

import { quote } from "../base/text.ts";
import { isAbsolutePath, normalizePath } from "../base/path.ts";
import { valueFault } from "../permissions/check_declaration.ts";
import {
  listEntries,
  type PermissionDeclaration,
  type PermissionKind,
} from "../permissions/permission_set.ts";
import { normalValues } from "../permissions/normalize_permissions.ts";
import { SetIndex } from "../permissions/set_algebra.ts";
import type { Observation } from "./observation.ts";

/** An observation in a file. */
export interface LocatedObservation extends Observation {
  /** The path in the plugin. */
  readonly file: string;
}

/** An observation, and what it means beside the manifest. */
export interface ScanFinding extends LocatedObservation {
  /**
   * `error`: it is hidden, or the manifest does not declare what the code does.
   * `warning`: it may do what the manifest does not declare, or cannot be known.
   * `note`: good to know.
   */
  readonly severity: "error" | "warning" | "note";
  /** The finding in a sentence. */
  readonly message: string;
  /** The way to solve it. */
  readonly remedy: string;
  /** The line of the manifest to add, if that is the way. */
  readonly add?: string;
}

/** The result of a scan. */
export interface ScanReport {
  /** The findings, by severity, file and line. */
  readonly findings: readonly ScanFinding[];
  /** Uses that the manifest declares. */
  readonly declared: readonly LocatedObservation[];
  /** The modules of others that it brings, sorted. */
  readonly imports: readonly string[];
}

/** The permissions that a manifest declares. */
export interface ScannedDeclaration {
  readonly permissions: PermissionDeclaration;
  readonly optionalPermissions: PermissionDeclaration;
}

const SEVERITIES = ["error", "warning", "note"] as const;

const UNKNOWN_REMEDIES: Readonly<Record<string, string>> = {
  "computed-import": "Write the names of modules out",
  "computed-name": "Write the name of the property out",
  "generated-code": "Write the code into a module of the plugin",
  "install-script":
    "Remove the script: nothing of a plugin runs when it is installed",
  "native-addon": "Declare ffi, or use WebAssembly or a module in TypeScript",
  "passed-on": "Pass on the one function that is needed",
  unparsed: "Correct the file, or remove it",
  wasm: "Say in the description what the WebAssembly is made of",
  with: "Write the object before each of its properties",
};

/** Tests permissions that are declared: entry by entry, without a directory. */
class Declared {
  readonly #kinds: ReadonlySet<PermissionKind>;
  readonly #whole: ReadonlySet<PermissionKind>;
  readonly #index: SetIndex;
  readonly #written: ReadonlySet<string>;

  constructor({ permissions, optionalPermissions }: ScannedDeclaration) {
    const entries = [permissions, optionalPermissions].flatMap(listEntries);
    this.#kinds = new Set(entries.map(({ kind }) => kind));
    this.#whole = new Set(
      entries.filter(({ value }) => value === undefined).map(({ kind }) =>
        kind
      ),
    );
    this.#written = new Set(
      entries.map(({ kind, value = "" }) => `${kind} ${plain(value)}`),
    );
    const lists: Partial<Record<PermissionKind, string[]>> = {};
    for (const { kind, value } of entries) {
      const isRelative = isPathKind(kind) && !isAbsolutePath(value ?? "");
      if (value === undefined || isRelative) continue;
      (lists[kind] ??= []).push(
        ...isPathKind(kind)
          ? [normalizePath(value)]
          : normalValues(kind, value),
      );
    }
    this.#index = new SetIndex(lists);
  }

  hasKind(kind: PermissionKind): boolean {
    return this.#kinds.has(kind);
  }

  /** Tests if a value is declared; `undefined` if nothing but running tells. */
  covers(kind: PermissionKind, value: string): boolean | undefined {
    if (this.#whole.has(kind)) return true;
    if (this.#written.has(`${kind} ${plain(value)}`)) return true;
    if (isPathKind(kind)) {
      if (!isAbsolutePath(value)) return undefined;
      return this.#index.covers({ kind, value: normalizePath(value) })
        ? true
        : undefined;
    }
    if (valueFault(kind, value, undefined) !== undefined) return undefined;
    return normalValues(kind, value).every((one) =>
      this.#index.covers({ kind, value: one })
    );
  }
}

function isPathKind(kind: PermissionKind): boolean {
  return kind === "read" || kind === "write" || kind === "ffi";
}

function plain(value: string): string {
  return value.replace(/^\.\//, "").replace(/\/$/, "");
}

/** The line that declares a permission. */
function lineOf(kind: PermissionKind, value: string | undefined): string {
  const isUsable = value !== undefined &&
    valueFault(kind, value, undefined) === undefined;
  return `"${kind}": [${isUsable ? JSON.stringify(value) : '"…"'}]`;
}

/** Tests if a path beside a module is inside the plugin, however deep the module is. */
function isOwnFile({ isBeside, file, value }: LocatedObservation): boolean {
  // Characters that a URL changes, and a directory with more behind its name.
  const isPlain = value !== undefined &&
    /^(?!\.[^./]|\.\.[^/])[^%?#\\\s\p{Cc}]+$/u.test(value);
  if (isBeside !== true || !isPlain) return false;
  let depth = file.split("/").length - 1;
  for (const name of value.split("/")) {
    if (name === "..") depth--;
    else if (name !== "" && name !== ".") depth++;
    if (depth < 0) return false;
  }
  return !value.startsWith("/");
}

function judge(
  found: LocatedObservation,
  declared: Declared,
): ScanFinding | undefined {
  const { certainty, kind, value, what, rule } = found;
  // A plugin may always read its own directory.
  if (kind === "read" && isOwnFile(found)) return undefined;
  if (certainty === "hidden") {
    return {
      ...found,
      severity: "error",
      message: `has characters that nobody sees: ${what}`,
      remedy: "Remove them, or write them as escapes",
    };
  }
  if (kind === undefined) {
    return {
      ...found,
      severity: certainty === "note" ? "note" : "warning",
      message: what,
      remedy: UNKNOWN_REMEDIES[rule] ?? "Publish the code that people wrote",
    };
  }
  const severity = certainty === "uses" ? "error" : "warning";
  const verb = certainty === "uses" ? "needs" : "may need";
  const shown = value === undefined ? kind : `${kind} to ${quote(value)}`;
  if (!declared.hasKind(kind)) {
    const add = lineOf(kind, value);
    return {
      ...found,
      severity,
      message: `${what} ${verb} ${shown}, which the manifest does not declare`,
      remedy: `Add ${add} to "permissions", or remove the code`,
      add,
    };
  }
  const isCovered = value === undefined ? true : declared.covers(kind, value);
  if (isCovered !== false) return undefined;
  const add = lineOf(kind, value);
  return {
    ...found,
    severity,
    message:
      `${what} ${verb} ${shown}, and the manifest declares ${kind} for others`,
    remedy: `Add the value to "permissions.${kind}", or remove the code`,
    add,
  };
}

function byPlace(one: ScanFinding, other: ScanFinding): number {
  return SEVERITIES.indexOf(one.severity) -
      SEVERITIES.indexOf(other.severity) ||
    (one.file < other.file ? -1 : one.file > other.file ? 1 : 0) ||
    one.line - other.line || one.column - other.column;
}

/** Compares observations with what a manifest declares. */
export function judgeScan(
  observations: readonly LocatedObservation[],
  imports: readonly string[],
  declaration: ScannedDeclaration,
): ScanReport {
  const declared = new Declared(declaration);
  const findings: ScanFinding[] = [];
  const fine: LocatedObservation[] = [];
  for (const found of observations) {
    const finding = judge(found, declared);
    if (finding === undefined) fine.push(found);
    else findings.push(finding);
  }
  return {
    findings: findings.sort(byPlace),
    declared: fine,
    imports: [...new Set(imports)].sort(),
  };
}
