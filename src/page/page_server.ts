/** Serves the page: identifies the sender, and routes the request. */

import type { HostInspection } from "../../mod.ts";
import {
  type Change,
  changePlugin,
  differencesOf,
  parseConfig,
} from "./change_plugin.ts";
import { html, NOTHING } from "./html.ts";
import { LiveUpdates } from "./live_updates.ts";
import { type Access, PageAccess } from "./page_access.ts";
import { PageFault } from "./page_fault.ts";
import { makeRows, type Row } from "./page_model.ts";
import type { PageSettings } from "./page_options.ts";
import { type PageQuery, readQuery, START } from "./page_query.ts";
import { PageResponses, VIEW_NAMES } from "./page_responses.ts";
import { readForm } from "./read_form.ts";
import { renderDependencies } from "./render_dependencies.ts";
import {
  type ChangeForm,
  configBase,
  configText,
  renderConfigReview,
  renderConfigure,
  renderConfirm,
  renderDone,
  renderSignIn,
} from "./render_forms.ts";
import { renderList } from "./render_list.ts";
import { renderPermissions } from "./render_permissions.ts";
import { CHANGE_NAMES, offeredChanges } from "./render_plugin.ts";
import { checkHost } from "./request_guard.ts";

/** A request, with everything that was found out about it. */
interface Visit {
  readonly request: Request;
  readonly info: unknown;
  readonly url: URL;
  readonly query: PageQuery;
  readonly access: Access;
}

const INSPECTION_TIME = 500;

function isChange(text: string): text is keyof typeof CHANGE_NAMES {
  return Object.hasOwn(CHANGE_NAMES, text);
}

export class PageServer {
  readonly #settings: PageSettings;
  readonly #access: PageAccess;
  readonly #live: LiveUpdates;
  readonly #end = new AbortController();
  readonly #responses: PageResponses;
  #inspection: Promise<HostInspection> | undefined;
  #inspectedAt = 0;
  #listening: Disposable | undefined;

  constructor(settings: PageSettings) {
    this.#settings = settings;
    this.#access = new PageAccess(settings);
    this.#responses = new PageResponses(settings.token !== undefined);
    const { clock, host: { events }, maxClients, signal, trail } = settings;
    this.#live = new LiveUpdates(clock, maxClients);
    const changed = (id: string) => {
      this.#inspection = undefined;
      this.#live.change(id);
    };
    const until = { signal: this.#end.signal };
    events.addEventListener(
      "statuschange",
      ({ detail }) => changed(detail.id),
      until,
    );
    events.addEventListener(
      "healthchange",
      ({ detail }) => changed(detail.id),
      until,
    );
    events.addEventListener(
      "refusal",
      ({ detail }) => changed(detail.id ?? detail.source),
      until,
    );
    events.addEventListener("dispose", () => this.dispose(), until);
    this.#listening = trail?.listen((id) => this.#live.change(id));
    const end = () => this.#live[Symbol.dispose]();
    if (signal?.aborted) end();
    else signal?.addEventListener("abort", end, until);
  }

  dispose(): void {
    this.#end.abort();
    this.#listening?.[Symbol.dispose]();
    this.#live[Symbol.dispose]();
    this.#access[Symbol.dispose]();
  }

  /** Reads the plugins, once for the requests of the same moment. */
  #inspect(): Promise<HostInspection> {
    const now = this.#settings.clock.elapsed();
    if (
      this.#inspection !== undefined &&
      now - this.#inspectedAt < INSPECTION_TIME
    ) return this.#inspection;
    this.#inspectedAt = now;
    const inspection = this.#settings.host.inspect();
    this.#inspection = inspection;
    // A failure is not kept for the next request.
    inspection.catch(() => this.#inspection = undefined);
    return inspection;
  }

  async handle(request: Request, info: unknown): Promise<Response> {
    let url: URL | undefined;
    try {
      url = new URL(request.url);
      checkHost(url, this.#settings.origins);
      const access = this.#access.identify(request, url, info);
      const query = readQuery(url.searchParams);
      return await this.#route({ request, info, url, query, access });
    } catch (error) {
      const fault = error instanceof PageFault
        ? error
        : this.#unexpected(error);
      const query = readQuery(url?.searchParams ?? new URLSearchParams());
      return await this.#responses.refuse(request, query, fault);
    }
  }

  #unexpected(error: unknown): PageFault {
    this.#settings.host.audit.log("host:page", "page.failed", { error }, {
      level: "error",
    });
    return new PageFault(
      500,
      "Something went wrong on the server",
      "Look for page.failed in the audit trail, and try again",
    );
  }

  async #route(visit: Visit): Promise<Response> {
    const { request: { method }, url, query } = visit;
    if (method === "POST") return await this.#post(visit);
    if (method !== "GET" && method !== "HEAD") {
      throw new PageFault(
        405,
        "Only pages and forms are served here",
        "Use GET or POST",
        {
          allow: "GET, HEAD, POST",
        },
      );
    }
    const params = url.searchParams;
    const response =
      !this.#access.mayRead(visit.access) || params.has("sign-in")
        ? await this.#signInPage(visit)
        : params.has("events")
        ? await this.#connect(visit)
        : params.get("format") === "json"
        ? await this.#responses.json(await this.#inspect())
        : params.has("do")
        ? await this.#changePage(visit, params)
        : await this.#show(visit, query);
    if (method === "GET") return response;
    // Nobody reads it: live updates would keep a place.
    await response.body?.cancel();
    return new Response(null, response);
  }

  async #signInPage(
    { query, request, url }: Visit,
    failure?: PageFault,
  ): Promise<Response> {
    if (this.#settings.token === undefined) {
      throw new PageFault(
        403,
        "Nobody can sign in here",
        "Start the application with a token for this page",
      );
    }
    const isAsked = url.searchParams.has("sign-in") || failure !== undefined;
    if (!isAsked && this.#responses.wantsJson(request)) {
      throw new PageFault(
        401,
        "The token is missing",
        "Send it as Authorization: Bearer TOKEN",
        { "www-authenticate": "Bearer" },
      );
    }
    return await this.#responses.page("Sign in", renderSignIn(query, failure), {
      status: failure?.status ?? (isAsked ? 200 : 401),
      ...failure === undefined ? {} : { headers: failure.headers },
    });
  }

  async #connect({ access, request, url }: Visit): Promise<Response> {
    if (this.#live.isFull) {
      throw new PageFault(
        503,
        "Too many browsers get live updates",
        "Load the page again to see changes",
        { "retry-after": "30" },
      );
    }
    const session = access.by === "session"
      ? {
        signal: access.session.signal,
        isOver: () => !this.#access.isSignedIn(request, url),
      }
      : undefined;
    return await this.#responses.respond(
      this.#live.connect(session),
      "text/event-stream",
      200,
      // Proxies must not wait for the end.
      { "x-accel-buffering": "no" },
    );
  }

  async #show(
    { access, request }: Visit,
    query: PageQuery,
  ): Promise<Response> {
    const inspection = await this.#inspect();
    const rows = makeRows(inspection.plugins);
    const { trail } = this.#settings;
    const scope = {
      query,
      canChange: access.by === "session",
      eventsOf: trail === undefined ? undefined : (id: string) => trail.of(id),
      known: new Set(rows.filter(({ isOwner }) => isOwner).map(({ id }) => id)),
    };
    const content = query.view === "permissions"
      ? renderPermissions(inspection, rows, scope)
      : query.view === "dependencies"
      ? renderDependencies(rows, scope)
      : renderList(rows, scope);
    // Read once, and not by the script.
    const said = access.by === "session" && !request.headers.has("x-live")
      ? access.session.takeMessage()
      : undefined;
    const title = `${VIEW_NAMES[query.view]} – ${inspection.name}`;
    return await this.#responses.page(
      said === undefined ? title : `${said} – ${title}`,
      html`${said === undefined ? NOTHING : renderDone(said)}${content}`,
      { access, query, inspection, hasScript: true },
    );
  }

  #findRow(rows: readonly Row[], id: string | null): Row {
    const row = rows.find((one) => one.isOwner && one.id === id);
    if (row !== undefined) return row;
    throw new PageFault(
      404,
      "There is no such plugin",
      "Go back to the plugins, and choose one that is there",
    );
  }

  /** Reads what a link or a form asks for. */
  async #changeOf(
    { access, query }: Visit,
    params: URLSearchParams,
  ): Promise<ChangeForm & { readonly inspection: HostInspection }> {
    const asked = params.get("do") ?? "";
    if (!isChange(asked)) {
      throw new PageFault(
        404,
        "There is nothing like that to do",
        "Go back to the plugins, and choose what to do there",
      );
    }
    const inspection = await this.#inspect();
    const rows = makeRows(inspection.plugins);
    const row = this.#findRow(rows, params.get("id"));
    const csrf = access.by === "session" ? access.session.csrf : "";
    return { change: asked, row, rows, query, csrf, inspection };
  }

  async #changePage(
    visit: Visit,
    params: URLSearchParams,
  ): Promise<Response> {
    if (visit.access.by !== "session") return await this.#signInPage(visit);
    const form = await this.#changeOf(visit, params);
    const { change, row } = form;
    if (!offeredChanges(row).includes(change)) {
      throw new PageFault(
        409,
        `This cannot be done to ${row.name} now`,
        "Go back to the plugins to see its status",
      );
    }
    return await this.#responses.page(
      `${CHANGE_NAMES[change]} ${row.name}`,
      change === "configure"
        ? renderConfigure(form, configText(row))
        : renderConfirm(form),
      { access: visit.access, query: visit.query, inspection: form.inspection },
    );
  }

  async #post(visit: Visit): Promise<Response> {
    const { access, info, query, request, url } = visit;
    const form = await readForm(request);
    if (form.get("do") === "sign-in") {
      try {
        const cookie = this.#access.signIn(request, url, form, info);
        return await this.#responses.redirect(query, { "set-cookie": cookie });
      } catch (error) {
        const isWrong = error instanceof PageFault &&
          (error.status === 401 || error.status === 429);
        if (!isWrong || this.#responses.wantsJson(request)) throw error;
        return await this.#signInPage(visit, error);
      }
    }
    this.#access.checkChange(access, request, url, form);
    if (form.get("do") === "sign-out") {
      const cookie = this.#access.signOut(request, url);
      return await this.#responses.redirect(START, { "set-cookie": cookie });
    }
    this.#inspection = undefined;
    const asked = await this.#changeOf(visit, form);
    return asked.change === "configure"
      ? await this.#configure(visit, form, asked)
      : await this.#do(visit, {
        kind: asked.change,
        id: asked.row.id,
        also: form.get("also") === "yes",
      });
  }

  /** Shows the differences first, unless a client with the token asks. */
  async #configure(
    visit: Visit,
    form: URLSearchParams,
    asked: ChangeForm & { readonly inspection: HostInspection },
  ): Promise<Response> {
    const { access, query } = visit;
    const { inspection, row } = asked;
    let text = form.get("config") ?? "";
    const options = { access, query, inspection };
    const edit = async (failure?: PageFault) =>
      await this.#responses.page(
        `Configure ${row.name}`,
        renderConfigure(asked, text, failure),
        { ...options, ...failure && { status: failure.status } },
      );
    try {
      if (!offeredChanges(row).includes("configure")) {
        throw new PageFault(
          409,
          "This configuration cannot be changed here",
          "It contains a secret in plain text: change it where the host reads it",
        );
      }
      const config = parseConfig(text);
      if (access.by !== "token") {
        if (form.get("base") !== configBase(row)) {
          throw new PageFault(
            409,
            "The configuration was changed meanwhile",
            "Cancel, look at the new one, and change it again",
          );
        }
        const step = form.get("step");
        if (step === "edit") {
          text = JSON.stringify(config, null, 2);
          return await edit();
        }
        if (step !== "save") {
          const before = row.plugin.config?.value;
          return await this.#responses.page(
            `Configure ${row.name}`,
            renderConfigReview(asked, config, differencesOf(before, config)),
            options,
          );
        }
      }
      return await this.#do(visit, { kind: "configure", id: row.id, config });
    } catch (error) {
      if (!(error instanceof PageFault) || access.by === "token") throw error;
      return await edit(error);
    }
  }

  async #do(visit: Visit, change: Change): Promise<Response> {
    const { access, query, request } = visit;
    this.#access.recordChange(access, change.kind, change.id);
    try {
      const message = await changePlugin(this.#settings.host, change);
      if (this.#responses.wantsJson(request)) {
        return await this.#responses.json({ message });
      }
      if (access.by === "session") access.session.setMessage(message);
      return await this.#responses.redirect(query);
    } finally {
      this.#inspection = undefined;
      this.#live.change(change.id);
    }
  }
}
