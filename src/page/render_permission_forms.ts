/** The pages that have permissions granted and revoked: of one plugin, or of all. */

import type { HostInspection } from "../../mod.ts";
import {
  entriesOf,
  formatEntry,
  PERMISSION_KINDS,
  type PermissionEntry,
} from "../permissions/mod.ts";
import { describeDifference } from "../policy/consent.ts";
import {
  asUpdated,
  type DeclaredPermission,
  isCodeAlone,
  writeEntry,
} from "./declared_permissions.ts";
import { attribute, type Html, html, NOTHING, withFlags } from "./html.ts";
import type { Row } from "./page_model.ts";
import { type PageQuery, writeQuery } from "./page_query.ts";
import { type ChangeForm, liveDependents } from "./render_forms.ts";
import { cancel, hidden, plural, renderHazards } from "./render_parts.ts";
import {
  inWords,
  renderDecided,
  renderMarks,
} from "./render_plugin_permissions.ts";

/** One permission to choose. */
interface Choice {
  readonly entry: PermissionEntry;
  readonly isChosen: boolean;
  readonly after: Html;
}

function renderChoices(name: string, choices: readonly Choice[]): Html {
  return html`
    <fieldset>
      <legend>${name}</legend>
      <ul class="choices">${choices.map((
        { after, entry, isChosen },
      ) =>
        html`<li><label><input type="checkbox" name="entry" value="${
          writeEntry(entry)
        }"${attribute("checked", isChosen)}> <code>${
          formatEntry(entry)
        }</code></label> ${after}</li>`
      )}</ul>
    </fieldset>
  `;
}

function choiceOf(
  { hazards }: Row["plugin"],
  permission: DeclaredPermission,
  isChosen: boolean,
): Choice {
  const { entry } = permission;
  return {
    entry,
    isChosen,
    after: html`${renderMarks(permission)}${renderHazards(hazards, entry)}`,
  };
}

function renderWhere({ plugin: { decision } }: Row): Html {
  return decision.runner === "subprocess"
    ? html`<p>Its code runs in a process of its own, with what is agreed to alone.</p>`
    : html`
      <div class="note warn">
        <p>Its code runs in the process of the host: it is told what it may do, and
              nothing holds it to that.</p>
      </div>
    `;
}

/** Renders the page that has a person agree to permissions, or give them back. */
export function renderGrant({ base, csrf, query, row }: ChangeForm): Html {
  const plugin = asUpdated(row.plugin);
  const { revocation, waiting } = plugin.consent ?? {};
  const declared = row.updated();
  const missing = declared.filter((one) => one.consent === "missing");
  const revoked = entriesOf(revocation?.permissions ?? {});
  const isOfAll = declared.some((one) => one.revoked === "everyone");
  return html`
    <form class="card" method="post"
      action="${writeQuery(query)}"><h2>Grant permissions to ${row
        .name}?</h2>${waiting === undefined
        ? NOTHING
        : html`<p><strong>${row.id}</strong>: ${
          withFlags(describeDifference(waiting))
        }.</p>`}${renderWhere(row)}${isCodeAlone(row.plugin)
        ? html`
          <p>It requires no permission: the yes is to its code. What it can do without is
                not granted unless it is chosen.</p>
        `
        : NOTHING}${missing.length === 0 ? NOTHING : renderChoices(
          "Nobody agreed to",
          missing.map((one) => choiceOf(plugin, one, !one.isOptional)),
        )}${revoked.length === 0 ? NOTHING : renderChoices(
          "Revoked",
          revoked.map((entry) => ({ entry, isChosen: false, after: NOTHING })),
        )}${isOfAll
        ? html`<p class="soft">What was revoked of all plugins is given back to all, on
        the page of permissions.</p>`
        : NOTHING}<p class="soft">It does not run without all that it requires. What is granted is
        stored, and holds after a restart.</p>${hidden({
          do: "grant",
          id: row.id,
          csrf,
          base,
        })}<div class="bar">${missing.length + revoked.length === 0
          ? NOTHING
          : html`<button class="main" name="what" value="chosen">Grant what is chosen</button>`}<button name="what" value="all">Grant all that it declares</button>${cancel(
            query,
          )}</div></form>
  `;
}

function renderEnd(form: ChangeForm): Html {
  const { row } = form;
  const ids = liveDependents(form);
  const dependents = ids.length === 0 ? NOTHING : html`
    So do the plugins that require it: ${ids.join(", ")}.
  `;
  return row.plugin.decision.runner === "subprocess"
    ? html`<p>It goes on without what is revoked. If its process may hold what it
      opened, the process is restarted, and running calls end. Without everything, it
      ends.${dependents}</p>`
    : html`<p>It runs in the process of the host, where nothing can take a permission
      from it: it ends, and does not run until all is granted again.${dependents}</p>`;
}

/** Renders the page that has permissions of a plugin revoked. */
export function renderRevoke(form: ChangeForm): Html {
  const { base, csrf, query, row } = form;
  const choices = row.declared().filter(({ revoked }) => revoked === undefined)
    .map((one) => choiceOf(row.plugin, one, false));
  return html`
    <form class="card" method="post"
      action="${writeQuery(query)}"><h2>Revoke permissions of ${row
        .name}?</h2>${renderEnd(form)}${choices.length === 0
        ? html`<p>It has no permission that could be taken alone.</p>`
        : renderChoices(
          "Permissions",
          choices,
        )}<p class="soft">It is stored, and holds after a restart.</p>${hidden({
          do: "revoke",
          id: row.id,
          csrf,
          base,
        })}<div class="bar">${choices.length === 0
        ? NOTHING
        : html`<button class="danger" name="what" value="chosen">Revoke what is chosen</button>`}<button class="danger" name="what" value="all">Revoke everything</button>${cancel(
          query,
        )}</div></form>
  `;
}

/** What a person decides about all plugins. */
export interface EveryoneForm {
  readonly change: "grant" | "revoke";
  readonly inspection: HostInspection;
  readonly rows: readonly Row[];
  readonly query: PageQuery;
  readonly csrf: string;
}

function declaring(rows: readonly Row[], kind: string): readonly Row[] {
  return rows.filter(({ isOwner, plugin: { optional, required } }) =>
    isOwner &&
    entriesOf(required).concat(entriesOf(optional))
      .some((one) => one.kind === kind)
  );
}

/** Renders the page that revokes whole kinds of permission of all plugins, or gives back. */
export function renderEveryone(
  { change, csrf, inspection: { revocation }, query, rows }: EveryoneForm,
): Html {
  const isGrant = change === "grant";
  const entries: readonly PermissionEntry[] = isGrant
    ? entriesOf(revocation?.permissions ?? {})
    : PERMISSION_KINDS.filter((kind) => revocation?.permissions[kind] !== true)
      .map((kind) => ({ kind }));
  const choices = entries.map((entry) => {
    const count = declaring(rows, entry.kind).length;
    const ending = declaring(rows, entry.kind).filter(({ plugin }) =>
      plugin.status === "live" && plugin.decision.runner !== "subprocess"
    ).length;
    const after = html`<span class="soft">${
      count === 0 ? "nobody declares it" : `${plural(count, "plugin")}`
    }${
      isGrant || ending === 0
        ? ""
        : `, ${plural(ending, "live one")} ${ending === 1 ? "ends" : "end"}`
    }</span>`;
    return { entry, isChosen: false, after };
  });
  return html`
    <form class="card" method="post"
      action="${writeQuery(query)}"><h2>${isGrant
        ? "Give permissions back to all plugins?"
        : "Revoke permissions of all plugins?"}</h2><p>${isGrant
        ? "Plugins that waited for that alone are loaded. What was revoked of one plugin stays revoked."
        : "Plugins in the process of the host that declare one of them end, and their dependents " +
          "with them. Those in a process of their own go on without it. It holds for later plugins, too."}</p>${choices
          .length === 0
        ? html`<p>Nothing is left to choose.</p>`
        : renderChoices("Permissions", choices)}${hidden({
          do: change,
          id: "*",
          csrf,
        })}<div class="bar"><button class="${isGrant
        ? "main"
        : "danger"}" name="what" value="chosen">${isGrant
        ? "Give back"
        : "Revoke of all plugins"}</button>${cancel(query)}</div></form>
  `;
}

/** Renders what is revoked of all plugins, and the links that change it. */
export function renderRevokedOfAll(
  { revocation }: HostInspection,
  query: PageQuery,
  canChange: boolean,
): Html {
  const link = (change: "grant" | "revoke", text: string) =>
    html`<a class="button" href="${
      writeQuery(query, { do: change, id: "*" })
    }">${text}</a>`;
  return html`<h2>Revoked of all plugins</h2>${
    revocation === undefined ? html`<p class="soft">Nothing.</p>` : html`
      <div class="note bad">
        <p>${inWords(revocation.permissions)}${revocation.at === undefined
          ? ""
          : html`, at last ${renderDecided(revocation)}`}.</p>
      </div>
    `
  }${
    canChange
      ? html`<div class="bar">${link("revoke", "Revoke of all plugins")}${
        revocation === undefined
          ? NOTHING
          : link("grant", "Give back to all plugins")
      }</div>`
      : NOTHING
  }`;
}
