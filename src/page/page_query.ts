/** The state of the page that its address holds, so that everything works without script. */

export const VIEWS = ["list", "permissions", "dependencies"] as const;

export type View = typeof VIEWS[number];

export const SORTS = ["worst", "name", "type"] as const;

export type Sort = typeof SORTS[number];

/** The statuses to filter by; the first two stand for several. */
export const STATUS_FILTERS = [
  "trouble",
  "risky",
  "waiting",
  "live",
  "failed",
  "refused",
  "disabled",
  "idle",
] as const;

export type StatusFilter = typeof STATUS_FILTERS[number];

export interface PageQuery {
  readonly view: View;
  /** The searched text. */
  readonly text: string;
  readonly status: StatusFilter | undefined;
  readonly type: string | undefined;
  readonly sort: Sort;
  /** The number of the page, from 1; all plugins on one page otherwise. */
  readonly page: number | "all";
  /** One plugin alone. */
  readonly plugin: string | undefined;
}

export const START: PageQuery = {
  view: "list",
  text: "",
  status: undefined,
  type: undefined,
  sort: "worst",
  page: 1,
  plugin: undefined,
};

const MAX_TEXT = 200;

function choose<Choice extends string>(
  choices: readonly Choice[],
  text: string | null,
): Choice | undefined {
  return choices.find((choice) => choice === text);
}

function textOf(params: URLSearchParams, name: string): string | undefined {
  const text = params.get(name)?.slice(0, MAX_TEXT).trim();
  return text === "" ? undefined : text;
}

function pageOf(text: string | null): PageQuery["page"] {
  if (text === "all") return "all";
  return text !== null && /^[1-9]\d{0,5}$/.test(text) ? Number(text) : 1;
}

/** Reads the state; everything unknown is ignored. */
export function readQuery(params: URLSearchParams): PageQuery {
  return {
    view: choose(VIEWS, params.get("view")) ?? "list",
    text: textOf(params, "q") ?? "",
    status: choose(STATUS_FILTERS, params.get("status")),
    type: textOf(params, "type"),
    sort: choose(SORTS, params.get("sort")) ?? "worst",
    page: pageOf(params.get("page")),
    plugin: textOf(params, "plugin"),
  };
}

/** Writes an address relative to the page, which works under any path. */
export function writeQuery(
  query: Partial<PageQuery>,
  more: Readonly<Record<string, string>> = {},
): string {
  const { page, plugin, sort, status, text, type, view } = {
    ...START,
    ...query,
  };
  const params = new URLSearchParams();
  if (view !== "list") params.set("view", view);
  if (text !== "") params.set("q", text);
  if (status !== undefined) params.set("status", status);
  if (type !== undefined) params.set("type", type);
  if (sort !== "worst") params.set("sort", sort);
  if (page !== 1) params.set("page", String(page));
  if (plugin !== undefined) params.set("plugin", plugin);
  for (const [name, value] of Object.entries(more)) params.set(name, value);
  return `?${params}`;
}
