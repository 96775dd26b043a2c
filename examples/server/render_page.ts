import { entriesOf, formatEntry } from "@semantik/plugins/permissions";
import { Html, html } from "./html.ts";
import type { Overview, PluginView } from "./overview.ts";

const NOTHING = new Html("");

function renderDocument(title: string, body: Html): string {
  return html`
    <!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>${title}</title>
        <link rel="stylesheet" href="/style.css">
      </head>
      <body>
        <main>
    ${body}
        </main>
      </body>
    </html>
  `.text.trimStart();
}

function renderList(items: readonly string[], none: string): Html {
  if (items.length === 0) return html`<p>${none}</p>`;
  return html`<ul>${items.map((item) => html`<li>${item}</li>`)}</ul>`;
}

function renderHealth({ health, status }: PluginView): Html {
  if (status !== "live") return html`<span>–</span>`;
  if (health === undefined) return html`<span>not checked yet</span>`;
  const { message } = health;
  return html`<span class="health ${health.status}">${health.status}</span>${
    message === undefined ? NOTHING : html`: ${message}`
  }`;
}

function renderForm({ action, id }: PluginView, canChange: boolean): Html {
  if (!canChange) {
    return html`<span>needs a token, and the server has none</span>`;
  }
  const verb = action === "enable" ? "Enable" : "Disable";
  return html`
    <form method="post" action="/plugins/${encodeURIComponent(id)}/${action}">
      <label for="token-${id}">Token for ${id}</label>
      <input id="token-${id}" name="token" type="password" required
        autocomplete="off">
      <button>${verb} ${id}</button>
    </form>
  `;
}

function renderPlugin(plugin: PluginView, canChange: boolean): Html {
  const { id, permissions, problems, reading, status, version } = plugin;
  const declared = entriesOf(permissions).map(formatEntry);
  return html`
    <tr>
      <th scope="row">${id}${version === undefined ? "" : ` ${version}`}</th>
      <td><span class="status ${status}">${status}</span>${problems.map((
        { message, remedy },
      ) => html`<p>${message}. ${remedy}.</p>`)}</td>
      <td>${reading ?? "–"}</td>
      <td>${renderHealth(plugin)}</td>
      <td>${declared.length === 0 ? "nothing" : declared.join(", ")}</td>
      <td>${renderForm(plugin, canChange)}</td>
    </tr>
  `;
}

/**
 * Renders the page with plugins, health and permissions, and escapes everything
 * that plugins supply.
 */
export function renderPage(overview: Overview, canChange: boolean): string {
  const { flags, hazards, plugins, surplus } = overview;
  return renderDocument(
    "Plugins",
    html`
      <h1>Plugins</h1>
      <div class="scroll" role="region" aria-labelledby="plugins" tabindex="0">
        <table>
          <caption id="plugins">What became of each plugin</caption>
          <thead>
            <tr>
              <th scope="col">Plugin</th>
              <th scope="col">Status</th>
              <th scope="col">Reads</th>
              <th scope="col">Health</th>
              <th scope="col">Permissions</th>
              <th scope="col">Change</th>
            </tr>
          </thead>
          <tbody>
      ${plugins.map((plugin) => renderPlugin(plugin, canChange))}</tbody>
        </table>
      </div>
      <h2>Permissions</h2>
      <p>The smallest flags that run this server with all of its plugins:</p>
      <pre><code>${flags}</code></pre>
      <h3>Too much</h3>
      ${renderList(
        surplus,
        "Nothing is granted as a whole that nobody declares.",
      )}
      <h3>More dangerous than it looks</h3>
      ${renderList(hazards, "Nothing that is declared.")}
      <p><a href="/plugins.json">The same as JSON</a></p>
    `,
  );
}

/** Renders the page that explains a refused request. */
export function renderFault(title: string, message: string): string {
  return renderDocument(
    title,
    html`<h1>${title}</h1>
<p role="alert">${message}</p>
<p><a href="/">Back to the plugins</a></p>`,
  );
}
