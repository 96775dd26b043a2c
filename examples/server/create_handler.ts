import { changePlugin } from "./change_plugin.ts";
import type { GaugeHost } from "./create_host.ts";
import { createOverview } from "./overview.ts";
import { readToken } from "./read_token.ts";
import { renderFault, renderPage } from "./render_page.ts";
import type { StatusBoard } from "./status_board.ts";
import { STYLE } from "./style.ts";

export interface HandlerOptions {
  readonly host: GaugeHost;
  readonly board: StatusBoard;
  /** The token that allows changes; without one, nobody may change anything. */
  readonly token: string | undefined;
}

// No scripts, and nothing from other origins.
const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; style-src 'self'; form-action 'self'; " +
    "base-uri 'none'; frame-ancestors 'none'",
  "cache-control": "no-store",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  // Forms of the page send their origin; other sites get no referrer.
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff",
};

const CHANGE_ROUTE = new URLPattern({
  pathname: "/plugins/:id/:action(enable|disable)",
});

function respond(
  body: string | null,
  type: string,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(body, {
    status,
    headers: { ...HEADERS, "content-type": type, ...headers },
  });
}

function respondPage(page: string, status = 200): Response {
  return respond(page, "text/html; charset=utf-8", status);
}

function respondJson(value: unknown, status = 200): Response {
  return respond(
    `${JSON.stringify(value, null, 2)}\n`,
    "application/json; charset=utf-8",
    status,
  );
}

function wantsJson(request: Request): boolean {
  return request.headers.get("accept")?.includes("application/json") ?? false;
}

function refuse(request: Request, status: number, message: string): Response {
  const response = wantsJson(request)
    ? respondJson({ error: message }, status)
    : respondPage(renderFault("That was not done", message), status);
  if (status === 401) response.headers.set("www-authenticate", "Bearer");
  return response;
}

// Another site may point its own name to this machine (DNS rebinding).
const OWN_HOSTS: readonly string[] = ["127.0.0.1", "localhost"];

function decodeId(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Creates a handler for `Deno.serve`. */
export function createHandler(
  { board, host, token }: HandlerOptions,
): (request: Request) => Promise<Response> {
  async function change(request: Request, url: URL): Promise<Response> {
    const groups = CHANGE_ROUTE.exec(url)?.pathname.groups;
    const { action, id } = groups ?? {};
    if (id === undefined || (action !== "enable" && action !== "disable")) {
      return refuse(request, 404, "There is nothing here that can be changed");
    }
    const { message, status } = await changePlugin(host, {
      action,
      id: decodeId(id),
      token: await readToken(request),
    }, token);
    if (message !== "") return refuse(request, status, message);
    return wantsJson(request)
      ? respondJson({ id: decodeId(id), action })
      : respond(null, "text/plain", 303, { location: "/" });
  }

  async function show(request: Request, path: string): Promise<Response> {
    switch (path) {
      case "/":
        return respondPage(
          renderPage(await createOverview(host, board), token !== undefined),
        );
      case "/plugins.json":
        return respondJson(await createOverview(host, board));
      case "/style.css":
        return respond(STYLE, "text/css; charset=utf-8");
      default:
        return refuse(request, 404, "There is nothing here");
    }
  }

  return async (request) => {
    const { method } = request;
    const url = new URL(request.url);
    if (!OWN_HOSTS.includes(url.hostname)) {
      return refuse(request, 421, "This server answers for 127.0.0.1 alone");
    }
    if (method === "POST") return await change(request, url);
    if (method === "GET" || method === "HEAD") {
      return await show(request, url.pathname);
    }
    return refuse(request, 405, "Only GET, HEAD and POST are answered");
  };
}
