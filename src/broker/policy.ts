/** Decides about one check of a plugin's process. Pure. */

import { isAbsolutePath, normalizePath } from "../base/path.ts";
import { fileName } from "../base/path.ts";
import {
  formatNetEndpoint,
  isPermissionKind,
  listEntries,
  parseNetEndpoint,
  type PermissionEntry,
  type PermissionKind,
  type PermissionSet,
} from "../permissions/permission_set.ts";
import { canonicalSysKind } from "../permissions/permission_set.ts";
import {
  CoverIndex,
  coverKey,
  normalForm,
} from "../permissions/normalize_permissions.ts";
import { SetIndex } from "../permissions/set_algebra.ts";
import { type DenialCause, denialOf } from "./denial.ts";
import type { BrokerRequest } from "./protocol.ts";
import type { FindPlace } from "./real_place.ts";

/** Everything that the decisions about a plugin depend on. Sets are in normal form. */
export interface PolicyFacts {
  readonly id: string;
  /** The permissions of its manifest, required and optional. */
  readonly declared: PermissionSet;
  readonly granted: PermissionSet;
  readonly undecided: PermissionSet;
  readonly revoked: PermissionSet;
  /** The files of its code, without symbolic links, which it may always read. */
  readonly codePaths: readonly string[];
  /** The hosts that it may import from. */
  readonly importHosts: true | readonly string[];
  /** The directories in which programs are looked up by name. */
  readonly searchPath: readonly string[];
}

/** A decision about a check. */
export type Verdict =
  & {
    /** The permission, with the value as it was requested. */
    readonly permission: PermissionEntry;
    readonly isDeclared: boolean;
  }
  & (
    | { readonly kind: "allow" }
    | { readonly kind: "deny"; readonly reason: string }
    /** A person may be asked for this entry of the manifest. */
    | { readonly kind: "ask"; readonly entry: PermissionEntry }
  );

const PATH_KINDS: readonly PermissionKind[] = ["read", "write", "ffi"];

/** The kinds whose values are paths that lead somewhere. */
export function isPathKind(kind: PermissionKind): boolean {
  return PATH_KINDS.includes(kind);
}

/** Returns the programs that a set names, each by its absolute paths. */
function programsOf(
  { run }: PermissionSet,
  searchPath: readonly string[],
): true | readonly string[] {
  if (run === undefined || run === true) return run ?? [];
  return run.flatMap((value) =>
    isAbsolutePath(value)
      ? [value]
      : searchPath.map((directory) => normalizePath(`${directory}/${value}`))
  );
}

type PathEntry = PermissionEntry & { readonly value: string };

function isPathEntry(entry: PermissionEntry): entry is PathEntry {
  return entry.value !== undefined && isPathKind(entry.kind);
}

/**
 * Finds the place that a path of a set leads to; `undefined` if it cannot be known
 * yet. `mayBeLink` is false once the plugin may have put a link there.
 */
export type FindRoot = (
  path: string,
  mayBeLink: boolean,
) => string | undefined;

/** A set, with the places that its paths lead to and the programs that its names mean. */
class Part {
  readonly #whole: PermissionSet;
  readonly #findRoot: FindRoot;
  #entries: readonly PermissionEntry[];
  /** The paths whose places are not known yet. */
  #open: readonly PathEntry[];
  #index: SetIndex;
  readonly #roots = new Set<string>();

  constructor(
    set: PermissionSet,
    searchPath: readonly string[],
    findRoot: FindRoot,
  ) {
    this.#whole = set;
    this.#findRoot = findRoot;
    const run = programsOf(set, searchPath);
    const { run: _, ...others } = set;
    this.#entries = [
      ...listEntries(others),
      ...run === true
        ? [{ kind: "run" as const }]
        : run.map((value) => ({ kind: "run" as const, value })),
    ];
    this.#open = this.#entries.filter(isPathEntry);
    for (const { value } of this.#open) this.#roots.add(value);
    this.#index = new SetIndex(normalForm(this.#entries));
    this.#place(true);
  }

  /** Finds the places of paths that were not there before. */
  placeNew(): void {
    if (this.#open.length > 0) this.#place(false);
  }

  #place(mayBeLink: boolean): void {
    const found: PathEntry[] = [];
    this.#open = this.#open.filter(({ kind, value }) => {
      const root = this.#findRoot(value, mayBeLink);
      if (root === undefined) return true;
      if (root !== value) found.push({ kind, value: root });
      return false;
    });
    if (found.length === 0) return;
    this.#entries = [...this.#entries, ...found];
    for (const { value } of found) this.#roots.add(value);
    this.#index = new SetIndex(normalForm(this.#entries));
  }

  isWhole(kind: PermissionKind): boolean {
    return this.#whole[kind] === true;
  }

  has(kind: PermissionKind): boolean {
    return this.#whole[kind] !== undefined;
  }

  covers(entry: PermissionEntry): boolean {
    return this.#index.covers(entry);
  }

  readonly isRoot = (path: string): boolean => this.#roots.has(path);
}

/** A value as sets hold it, or the reason why no set can. */
type Normal =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly cause: DenialCause };

function ok(value: string): Normal {
  return { ok: true, value };
}

function normalPath(value: string): Normal {
  if (!isAbsolutePath(value)) return { ok: false, cause: { kind: "relative" } };
  const normal = normalizePath(value);
  const hasDots = /(?:^|[\\/])\.\.(?:[\\/]|$)/.test(value);
  // The system would resolve links first, and then the dots.
  if (hasDots) return { ok: false, cause: { kind: "dots", normal } };
  return ok(normal);
}

function normalValue(kind: PermissionKind, value: string): Normal {
  switch (kind) {
    case "read":
    case "write":
    case "ffi":
      return normalPath(value);
    case "run":
      return /[\\/]/.test(value)
        ? normalPath(value)
        : { ok: false, cause: { kind: "name" } };
    case "sys":
      return ok(canonicalSysKind(value));
    case "net":
    case "import": {
      const endpoint = parseNetEndpoint(value);
      // The system may take another spelling for an address that was revoked.
      return "fault" in endpoint
        ? { ok: false, cause: { kind: "form", ...endpoint } }
        : ok(formatNetEndpoint(endpoint));
    }
    case "env":
      return ok(value);
  }
}

const CONSTANT_KINDS: ReadonlySet<string> = new Set(
  ["net", "env", "sys", "import"],
);
const MOST_KNOWN = 500;

/** The longest value that anyone could grant. */
const MAX_LENGTH = 16_384;

export interface PolicyPowers {
  /** Finds where a path leads now. */
  readonly findPlace: FindPlace;
  readonly findRoot: FindRoot;
}

/** The rules for one plugin's process, as long as its grants are the same. */
export class Policy {
  readonly #facts: PolicyFacts;
  readonly #findPlace: FindPlace;
  readonly #declared: Part;
  readonly #granted: Part;
  readonly #askable: Part;
  readonly #revoked: Part;
  readonly #undecided: readonly (readonly [PermissionEntry, Part])[];
  /** The paths whose change would undo a rule. */
  readonly #guarded: CoverIndex;
  readonly #code: SetIndex;
  /** The verdicts about values that were requested before. */
  readonly #known = new Map<string, Verdict>();

  constructor(facts: PolicyFacts, { findPlace, findRoot }: PolicyPowers) {
    const { granted, undecided, revoked, declared } = facts;
    const { codePaths, importHosts, searchPath } = facts;
    this.#facts = facts;
    this.#findPlace = findPlace;
    const part = (set: PermissionSet) => new Part(set, searchPath, findRoot);
    const { import: _, ...others } = granted;
    const allowed = { ...others, import: importHosts };
    this.#declared = part(declared);
    this.#granted = part(allowed);
    this.#askable = part(
      normalForm([...listEntries(allowed), ...listEntries(undecided)]),
    );
    this.#revoked = part(revoked);
    this.#undecided = listEntries(undecided).map((entry) =>
      [entry, part(normalForm([entry]))] as const
    );
    this.#code = new SetIndex({ read: codePaths });
    const programs = programsOf(granted, searchPath);
    const guarded = [
      ...programs === true ? [] : programs,
      ...[revoked.read, revoked.write].flatMap((paths) =>
        paths === undefined || paths === true
          ? []
          : paths.flatMap((path) => [path, findRoot(path, true) ?? path])
      ),
    ];
    this.#guarded = new CoverIndex(
      guarded.filter(isAbsolutePath).map((path) => coverKey("write", path)),
    );
  }

  /** Decides about a request. */
  decide(request: BrokerRequest): Verdict {
    const { permission, value } = request;
    // What a path leads to may change; all else depends on the grants alone.
    if (value === null || !CONSTANT_KINDS.has(permission)) {
      return this.#decide(request);
    }
    const key = `${permission} ${value}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const verdict = this.#decide(request);
    if (this.#known.size < MOST_KNOWN) this.#known.set(key, verdict);
    return verdict;
  }

  #decide({ permission: name, value }: BrokerRequest): Verdict {
    if (!isPermissionKind(name)) {
      return this.#deny({ kind: "sys", value: name }, { kind: "unknown" });
    }
    const kind = name;
    if (value === null) return this.#decideWhole(kind);
    if (value.length > MAX_LENGTH) {
      return this.#deny({ kind, value }, { kind: "long" });
    }
    const isFree = this.#granted.isWhole(kind) && !this.#hasExceptions(kind);
    const normal = normalValue(kind, value);
    if (!normal.ok) {
      const entry = { kind, value };
      if (isFree) return this.#allow(entry);
      const isListed = normal.cause.kind === "form" &&
        !this.#askable.isWhole(kind);
      return this.#deny(
        entry,
        isListed ? { kind: "undeclared" } : normal.cause,
      );
    }
    const entry = { kind, value: normal.value };
    return isFree ? this.#allow(entry) : this.#decideValue(entry);
  }

  /** Tests if a part of a kind may be denied although the whole kind is granted. */
  #hasExceptions(kind: PermissionKind): boolean {
    if (this.#revoked.has(kind)) return true;
    if (kind !== "write") return false;
    const { run } = this.#facts.granted;
    return this.#revoked.has("read") || (run !== undefined && run !== true);
  }

  #decideWhole(kind: PermissionKind): Verdict {
    const entry = { kind };
    if (this.#granted.isWhole(kind) && !this.#hasExceptions(kind)) {
      return this.#allow(entry);
    }
    return this.#deny(entry, {
      kind: this.#revoked.has(kind) && this.#declared.isWhole(kind)
        ? "revoked"
        : "whole",
    });
  }

  #decideValue(entry: PermissionEntry & { readonly value: string }): Verdict {
    const { kind, value } = entry;
    if (isPathKind(kind)) {
      for (const part of [this.#granted, this.#askable, this.#revoked]) {
        part.placeNew();
      }
    }
    const isCode = kind === "read" && this.#code.covers(entry);
    if (!isCode && this.#revoked.covers(entry)) {
      return this.#deny(entry, { kind: "revoked" });
    }
    // Alone, a link below an undecided directory has a place that both do not have.
    const isKnown = this.#granted.covers(entry) || this.#askable.covers(entry);
    if (!isCode && !isKnown) {
      return this.#deny(entry, { kind: "undeclared" });
    }
    let real = entry;
    if (isPathKind(kind) || kind === "run") {
      const place = this.#findPlace(
        value,
        (path) => this.#granted.isRoot(path) || this.#askable.isRoot(path),
      );
      if (place.kind === "unknown" && kind !== "run") {
        return this.#deny(entry, { kind: "unplaced", fault: place.fault });
      }
      if (place.kind === "known") real = { kind, value: place.path };
    }
    return this.#decideReal(entry, real);
  }

  #decideReal(
    entry: PermissionEntry,
    real: PermissionEntry & { readonly value: string },
  ): Verdict {
    const { kind } = entry;
    if (kind === "read" && this.#code.covers(real)) return this.#allow(entry);
    if (this.#revoked.covers(real)) {
      return this.#deny(entry, { kind: "revoked" });
    }
    if (kind === "write" && this.#guarded.touches(coverKey(kind, real.value))) {
      return this.#deny(entry, { kind: "guarded" });
    }
    // A program is what its path says, wherever that leads.
    const isCovered = (part: Part) =>
      (kind === "run" || part.covers(real)) &&
      (part.covers(entry) || this.#code.covers(entry));
    if (isCovered(this.#granted)) return this.#allow(entry);
    if (!isCovered(this.#askable)) return this.#deny(entry, { kind: "leads" });
    const asked =
      this.#undecided.find(([, part]) =>
        part.covers(entry) && !this.#granted.covers(entry)
      ) ?? this.#undecided.find(([, part]) => part.covers(real));
    if (asked === undefined) return this.#deny(entry, { kind: "leads" });
    return {
      kind: "ask",
      permission: entry,
      isDeclared: true,
      entry: asked[0],
    };
  }

  /** Denies what a person was asked for and did not grant. */
  refuse({ permission }: Verdict): Verdict {
    return this.#deny(permission, { kind: "refused" });
  }

  #allow(permission: PermissionEntry): Verdict {
    const isDeclared = this.#isDeclared(permission);
    return { kind: "allow", permission, isDeclared };
  }

  #isDeclared(entry: PermissionEntry): boolean {
    return entry.value === undefined
      ? this.#declared.isWhole(entry.kind)
      : this.#declared.covers(entry);
  }

  #deny(permission: PermissionEntry, given: DenialCause): Verdict {
    const isDeclared = this.#isDeclared(permission);
    const { id, granted: { run } } = this.#facts;
    const cause: DenialCause = given.kind === "undeclared" && isDeclared
      ? { kind: "refused" }
      : given;
    const programs = Array.isArray(run) ? run : [];
    const path = cause.kind !== "name" ? undefined : programs
      .find((one) => isAbsolutePath(one) && fileName(one) === permission.value);
    return {
      kind: "deny",
      permission,
      isDeclared,
      reason: denialOf(id, permission, cause, path),
    };
  }
}
