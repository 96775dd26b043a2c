/** The graph of dependencies: arcs beside a list, which fits any width. */

import {
  type DependencyGraph,
  dependencyGraph,
  type GraphEdge,
} from "../plan/dependency_graph.ts";
import { type Html, html, NOTHING } from "./html.ts";
import { filterRows, type Row, type Tone } from "./page_model.ts";
import { writeQuery } from "./page_query.ts";
import { renderFilter } from "./render_list.ts";
import { plural } from "./render_parts.ts";
import type { PageScope } from "./render_plugin.ts";

const ROW_HEIGHT = 32;
const WIDTH = 112;
const DOT_X = 98;

// Beyond, arcs cannot be told apart.
const MAX_NODES = 150;

function describeEdge(
  { from, isMet, isOptional, range, to }: GraphEdge,
): string {
  return `${from} requires ${to} ${range}${isOptional ? ", optional" : ""}${
    isMet ? "" : isOptional ? ", not there" : ", not met"
  }`;
}

function renderArc(edge: GraphEdge, places: ReadonlyMap<string, number>): Html {
  const y = (id: string) => ((places.get(id) ?? 0) + .5) * ROW_HEIGHT;
  const [from, to] = [y(edge.from), y(edge.to)];
  // A longer arc reaches further, so that arcs within each other stay apart.
  const reach = Math.min(DOT_X - 8, 12 + Math.abs(to - from) * .35);
  const x = DOT_X - reach;
  const style = edge.isMet || edge.isOptional ? "" : "unmet";
  return html`
    <path class="${edge.isOptional
      ? "optional"
      : ""} ${style}" marker-end="url(#tip)"
      d="M${DOT_X - 7} ${from}C${x} ${from} ${x} ${to} ${DOT_X - 9} ${to}">
      <title>${describeEdge(edge)}</title>
    </path>
  `;
}

/** Orders the nodes so that a plugin comes before those that it requires. */
function orderNodes({ edges, nodes }: DependencyGraph): readonly string[] {
  const joined = new Set(edges.flatMap(({ from, to }) => [from, to]));
  const layers = new Map(nodes.map(({ id, layer }) => [id, layer]));
  const requires = Map.groupBy(edges, ({ from }) => from);
  const order = new Set<string>();
  // Depth first, so that the parts of one tree stay together.
  const tops = nodes.filter(({ id }) => joined.has(id))
    .toSorted((a, b) => b.layer - a.layer).map(({ id }) => id);
  for (const top of tops) {
    const open = [top];
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      if (order.has(id)) continue;
      order.add(id);
      const below = (requires.get(id) ?? []).map(({ to }) => to)
        .toSorted((a, b) => (layers.get(a) ?? 0) - (layers.get(b) ?? 0));
      open.push(...below);
    }
  }
  return [...order];
}

function renderGraph(
  { edges }: DependencyGraph,
  order: readonly string[],
  rows: ReadonlyMap<string, Row>,
): Html {
  const places = new Map(order.map((id, index) => [id, index]));
  const shown = edges.filter(({ from, to }) =>
    places.has(from) && places.has(to)
  );
  const requires = Map.groupBy(edges, ({ from }) => from);
  const required = new Set(
    edges.filter(({ isOptional }) => !isOptional).map(({ to }) => to),
  );
  // Nobody is harmed if a plugin is missing that is only optional.
  const toneOf = (id: string): Tone =>
    rows.get(id)?.tone ?? (required.has(id) ? "bad" : "off");
  const height = order.length * ROW_HEIGHT;
  return html`
    <div class="graph">
      <svg width="100%" height="${height / 16}rem"
        viewBox="0 0 ${WIDTH} ${height}" preserveAspectRatio="xMaxYMin slice"
        role="img"
        aria-label="${plural(order.length, "plugin")} and ${plural(
          shown.length,
          "requirement",
        )}; the list beside it says the same">
    <defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L7 4L0 8"/></marker></defs>${shown
      .map((edge) => renderArc(edge, places))}${order.map((id, index) =>
        html`
          <circle class="${toneOf(id)}" cx="${DOT_X}" cy="${(index + .5) *
            ROW_HEIGHT}" r="5">
            <title>${id}</title>
          </circle>
        `
      )}</svg>
      <ol>${order.map((id) => {
        const row = rows.get(id);
        const needed = (requires.get(id) ?? []).map((
          { isMet, isOptional, range, to },
        ) =>
          `${to} ${range}${isOptional ? " (optional)" : ""}${
            isMet ? "" : " (not met)"
          }`
        );
        const label = row === undefined
          ? html`<span class="badge ${toneOf(id)}">missing</span>`
          : row.tone === "good"
          ? NOTHING
          : html`<span class="badge ${row.tone}">${row.label}</span>`;
        return html`<li>${
          row === undefined
            ? html`${id}`
            : html`<a href="${writeQuery({ plugin: id })}">${id}</a>`
        } ${label}${
          needed.length === 0 ? NOTHING : html`
            <span class="soft">requires ${needed.slice(0, 10).join(
              ", ",
            )}${needed.length > 10
              ? ` and ${needed.length - 10} more`
              : ""}</span>
          `
        }</li>`;
      })}</ol>
    </div>
  `;
}

/** Renders the page of dependencies. */
export function renderDependencies(
  rows: readonly Row[],
  scope: PageScope,
): Html {
  const { query } = scope;
  const graph = dependencyGraph(
    rows.flatMap(({ isOwner, plugin }) =>
      isOwner && plugin.manifest !== undefined ? [plugin.manifest] : []
    ),
  );
  const byId = new Map(
    rows.filter(({ isOwner }) => isOwner).map((row) => [row.id, row]),
  );
  // Of a filtered plugin, its whole neighborhood is shown.
  const found = new Set(filterRows(rows, query).map(({ id }) => id));
  const isFiltered = found.size < rows.length;
  const near = new Set(
    graph.edges.filter(({ from, to }) =>
      !isFiltered || found.has(from) || found.has(to)
    ).flatMap(({ from, to }) => [from, to]),
  );
  const all = orderNodes(graph).filter((id) => near.has(id));
  const order = all.slice(0, MAX_NODES);
  const missing = all.filter((id) => !byId.has(id)).length;
  const joined = new Set(graph.edges.flatMap(({ from, to }) => [from, to]));
  const alone = rows.filter(({ id, isOwner }) => !isOwner || !joined.has(id))
    .length;
  return html`
    ${renderFilter(rows, query)}<section data-live="dependencies"
      aria-labelledby="found"><h2 id="found">${order.length === 0
        ? "No plugin requires another"
        : `${plural(all.length - missing, "plugin")} with dependencies${
          missing === 0 ? "" : `, ${missing} missing`
        }${
          isFiltered || alone === 0 ? "" : `, ${alone} without`
        }`}</h2>${order.length === 0 ? NOTHING : html`
        <p
          class="soft">An arrow leads from a plugin to one that it requires; a dashed one is optional.</p>${renderGraph(
            graph,
            order,
            byId,
          )}
      `}${all.length > order.length
        ? html`<p>The first ${order.length} of ${all.length} are shown. Filter to see others.</p>`
        : NOTHING}</section>
  `;
}
