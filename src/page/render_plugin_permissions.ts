/** The permissions of one plugin: declared, agreed to, revoked and used. */

import { describeDifference } from "../policy/consent.ts";
import {
  entriesOf,
  formatEntry,
  type PermissionSet,
} from "../permissions/mod.ts";
import { asUpdated, type DeclaredPermission } from "./declared_permissions.ts";
import { Html, html, NOTHING, withFlags } from "./html.ts";
import type { Row } from "./page_model.ts";
import {
  flagsOf,
  listed,
  MAX_SHOWN,
  renderFlags,
  renderHazards,
  renderTime,
} from "./render_parts.ts";

/** Lists permissions on one line, of many only the first ones. */
export function inWords(set: PermissionSet): string {
  const entries = entriesOf(set);
  const rest = entries.length - MAX_SHOWN;
  const named = entries.slice(0, MAX_SHOWN).map(formatEntry).join(", ");
  return rest > 0 ? `${named} and ${rest} more` : named;
}

/** Renders who decided, and when. */
export function renderDecided(
  { at, by }: { readonly at?: string; readonly by?: string },
): Html {
  return html`${by === undefined ? "" : `by ${by} `}${
    at === undefined ? NOTHING : html`on ${renderTime(at)}`
  }`;
}

const SPACE = new Html(" ");

/** Renders what is known of a declared permission, as marks after its name. */
export function renderMarks(permission: DeclaredPermission): readonly Html[] {
  const { consent, isMissing, isOptional, revoked, use } = permission;
  const marks: Html[] = [];
  const mark = (tone: string, text: string) =>
    marks.push(html`<span class="badge ${tone}">${text}</span>`, SPACE);
  if (revoked !== undefined) {
    mark("bad", revoked === "everyone" ? "revoked of all plugins" : "revoked");
  }
  if (isMissing) mark("bad", "not granted to the host");
  if (consent === "missing") mark("warn", "not agreed to");
  if (consent === "agreed") mark("good", "agreed to");
  if (use === "used") mark("good", "used");
  if (use === "unused") mark("off", "never used");
  if (isOptional) marks.push(html`<span class="soft">(optional)</span>`);
  return marks;
}

function renderUpdate({ plugin: { update } }: Row): Html {
  return update === undefined ? NOTHING : html`
    <p>Its files have version ${update
      .version}, which is not the one that runs.${update
        .waiting === undefined
      ? ""
      : " Grant what it asks for before it is reloaded, or the application is restarted."}</p>
  `;
}

function renderConsent({ plugin }: Row): Html {
  const { consent, source } = asUpdated(plugin);
  if (consent === undefined) return NOTHING;
  const { agreed, revocation, waiting } = consent;
  const optional = waiting === undefined ? [] : entriesOf(waiting.optional);
  return html`${
    waiting === undefined ? NOTHING : html`
      <div class="note warn">
        <p><strong>It waits for a yes:</strong> ${withFlags(
          describeDifference(waiting),
        )}. <code class="soft">PLUGIN_CONSENT_MISSING</code></p>${optional
            .length === 0
          ? NOTHING
          : html`<p>It can do without, and would use: ${
            inWords(waiting.optional)
          }.</p>`}
      </div>
    `
  }${
    agreed === undefined
      ? NOTHING
      : html`<p class="soft">Agreed to ${renderDecided(agreed)}${
        waiting === undefined || waiting.reason === "permissions"
          ? NOTHING
          : html`, for ${
            agreed.source === source ? "other files" : agreed.source
          }`
      }.</p>`
  }${
    revocation === undefined ? NOTHING : html`
      <div class="note bad">
        <p><strong>Revoked:</strong> ${inWords(
          revocation.permissions,
        )}${revocation.at === undefined
          ? ""
          : html`, at last ${renderDecided(revocation)}`}.</p>
      </div>
    `
  }`;
}

/** Renders the permissions of a plugin, with the decisions about them. */
export function renderPluginPermissions(row: Row): Html {
  const { hazards, required } = row.plugin;
  const items = row.declared().map((permission) => {
    const { entry } = permission;
    return html`<li><code>${formatEntry(entry)}</code> ${
      renderMarks(permission)
    }${renderHazards(hazards, entry)}</li>`;
  });
  const flags = flagsOf(required);
  return html`${renderUpdate(row)}${renderConsent(row)}${
    items.length === 0
      ? html`<p class="soft">It declares none.</p>`
      : listed(items)
  }${flags === undefined ? NOTHING : renderFlags(flags)}`;
}
