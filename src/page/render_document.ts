/** The frame of every page, and its headers. */

import { Html, html, type HtmlValue, NOTHING } from "./html.ts";
import { SCRIPT } from "./script.ts";
import { STYLE } from "./style.ts";

/** The parts of a page around its own content. */
export interface Frame {
  /** The title of the page, for the tab of the browser. */
  readonly title: string;
  /** The name and the version of the application, if they may be shown. */
  readonly application?:
    | Readonly<{ name: string; version: string }>
    | undefined;
  readonly nav?: Html;
  /** The version of live updates, if the page has them: by its script. */
  readonly liveVersion?: string | undefined;
}

async function hashOf(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  const hash = await crypto.subtle.digest("SHA-256", bytes);
  return `'sha256-${new Uint8Array(hash).toBase64()}'`;
}

/** Returns the headers of every answer. Nothing is loaded, but this style and script. */
export async function createHeaders(): Promise<
  Readonly<Record<string, string>>
> {
  const [style, script] = await Promise.all([hashOf(STYLE), hashOf(SCRIPT)]);
  return {
    "content-security-policy": [
      "default-src 'none'",
      `style-src ${style}`,
      `script-src ${script}`,
      "connect-src 'self'",
      "form-action 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ].join("; "),
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy":
      "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    // Forms of the page send their origin; other sites get no referrer.
    "referrer-policy": "same-origin",
    "vary": "cookie",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
  };
}

/** Renders a whole page. */
export function renderDocument(
  { application, liveVersion, nav = NOTHING, title }: Frame,
  body: HtmlValue,
): string {
  const heading = application === undefined
    ? html`Plugins`
    : html`${application.name} <small>${application.version}</small>`;
  const script = liveVersion === undefined
    ? NOTHING
    : html`<script>${new Html(SCRIPT)}</script>`;
  return html`
    <!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="robots" content="noindex">
        <title>${title}</title>
        <style>${new Html(STYLE)}</style>
      </head>
      <body>
    <a class="skip" href="#main">Skip to the content</a>
    <header><h1>${heading}</h1>${nav}</header>
    <main id="main" data-version="${liveVersion ?? ""}">
    <p id="said" class="vh" role="status"></p>
    ${body}
    </main>
    ${script}</body>
    </html>
  `.text;
}
