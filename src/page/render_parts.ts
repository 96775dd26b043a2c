/** Small parts that several pages share. */

import {
  entriesOf,
  flagProblems,
  formatEntry,
  formatFlags,
  type PermissionEntry,
  permissionFlags,
  type PermissionSet,
} from "../permissions/mod.ts";
import type { Hazard } from "../../mod.ts";
import { type Html, html, withFlags } from "./html.ts";
import { type PageQuery, writeQuery } from "./page_query.ts";

/** Counts things in words. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Renders an instant for people, with the exact time for machines. */
export function renderTime(time: string): Html {
  const short = `${time.slice(0, 10)} ${time.slice(11, 19)} UTC`;
  return html`<time datetime="${time}">${short}</time>`;
}

/** A manifest may have thousands of entries; the JSON has them all. */
export const MAX_SHOWN = 50;

/** Renders a list, of a long one only the beginning. */
export function listed(items: readonly Html[]): Html {
  const rest = items.length - MAX_SHOWN;
  const more = rest > 0 ? [html`<li>and ${rest} more</li>`] : [];
  return html`<ul>${[...items.slice(0, MAX_SHOWN), ...more]}</ul>`;
}

/** Returns the flags that grant a set, on one line; `undefined` if none can. */
export function flagsOf(set: PermissionSet): string | undefined {
  if (entriesOf(set).length === 0 || flagProblems(set).length > 0) {
    return undefined;
  }
  return formatFlags(permissionFlags(set, { noPrompt: false }));
}

/** Renders flags that can be copied in one piece. */
export function renderFlags(flags: string): Html {
  return html`
    <div class="bar" data-copy>
      <pre><code>${withFlags(flags)}</code></pre>
    </div>
  `;
}

/** Renders why a permission is more dangerous than it looks. */
export function renderHazards(
  hazards: readonly Hazard[],
  entry: PermissionEntry,
): readonly Html[] {
  const name = formatEntry(entry);
  return hazards.filter((one) => formatEntry(one.entry) === name).map((
    { level, reason, remedy },
  ) =>
    html`
      <br><span class="badge ${level === "critical"
        ? "bad"
        : level === "high"
        ? "warn"
        : "off"}">${level}</span> ${withFlags(reason)}. <span
        class="soft">${withFlags(remedy)}.</span>
    `
  );
}

/** The fields that every form sends back. */
export function hidden(
  fields: Readonly<Record<string, string>>,
): readonly Html[] {
  return Object.entries(fields).map(([name, value]) =>
    html`<input type="hidden" name="${name}" value="${value}">`
  );
}

/** Renders the link that leaves a form. */
export function cancel(query: PageQuery): Html {
  return html`<a class="button" href="${writeQuery(query)}">Cancel</a>`;
}
