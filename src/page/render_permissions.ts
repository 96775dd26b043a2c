/** The matrix of plugins against kinds of permission, and the flags of the process. */

import type { HostInspection } from "../../mod.ts";
import {
  entriesOf,
  formatEntry,
  PERMISSION_KINDS,
  type PermissionKind,
} from "../permissions/mod.ts";
import type { DeclaredPermission } from "./declared_permissions.ts";
import { type Html, html, NOTHING, withFlags } from "./html.ts";
import { filterRows, type Row, sliceRows } from "./page_model.ts";
import { writeQuery } from "./page_query.ts";
import { renderFilter, renderPaging } from "./render_list.ts";
import { plural, renderFlags } from "./render_parts.ts";
import { renderRevokedOfAll } from "./render_permission_forms.ts";
import type { PageScope } from "./render_plugin.ts";

const LEVELS = ["critical", "high", "medium", "low"] as const;

function renderCell(
  row: Row,
  declared: readonly DeclaredPermission[],
  kind: PermissionKind,
): Html {
  const { hazards, missing } = row.plugin;
  const ofKind = declared.filter(({ entry }) => entry.kind === kind);
  if (ofKind.length === 0) return html`<td class="none">·</td>`;
  const count = ofKind.some(({ entry }) => entry.value === undefined)
    ? "all"
    : String(ofKind.length);
  const level = LEVELS.find((one) =>
    hazards.some((hazard) => hazard.kind === kind && hazard.level === one)
  );
  const isMissing = missing[kind] !== undefined;
  const isRevoked = ofKind.some(({ revoked }) => revoked !== undefined);
  const waits = ofKind.some(({ consent, isOptional }) =>
    consent === "missing" && !isOptional
  );
  const words = [
    level && `${level} risk`,
    isMissing && "not granted",
    isRevoked && "revoked",
    waits && "not agreed to",
    ofKind.some(({ use }) => use === "used") && "used",
    ofKind.every(({ use }) => use === "unused") && "never used",
  ].filter((word) => word !== undefined && word !== false);
  const classes = [
    level ?? "",
    isMissing || waits ? "lacks" : "",
    isRevoked ? "revoked" : "",
  ].filter((one) => one !== "").join(" ");
  return html`<td class="${classes}">${count}${
    words.length === 0
      ? NOTHING
      : html`<span class="vh">, ${words.join(", ")}</span>`
  }</td>`;
}

function renderMatrix(rows: readonly Row[]): Html {
  return html`
    <table class="matrix">
      <caption>The number of permissions that each plugin declares, by kind. A color marks a risk, the strongest the worst one; an underline marks what is not granted or not agreed to, a line through it what is revoked.</caption>
      <thead>
        <tr><th scope="col">Plugin</th>${PERMISSION_KINDS.map((kind) =>
          html`<th scope="col">${kind}</th>`
        )}</tr>
      </thead>
      <tbody>${rows.map((row) => {
        const declared = row.declared();
        return html`<tr><th scope="row"><a href="${
          writeQuery({ plugin: row.id })
        }">${row.name}</a></th>${
          PERMISSION_KINDS.map((kind) => renderCell(row, declared, kind))
        }</tr>`;
      })}</tbody>
    </table>
  `;
}

function renderProcess({ permissions }: HostInspection): Html {
  const { broker, flagLine, flagProblems, hazards, missing, surplus } =
    permissions;
  const lacking = entriesOf(missing);
  const own = hazards.filter(({ id }) => id === undefined);
  return html`<h2>The process</h2>
<p>These flags run the application with every plugin that is enabled:</p>
${
    flagProblems.length === 0
      ? renderFlags(flagLine)
      : html`<ul class="list">${
        flagProblems.map(({ message, remedy }) =>
          html`<li>${message}. ${withFlags(remedy)}.</li>`
        )
      }</ul>`
  }
${
    broker
      ? html`<p class="soft">A permission broker decides, so what is granted is unknown.</p>`
      : lacking.length === 0
      ? html`<p>All of it is granted.</p>`
      : html`
        <h3>Not granted</h3>
        <ul class="list">${lacking.map((entry) =>
          html`<li><code>${formatEntry(entry)}</code></li>`
        )}</ul>
      `
  }
<h3>Granted, and declared by nobody</h3>
${
    surplus.findings.length === 0
      ? html`<p class="soft">Nothing, as far as Deno shows it.</p>`
      : html`<ul class="list">${
        surplus.findings.map(({ message, remedy }) =>
          html`<li>${message}. <span class="soft">${
            withFlags(remedy)
          }.</span></li>`
        )
      }</ul>`
  }${
    own.length === 0 ? NOTHING : html`
      <h3>Risks of the application's own permissions</h3>
      <ul class="list">${own.map(({ hazard }) =>
        html`<li><strong>${hazard.level}</strong> <code>${
          formatEntry(hazard.entry)
        }</code> ${hazard.reason}. <span class="soft">${
          withFlags(hazard.remedy)
        }.</span></li>`
      )}</ul>
    `
  }`;
}

/** The place of a row in the matrix: the worst risk first. */
function riskOf({ plugin }: Row): number {
  const level = LEVELS.findIndex((one) =>
    plugin.hazards.some((hazard) => hazard.level === one)
  );
  return level === -1 ? LEVELS.length : level;
}

/** Renders the page of permissions. */
export function renderPermissions(
  inspection: HostInspection,
  rows: readonly Row[],
  scope: PageScope,
): Html {
  const { query } = scope;
  const found = filterRows(rows, query);
  const declaring = found.filter(({ plugin }) =>
    entriesOf(plugin.required).length + entriesOf(plugin.optional).length > 0
  );
  const sorted = query.sort === "worst"
    ? declaring.toSorted((a, b) => riskOf(a) - riskOf(b))
    : declaring;
  const slice = sliceRows(sorted, query.page);
  const others = found.length - declaring.length;
  return html`
    ${renderFilter(rows, query)}<section data-live="permissions"
      aria-labelledby="found"><h2 id="found">${plural(
        declaring.length,
        "plugin",
      )} with permissions${others === 0
        ? ""
        : `, ${others} without`}</h2>${slice.rows.length === 0
        ? NOTHING
        : renderMatrix(slice.rows)}${renderPaging(
          slice,
          declaring.length,
          query,
        )}${renderRevokedOfAll(
          inspection,
          query,
          scope.canChange,
        )}${renderProcess(
          inspection,
        )}</section>
  `;
}
