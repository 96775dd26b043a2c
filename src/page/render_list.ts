/** The page with counts, filters and a row for each plugin. */

import { attribute, type Html, html, NOTHING } from "./html.ts";
import {
  countRows,
  filterRows,
  type Row,
  type Slice,
  sliceRows,
  type Tone,
  typesOf,
} from "./page_model.ts";
import {
  type PageQuery,
  SORTS,
  START,
  STATUS_FILTERS,
  type StatusFilter,
  writeQuery,
} from "./page_query.ts";
import { plural } from "./render_parts.ts";
import { type PageScope, renderPlugin } from "./render_plugin.ts";

const FILTER_NAMES: Readonly<Record<StatusFilter, string>> = {
  trouble: "need attention",
  risky: "with high risks",
  waiting: "need a yes",
  live: "live",
  failed: "failed",
  refused: "refused",
  disabled: "disabled",
  idle: "not loaded",
};

const FILTER_TONES: Readonly<Record<StatusFilter, Tone>> = {
  trouble: "warn",
  risky: "warn",
  waiting: "warn",
  live: "good",
  failed: "bad",
  refused: "bad",
  disabled: "off",
  idle: "warn",
};

const SORT_NAMES = {
  worst: "Worst first",
  name: "Name",
  type: "Type",
} as const;

function renderCounts(rows: readonly Row[], query: PageQuery): Html {
  const link = (status: StatusFilter | undefined, text: string, tone: Tone) => {
    const isChosen = status === query.status && query.plugin === undefined;
    return html`<li><a class="${tone}" href="${
      writeQuery({ ...query, status, page: 1, plugin: undefined })
    }"${attribute('aria-current="true"', isChosen)}>${text}</a></li>`;
  };
  return html`
    <ul class="counts" data-live="counts"
      aria-label="Number of plugins">${[
        link(undefined, plural(rows.length, "plugin"), "off"),
        ...[...countRows(rows)].map(([status, count]) =>
          link(status, `${count} ${FILTER_NAMES[status]}`, FILTER_TONES[status])
        ),
      ]}</ul>
  `;
}

function option(value: string, name: string, isChosen: boolean): Html {
  return html`
    <option value="${value}" ${attribute("selected", isChosen)}>${name}</option>
  `;
}

/** Renders the form that searches and filters, as a plain GET form. */
export function renderFilter(rows: readonly Row[], query: PageQuery): Html {
  const { sort, status, text, type, view } = query;
  const isFiltered = text !== "" || status !== undefined || type !== undefined;
  return html`<form class="filter" method="get" role="search">
${
    view === "list"
      ? NOTHING
      : html`<input type="hidden" name="view" value="${view}">`
  }
<label class="grow">Search <input type="search" name="q" value="${text}" maxlength="200"
  autocomplete="off" spellcheck="false"></label>
<label>Status <select name="status">${[
    option("", "Any", status === undefined),
    ...STATUS_FILTERS.map((one) =>
      option(one, FILTER_NAMES[one], one === status)
    ),
  ]}</select></label>
<label>Type <select name="type">${[
    option("", "Any", type === undefined),
    ...typesOf(rows).map((one) => option(one, one, one === type)),
  ]}</select></label>
<label>Order <select name="sort">${
    SORTS.map((one) => option(one, SORT_NAMES[one], one === sort))
  }</select></label>
<button>Filter</button>
<span data-live="clear">${
    isFiltered
      ? html`<a class="button" href="${
        writeQuery({ ...START, view })
      }">Clear</a>`
      : NOTHING
  }</span>
</form>`;
}

/** Renders the links to the other pages of a long list. */
export function renderPaging(
  { page, pages }: Slice,
  count: number,
  query: PageQuery,
): Html {
  if (pages === 1) return NOTHING;
  const link = (to: number | "all", text: string, isThis = false) =>
    html`
      <a href="${writeQuery({ ...query, page: to })}" ${attribute(
        'aria-current="page"',
        isThis,
      )}>${text}</a>
    `;
  const around = Array.from({ length: pages }, (_, index) => index + 1)
    .filter((one) => one === 1 || one === pages || Math.abs(one - page) <= 2);
  return html`<nav class="bar" aria-label="Pages">${
    around.map((one, index) =>
      html`${
        index > 0 && around[index - 1] !== one - 1
          ? html`<span class="soft">…</span>`
          : NOTHING
      }${link(one, String(one), one === page)}`
    )
  }${link("all", `All ${count}`)}</nav>`;
}

/** Renders the page of all plugins, or of one. */
export function renderList(rows: readonly Row[], scope: PageScope): Html {
  const { query } = scope;
  const found = filterRows(rows, query);
  const slice = sliceRows(found, query.page);
  const shown = slice.rows.length === found.length
    ? plural(found.length, "plugin")
    : `${plural(found.length, "plugin")}, page ${slice.page} of ${slice.pages}`;
  const one = query.plugin === undefined
    ? html`${renderCounts(rows, query)}${renderFilter(rows, query)}`
    : html`<p><a href="${
      writeQuery({ ...query, plugin: undefined })
    }">All plugins</a></p>`;
  return html`
    ${one}<section data-live="list"
      aria-labelledby="found"><h2 class="vh" id="found">${shown}</h2>${found
          .length === 0
        ? html`
          <p
            class="card">No plugin matches. <a href="${writeQuery({
              view: query.view,
            })}">Show all plugins</a></p>
        `
        : html`<ul class="rows">${
          slice.rows.map((row) => renderPlugin(row, scope))
        }</ul>`}${renderPaging(slice, found.length, query)}</section>
  `;
}
