/** Serves the page: identifies the sender, and routes the request. */

import type { HostInspection, PermissionDeclaration } from "../../mod.ts";
import { pause } from "../base/timing.ts";
import { entriesOf } from "../permissions/mod.ts";
import { EVERYONE } from "../state/state_text.ts";
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
  isCodeAlone,
  joinEntries,
  readEntry,
  wholeGrant,
} from "./declared_permissions.ts";
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
import {
  type EveryoneForm,
  renderEveryone,
  renderGrant,
  renderRevoke,
} from "./render_permission_forms.ts";
import { renderPermissions } from "./render_permissions.ts";
import { CHANGE_NAMES, offeredChanges } from "./render_plugin.ts";
import { ANSWERS, isAnswer, renderQuestions } from "./render_questions.ts";
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

/** The time in which a change may wait for the answers to questions, in milliseconds. */
const PATIENCE = 3_000;

function isChange(text: string): text is keyof typeof CHANGE_NAMES {
  return Object.hasOwn(CHANGE_NAMES, text);
}

/** Names a change of all plugins at once, if one is asked for. */
function changeOfAll(
  params: URLSearchParams,
): EveryoneForm["change"] | undefined {
  const asked = params.get("do");
  return params.get("id") === EVERYONE &&
      (asked === "grant" || asked === "revoke")
    ? asked
    : undefined;
}

/** Makes a digest of what a person sees who decides about a plugin. */
async function permissionBase({ plugin }: Row): Promise<string> {
  const { consent, manifest, optional, required, source, update } = plugin;
  const seen = [
    manifest?.version,
    source,
    required,
    optional,
    consent?.waiting,
    consent?.revocation,
    update,
  ];
  const bytes = new TextEncoder().encode(JSON.stringify(seen));
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return new Uint8Array(digest).toBase64();
}

/** Reads the permissions that a form chose. */
function chosenIn(form: URLSearchParams): PermissionDeclaration {
  const entries = form.getAll("entry").map(readEntry);
  if (entries.length === 0) {
    throw new PageFault(
      400,
      "No permission is chosen",
      "Choose at least one of them",
    );
  }
  return joinEntries(entries.map((entry) => {
    if (entry !== undefined) return entry;
    throw new PageFault(
      400,
      "This is no permission",
      "Send a kind, or a kind and a value, such as net:api.example:443",
    );
  }));
}

/** Reads the permissions to grant or revoke; `undefined` for all of them. */
function permissionsFor(
  access: Access,
  form: URLSearchParams,
  { base, change, row }: ChangeForm,
): PermissionDeclaration | undefined {
  if (access.by === "session" && form.get("base") !== base) {
    throw new PageFault(
      409,
      `What ${row.name} asks for was changed meanwhile`,
      "Go back to the plugins, look at it again, and decide then",
    );
  }
  if (form.get("what") !== "all") {
    // The yes to the code of a plugin that requires nothing more.
    return change === "grant" && !form.has("entry") && isCodeAlone(row.plugin)
      ? {}
      : chosenIn(form);
  }
  if (change === "revoke") return undefined;
  // What a person saw, even if the files change in this moment.
  const whole = wholeGrant(row.plugin);
  return entriesOf(whole).length === 0 ? undefined : whole;
}

export class PageServer {
  readonly #settings: PageSettings;
  readonly #access: PageAccess;
  readonly #live: LiveUpdates;
  readonly #end = new AbortController();
  readonly #responses: PageResponses;
  #inspection: Promise<HostInspection> | undefined;
  #inspectedAt = 0;
  #listening: readonly (Disposable | undefined)[];

  constructor(settings: PageSettings) {
    this.#settings = settings;
    this.#access = new PageAccess(settings);
    this.#responses = new PageResponses(settings.token !== undefined);
    const { clock, host: { events }, maxClients, questions, signal, trail } =
      settings;
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
    this.#listening = [
      trail?.listen((id) => this.#live.change(id)),
      questions?.listen((id) => changed(`question of ${id}`)),
    ];
    const end = () => this.#live[Symbol.dispose]();
    if (signal?.aborted) end();
    else signal?.addEventListener("abort", end, until);
  }

  dispose(): void {
    this.#end.abort();
    for (const one of this.#listening) one?.[Symbol.dispose]();
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
        ? await this.#responses.json(await this.#asJson())
        : params.has("do")
        ? await this.#changePage(visit, params)
        : await this.#show(visit, query);
    if (method === "GET") return response;
    // Nobody reads it: live updates would keep a place.
    await response.body?.cancel();
    return new Response(null, response);
  }

  async #asJson() {
    const { questions } = this.#settings;
    const inspection = await this.#inspect();
    return questions === undefined
      ? inspection
      : { ...inspection, questions: questions.waiting };
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
    // Before the plugins are read, so that no change is missed.
    const { version } = this.#live;
    const inspection = await this.#inspect();
    const rows = makeRows(inspection);
    const { questions, trail } = this.#settings;
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
      html`${said === undefined ? NOTHING : renderDone(said)}${
        renderQuestions(
          questions,
          query,
          access.by === "session" ? access.session.csrf : undefined,
        )
      }${content}`,
      { access, query, inspection, liveVersion: version },
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
    const rows = makeRows(inspection);
    const row = this.#findRow(rows, params.get("id"));
    const csrf = access.by === "session" ? access.session.csrf : "";
    const base = await permissionBase(row);
    return { change: asked, row, rows, query, csrf, base, inspection };
  }

  /** Reads what is asked for about all plugins at once. */
  async #everyoneOf(
    { access, query }: Visit,
    change: EveryoneForm["change"],
  ): Promise<EveryoneForm> {
    const inspection = await this.#inspect();
    const csrf = access.by === "session" ? access.session.csrf : "";
    return { change, inspection, rows: makeRows(inspection), query, csrf };
  }

  async #changePage(
    visit: Visit,
    params: URLSearchParams,
  ): Promise<Response> {
    if (visit.access.by !== "session") return await this.#signInPage(visit);
    const ofAll = changeOfAll(params);
    if (ofAll !== undefined) {
      const everyone = await this.#everyoneOf(visit, ofAll);
      return await this.#responses.page(
        ofAll === "grant"
          ? "Give permissions back to all plugins"
          : "Revoke permissions of all plugins",
        renderEveryone(everyone),
        {
          access: visit.access,
          query: visit.query,
          inspection: everyone.inspection,
        },
      );
    }
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
        : change === "grant"
        ? renderGrant(form)
        : change === "revoke"
        ? renderRevoke(form)
        : renderConfirm(form, change),
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
    if (form.get("do") === "answer") return await this.#answer(visit, form);
    this.#inspection = undefined;
    const by = this.#access.nameOf(access, form);
    const ofAll = changeOfAll(form);
    if (ofAll !== undefined) {
      const permissions = chosenIn(form);
      return await this.#do(visit, form, {
        kind: ofAll,
        id: EVERYONE,
        permissions,
        by,
      });
    }
    const asked = await this.#changeOf(visit, form);
    const { change, row: { id } } = asked;
    switch (change) {
      case "configure":
        return await this.#configure(visit, form, asked);
      case "grant":
      case "revoke":
        return await this.#do(visit, form, {
          kind: change,
          id,
          permissions: permissionsFor(access, form, asked),
          by,
        });
      case "check":
      case "reload":
        return await this.#do(visit, form, { kind: change, id });
      case "enable":
      case "disable": {
        const also = form.get("also") === "yes";
        return await this.#do(visit, form, { kind: change, id, also });
      }
    }
  }

  /** Passes an answer on. The first one counts; who comes later hears of it. */
  async #answer(visit: Visit, form: URLSearchParams): Promise<Response> {
    const { access, query, request } = visit;
    const { questions } = this.#settings;
    const id = form.get("question") ?? "";
    const name = form.get("answer") ?? "";
    if (!isAnswer(name)) {
      throw new PageFault(400, "This is no answer", "Send no, run or always");
    }
    const by = this.#access.nameOf(access, form);
    const { answer } = ANSWERS[name];
    const result = questions?.answer(
      id,
      answer.allow ? { ...answer, by } : answer,
      by,
    ) ?? { kind: "unknown" };
    if (result.kind === "unknown") {
      throw new PageFault(
        404,
        "There is no such question",
        "Go back to the plugins, where all open questions are",
      );
    }
    if (result.kind === "late") {
      throw new PageFault(
        409,
        `This question is over: ${result.reason}`,
        "Go back to the plugins to see what follows",
      );
    }
    const plugin = result.question.plugin.id;
    this.#access.recordChange(access, form, "answer", plugin, { answer: name });
    const message = `The answer to plugin ${plugin} is: ${ANSWERS[name].name}.`;
    return await this.#done(visit, message, request, query);
  }

  async #done(
    { access }: Visit,
    message: string,
    request: Request,
    query: PageQuery,
  ): Promise<Response> {
    if (this.#responses.wantsJson(request)) {
      return await this.#responses.json({ message });
    }
    if (access.by === "session") access.session.setMessage(message);
    return await this.#responses.redirect(query);
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
      return await this.#do(visit, form, {
        kind: "configure",
        id: row.id,
        config,
      });
    } catch (error) {
      if (!(error instanceof PageFault) || access.by === "token") throw error;
      return await edit(error);
    }
  }

  async #do(
    visit: Visit,
    form: URLSearchParams,
    change: Change,
  ): Promise<Response> {
    const { access, query, request } = visit;
    const { host, questions } = this.#settings;
    const { id, kind } = change;
    const isAsked = questions?.waiting.some(({ question }) =>
      question.kind === "consent" && question.plugin.id === id
    );
    if (kind === "grant" && isAsked === true) {
      throw new PageFault(
        409,
        `The host asks about plugin ${id} already`,
        "Answer the question on the page of the plugins",
      );
    }
    this.#access.recordChange(access, form, kind, id);
    const changing = changePlugin(host, change).finally(() => {
      this.#inspection = undefined;
      this.#live.change(id);
    });
    const message = await this.#unlessAsking(changing);
    return await this.#done(visit, message, request, query);
  }

  /** Waits for a change, but not for the answers to questions that it may wait for. */
  async #unlessAsking(changing: Promise<string>): Promise<string> {
    const { clock, questions } = this.#settings;
    if (questions === undefined || questions.waiting.length === 0) {
      return await changing;
    }
    const stop = new AbortController();
    const pausing = pause(clock, PATIENCE, stop.signal).catch(() => {});
    const message = await Promise.race([changing, pausing])
      .finally(() => stop.abort());
    if (message !== undefined) return message;
    // The trail has its failure.
    changing.catch(() => {});
    return "This is done once the waiting questions are answered.";
  }
}
