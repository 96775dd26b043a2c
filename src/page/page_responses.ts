/** Makes the responses of the page, all with the same headers. */

import type { HostInspection } from "../../mod.ts";
import { attribute, type Html, html, NOTHING } from "./html.ts";
import type { Access } from "./page_access.ts";
import type { PageFault } from "./page_fault.ts";
import { type PageQuery, VIEWS, writeQuery } from "./page_query.ts";
import { createHeaders, renderDocument } from "./render_document.ts";
import { renderFault, renderSignOut } from "./render_forms.ts";

export const VIEW_NAMES: Readonly<Record<PageQuery["view"], string>> = {
  list: "Plugins",
  permissions: "Permissions",
  dependencies: "Dependencies",
};

export class PageResponses {
  #headers: ReturnType<typeof createHeaders> | undefined;
  readonly #canSignIn: boolean;

  constructor(canSignIn: boolean) {
    this.#canSignIn = canSignIn;
  }

  async respond(
    body: BodyInit | null,
    type: string,
    status = 200,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    return new Response(body, {
      status,
      headers: {
        ...await (this.#headers ??= createHeaders()),
        "content-type": type,
        ...more,
      },
    });
  }

  async page(
    title: string,
    body: Html,
    options: {
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly access?: Access;
      readonly query?: PageQuery;
      readonly inspection?: HostInspection;
      /** The version of live updates that the page is as new as, if it has them. */
      readonly liveVersion?: string;
    } = {},
  ): Promise<Response> {
    const { access, headers, inspection, liveVersion, query, status } = options;
    const text = renderDocument({
      title,
      application: inspection,
      liveVersion,
      nav: query === undefined ? NOTHING : this.#nav(query, access),
    }, body);
    return await this.respond(
      text,
      "text/html; charset=utf-8",
      status,
      headers,
    );
  }

  #nav(query: PageQuery, access: Access | undefined): Html {
    const views = html`<nav aria-label="Views" data-live="views">${
      VIEWS.map((view) => {
        const isHere = view === query.view && query.plugin === undefined;
        const address = writeQuery({
          ...query,
          view,
          page: 1,
          plugin: undefined,
        });
        return html`
          <a href="${address}" ${attribute(
            'aria-current="page"',
            isHere,
          )}>${VIEW_NAMES[view]}</a>
        `;
      })
    }</nav>`;
    if (access?.by === "session") {
      return html`${views}${renderSignOut(access.session.csrf)}`;
    }
    return !this.#canSignIn
      ? html`${views}<span class="end soft">Read only</span>`
      : html`${views}<a class="end button" href="${
        writeQuery(query, { "sign-in": "" })
      }">Sign in</a>`;
  }

  async json(value: unknown, status = 200): Promise<Response> {
    return await this.respond(
      `${JSON.stringify(value, null, 2)}\n`,
      "application/json; charset=utf-8",
      status,
    );
  }

  async refuse(
    request: Request,
    query: PageQuery,
    fault: PageFault,
  ): Promise<Response> {
    const { headers, message, remedy, status } = fault;
    if (this.wantsJson(request)) {
      const response = await this.json({ error: message, remedy }, status);
      for (const [name, value] of Object.entries(headers)) {
        response.headers.set(name, value);
      }
      return response;
    }
    return await this.page(
      "That was not done",
      renderFault(fault, query),
      { status, headers },
    );
  }

  wantsJson({ headers }: Request): boolean {
    return headers.get("accept")?.includes("application/json") === true;
  }

  async redirect(
    query: PageQuery,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    return await this.respond(null, "text/plain; charset=utf-8", 303, {
      location: writeQuery(query),
      ...headers,
    });
  }
}
