/** Prepares the plugins of a host for the page: sorted, counted and filtered. */

import { describeDifference } from "../policy/consent.ts";
import type { HostInspection } from "../../mod.ts";
import {
  asUpdated,
  type DeclaredPermission,
  declaredPermissions,
  type PermissionUse,
} from "./declared_permissions.ts";
import type { PageQuery, StatusFilter } from "./page_query.ts";

export type Plugin = HostInspection["plugins"][number];

/** The color of a status: from worst to of no interest. */
export type Tone = "bad" | "warn" | "good" | "off";

/** One plugin, as the page shows it. */
export interface Row {
  readonly plugin: Plugin;
  /** Unique on the page, and fit for an `id`. */
  readonly key: string;
  readonly name: string;
  /** The id; a source without one. */
  readonly id: string;
  /** False if another plugin has the id, so that nothing can be done to this one. */
  readonly isOwner: boolean;
  readonly rank: number;
  readonly tone: Tone;
  /** The status in words. */
  readonly label: string;
  /** The line under the name: the first problem, or the description. */
  readonly summary: string;
  /** True if its code does not run, and waits for a person's yes. */
  readonly isWaiting: boolean;
  /** Finds what is known of each permission that it declares. */
  readonly declared: () => readonly DeclaredPermission[];
  /** Finds the same as its files declare it, if they differ from what runs. */
  readonly updated: () => readonly DeclaredPermission[];
  /** The ids that require it, and whether they are live. */
  readonly dependents: readonly {
    readonly id: string;
    readonly isLive: boolean;
  }[];
}

/** Tests if the code of a plugin does not run because nobody agreed to it. */
function isWaiting({ consent, decision, problems, status }: Plugin): boolean {
  return consent?.waiting !== undefined &&
    (status === "idle" && decision.kind === "ask" ||
      status === "refused" &&
        problems.every(({ code }) => code === "PLUGIN_CONSENT_MISSING"));
}

function judge(
  plugin: Plugin,
): readonly [rank: number, tone: Tone, label: string] {
  const { decision, hazards, health, missing, status } = plugin;
  if (isWaiting(plugin)) return [1, "warn", "needs a yes"];
  switch (status) {
    case "failed":
      return [0, "bad", "failed"];
    case "refused":
      return [1, "bad", "refused"];
    case "live":
      if (health?.status === "unhealthy") return [2, "bad", "unhealthy"];
      if (health?.status === "degraded") return [3, "warn", "degraded"];
      return Object.keys(missing).length > 0
        ? [4, "warn", "live, not granted"]
        : [hazards[0]?.level === "critical" ? 6 : 7, "good", "live"];
    case "idle":
      return [5, "warn", "not loaded"];
    case "disabled":
      return [
        8,
        "off",
        decision.kind === "skip" && decision.reason === "switch"
          ? "switched off"
          : "disabled",
      ];
  }
}

function summaryOf(plugin: Plugin): string {
  const { consent, health, manifest, problems, status } = plugin;
  if (isWaiting(plugin) && consent?.waiting !== undefined) {
    return describeDifference(consent.waiting);
  }
  const [first] = problems;
  if (first !== undefined) {
    // The row names the plugin already.
    return first.message.replace(/^Cannot [a-z ]+ "[^"]*": /, "");
  }
  const isWell = status !== "live" || health === undefined ||
    health.status === "healthy" || health.status === "unknown";
  if (!isWell && health.message !== undefined) return health.message;
  return manifest?.description ?? "";
}

function dependentsOf(
  plugins: readonly Plugin[],
): ReadonlyMap<string, Row["dependents"]> {
  const dependents = new Map<string, Row["dependents"][number][]>();
  for (const { id, manifest, status } of plugins) {
    if (id === undefined) continue;
    for (const { id: other, optional } of manifest?.requires ?? []) {
      if (optional === true) continue;
      const known = dependents.get(other) ?? [];
      known.push({ id, isLive: status === "live" });
      dependents.set(other, known);
    }
  }
  return dependents;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function usesOf(
  { permissions }: Pick<HostInspection, "permissions">,
): ReadonlyMap<string, PermissionUse> {
  return new Map(
    permissions.plugins.flatMap(({ id, unused, used }) =>
      used === undefined || unused === undefined
        ? []
        : [[id, { unused, used }] as const]
    ),
  );
}

/** Makes a row of each plugin, the worst first. */
export function makeRows(inspection: HostInspection): readonly Row[] {
  const { plugins, revocation } = inspection;
  const uses = usesOf(inspection);
  const dependents = dependentsOf(plugins);
  const owners = new Map<string, Plugin>();
  for (const plugin of plugins) {
    const { id, problems } = plugin;
    const isDuplicate = problems.some(({ code }) =>
      code === "PLUGIN_ID_CONFLICT"
    );
    if (id !== undefined && !isDuplicate && !owners.has(id)) {
      owners.set(id, plugin);
    }
  }
  return plugins.map((plugin, index): Row => {
    const { id, manifest, source } = plugin;
    const [rank, tone, label] = judge(plugin);
    const isOwner = id !== undefined && owners.get(id) === plugin;
    const find = (one: Plugin) =>
      declaredPermissions(
        one,
        revocation?.permissions,
        isOwner ? uses.get(id) : undefined,
      );
    return {
      plugin,
      key: isOwner ? id : `source-${index}`,
      name: manifest?.displayName ?? id ?? source,
      id: id ?? source,
      isOwner,
      rank,
      tone,
      label,
      summary: summaryOf(plugin),
      isWaiting: isWaiting(plugin),
      declared: () => find(plugin),
      updated: () => find(asUpdated(plugin)),
      dependents: isOwner ? dependents.get(id) ?? [] : [],
    };
  }).sort((a, b) => a.rank - b.rank || compare(a.id, b.id));
}

function isRisky({ hazards }: Plugin): boolean {
  return hazards.some(({ level }) => level === "critical" || level === "high");
}

function hasStatus(
  { isWaiting, plugin, rank }: Row,
  status: StatusFilter,
): boolean {
  if (status === "trouble") return rank < 6;
  if (status === "waiting") return isWaiting;
  if (isWaiting) return status === "risky" && isRisky(plugin);
  if (status === "risky") return isRisky(plugin);
  return plugin.status === status;
}

/** Tests if every word of the search is in the texts of a plugin. */
function matches({ id, name, plugin, summary }: Row, text: string): boolean {
  const { decision, manifest, origin, problems, source } = plugin;
  const texts = [
    id,
    name,
    summary,
    source,
    manifest?.type,
    manifest?.description,
    manifest?.author,
    origin,
    decision.trust,
    decision.runner,
    ...problems.map(({ code }) => code),
  ].join("\n").toLowerCase();
  return text.toLowerCase().split(/\s+/).every((word) => texts.includes(word));
}

export function filterRows(
  rows: readonly Row[],
  { plugin, sort, status, text, type }: PageQuery,
): readonly Row[] {
  const found = rows.filter((row) =>
    (plugin === undefined || row.id === plugin) &&
    (status === undefined || hasStatus(row, status)) &&
    (type === undefined || row.plugin.manifest?.type === type) &&
    (text === "" || matches(row, text))
  );
  if (sort === "worst") return found;
  const keyOf = ({ name, plugin }: Row) =>
    sort === "name"
      ? name.toLowerCase()
      : `${plugin.manifest?.type ?? "~"} ${name.toLowerCase()}`;
  return found.toSorted((a, b) => compare(keyOf(a), keyOf(b)));
}

/** Counts the plugins for each filter that matches some. */
export function countRows(
  rows: readonly Row[],
): ReadonlyMap<StatusFilter, number> {
  const filters: readonly StatusFilter[] = [
    "failed",
    "refused",
    "waiting",
    "trouble",
    "live",
    "idle",
    "disabled",
    "risky",
  ];
  const counts = filters.map((status) =>
    [status, rows.filter((row) => hasStatus(row, status)).length] as const
  );
  return new Map(counts.filter(([, count]) => count > 0));
}

export function typesOf(rows: readonly Row[]): readonly string[] {
  const types = rows.flatMap(({ plugin }) =>
    plugin.manifest === undefined ? [] : [plugin.manifest.type]
  );
  return [...new Set(types)].sort();
}

export const PAGE_SIZE = 30;

export interface Slice {
  readonly rows: readonly Row[];
  readonly page: number;
  readonly pages: number;
}

/** Takes one page of the rows; of a page that is too far, the last one. */
export function sliceRows(
  rows: readonly Row[],
  page: PageQuery["page"],
): Slice {
  if (page === "all") return { rows, page: 1, pages: 1 };
  const pages = Math.max(1, Math.ceil(rows.length / PAGE_SIZE));
  const at = Math.min(page, pages);
  return {
    rows: rows.slice((at - 1) * PAGE_SIZE, at * PAGE_SIZE),
    page: at,
    pages,
  };
}
