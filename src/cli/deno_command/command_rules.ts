import { type CoverKey, coverKey } from "../../permissions/cover_index.ts";
import type {
  PermissionEntry,
  PermissionKind,
} from "../../permissions/permission_set.ts";

export type RuleVerdict = "allow" | "deny" | "ignore";

/** One value of one flag of a command line. */
export type PermissionRule = Readonly<{
  verdict: RuleVerdict;
  /** The permission; the whole kind if it has no value. */
  entry: PermissionEntry;
}>;

/** The verdict of a command line for a permission. */
export type Decision = Readonly<{
  /** The effect; `undefined` if no flag applies. */
  verdict: RuleVerdict | undefined;
  /** The permission of the flag that decides, if any. */
  by: PermissionEntry | undefined;
  /** True if a flag `--allow-*` for the permission itself would win. */
  yields: boolean;
}>;

// For the same value, the strongest flag wins.
const STRENGTH: readonly RuleVerdict[] = ["allow", "ignore", "deny"];

function stronger(
  one: PermissionRule | undefined,
  other: PermissionRule,
): PermissionRule {
  if (one === undefined) return other;
  return STRENGTH.indexOf(other.verdict) > STRENGTH.indexOf(one.verdict)
    ? other
    : one;
}

/** A span, and the index of the next wider one that contains it, or -1. */
type Span = Readonly<{ key: string; rule: PermissionRule; outer: number }>;

class Group {
  readonly #exact = new Map<string, PermissionRule>();
  readonly #spans: readonly Span[];

  constructor(members: readonly (readonly [CoverKey, PermissionRule])[]) {
    const spans = new Map<string, PermissionRule>();
    for (const [{ key, isSpan }, rule] of members) {
      const known = isSpan ? spans : this.#exact;
      known.set(key, stronger(known.get(key), rule));
    }
    const sorted: Span[] = [];
    for (const key of [...spans.keys()].sort()) {
      const rule = spans.get(key);
      if (rule === undefined) continue;
      let outer = sorted.length - 1;
      while (outer !== -1 && !key.startsWith(sorted[outer]?.key ?? "")) {
        outer = sorted[outer]?.outer ?? -1;
      }
      sorted.push({ key, rule, outer });
    }
    this.#spans = sorted;
  }

  at({ key, isSpan }: CoverKey): PermissionRule | undefined {
    return isSpan ? undefined : this.#exact.get(key);
  }

  /** Returns the innermost span around a key, or the outermost for IP ranges. */
  around({ key }: CoverKey): Span | undefined {
    let low = 0;
    let high = this.#spans.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#spans[middle]?.key ?? "") <= key) low = middle + 1;
      else high = middle;
    }
    let span = this.#spans[low - 1];
    while (span !== undefined && !key.startsWith(span.key)) {
      span = this.#spans[span.outer];
    }
    if (!key.startsWith("4:")) return span;
    while (span !== undefined && span.outer !== -1) {
      span = this.#spans[span.outer] ?? span;
    }
    return span;
  }
}

class KindRules {
  readonly #whole: PermissionRule | undefined;
  readonly #groups: ReadonlyMap<string, Group>;
  // Deno denies a program by name in every directory.
  readonly #deniedNames = new Map<string, PermissionRule>();

  constructor(kind: PermissionKind, rules: readonly PermissionRule[]) {
    let whole: PermissionRule | undefined;
    const members: [CoverKey, PermissionRule][] = [];
    for (const rule of rules) {
      const { value } = rule.entry;
      if (value === undefined) {
        whole = stronger(whole, rule);
        continue;
      }
      members.push([coverKey(kind, value), rule]);
      if (kind === "run" && rule.verdict !== "allow") {
        this.#deniedNames.set(programOf(value), rule);
      }
    }
    this.#whole = whole;
    const byGroup = Map.groupBy(members, ([{ group }]) => group);
    this.#groups = new Map(
      Array.from(byGroup, ([name, own]) => [name, new Group(own)]),
    );
  }

  decide({ kind, value }: PermissionEntry): Decision {
    if (value === undefined) return decision(this.#whole, false);
    const key = coverKey(kind, value);
    const own = this.#groups.get(key.group);
    const exact = own?.at(key);
    if (exact !== undefined) return decision(exact, false);
    const span = own?.around(key);
    if (span !== undefined) {
      const isSame = key.isSpan && span.key === key.key;
      // The wider of two IP ranges wins.
      const isRange = key.isSpan && key.key.startsWith("4:");
      return decision(span.rule, !isSame && !isRange);
    }
    const wider = key.wider === undefined
      ? undefined
      : this.#groups.get(key.wider);
    const rule = wider?.at(key) ?? wider?.around(key)?.rule ??
      this.#deniedNames.get(programOf(value)) ?? this.#whole;
    return decision(rule, true);
  }
}

function programOf(value: string): string {
  const end = Math.max(value.lastIndexOf("/"), value.lastIndexOf("\\"));
  return value.slice(end + 1);
}

function decision(
  rule: PermissionRule | undefined,
  yields: boolean,
): Decision {
  return { verdict: rule?.verdict, by: rule?.entry, yields };
}

const NOTHING: Decision = { verdict: undefined, by: undefined, yields: true };

/**
 * Decides which flag of a command line applies to a permission.
 *
 * Of two flags, Deno applies the narrower: a value wins over a whole kind, a
 * host with a port over one without, an inner directory over an outer one. Of two
 * IP ranges, it applies the wider.
 */
export class CommandRules {
  readonly #kinds: ReadonlyMap<PermissionKind, KindRules>;

  constructor(rules: readonly PermissionRule[]) {
    const byKind = Map.groupBy(rules, ({ entry }) => entry.kind);
    this.#kinds = new Map(
      Array.from(byKind, ([kind, own]) => [kind, new KindRules(kind, own)]),
    );
  }

  /** Decides on a permission in normal form; a permission granted in part counts as granted. */
  decide(entry: PermissionEntry): Decision {
    return this.#kinds.get(entry.kind)?.decide(entry) ?? NOTHING;
  }
}
