import {
  assert,
  assertEquals,
  assertMatch,
  assertNotMatch,
  assertStringIncludes,
} from "@std/assert";
import { createPage } from "@semantik/plugins/page";
import { MemoryStateStore } from "@semantik/plugins/state";
import type { TestHost } from "@semantik/plugins/testing";
import {
  builtin,
  contentOf,
  openPage,
  ORIGIN,
  TOKEN,
  Visitor,
} from "./open_page.ts";

const NET = { permissions: { net: ["a.example:443"] } } as const;
const MORE = {
  version: "1.1.0",
  permissions: { net: ["a.example:443", "b.example:443"] },
  optionalPermissions: { sys: ["hostname"] },
} as const;

/** Reads the digest that a form sends back. */
async function baseOf(visitor: Visitor, query: string): Promise<string> {
  const text = await visitor.read(query);
  const base = /name="base" value="([^"]+)"/.exec(text)?.[1];
  assert(base !== undefined, text);
  return base.replaceAll("&#39;", "'");
}

/** Sends a form, and returns the sentence of the next page. */
async function decide(
  visitor: Visitor,
  fields: Readonly<Record<string, string | readonly string[]>>,
): Promise<string> {
  const response = await visitor.post(fields);
  const text = contentOf(
    response.status === 303
      ? await visitor.read(response.headers.get("location") ?? "")
      : await response.text(),
  );
  return />([^<]+)\.(?:<\/strong>)?<\/p>/.exec(
    /<div class="note (?:good|bad)" role="(?:status|alert)">.*?<\/div>/
      .exec(text)?.[0] ?? text,
  )?.[1] ?? text;
}

function decisions({ audit }: TestHost) {
  return audit.events.filter(({ action }) =>
    /^(?:plugin\.consent|permission)\./.test(action)
  ).map(({ action, by, permissions, plugin_id }) => [
    plugin_id,
    action,
    by,
    permissions,
  ]);
}

Deno.test("The page shows what a plugin waits for, and has it granted by name", async () => {
  await using open = await openPage({
    consent: "required",
    builtins: [
      builtin("calm"),
      builtin("net", { ...MORE, description: "Sends mails" }),
    ],
  });
  const { host, visitor } = open;
  const csrf = await visitor.signIn({ name: " Ada\u202e " });
  const text = (await visitor.read()).replaceAll(/<\/?span[^>]*>/g, "");
  for (
    const part of [
      "1 need a yes",
      "needs a yes",
      "It waits for a yes:",
      "nobody agreed to it yet, and it requires net to " +
      "&quot;a.example:443&quot;, net to &quot;b.example:443&quot; " +
      "(--allow-net=a.example:443,b.example:443)",
      "It can do without, and would use: sys to &quot;hostname&quot;",
      "PLUGIN_CONSENT_MISSING",
      "not agreed to",
      'href="?do=grant&amp;id=net"',
    ]
  ) assertStringIncludes(text, part);
  assertEquals(await rows(visitor, "?status=waiting"), ["net"]);
  assertEquals(await rows(visitor, "?status=refused"), []);
  const form = await visitor.read("?do=grant&id=net");
  assertMatch(form, /value="net:a\.example:443" +checked/);
  assertMatch(form, /value="sys:hostname">/);
  assertStringIncludes(form, "nothing holds it to that");
  const base = await baseOf(visitor, "?do=grant&id=net");
  const fields = { do: "grant", id: "net", csrf, base, what: "chosen" };
  assertEquals(await decide(visitor, fields), "No permission is chosen");
  assertEquals(host.get("net"), undefined);
  // The difference alone: the optional permission stays out.
  assertEquals(
    await decide(visitor, {
      ...fields,
      entry: ["net:a.example:443", "net:b.example:443"],
    }),
    "Plugin net is granted these permissions",
  );
  assert(host.get("net") !== undefined);
  assertEquals(decisions(host), [[
    "net",
    "permission.granted",
    "Ada\\u202e",
    ['net to "a.example:443"', 'net to "b.example:443"'],
  ]]);
  const after = await visitor.read();
  assertMatch(after, /Agreed to by Ada\\u202e on <time/);
  assertNotMatch(after, /need a yes<\/a>/);
  assertStringIncludes(
    (await visitor.read("?do=grant&id=net")).replace(/<span[^>]*>/g, ""),
    'value="sys:hostname"',
  );
});

/** The ids of the rows, in their order. */
async function rows(visitor: Visitor, query = "") {
  const text = await visitor.read(query);
  return [...text.matchAll(/<details id="p-([^"]+)"/g)].map(([, id]) => id);
}

Deno.test("A yes to the code of a plugin alone grants nothing that it can do without", async () => {
  await using open = await openPage({
    consent: "required",
    builtins: [
      builtin("bare", { optionalPermissions: { sys: ["hostname"] } }),
    ],
  });
  const { host, visitor } = open;
  const csrf = await visitor.signIn({ name: "Ada" });
  assertStringIncludes(
    await visitor.read("?do=grant&id=bare"),
    "the yes is to its code",
  );
  const base = await baseOf(visitor, "?do=grant&id=bare");
  await decide(visitor, {
    do: "grant",
    id: "bare",
    csrf,
    base,
    what: "chosen",
  });
  assert(host.get("bare") !== undefined);
  const { plugins: [plugin] } = await host.inspect();
  assertEquals(plugin?.consent?.agreed?.permissions, {});
  assertEquals(plugin?.consent?.granted, {});
  assertEquals(plugin?.consent?.undecided, { sys: ["hostname"] });
  assertEquals(decisions(host), [[
    "bare",
    "plugin.consent.granted",
    "Ada",
    [],
  ]]);
});

Deno.test("Nobody agrees to what was not on the form", async () => {
  await using open = await openPage({
    consent: "required",
    builtins: [builtin("net", NET)],
  });
  const { host, visitor } = open;
  const csrf = await visitor.signIn();
  const base = await baseOf(visitor, "?do=grant&id=net");
  // Between the form and the decision, the plugin asks for more.
  const { plugins: [plugin], ...others } = await host.inspect();
  assert(plugin !== undefined);
  const grown = { ...plugin, required: MORE.permissions };
  using page = createPage({
    host: hostWith(host, () => ({ ...others, plugins: [grown] })),
    token: TOKEN,
    clock: host.clock,
  });
  const other = new Visitor(page);
  const otherCsrf = await other.signIn();
  for (const what of ["all", "chosen"]) {
    const response = await other.post({
      do: "grant",
      id: "net",
      csrf: otherCsrf,
      base,
      what,
      entry: "net:a.example:443",
    });
    assertEquals(response.status, 409);
    assertStringIncludes(await response.text(), "was changed meanwhile");
  }
  assertEquals(decisions(host), []);
  // What the form showed is granted, whatever the files declare in that moment.
  const grownBase = await baseOf(other, "?do=grant&id=net");
  const response = await other.post({
    do: "grant",
    id: "net",
    csrf: otherCsrf,
    base: grownBase,
    what: "chosen",
    entry: "net:b.example:443",
  });
  assertEquals(response.status, 409);
  assertStringIncludes(await response.text(), "it does not declare that");
  const all = { do: "grant", id: "net", csrf, base, what: "all" };
  assertEquals(
    await decide(visitor, all),
    "Plugin net is granted these permissions",
  );
});

/** A host whose inspection is another one. */
function hostWith(
  host: TestHost,
  inspect: () => Awaited<ReturnType<TestHost["inspect"]>>,
) {
  return {
    audit: host.audit,
    events: host.events,
    inspect: () => Promise.resolve(inspect()),
    enable: host.enable.bind(host),
    disable: host.disable.bind(host),
    configure: host.configure.bind(host),
    grant: host.grant.bind(host),
    revoke: host.revoke.bind(host),
    reload: host.reload.bind(host),
    health: (id: string) => host.health(id),
  };
}

Deno.test("The page takes permissions back, alone or all of them, and gives them back", async () => {
  const state = new MemoryStateStore();
  await using open = await openPage({
    state,
    consent: "required",
    grants: { net: true, sys: true },
    builtins: [
      builtin("net", MORE),
      builtin("needs", { requires: [{ id: "net", version: "*" }] }),
    ],
  });
  const { host, visitor } = open;
  const csrf = await visitor.signIn({ name: "bob" });
  const grant = async (what: string, entry: readonly string[] = []) =>
    await decide(visitor, {
      do: "grant",
      id: "net",
      csrf,
      base: await baseOf(visitor, "?do=grant&id=net"),
      what,
      entry,
    });
  const revoke = async (what: string, entry: readonly string[] = []) =>
    await decide(visitor, {
      do: "revoke",
      id: "net",
      csrf,
      base: await baseOf(visitor, "?do=revoke&id=net"),
      what,
      entry,
    });
  await grant("all");
  await host.enable("needs");
  const form = await visitor.read("?do=revoke&id=net");
  for (
    const part of [
      "nothing can take a permission",
      "So do the plugins that require it: needs.",
      'value="sys:hostname"',
    ]
  ) assertStringIncludes(form.replaceAll(/\s+/g, " "), part);
  assertEquals(
    await revoke("chosen", ["net:b.example:443"]),
    "Plugin net lost these permissions",
  );
  assertEquals([host.get("net"), host.get("needs")], [undefined, undefined]);
  const text = await visitor.read("?plugin=net");
  assertMatch(
    text,
    /Revoked:<\/strong> net to &quot;b\.example:443&quot;, at last by bob on <time/,
  );
  assertMatch(
    text,
    /b\.example:443&quot;<\/code> <span class="badge bad">revoked</,
  );
  assertStringIncludes(text, "PLUGIN_PERMISSION_REVOKED");
  assertStringIncludes(
    await visitor.read("?view=permissions"),
    'class="revoked">',
  );
  await grant("chosen", ["net:b.example:443"]);
  assert(host.get("net") !== undefined);
  assertEquals(await revoke("all"), "Plugin net lost everything");
  assertEquals(host.get("net"), undefined);
  assertEquals(
    await grant("all"),
    "Plugin net is granted these permissions",
  );
  assert(host.get("net") !== undefined);
  const read = await state.read();
  assert(read.ok);
  const { consent, revoked } = read.snapshot.plugins.get("net") ?? {};
  assertEquals([consent?.by, revoked], ["bob", undefined]);
  assertEquals(consent?.permissions, {
    net: ["a.example:443", "b.example:443"],
    sys: ["hostname"],
  });
});

Deno.test("The page has a kill switch for kinds of permission of all plugins", async () => {
  await using open = await openPage({
    grants: { net: true, env: true },
    builtins: [
      builtin("net", NET),
      builtin("more", MORE),
      builtin("env", { permissions: { env: ["HOME"] } }),
    ],
  });
  const { host, visitor } = open;
  const live = () =>
    ["net", "more", "env"].filter((id) => host.get(id) !== undefined);
  const csrf = await visitor.signIn({ name: "bob" });
  assertStringIncludes(
    await visitor.read("?view=permissions"),
    'href="?view=permissions&amp;do=revoke&amp;id=*"',
  );
  const form = await visitor.read("?do=revoke&id=*");
  assertMatch(form, /value="net"> <code>net as a whole<\/code>/);
  assertStringIncludes(form, "2 plugins, 2 live ones end");
  const revoke = { do: "revoke", id: "*", csrf, what: "chosen" };
  assertEquals(await decide(visitor, revoke), "No permission is chosen");
  assertEquals(live(), ["net", "more", "env"]);
  assertEquals(
    await decide(visitor, { ...revoke, entry: "net" }),
    "All plugins lost these permissions",
  );
  assertEquals(live(), ["env"]);
  assertMatch(
    await visitor.read("?view=permissions"),
    /net as a whole, at last by bob on <time/,
  );
  assertStringIncludes(await visitor.read(), "revoked of all plugins");
  assertStringIncludes(
    await visitor.read("?do=grant&id=*"),
    'name="entry" value="net"',
  );
  await decide(visitor, { ...revoke, do: "grant", entry: "net" });
  assertEquals(live(), ["net", "more", "env"]);
  assertEquals(decisions(host).map(([, ...others]) => others), [
    ["permission.revoked", "bob", ["net as a whole"]],
    ["permission.granted", "bob", ["net as a whole"]],
  ]);
});

Deno.test("A client with the token grants and revokes without a form", async () => {
  await using open = await openPage({
    consent: "required",
    builtins: [builtin("net", NET)],
  });
  const { host, page } = open;
  const send = async (fields: readonly (readonly [string, string])[]) => {
    const response = await page(
      new Request(ORIGIN, {
        method: "POST",
        headers: {
          accept: "application/json",
          authorization: `Bearer ${TOKEN}`,
        },
        body: new URLSearchParams(fields.map(([name, value]) => [name, value])),
      }),
    );
    const body = await response.json();
    return [response.status, body.message ?? body.error];
  };
  const grant = [["do", "grant"], ["id", "net"]] as const;
  assertEquals((await send(grant))[0], 400);
  for (const entry of ["nett:a.example", "net:", ""]) {
    const [status] = await send([...grant, ["entry", entry]]);
    assertEquals(status, 400, entry);
  }
  assertEquals(await send([...grant, ["entry", "net:a.example:443"]]), [
    200,
    "Plugin net is granted these permissions.",
  ]);
  assert(host.get("net") !== undefined);
  assertEquals(
    await send([
      ["do", "revoke"],
      ["id", "net"],
      ["what", "all"],
      ["by", "deploy"],
    ]),
    [200, "Plugin net lost everything."],
  );
  assertEquals(decisions(host).map(([, action, by]) => [action, by]), [
    ["permission.granted", "page"],
    ["plugin.consent.revoked", "deploy"],
  ]);
  assertEquals((await send([["do", "reload"], ["id", "net"]]))[0], 409);
  assertEquals((await send([["do", "grant"], ["id", "nobody"]]))[0], 404);
});

Deno.test("The page marks what plugins used, as far as the host knows, and reloads those in a process of their own", async () => {
  await using open = await openPage({ builtins: [builtin("net", MORE)] });
  const { host } = open;
  const { permissions, plugins: [plugin], ...others } = await host.inspect();
  assert(plugin?.decision.kind === "load");
  const used = { net: ["a.example:443"] };
  const unused = { net: ["b.example:443"], sys: ["hostname"] };
  using page = createPage({
    host: hostWith(host, () => ({
      ...others,
      plugins: [{
        ...plugin,
        decision: { ...plugin.decision, runner: "subprocess" },
      }],
      permissions: {
        ...permissions,
        plugins: permissions.plugins.map((one) => ({ ...one, used, unused })),
      },
    })),
    token: TOKEN,
    clock: host.clock,
  });
  const visitor = new Visitor(page);
  const csrf = await visitor.signIn();
  const text = await visitor.read("?plugin=net");
  assertMatch(
    text,
    /a\.example:443&quot;<\/code> <span class="badge good">used/,
  );
  assertMatch(
    text,
    /b\.example:443&quot;<\/code> <span class="badge off">never used/,
  );
  const matrix = await visitor.read("?view=permissions");
  assertMatch(matrix, /<td class="">2<span class="vh">, used</);
  assertMatch(matrix, /<td class="">1<span class="vh">, never used</);
  assertStringIncludes(
    await visitor.read("?do=revoke&id=net"),
    "It goes on without what is revoked",
  );
  assertStringIncludes(
    await visitor.read("?do=reload&id=net"),
    "a new process is started",
  );
  // This host has it in its own process after all.
  assertMatch(
    await decide(visitor, { do: "reload", id: "net", csrf }),
    /process/,
  );
  const plain = await open.visitor.get("?do=reload&id=net");
  await plain.body?.cancel();
  await open.visitor.signIn();
  const refused = await open.visitor.get("?do=reload&id=net");
  await refused.body?.cancel();
  assertEquals([plain.status, refused.status], [401, 409]);
});

Deno.test("Who may only read sees the decisions and no way to make one", async () => {
  await using open = await openPage({
    consent: "required",
    builtins: [builtin("net", NET)],
  }, { anonymous: "read" });
  for (const query of ["", "?plugin=net", "?view=permissions"]) {
    const text = await open.visitor.read(query);
    assertNotMatch(text, /do=(?:grant|revoke|reload)/);
  }
  assertStringIncludes(await open.visitor.read(), "It waits for a yes");
});
