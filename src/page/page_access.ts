/** Decides the rights of a request: by its session, by its token, or as anybody. */

import { escapeControls } from "../base/text.ts";
import type { AuditLogger } from "../../mod.ts";
import { PageFault } from "./page_fault.ts";
import type { PageSettings } from "./page_options.ts";
import { MAX_NAME } from "./render_forms.ts";
import {
  checkOrigin,
  cookieName,
  isSecure,
  readCookie,
} from "./request_guard.ts";
import { isSameToken } from "./same_token.ts";
import { type Session, Sessions } from "./sessions.ts";
import { SignInLimit } from "./sign_in_limit.ts";

/** The rights of a request, and their reason. */
export type Access =
  | Readonly<{ by: "session"; session: Session }>
  | Readonly<{ by: "token" }>
  | Readonly<{ by: "nobody" }>;

/** The subject of the page's own events in the audit trail. */
const SUBJECT = "host:page";

const BEARER_REGEXP = /^Bearer ([\x21-\x7e]{1,4096})$/i;

/** Returns the address of a client, as far as the server passes it on. */
function clientOf(info: unknown): string {
  if (typeof info !== "object" || info === null) return "";
  const address: unknown = Reflect.get(info, "remoteAddr");
  if (typeof address !== "object" || address === null) return "";
  const name: unknown = Reflect.get(address, "hostname");
  return typeof name === "string" ? name : "";
}

/** Reads a name that somebody gave. */
function nameIn(form: URLSearchParams, field: string): string | undefined {
  const name = form.get(field)?.trim().slice(0, MAX_NAME).trim();
  return name === undefined || name === ""
    ? undefined
    : escapeControls(name).slice(0, 2 * MAX_NAME);
}

export class PageAccess implements Disposable {
  readonly #settings: PageSettings;
  readonly #sessions: Sessions;
  readonly #limit: SignInLimit;

  constructor(settings: PageSettings) {
    this.#settings = settings;
    this.#sessions = new Sessions(settings.clock);
    this.#limit = new SignInLimit(settings.clock);
  }

  get #audit(): AuditLogger {
    return this.#settings.host.audit;
  }

  /** Identifies the sender. A wrong token is refused, and not taken for nobody. */
  identify(request: Request, url: URL, info: unknown): Access {
    const header = request.headers.get("authorization");
    const bearer = BEARER_REGEXP.exec(header ?? "")?.[1];
    if (bearer !== undefined) {
      this.#checkToken(bearer, info);
      return { by: "token" };
    }
    const session = this.#sessions.get(readCookie(request, cookieName(url)));
    return session === undefined
      ? { by: "nobody" }
      : { by: "session", session };
  }

  /** Tests if the session of a request still goes on. */
  isSignedIn(request: Request, url: URL): boolean {
    const id = readCookie(request, cookieName(url));
    return this.#sessions.get(id) !== undefined;
  }

  mayRead({ by }: Access): boolean {
    return by !== "nobody" || this.#settings.anonymous === "read";
  }

  #checkToken(given: string, info: unknown): void {
    const { token } = this.#settings;
    if (token === undefined) {
      throw new PageFault(
        403,
        "Nobody can sign in here",
        "Start the application with a token for this page",
      );
    }
    const client = clientOf(info);
    const wait = this.#limit.waitOf(client);
    if (wait > 0) {
      throw new PageFault(
        429,
        "Too many failed attempts to sign in",
        `Wait ${wait} seconds, then try again`,
        { "retry-after": String(wait) },
      );
    }
    if (isSameToken(given, token)) return this.#limit.succeed(client);
    this.#limit.fail(client);
    this.#audit.log(SUBJECT, "page.sign_in.failed", { client }, {
      level: "warn",
    });
    throw new PageFault(
      401,
      "The token is wrong",
      "Enter the token that the application was started with",
      { "www-authenticate": "Bearer" },
    );
  }

  /** Begins a session, and returns the header that sets its cookie. */
  signIn(
    request: Request,
    url: URL,
    form: URLSearchParams,
    info: unknown,
  ): string {
    checkOrigin(request, url, this.#settings.origins);
    this.#checkToken(form.get("token") ?? "", info);
    // A cookie that somebody planted before does not become a session.
    const before = readCookie(request, cookieName(url));
    if (before !== undefined) this.#sessions.end(before);
    const name = nameIn(form, "name");
    this.#audit.log(SUBJECT, "page.signed_in", {
      client: clientOf(info),
      ...name === undefined ? {} : { name },
    });
    return this.#cookie(url, this.#sessions.begin(name));
  }

  /** Ends a session, and returns the header that removes its cookie. */
  signOut(request: Request, url: URL): string {
    const id = readCookie(request, cookieName(url));
    if (id !== undefined) this.#sessions.end(id);
    this.#audit.log(SUBJECT, "page.signed_out");
    return `${this.#cookie(url, "")}; Max-Age=0`;
  }

  // Without a path: the cookie belongs to the path that the page is mounted under.
  #cookie(url: URL, value: string): string {
    const secure = isSecure(url, this.#settings.origins) ? "; Secure" : "";
    return `${cookieName(url)}=${value}; HttpOnly; SameSite=Strict${secure}`;
  }

  /** Refuses a change by anybody else than a person on the page, or a client with the token. */
  checkChange(
    access: Access,
    request: Request,
    url: URL,
    form: URLSearchParams,
  ): void {
    // Browsers add no token by themselves.
    if (access.by === "token") return;
    checkOrigin(request, url, this.#settings.origins);
    if (access.by === "nobody") {
      throw this.#settings.token === undefined
        ? new PageFault(
          403,
          "Nothing can be changed here",
          "Start the application with a token for this page",
        )
        : new PageFault(
          401,
          "You are not signed in, or your session ended",
          "Sign in, and do it again",
        );
    }
    if (!isSameToken(form.get("csrf") ?? "", access.session.csrf)) {
      throw new PageFault(
        403,
        "This form is not of your session",
        "Go back to the plugins, and do it again",
      );
    }
  }

  /** Returns the name of whoever decides, for the trail: nobody checks it. */
  nameOf(access: Access, form: URLSearchParams): string {
    const name = access.by === "session"
      ? access.session.name
      : nameIn(form, "by");
    return name ?? "page";
  }

  /** Records who asked for a change, before it is made. */
  recordChange(
    access: Access,
    form: URLSearchParams,
    change: string,
    id: string,
    more: Readonly<Record<string, string>> = {},
  ): void {
    const { by } = access;
    const name = this.nameOf(access, form);
    this.#audit.log(SUBJECT, "page.change", {
      change,
      plugin: id,
      by,
      name,
      ...more,
    });
  }

  [Symbol.dispose](): void {
    this.#sessions[Symbol.dispose]();
  }
}
