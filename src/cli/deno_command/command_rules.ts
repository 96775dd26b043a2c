/**
 * Decides which flag of a command line applies to a permission.
 *
 * The narrower of two flags takes precedence: a value before a whole kind, a
 * host with a port before one without, an inner directory before an outer one.
 * Of two subnets, the wider one does.
 *
 * @module
 */

import {
  type CoverKey,
  coverKey,
} from "../../permissions/normalize_permissions.ts";
import type {
  PermissionEntry,
  PermissionKind,
} from "../../permissions/permission_set.ts";

/** The effect of a flag on a permission. */
export type RuleVerdict = "allow" | "deny" | "ignore";

/** One value of one flag of a command line. */
export type PermissionRule = Readonly<{
  verdict: RuleVerdict;
  entry: PermissionEntry;
}>;

/** The effect of a command line on a permission. */
export type RuleDecision = Readonly<{
  /** The rule that applies, if any. */
  rule: PermissionRule | undefined;
  /** True if a flag `--allow-*` for the permission itself would take precedence. */
  yields: boolean;
}>;

// Of two rules for the same value, the stronger one applies.
const STRENGTH: readonly RuleVerdict[] = ["allow", "ignore", "deny"];

function stronger(
  one: PermissionRule | undefined,
  other: PermissionRule,
): PermissionRule {
  const isStronger = one === undefined ||
    STRENGTH.indexOf(other.verdict) > STRENGTH.indexOf(one.verdict);
  return isStronger ? other : one;
}

/** A span, and the next wider one that contains it. */
type Span = Readonly<{
  key: string;
  rule: PermissionRule;
  outer: Span | undefined;
}>;

class Group {
  readonly #exact = new Map<string, PermissionRule>();
  readonly #spans: readonly Span[];

  constructor(members: readonly (readonly [CoverKey, PermissionRule])[]) {
    const rules = new Map<string, PermissionRule>();
    for (const [{ key, isSpan }, rule] of members) {
      const known = isSpan ? rules : this.#exact;
      known.set(key, stronger(known.get(key), rule));
    }
    let outer: Span | undefined;
    this.#spans = [...rules].sort(([a], [b]) => a < b ? -1 : 1)
      .map(([key, rule]) => {
        while (outer !== undefined && !key.startsWith(outer.key)) {
          outer = outer.outer;
        }
        return outer = { key, rule, outer };
      });
  }

  /** The rule for exactly this key. */
  at({ key, isSpan }: CoverKey): PermissionRule | undefined {
    return isSpan ? undefined : this.#exact.get(key);
  }

  /** The innermost span that contains a key; of subnets, the outermost. */
  around({ key }: CoverKey): Span | undefined {
    let low = 0;
    let high = this.#spans.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#spans[middle]?.key ?? "") <= key) low = middle + 1;
      else high = middle;
    }
    let span = this.#spans[low - 1];
    while (span !== undefined && !key.startsWith(span.key)) span = span.outer;
    if (!key.startsWith("4:")) return span;
    while (span?.outer !== undefined) span = span.outer;
    return span;
  }
}

function programOf(value: string): string {
  const end = Math.max(value.lastIndexOf("/"), value.lastIndexOf("\\"));
  return value.slice(end + 1);
}

class KindRules {
  #whole: PermissionRule | undefined;
  readonly #groups: ReadonlyMap<string, Group>;
  // Deno denies a program by its name, wherever it is.
  readonly #deniedNames = new Map<string, PermissionRule>();

  constructor(kind: PermissionKind, rules: readonly PermissionRule[]) {
    const members: [CoverKey, PermissionRule][] = [];
    for (const rule of rules) {
      const { value } = rule.entry;
      if (value === undefined) {
        this.#whole = stronger(this.#whole, rule);
        continue;
      }
      members.push([coverKey(kind, value), rule]);
      if (kind === "run" && rule.verdict !== "allow") {
        this.#deniedNames.set(programOf(value), rule);
      }
    }
    const byGroup = Map.groupBy(members, ([{ group }]) => group);
    this.#groups = new Map(
      Array.from(byGroup, ([name, own]) => [name, new Group(own)]),
    );
  }

  decide({ kind, value }: PermissionEntry): RuleDecision {
    if (value === undefined) return { rule: this.#whole, yields: false };
    const key = coverKey(kind, value);
    const own = this.#groups.get(key.group);
    const exact = own?.at(key);
    if (exact !== undefined) return { rule: exact, yields: false };
    const span = own?.around(key);
    if (span !== undefined) {
      const isSame = key.isSpan && span.key === key.key;
      const isSubnet = key.isSpan && key.key.startsWith("4:");
      return { rule: span.rule, yields: !isSame && !isSubnet };
    }
    const wider = key.wider === undefined
      ? undefined
      : this.#groups.get(key.wider);
    const rule = wider?.at(key) ?? wider?.around(key)?.rule ??
      this.#deniedNames.get(programOf(value)) ?? this.#whole;
    return { rule, yields: true };
  }
}

/** The flags of a command line, indexed for many questions. */
export class CommandRules {
  /** Each value of each flag, and what Deno grants without a flag. */
  readonly all: readonly PermissionRule[];
  readonly #kinds: ReadonlyMap<PermissionKind, KindRules>;

  constructor(rules: readonly PermissionRule[]) {
    this.all = rules;
    const byKind = Map.groupBy(rules, ({ entry }) => entry.kind);
    this.#kinds = new Map(
      Array.from(byKind, ([kind, own]) => [kind, new KindRules(kind, own)]),
    );
  }

  /** Finds the rule for an entry in normal form. */
  decide(entry: PermissionEntry): RuleDecision {
    return this.#kinds.get(entry.kind)?.decide(entry) ??
      { rule: undefined, yields: true };
  }

  /** Tests if an entry is granted, even if a part of it is denied. */
  grants(entry: PermissionEntry): boolean {
    return this.decide(entry).rule?.verdict === "allow";
  }
}
