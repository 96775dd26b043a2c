/** One plugin: a row that opens to everything known about it. */

import { describeEvent } from "../audit/console_handler.ts";
import type { AuditEvent } from "../audit/mod.ts";
import { canGrant, canRevoke } from "./declared_permissions.ts";
import { attribute, Html, html, lines, NOTHING, withFlags } from "./html.ts";
import type { Row } from "./page_model.ts";
import { type PageQuery, writeQuery } from "./page_query.ts";
import { MAX_SHOWN, renderTime } from "./render_parts.ts";
import { renderPluginPermissions } from "./render_plugin_permissions.ts";

/** The surroundings of the plugins on a page. */
export interface PageScope {
  readonly query: PageQuery;
  /** True if the reader may change something. */
  readonly canChange: boolean;
  /** The last events of a plugin, the newest first; `undefined` without a trail. */
  readonly eventsOf: ((id: string) => readonly AuditEvent[]) | undefined;
  /** The ids that have a row of their own. */
  readonly known: ReadonlySet<string>;
}

function renderRisk({ plugin }: Row): Html {
  const { hazards } = plugin;
  for (
    const [level, tone] of [["critical", "bad"], ["high", "warn"]] as const
  ) {
    const count = hazards.filter((one) => one.level === level).length;
    if (count > 0) {
      return html`<span class="risk badge ${tone}">${count} ${level}<span
        class="vh"> ${count === 1 ? "risk" : "risks"}</span></span>`;
    }
  }
  return html`<span class="risk"></span>`;
}

const RUNNER_NAMES = {
  "in-process": "the process of the host",
  subprocess: "a process of its own, with the permissions below alone",
} as const;

function linkTo(id: string, { known, query }: PageScope): Html {
  return known.has(id)
    ? html`<a href="${
      writeQuery({ view: "list", plugin: id, sort: query.sort })
    }">${id}</a>`
    : html`${id}`;
}

const COMMA = new Html(", ");

function joined(items: readonly Html[]): Html {
  const rest = items.length - MAX_SHOWN;
  const shown = items.slice(0, MAX_SHOWN).flatMap((item, index) =>
    index === 0 ? [item] : [COMMA, item]
  );
  return html`${shown}${rest > 0 ? ` and ${rest} more` : ""}`;
}

function renderFacts(row: Row, scope: PageScope): Html {
  const { dependents, plugin } = row;
  const { decision, health, manifest, since, source } = plugin;
  const facts: (readonly [name: string, value: Html])[] = [];
  if (manifest !== undefined) {
    facts.push(["Type", html`${manifest.type}`]);
    facts.push(["Version", html`${manifest.version}`]);
    if (manifest.author !== undefined) {
      facts.push(["Author", html`${manifest.author}`]);
    }
    if (manifest.license !== undefined) {
      facts.push(["License", html`${manifest.license}`]);
    }
    // Only such an address is a link, whatever the manifest says.
    if (manifest.homepage?.startsWith("https://") === true) {
      facts.push([
        "Homepage",
        html`
          <a href="${manifest.homepage}" rel="noopener noreferrer"
          >${manifest.homepage}</a>
        `,
      ]);
    }
  }
  facts.push(["Source", html`${source}`]);
  const { runner, trust } = decision;
  if (trust !== undefined) facts.push(["Trust", html`${trust}`]);
  if (runner !== undefined) {
    facts.push(["Runs in", html`${RUNNER_NAMES[runner]}`]);
  }
  if (manifest?.host !== undefined) {
    facts.push(["Works with", html`host ${manifest.host}`]);
  }
  const requires = manifest?.requires ?? [];
  if (requires.length > 0) {
    facts.push([
      "Requires",
      html`${
        joined(requires.map(({ id, optional, version }) =>
          html`${linkTo(id, scope)} ${version}${
            optional === true ? " (optional)" : ""
          }`
        ))
      }`,
    ]);
  }
  if (dependents.length > 0) {
    facts.push([
      "Required by",
      html`${joined(dependents.map(({ id }) => linkTo(id, scope)))}`,
    ]);
  }
  if (since !== undefined) facts.push(["Status since", renderTime(since)]);
  if (health !== undefined) {
    facts.push([
      "Health",
      html`${health.status}${
        health.message === undefined ? "" : `: ${health.message}`
      } <span class="soft">(${health.latencyMs} ms, ${
        renderTime(health.checkedAt)
      })</span>`,
    ]);
  }
  return html`<dl>${
    facts.map(([name, value]) =>
      html`
        <dt>${name}</dt>
        <dd>${value}</dd>
      `
    )
  }</dl>`;
}

function renderConfig({ plugin }: Row): Html {
  const { config } = plugin;
  if (config === undefined) return html`<p class="soft">It has none.</p>`;
  const { hidden, value } = config;
  const secrets = hidden.length === 0
    ? NOTHING
    : html`<p class="soft">Not shown: ${
      hidden.map((path) => path === "" ? "a part" : path).join(", ")
    }</p>`;
  return html`<pre><code>${
    lines(JSON.stringify(value, null, 2))
  }</code></pre>${secrets}`;
}

function renderTrail({ id, isOwner }: Row, { eventsOf }: PageScope): Html {
  if (eventsOf === undefined || !isOwner) return NOTHING;
  const events = eventsOf(id);
  if (events.length === 0) return NOTHING;
  return html`
    <h3>Last events</h3>
    <ul class="trail">${events.map((event) => {
      const { level, timestamp } = event;
      const tone = level === "warn"
        ? "warn"
        : level === "error" || level === "critical"
        ? "bad"
        : "";
      return html`<li>${renderTime(timestamp)} ${
        tone === "" ? NOTHING : html`
          <span class="badge ${tone}">${level}</span>
        `
      }${describeEvent(event)}</li>`;
    })}</ul>
  `;
}

export const CHANGE_NAMES = {
  enable: "Enable",
  disable: "Disable",
  grant: "Grant",
  revoke: "Revoke",
  configure: "Configure",
  reload: "Reload",
  check: "Check health",
} as const;

export type ChangeName = keyof typeof CHANGE_NAMES;

/** The changes that the page offers for a plugin, the likeliest first. */
export function offeredChanges(row: Row): readonly ChangeName[] {
  const { isOwner, isWaiting, plugin } = row;
  const { config, decision, manifest, status } = plugin;
  if (!isOwner) return [];
  const canConfigure = manifest !== undefined &&
    (config === undefined || config.hidden.length === 0);
  const others: readonly ChangeName[] = [
    ...canGrant(plugin) && !isWaiting ? ["grant" as const] : [],
    ...canRevoke(plugin) ? ["revoke" as const] : [],
    ...canConfigure ? ["configure" as const] : [],
  ];
  switch (status) {
    case "live":
      return decision.runner === "subprocess"
        ? ["disable", ...others, "reload", "check"]
        : ["disable", ...others, "check"];
    case "disabled":
      return decision.kind === "skip" && decision.reason === "switch"
        ? others
        : ["enable", ...others];
    // Enabling a plugin that is enabled loads it again.
    default:
      return [isWaiting ? "grant" : "enable", "disable", ...others];
  }
}

function nameOf(change: ChangeName, { plugin }: Row): string {
  return change === "enable" && plugin.status !== "disabled"
    ? "Load again"
    : CHANGE_NAMES[change];
}

function linkForChange(
  change: ChangeName,
  row: Row,
  { query }: PageScope,
  style: string,
): Html {
  const address = writeQuery(query, { do: change, id: row.id });
  return html`
    <a class="${style}"
      href="${address}">${nameOf(change, row)}<span class="vh"> ${row
        .name}</span></a>
  `;
}

function renderProblems({ plugin }: Row): readonly Html[] {
  return plugin.problems
    // The permissions say that, and how to agree.
    .filter(({ code }) => code !== "PLUGIN_CONSENT_MISSING")
    .slice(0, MAX_SHOWN).map(({ code, message, remedy }) =>
      html`
        <div class="note bad">
          <p><strong>${message}.</strong></p>
          <p>${withFlags(remedy)}.
              <code class="soft">${code}</code></p>
        </div>
      `
    );
}

function renderBody(row: Row, scope: PageScope): Html {
  const { plugin } = row;
  const { manifest } = plugin;
  const changes = scope.canChange ? offeredChanges(row) : [];
  const isHidden = (plugin.config?.hidden.length ?? 0) > 0;
  return html`
    <div
      class="body">${manifest?.description === undefined
        ? NOTHING
        : html`<p>${manifest.description}</p>`}${renderProblems(
          row,
        )}${changes.length === 0
        ? NOTHING
        : html`<div class="bar">${
          changes.map((change) => linkForChange(change, row, scope, "button"))
        }</div>`}<div class="split"><div>${renderFacts(
          row,
          scope,
        )}${renderTrail(
          row,
          scope,
        )}</div><div><h3>Permissions</h3>${renderPluginPermissions(
          row,
        )}<h3>Configuration</h3>${renderConfig(
          row,
        )}${isHidden && scope.canChange
        ? html`<p class="soft">It contains a secret in plain text, so it cannot be
        changed here. Name a variable instead, with a key that ends in
        <code>_env</code>.</p>`
        : NOTHING}</div></div></div>
  `;
}

/** Renders a plugin as an item of a list. */
export function renderPlugin(row: Row, scope: PageScope): Html {
  const { id, key, label, name, plugin, summary, tone } = row;
  const { manifest } = plugin;
  const isOpen = scope.query.plugin !== undefined;
  const [first] = scope.canChange ? offeredChanges(row) : [];
  const isQuick = first === "enable" || first === "disable" ||
    first === "grant";
  const quick = isQuick ? first : undefined;
  const title = name === id
    ? html`${name}`
    : html`${name} <span class="soft">${id}</span>`;
  return html`<li><details id="p-${key}"${attribute("open", isOpen)}><summary
    ><span class="name">${title}</span><span class="why">${summary}</span><span
    class="type">${
    manifest === undefined ? "" : `${manifest.type} ${manifest.version}`
  }</span>${renderRisk(row)}<span
    class="badge ${tone}">${label}</span></summary>${
    renderBody(row, scope)
  }</details>${
    quick === undefined ? NOTHING : linkForChange(quick, row, scope, "act")
  }</li>`;
}
