/** A page with a host of pretended plugins, and a browser without a screen. */

import { type Builtin, definePlugin } from "@semantik/plugins";
import { createAuditLogger } from "@semantik/plugins/audit";
import {
  createPage,
  type Page,
  type PageOptions,
  RecentEvents,
} from "@semantik/plugins/page";
import {
  createTestHost,
  type TestHost,
  type TestHostOptions,
} from "@semantik/plugins/testing";

export const TOKEN = "0123456789abcdef-test-token";

export const ORIGIN = "http://localhost:8000";

export function builtin(
  id: string,
  manifest: Partial<Builtin["manifest"]> = {},
  plugin: Partial<Builtin["plugin"]> = {},
): Builtin {
  return {
    manifest: { id, type: "thing", version: "1.0.0", ...manifest },
    plugin: definePlugin({ setup: () => ({}), ...plugin }),
  };
}

/** Leaves out the style and the script, which never change. */
export function contentOf(text: string): string {
  return text.replace(
    /<style>.*?<\/style>|<script>\n"use strict".*?<\/script>/gs,
    "",
  );
}

/** Sends and keeps the same as a browser. */
export class Visitor {
  readonly #page: Page;
  readonly #headers: Record<string, string>;
  cookie: string | undefined;

  constructor(page: Page, headers: Readonly<Record<string, string>> = {}) {
    this.#page = page;
    this.#headers = { ...headers };
  }

  async get(
    query = "",
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    return await this.#send(`${ORIGIN}/admin/plugins${query}`, { headers });
  }

  async read(query = ""): Promise<string> {
    return contentOf(await (await this.get(query)).text());
  }

  /** Sends a form, as the page itself does. */
  async post(
    fields: Readonly<Record<string, string | readonly string[]>>,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    return await this.#send(`${ORIGIN}/admin/plugins`, {
      method: "POST",
      headers: { origin: ORIGIN, "sec-fetch-site": "same-origin", ...headers },
      body: new URLSearchParams(
        Object.entries(fields).flatMap(([name, value]) =>
          typeof value === "string"
            ? [[name, value]]
            : value.map((one) => [name, one])
        ),
      ),
    });
  }

  async #send(url: string, init: RequestInit): Promise<Response> {
    const headers = new Headers({
      ...this.#headers,
      ...Object.fromEntries(new Headers(init.headers)),
    });
    if (this.cookie !== undefined) headers.set("cookie", this.cookie);
    const response = await this.#page(new Request(url, { ...init, headers }), {
      remoteAddr: { hostname: "127.0.0.1" },
    });
    const [cookie] = response.headers.getSetCookie();
    if (cookie !== undefined) this.cookie = cookie.split(";")[0];
    return response;
  }

  /** Signs in, and returns the CSRF token of the session. */
  async signIn({ name = "", token = TOKEN } = {}): Promise<string> {
    const response = await this.post({ do: "sign-in", token, name });
    if (response.status !== 303) throw new Error(await response.text());
    return /name="csrf" value="(\w+)"/.exec(await this.read())?.[1] ?? "";
  }
}

export interface OpenPage extends AsyncDisposable {
  readonly host: TestHost;
  readonly page: Page;
  readonly visitor: Visitor;
}

/** Loads a host, and opens its page. */
export async function openPage(
  hostOptions: TestHostOptions,
  options: Partial<PageOptions> = {},
): Promise<OpenPage> {
  const host = createTestHost({ name: "example", ...hostOptions });
  const page = createPage({
    host,
    token: TOKEN,
    clock: host.clock,
    ...options,
  });
  await host.load();
  return {
    host,
    page,
    visitor: new Visitor(page),
    async [Symbol.asyncDispose]() {
      page[Symbol.dispose]();
      await host[Symbol.asyncDispose]();
    },
  };
}

/** A trail that also collects, for hosts that write to a logger of their own. */
export function createTrail() {
  const trail = new RecentEvents({ perPlugin: 3 });
  return { trail, audit: createAuditLogger({ handlers: [trail] }) };
}
