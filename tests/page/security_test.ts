import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { PluginError } from "@semantik/plugins";
import { createPage } from "@semantik/plugins/page";
import { createTestHost } from "@semantik/plugins/testing";
import {
  builtin,
  contentOf,
  openPage,
  ORIGIN,
  TOKEN,
  Visitor,
} from "./open_page.ts";

const BUILTINS = [builtin("one"), builtin("two")];

async function statusOf(response: Promise<Response>): Promise<number> {
  const { body, status } = await response;
  await body?.cancel();
  return status;
}

Deno.test("createPage() refuses options that would leave the page open, or useless", () => {
  const host = createTestHost();
  const cases = [
    [{ host }, "token"],
    [{ host, token: "hunter2" }, "token"],
    [{ host, token: TOKEN, origins: ["https://a.example/path"] }, "origins"],
    [{ host, token: TOKEN, origins: ["a.example"] }, "origins"],
    [{ host, token: TOKEN, anonymous: "write" }, "anonymous"],
    [{ host, token: TOKEN, maxClients: -1 }, "maxClients"],
    [{ token: TOKEN }, "host"],
  ] as const;
  for (const [options, word] of cases) {
    const error = assertThrows(
      // @ts-expect-error: callers without TypeScript
      () => createPage(options),
      PluginError,
    );
    assertEquals(error.code, "PLUGIN_OPTION_INVALID");
    assertStringIncludes(error.message, word);
    assert(!error.message.includes("hunter2"));
  }
});

Deno.test("The page shows nothing before a person signs in, and no page without its headers", async () => {
  await using open = await openPage({ builtins: BUILTINS });
  const { page, visitor } = open;
  for (
    const query of [
      "",
      "?view=permissions",
      "?plugin=one",
      "?do=disable&id=one",
    ]
  ) {
    const response = await visitor.get(query);
    assertEquals(response.status, 401);
    const text = contentOf(await response.text());
    assert(!/summary|example|thing/.test(text), text);
    assertStringIncludes(text, "Sign in");
  }
  assertEquals(await statusOf(visitor.get("?events")), 401);
  assertEquals(
    await statusOf(visitor.get("?format=json", { accept: "application/json" })),
    401,
  );
  const stranger = new Visitor(page);
  stranger.cookie = "plugins_page_8000=0123";
  assertEquals(await statusOf(stranger.get()), 401);
  await visitor.signIn();
  const responses = [
    await visitor.get(),
    await visitor.get("?do=disable&id=one"),
    await visitor.get("?do=nothing"),
    await visitor.post({ do: "disable" }),
    await visitor.get("?format=json"),
    await stranger.get(),
  ];
  for (const response of responses) {
    const { headers } = response;
    const policy = headers.get("content-security-policy") ?? "";
    assertMatch(
      policy,
      /^default-src 'none'; style-src 'sha256-\S+'; script-src 'sha256-\S+';/,
    );
    for (
      const part of [
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
      ]
    ) {
      assertStringIncludes(policy, part);
    }
    assert(!policy.includes("unsafe"));
    assertEquals(headers.get("cache-control"), "no-store");
    assertEquals(headers.get("x-content-type-options"), "nosniff");
    assertEquals(headers.get("referrer-policy"), "same-origin");
    const text = contentOf(await response.text());
    assert(
      !/\son\w+=|\sstyle=|<script src|<link|<img|https?:\/\/(?!localhost)/i
        .test(text),
      text,
    );
  }
});

Deno.test("The hashes of the policy are those of the style and of the script", async () => {
  await using open = await openPage({ builtins: BUILTINS }, {
    anonymous: "read",
  });
  const response = await open.visitor.get();
  const policy = response.headers.get("content-security-policy") ?? "";
  const text = await response.text();
  for (const name of ["style", "script"]) {
    const [, content = ""] =
      new RegExp(`<${name}>(.*?)</${name}>`, "s").exec(text) ?? [];
    const hash = await crypto.subtle.digest(
      "SHA-256",
      new TextEncoder().encode(content),
    );
    assertStringIncludes(
      policy,
      `${name}-src 'sha256-${new Uint8Array(hash).toBase64()}'`,
    );
  }
});

Deno.test("A session is a cookie that scripts and other sites do not get, and that ends", async () => {
  await using open = await openPage({ builtins: BUILTINS });
  const { host, page, visitor } = open;
  const signedIn = await visitor.post({ do: "sign-in", token: TOKEN });
  assertEquals([signedIn.status, signedIn.headers.get("location")], [303, "?"]);
  const cookie = signedIn.headers.get("set-cookie") ?? "";
  assertMatch(
    cookie,
    /^plugins_page_8000=[0-9a-f]{64}; HttpOnly; SameSite=Strict$/,
  );
  assertStringIncludes(await visitor.read(), "Sign out");
  // Each signing in begins another session, and ends the one before.
  const before = new Visitor(page);
  before.cookie = visitor.cookie;
  const csrf = await visitor.signIn();
  assertEquals(await statusOf(before.get()), 401);
  const old = visitor.cookie;
  const out = await visitor.post({ do: "sign-out", csrf });
  assertMatch(out.headers.get("set-cookie") ?? "", /Max-Age=0$/);
  before.cookie = old;
  assertEquals(await statusOf(before.get()), 401);
  await visitor.signIn();
  await host.clock.advance(13 * 3_600_000);
  assertEquals(await statusOf(visitor.get()), 401);
  // Behind TLS, the cookie never leaves it.
  using behind = createPage({
    host,
    token: TOKEN,
    origins: ["https://a.example"],
  });
  const secure = await behind(
    new Request("http://a.example/", {
      method: "POST",
      headers: { origin: "https://a.example", "sec-fetch-site": "same-origin" },
      body: new URLSearchParams({ do: "sign-in", token: TOKEN }),
    }),
  );
  assertMatch(secure.headers.get("set-cookie") ?? "", /; Secure$/);
  const actions = host.audit.events.map(({ action }) => action);
  assert(
    actions.includes("page.signed_in") && actions.includes("page.signed_out"),
  );
  assert(!JSON.stringify(host.audit.events).includes(TOKEN));
});

Deno.test("Failed attempts to sign in are limited for a client, and for all", async () => {
  await using open = await openPage({ builtins: BUILTINS });
  const { host, page, visitor } = open;
  const attempt = async (address: string, token = "wrong") => {
    const response = await page(
      new Request(ORIGIN, {
        method: "POST",
        headers: { origin: ORIGIN },
        body: new URLSearchParams({ do: "sign-in", token }),
      }),
      { remoteAddr: { hostname: address } },
    );
    return [
      response.status,
      response.headers.get("retry-after"),
      await response.text(),
    ];
  };
  for (let index = 0; index < 5; index++) {
    const [status, , text] = await attempt("127.0.0.1");
    assertEquals(status, 401);
    assertStringIncludes(String(text), "The token is wrong");
  }
  // Not even the right token is looked at: nobody can go on guessing.
  const [status, wait] = await attempt("127.0.0.1", TOKEN);
  assertEquals([status, wait], [429, "60"]);
  assertEquals(
    await statusOf(
      visitor.get("?format=json", { authorization: `Bearer ${TOKEN}` }),
    ),
    429,
  );
  assertEquals((await attempt("127.0.0.2", TOKEN))[0], 303);
  for (let index = 0; index < 60; index++) await attempt(`10.0.0.${index}`);
  assertEquals((await attempt("10.0.1.1", TOKEN))[0], 429);
  await host.clock.advance(61_000);
  assertEquals((await attempt("127.0.0.1", TOKEN))[0], 303);
});

Deno.test("Attempts side by side do not slip under the limit", async () => {
  await using open = await openPage({ builtins: BUILTINS });
  const statuses = await Promise.all(
    Array.from(
      { length: 20 },
      () => statusOf(open.visitor.post({ do: "sign-in", token: "wrong" })),
    ),
  );
  assertEquals(statuses.filter((status) => status === 401).length, 5);
});

Deno.test("A change needs a session, its CSRF token and the page's own origin", async () => {
  await using open = await openPage({ builtins: BUILTINS });
  const { host, page, visitor } = open;
  const csrf = await visitor.signIn();
  const other = new Visitor(page);
  const otherCsrf = await other.signIn();
  const fields = { do: "disable", id: "one", csrf };
  const cases: readonly (readonly [
    number,
    Record<string, string>,
    Record<string, string>,
  ])[] = [
    [403, { ...fields, csrf: "" }, {}],
    [403, { ...fields, csrf: otherCsrf }, {}],
    [403, fields, { "sec-fetch-site": "cross-site" }],
    [403, fields, { "sec-fetch-site": "same-site" }],
    [403, fields, { "sec-fetch-site": "none" }],
    [403, fields, { origin: "null" }],
    [403, fields, { origin: "http://localhost:9000" }],
    [403, fields, { origin: "http://localhost.evil.example:8000" }],
    [403, fields, { origin: "https://evil.example" }],
    [415, fields, { "content-type": "text/plain" }],
    [415, fields, { "content-type": "multipart/form-data; boundary=x" }],
  ];
  for (const [status, form, headers] of cases) {
    assertEquals(
      await statusOf(visitor.post(form, headers)),
      status,
      JSON.stringify(headers),
    );
  }
  // Neither header: fails closed.
  const bare = await page(
    new Request(ORIGIN, {
      method: "POST",
      headers: { cookie: visitor.cookie ?? "" },
      body: new URLSearchParams(fields),
    }),
  );
  assertEquals(bare.status, 403);
  assertEquals(await statusOf(new Visitor(page).post(fields)), 401);
  assert(host.get("one") !== undefined);
  assertEquals(await statusOf(visitor.post(fields)), 303);
  assertEquals(host.get("one"), undefined);
  // Reading changes nothing, whatever the address asks for.
  assertEquals(
    await statusOf(visitor.get(`?do=disable&id=two&csrf=${csrf}`)),
    200,
  );
  assert(host.get("two") !== undefined);
});

Deno.test("Decisions about permissions need the same as every change", async () => {
  await using open = await openPage({
    consent: "required",
    builtins: [builtin("one", { permissions: { net: ["a.example:443"] } })],
  });
  const { host, page, visitor } = open;
  const csrf = await visitor.signIn();
  for (const change of ["grant", "revoke", "reload", "answer"]) {
    for (const id of ["one", "*"]) {
      const fields = { do: change, id, csrf, what: "all", entry: "net" };
      const statuses = await Promise.all([
        statusOf(visitor.post({ ...fields, csrf: "" })),
        statusOf(visitor.post(fields, { origin: "https://evil.example" })),
        statusOf(visitor.post(fields, { "sec-fetch-site": "same-site" })),
        statusOf(new Visitor(page).post(fields)),
      ]);
      assertEquals(statuses, [403, 403, 403, 401], `${change} ${id}`);
      // Reading changes nothing.
      await statusOf(visitor.get(`?${new URLSearchParams(fields)}`));
    }
  }
  assertEquals(host.get("one"), undefined);
  const actions = host.audit.actions();
  assert(!actions.some((one) => /granted|revoked|page\.change/.test(one)));
});

Deno.test("Signing in from another site is refused", async () => {
  await using open = await openPage({ builtins: BUILTINS });
  assertEquals(
    await statusOf(
      open.visitor.post({ do: "sign-in", token: TOKEN }, {
        origin: "https://evil.example",
      }),
    ),
    403,
  );
  assertEquals(open.visitor.cookie, undefined);
});

Deno.test("Many requests of a client with the token at the same time are all served", async () => {
  await using open = await openPage({ builtins: BUILTINS });
  const statuses = await Promise.all(
    Array.from({ length: 20 }, () =>
      statusOf(
        open.visitor.get("?format=json", { authorization: `Bearer ${TOKEN}` }),
      )),
  );
  assertEquals(new Set(statuses), new Set([200]));
});

Deno.test("A client with the token changes plugins without a form, and gets JSON", async () => {
  await using open = await openPage({ builtins: BUILTINS });
  const { host, page } = open;
  const send = async (fields: Record<string, string>, token = TOKEN) => {
    const response = await page(
      new Request(ORIGIN, {
        method: "POST",
        headers: {
          accept: "application/json",
          authorization: `Bearer ${token}`,
        },
        body: new URLSearchParams(fields),
      }),
    );
    return [response.status, await response.json()] as const;
  };
  assertEquals(await send({ do: "disable", id: "one" }), [200, {
    message: "Plugin one is disabled.",
  }]);
  assertEquals(host.get("one"), undefined);
  const [status, { error, remedy }] = await send({
    do: "enable",
    id: "nobody",
  });
  assertEquals(status, 404);
  assert(error.length > 0 && remedy.length > 0);
  assertEquals((await send({ do: "enable", id: "one" }, "wrong"))[0], 401);
  const json = await page(
    new Request(`${ORIGIN}/?format=json`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    }),
  );
  const { name, plugins } = await json.json();
  assertEquals([name, plugins.length], ["example", 2]);
});

Deno.test("The page is served under names of this machine, and under listed ones", async () => {
  await using open = await openPage({ builtins: BUILTINS }, {
    anonymous: "read",
  });
  const ask = async (
    url: string,
    page = open.page,
  ) => (await statusOf(page(new Request(url))));
  for (const name of ["localhost:1", "127.0.0.1:8000", "[::1]:80"]) {
    assertEquals(await ask(`http://${name}/`), 200, name);
  }
  for (
    const name of [
      "evil.example",
      "localhost.evil.example",
      "127.0.0.1.evil.example",
      "10.0.0.1",
    ]
  ) {
    assertEquals(await ask(`http://${name}/`), 421, name);
  }
  using listed = createPage({
    host: open.host,
    token: TOKEN,
    anonymous: "read",
    origins: ["https://admin.example"],
  });
  assertEquals(await ask("http://admin.example/x", listed), 200);
  assertEquals(await ask("http://evil.example/x", listed), 421);
});

Deno.test("A body has a limit, with and without its length", async () => {
  await using open = await openPage({ builtins: BUILTINS });
  const { page } = open;
  let sent = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += 65_536;
      controller.enqueue(new Uint8Array(65_536).fill(97));
    },
  });
  for (const body of [new Uint8Array(300_000), endless]) {
    const response = await page(
      new Request(ORIGIN, {
        method: "POST",
        headers: {
          origin: ORIGIN,
          "content-type": "application/x-www-form-urlencoded",
        },
        body,
      }),
    );
    assertEquals(response.status, 413);
    assertStringIncludes(await response.text(), "at most 256 KiB");
  }
  assert(sent < 1_000_000);
});

Deno.test("Everything from outside is escaped, and nothing reorders the text", async () => {
  const evil = `<script>alert(1)</script>" onload='x' \u202egnp.exe\u0007`;
  await using open = await openPage({
    builtins: [
      builtin("one", {
        displayName: `N${evil}`,
        description: `D${evil}`,
        author: `A${evil}`,
        license: evil,
        homepage: "https://a.example/?a=1&b=<b>",
      }, {
        setup() {
          throw new Error(evil);
        },
      }),
    ],
    config: { one: { [evil]: evil } },
  }, { anonymous: "read" });
  const query = `?q=${encodeURIComponent(`"><script>${evil}`)}&plugin=one`;
  for (
    const text of [
      await open.visitor.read(),
      await open.visitor.read(query),
      await open.visitor.read(`?type=${encodeURIComponent(evil)}`),
      await open.visitor.read("?view=permissions"),
      await open.visitor.read("?view=dependencies"),
    ]
  ) {
    const page = contentOf(text);
    assert(!page.includes("<script"), page);
    assert(!/ onload='x'/.test(page), page);
    assert(!page.includes("\u202e") && !page.includes("\u0007"), page);
  }
  assertStringIncludes(await open.visitor.read(), "\\u202egnp.exe");
});

Deno.test("A fault of the page itself says nothing about the server", async () => {
  await using open = await openPage({ builtins: BUILTINS }, {
    anonymous: "read",
  });
  const { host } = open;
  using page = createPage({
    host: {
      audit: host.audit,
      events: host.events,
      inspect: () => Promise.reject(new Error("/srv/secret/path")),
      enable: () => Promise.resolve(),
      disable: () => Promise.resolve(),
      grant: () => Promise.resolve(),
      revoke: () => Promise.resolve(),
      reload: () => Promise.resolve(),
      configure: () => Promise.reject(new Error("no")),
      health: () => Promise.reject(new Error("no")),
    },
    anonymous: "read",
  });
  const response = await page(new Request(ORIGIN));
  assertEquals(response.status, 500);
  assert(!(await response.text()).includes("/srv/secret"));
  assert(host.audit.events.some(({ action }) => action === "page.failed"));
  const put = await open.page(new Request(ORIGIN, { method: "PUT" }));
  assertEquals([put.status, put.headers.get("allow")], [
    405,
    "GET, HEAD, POST",
  ]);
  const head = await open.page(new Request(ORIGIN, { method: "HEAD" }));
  assertEquals([head.status, await head.text()], [200, ""]);
});
