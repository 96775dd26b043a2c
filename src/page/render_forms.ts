/** The pages with forms: signing in, confirming a change, and faults. */

import { entriesOf, formatEntry } from "../permissions/mod.ts";
import { Html, html, lines, NOTHING, withFlags } from "./html.ts";
import type { PageFault } from "./page_fault.ts";
import type { Row } from "./page_model.ts";
import { type PageQuery, writeQuery } from "./page_query.ts";
import { cancel, hidden } from "./render_parts.ts";
import { CHANGE_NAMES, type ChangeName } from "./render_plugin.ts";

/** A change that a person asks for, with what the page must know to explain it. */
export interface ChangeForm {
  readonly change: ChangeName;
  readonly row: Row;
  readonly rows: readonly Row[];
  readonly query: PageQuery;
  readonly csrf: string;
  /** A digest of what the plugin declares, so that nobody agrees to anything else. */
  readonly base: string;
}

/** The longest name that a person signs in with. */
export const MAX_NAME = 100;

/** Renders the page that asks for the token. */
export function renderSignIn(query: PageQuery, failure?: PageFault): Html {
  return html`
    <form class="card narrow" method="post"
      action="${writeQuery(query)}"><h2>Sign in</h2>${failure === undefined
        ? NOTHING
        : html`
          <div class="note bad" role="alert">
            <p><strong>${failure.message}.</strong> ${withFlags(
              failure.remedy,
            )}.</p>
          </div>
        `}${hidden({ do: "sign-in" })}
        <input type="text" name="username" value="plugins" autocomplete="username" hidden>
    <div class="field"><label for="token">Token</label>
        <input id="token" name="token" type="password" required autocomplete="current-password" autofocus>
        <span class="soft">The token that this application was started with.</span></div>
    <div class="field"><label for="name">Your name</label>
        <input id="name" name="name" maxlength="${MAX_NAME}" autocomplete="name">
        <span class="soft">Optional: the audit trail has it beside your decisions. Nobody checks it.</span></div>
        <div class="bar"><button class="main">Sign in</button></div></form>
  `;
}

/** Renders the button that ends the session. */
export function renderSignOut(csrf: string): Html {
  return html`
    <form class="end" method="post"
      action="?">${hidden({
        do: "sign-out",
        csrf,
      })}<button>Sign out</button></form>
  `;
}

function disabledRequirements({ row, rows }: ChangeForm): readonly string[] {
  const byId = new Map(
    rows.filter(({ isOwner }) => isOwner).map((one) => [one.id, one.plugin]),
  );
  const needed = new Set([row.id]);
  for (const id of needed) {
    for (const one of byId.get(id)?.manifest?.requires ?? []) {
      if (one.optional !== true) needed.add(one.id);
    }
  }
  needed.delete(row.id);
  return [...needed].filter((id) => byId.get(id)?.status === "disabled");
}

/** Finds the live plugins that require one, directly or not. */
export function liveDependents(
  { row, rows }: Pick<ChangeForm, "row" | "rows">,
): readonly string[] {
  const byId = new Map(
    rows.filter(({ isOwner }) => isOwner).map((one) => [one.id, one]),
  );
  const reached = new Set([row.id]);
  for (const id of reached) {
    for (const one of byId.get(id)?.dependents ?? []) {
      if (one.isLive) reached.add(one.id);
    }
  }
  reached.delete(row.id);
  return [...reached];
}

function renderAlso(name: string, text: string, ids: readonly string[]): Html {
  if (ids.length === 0) return NOTHING;
  return html`<p><label><input type="checkbox" name="${name}" value="yes"> ${text}: ${
    ids.join(", ")
  }</label></p>`;
}

function isApart({ plugin }: Row): boolean {
  return plugin.decision.runner === "subprocess";
}

function renderEnable(form: ChangeForm): Html {
  const { hazards, missing, required } = form.row.plugin;
  const entries = entriesOf(required);
  const lacking = entriesOf(missing);
  return html`<p>${
    form.row.plugin.status === "disabled"
      ? "It is enabled and loaded, also after a restart."
      : "It is loaded again."
  } ${
    isApart(form.row)
      ? "Its code runs in a process of its own, with these permissions."
      : "Its code runs with all permissions of this process."
  }</p>
<h3>Permissions that it declares</h3>
${
    entries.length === 0
      ? html`<p class="soft">None.</p>`
      : html`<ul class="list">${
        entries.map((entry) =>
          html`<li><code>${formatEntry(entry)}</code></li>`
        )
      }</ul>`
  }${
    hazards.map(({ entry, level, reason }) =>
      html`
        <div class="note ${level === "critical" ? "bad" : "warn"}">
          <p><strong>${level}:</strong> ${formatEntry(entry)} ${withFlags(
            reason,
          )}.</p>
        </div>
      `
    )
  }${
    lacking.length === 0 ? NOTHING : html`
      <div class="note warn">
        <p>Not all of them are granted, so the application
              may refuse it until it is restarted with the flags on its page.</p>
      </div>
    `
  }${
    renderAlso(
      "also",
      "Enable the disabled plugins that it requires as well",
      disabledRequirements(form),
    )
  }`;
}

function renderDisable(form: ChangeForm): Html {
  const ids = liveDependents(form);
  return html`<p>It is disposed and stays disabled, also after a restart. Calls that
    run are waited for.</p>${
    ids.length === 0
      ? NOTHING
      : html`<div class="note warn"><p>Live plugins require it.</p>${
        renderAlso("also", "Disable them as well", ids)
      }</div>`
  }`;
}

/** Formats a configuration for its form. */
export function configText({ plugin }: Row): string {
  return JSON.stringify(plugin.config?.value ?? {}, null, 2);
}

/** Formats it for a hidden field, in which browsers change line breaks. */
export function configBase({ plugin }: Row): string {
  return JSON.stringify(plugin.config?.value ?? {});
}

const VERBS = {
  enable: "Enable",
  disable: "Disable",
  check: "Check the health of",
  reload: "Reload",
} as const;

function renderReload({ row }: ChangeForm): Html {
  return html`<p>Its files are read again, and a new process is started with them. New
    calls go to it once it is ready; running ones end in the old process. If the new one
    fails, the old one stays.</p>${
    row.plugin.update?.waiting === undefined ? NOTHING : html`
      <div class="note warn">
        <p>Its new files wait for a yes: grant that
              first.</p>
      </div>
    `
  }`;
}

/** Renders the page that has a change confirmed. */
export function renderConfirm(
  form: ChangeForm,
  change: keyof typeof VERBS,
): Html {
  const { csrf, query, row } = form;
  const explain = {
    enable: renderEnable,
    disable: renderDisable,
    check: () => html`<p>Its health check runs now.</p>`,
    reload: renderReload,
  }[change];
  const verb = change === "enable" && row.plugin.status !== "disabled"
    ? "Load again:"
    : VERBS[change];
  return html`<form class="card" method="post" action="${writeQuery(query)}">
<h2>${verb} ${row.name}?</h2>${explain(form)}${
    hidden({ do: change, id: row.id, csrf })
  }<div class="bar"><button class="${
    change === "disable" ? "danger" : "main"
  }">${CHANGE_NAMES[change]}</button>${cancel(query)}</div></form>`;
}

// No template: every space in a text area counts, except one line break at the start.
function renderTextarea(text: string): Html {
  const rows = Math.min(30, text.split("\n").length + 2);
  return new Html(
    `<textarea id="config" name="config" rows="${rows}" spellcheck="false" ` +
      `autocomplete="off">\n${lines(text).text}</textarea>`,
  );
}

/** Renders the page with a configuration to edit. */
export function renderConfigure(
  { csrf, query, row }: ChangeForm,
  text: string,
  failure?: PageFault,
): Html {
  return html`
    <form class="card" method="post"
      action="${writeQuery(query)}"><h2>Configure ${row
        .name}</h2>${failure === undefined ? NOTHING : html`
        <div class="note bad" role="alert">
          <p><strong>${failure.message}.</strong></p>
          <p>${withFlags(failure.remedy)}.</p>
        </div>
      `}<p class="soft">The whole configuration, as JSON. Name a variable instead of writing a
        secret: <code>"api_key_env": "API_KEY"</code>.</p>${hidden({
          do: "configure",
          id: row.id,
          csrf,
          base: configBase(row),
        })}<div class="field"><label for="config">Configuration</label>
    ${renderTextarea(text)}</div>
    <div class="bar"><button class="main">Review the change</button>${cancel(
      query,
    )}</div></form>
  `;
}

/** A key whose value differs. */
export interface ConfigDifference {
  readonly key: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** Renders the page that has a configuration confirmed. */
export function renderConfigReview(
  { csrf, query, row }: ChangeForm,
  config: Readonly<Record<string, unknown>>,
  differences: readonly ConfigDifference[],
): Html {
  const show = (value: string | undefined) =>
    value === undefined
      ? html`<span class="soft">not set</span>`
      : html`<code>${value}</code>`;
  return html`
    <form class="card" method="post"
      action="${writeQuery(query)}"><h2>Change the configuration of ${row
        .name}?</h2>${differences.length === 0
        ? html`<p>Nothing differs from the present configuration.</p>`
        : html`
          <dl>${differences.map(({ after, before, key }) =>
            html`
              <dt><code>${key}</code></dt>
              <dd>${show(before)} → ${show(after)}</dd>
            `
          )}</dl>
          <p class="soft">It is checked, stored and applied at once. If the plugin does
                  not accept it, the present one stays in force.</p>
        `}${hidden({
          do: "configure",
          id: row.id,
          csrf,
          base: configBase(row),
          config: JSON.stringify(config),
        })}<div class="bar"><button class="main" name="step" value="save">Save</button>
    <button name="step" value="edit">Edit again</button>${cancel(
      query,
    )}</div></form>
  `;
}

/** Renders the page that explains why something was not done. */
export function renderFault(
  { message, remedy }: Pick<PageFault, "message" | "remedy">,
  query: PageQuery,
): Html {
  return html`
    <div class="card">
      <h2>That was not done</h2>
      <div class="note bad" role="alert">
        <p><strong>${message}.</strong></p>
        <p>${withFlags(remedy)}.</p>
      </div>
      <div
        class="bar"><a class="button" href="${writeQuery(
          query,
        )}">Back to the plugins</a></div>
    </div>
  `;
}

/** Renders the line that says what was done. */
export function renderDone(text: string): Html {
  return html`
    <div class="note good" role="status">
      <p>${text}</p>
    </div>
  `;
}
