import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { createAuditLogger } from "@semantik/plugins/audit";
import { PluginHost } from "@semantik/plugins";
import { createPage, RecentEvents } from "@semantik/plugins/page";
import { builtin, contentOf, openPage, ORIGIN, Visitor } from "./open_page.ts";

const failing = {
  setup() {
    throw new Error("the index is locked");
  },
};

const MIXED = [
  builtin("calm", { description: "Sends mails" }),
  builtin("broken", { type: "gauge", displayName: "Broken thing" }, failing),
  builtin("wants", { permissions: { run: true, net: ["a.example:443"] } }),
  builtin("slow", { type: "gauge" }, {
    healthCheck: () => ({ status: "degraded", message: "the queue is long" }),
  }),
  builtin("needs", {
    requires: [
      { id: "calm", version: "^1.0.0" },
      { id: "nobody", version: "*", optional: true },
    ],
  }),
];

/** The ids of the rows, in their order. */
function rowsOf(text: string): readonly string[] {
  return [...text.matchAll(/<details id="p-([^"]+)"/g)].map(([, id = ""]) =>
    id
  );
}

Deno.test("The page counts plugins and lists the worst first", async () => {
  await using open = await openPage(
    { builtins: MIXED, grants: {} },
    { anonymous: "read" },
  );
  await open.host.health();
  await open.host.disable("needs");
  const text = await open.visitor.read();
  assertEquals(rowsOf(text), ["broken", "wants", "slow", "calm", "needs"]);
  for (
    const part of [
      "5 plugins",
      "1 failed",
      "1 refused",
      "3 need attention",
      "2 live",
      "1 disabled",
      "the index is locked",
      "the queue is long",
      "Sends mails",
    ]
  ) assertStringIncludes(text, part);
  // A reader who may not change anything sees no button for it.
  assert(!text.includes("do=disable") && text.includes("Sign in"));
});

Deno.test("The page searches, filters and sorts by its address alone", async () => {
  await using open = await openPage(
    { builtins: MIXED, grants: {} },
    { anonymous: "read" },
  );
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["?q=mail", ["calm"]],
    ["?q=LOCKED+broken", ["broken"]],
    ["?q=PLUGIN_PERMISSION_MISSING", ["wants"]],
    ["?status=trouble", ["broken", "wants"]],
    ["?status=live", ["calm", "needs", "slow"]],
    ["?status=risky", ["wants"]],
    ["?type=gauge", ["broken", "slow"]],
    ["?type=gauge&status=live", ["slow"]],
    ["?sort=name", ["broken", "calm", "needs", "slow", "wants"]],
    ["?sort=type", ["broken", "slow", "calm", "needs", "wants"]],
    ["?plugin=slow", ["slow"]],
    ["?q=nothing+like+that", []],
    // What is unknown does not count.
    ["?status=__proto__&sort=x&page=-1&view=x", [
      "broken",
      "wants",
      "calm",
      "needs",
      "slow",
    ]],
  ];
  for (const [query, ids] of cases) {
    assertEquals(rowsOf(await open.visitor.read(query)), ids, query);
  }
  const text = await open.visitor.read("?q=mail&type=thing");
  assertMatch(text, /<form class="filter" method="get"/);
  assertMatch(text, /name="q" value="mail"/);
  assertMatch(text, /value="thing" +selected/);
  assertStringIncludes(
    await open.visitor.read("?q=nothing"),
    "No plugin matches",
  );
});

Deno.test("A row opens to all that is known of a plugin", async () => {
  await using open = await openPage({
    env: { KEY: "correct horse battery staple" },
    grants: { env: ["KEY"] },
    builtins: [
      builtin("rich", {
        displayName: "Rich",
        description: "Answers questions",
        author: "Ada",
        license: "MIT",
        homepage: "https://a.example/rich",
        host: "^1.0.0",
        permissions: { env: ["KEY"], run: ["sh"] },
        optionalPermissions: { net: ["a.example:443"] },
        requires: [{ id: "base", version: "^1.0.0" }],
      }),
      builtin("base"),
    ],
    config: { rich: { api_key_env: "KEY", depth: 3 } },
  }, { anonymous: "read" });
  const text = (await open.visitor.read("?plugin=rich"))
    .replaceAll("&quot;", '"').replaceAll(/<\/?span[^>]*>/g, "");
  for (
    const part of [
      "Answers questions",
      "Ada",
      "MIT",
      'href="https://a.example/rich"',
      "host ^1.0.0",
      '<a href="?plugin=base">base</a> ^1.0.0',
      'run to "sh"',
      "not granted",
      "(optional)",
      "--allow-env=KEY --allow-run=sh",
      '"api_key_env": "KEY"',
      '"depth": 3',
      "PLUGIN_PERMISSION_MISSING",
    ]
  ) assertStringIncludes(text, part);
  assert(!text.includes("correct horse"));
  assertStringIncludes(
    await open.visitor.read("?plugin=base"),
    'Required by</dt><dd><a href="?plugin=rich">',
  );
});

Deno.test("The page shows the last events of a plugin, the newest first", async () => {
  const trail = new RecentEvents({ perPlugin: 2 });
  await using host = new PluginHost({
    name: "example",
    version: "1.0.0",
    builtins: [builtin("one"), builtin("two")],
    audit: createAuditLogger({ handlers: [trail] }),
  });
  await host.load();
  for (const round of [1, 2, 3]) host.audit.log("one", "custom", { round });
  using page = createPage({ host, trail, anonymous: "read" });
  const text = await new Visitor(page).read("?plugin=one");
  assert(text.indexOf("round=3") < text.indexOf("round=2"));
  assert(text.includes("round=2") && !text.includes("round=1"));
  assertEquals(trail.of("two").length, 1);
  assertEquals(trail.of("nobody"), []);
});

Deno.test("The page of permissions is a matrix with hazards, and the flags of the process", async () => {
  await using open = await openPage(
    { builtins: MIXED, grants: {} },
    { anonymous: "read" },
  );
  const text = await open.visitor.read("?view=permissions");
  assertStringIncludes(text, "1 plugin with permissions, 4 without");
  assertMatch(
    text,
    /<td class="critical lacks">all<span class="vh">, critical risk, not granted<\/span>/,
  );
  assertMatch(text, /<td class="lacks">1<span class="vh">, not granted/);
  assertStringIncludes(
    text.replaceAll(/<\/?span[^>]*>/g, ""),
    "--allow-net=a.example:443 --allow-run",
  );
});

Deno.test("The page of dependencies draws the graph, and says the same in words", async () => {
  await using open = await openPage({
    builtins: [
      ...MIXED,
      builtin("picky", { requires: [{ id: "calm", version: "^9.0.0" }] }),
      builtin("lost", { requires: [{ id: "gone", version: "*" }] }),
    ],
    grants: {},
  }, { anonymous: "read" });
  const text = await open.visitor.read("?view=dependencies");
  const [svg = ""] = /<svg.*<\/svg>/s.exec(text) ?? [];
  for (
    const title of [
      "needs requires calm ^1.0.0",
      "needs requires nobody *, optional, not there",
      "picky requires calm ^9.0.0, not met",
      "lost requires gone *, not met",
    ]
  ) {
    assertStringIncludes(svg, `<title>${title}</title>`);
  }
  assertStringIncludes(text, "requires calm ^9.0.0 (not met)");
  assertStringIncludes(text, 'gone <span class="badge bad">missing</span>');
  assertStringIncludes(text, 'nobody <span class="badge off">missing</span>');
  assertStringIncludes(
    text,
    "4 plugins with dependencies, 2 missing, 3 without",
  );
  // A filter shows the neighbors as well.
  const near = await open.visitor.read("?view=dependencies&q=picky");
  assertStringIncludes(near, "2 plugins with dependencies");
});

Deno.test("A person enables and disables a plugin, each with a confirmation", async () => {
  await using open = await openPage({ builtins: MIXED.slice(0, 1) });
  const { host, visitor } = open;
  const csrf = await visitor.signIn();
  assertStringIncludes(
    await visitor.read("?q=calm"),
    'href="?q=calm&amp;do=disable&amp;id=calm"',
  );
  const asked = await visitor.read("?q=calm&do=disable&id=calm");
  assertStringIncludes(asked, "Disable calm?");
  assertMatch(asked, /method="post" action="\?q=calm"/);
  assert(host.get("calm") !== undefined);
  const done = await visitor.post({ do: "disable", id: "calm", csrf });
  assertEquals([done.status, done.headers.get("location")], [303, "?"]);
  // It is said once.
  assertStringIncludes(await visitor.read(), "Plugin calm is disabled.");
  assert(!(await visitor.read()).includes("Plugin calm is disabled."));
  assertStringIncludes(
    await visitor.read("?do=enable&id=calm"),
    "Enable calm?",
  );
  await visitor.post({ do: "enable", id: "calm", csrf });
  assert(host.get("calm") !== undefined);
  const changes = host.audit.events.filter(({ action }) =>
    action === "page.change"
  );
  assertEquals(changes.map(({ change, plugin }) => `${change} ${plugin}`), [
    "disable calm",
    "enable calm",
  ]);
  for (
    const query of [
      "?do=enable&id=calm",
      "?do=disable&id=nobody",
      "?do=delete&id=calm",
    ]
  ) {
    assert((await visitor.get(query)).status >= 404, query);
  }
});

Deno.test("A change of dependents and requirements is offered, and asked for", async () => {
  await using open = await openPage({ builtins: MIXED, grants: {} });
  const { host, visitor } = open;
  const csrf = await visitor.signIn();
  const refused = await visitor.post({ do: "disable", id: "calm", csrf });
  assertEquals(refused.status, 409);
  assertStringIncludes(await refused.text(), "tick the box");
  assertStringIncludes(
    await visitor.read("?do=disable&id=calm"),
    "Disable them as well: needs",
  );
  await visitor.post({ do: "disable", id: "calm", also: "yes", csrf });
  assertEquals([host.get("calm"), host.get("needs")], [undefined, undefined]);
  assertStringIncludes(
    await visitor.read("?do=enable&id=needs"),
    "Enable the disabled plugins that it requires as well: calm",
  );
  await visitor.post({ do: "enable", id: "needs", also: "yes", csrf });
  assert(host.get("calm") !== undefined && host.get("needs") !== undefined);
  // What it may do is said before it does it.
  assertStringIncludes(
    await visitor.read("?do=enable&id=wants"),
    "<strong>critical:</strong> run as a whole",
  );
  // What goes wrong is said with its remedy.
  const failed = await visitor.post({ do: "enable", id: "broken", csrf });
  assertEquals(failed.status, 409);
  assertStringIncludes(await failed.text(), "the index is locked");
  await visitor.post({ do: "check", id: "slow", csrf });
  assertStringIncludes(
    await visitor.read(),
    "Plugin slow is degraded: the queue is long.",
  );
});

Deno.test("A configuration is edited, reviewed and then stored", async () => {
  await using open = await openPage({
    builtins: [builtin("one", {}, { reconfigure: () => {} })],
    config: { one: { depth: 1, name: "a" } },
  });
  const { host, visitor } = open;
  const csrf = await visitor.signIn();
  const form = await visitor.read("?do=configure&id=one");
  const [, shown = ""] = /<textarea[^>]*>\n(.*?)<\/textarea>/s.exec(form) ?? [];
  assertEquals(JSON.parse(shown.replaceAll("&quot;", '"')), {
    depth: 1,
    name: "a",
  });
  const base = JSON.stringify({ depth: 1, name: "a" });
  const fields = { do: "configure", id: "one", csrf, base };
  const post = async (more: Record<string, string>) => {
    const response = await visitor.post({ ...fields, ...more });
    return [response.status, await response.text()] as const;
  };
  const [, review] = await post({ config: '{"depth": 2}' });
  assertStringIncludes(review, "<code>1</code> → <code>2</code>");
  assertStringIncludes(review, "not set");
  const valueOf = async () => (await host.inspect()).plugins[0]?.config?.value;
  assertEquals(await valueOf(), { depth: 1, name: "a" });
  assertStringIncludes(
    (await post({ config: '{"depth": 2}', step: "edit" }))[1],
    "<textarea",
  );
  for (
    const [config, message] of [
      ["{", "is not JSON"],
      ["[]", "is not an object"],
      ['{"api_key": "hunter2hunter2hunter2"}', "is a secret by its key"],
    ] as const
  ) {
    const [status, text] = await post({ config, step: "save" });
    assertEquals(status, 400);
    assertStringIncludes(text, message);
    // The person's text is not lost.
    assertStringIncludes(text, "<textarea");
  }
  assertEquals((await post({ config: '{"depth": 2}', step: "save" }))[0], 303);
  assertEquals(await valueOf(), { depth: 2 });
  assertStringIncludes(await visitor.read(), "runs with its new configuration");
  // It was changed meanwhile, by this very person.
  const [status, text] = await post({ config: '{"depth": 3}', step: "save" });
  assertEquals(status, 409);
  assertStringIncludes(text, "changed meanwhile");
});

Deno.test("A configuration with a secret in plain text is named, never shown, and not edited", async () => {
  await using open = await openPage({
    builtins: [builtin("one")],
    allowRawSecrets: true,
    config: { one: { password: "hunter2hunter2", depth: 1 } },
  });
  const { visitor } = open;
  const csrf = await visitor.signIn();
  const text = await visitor.read("?plugin=one");
  assertStringIncludes(text, "Not shown: password");
  assertStringIncludes(text, "cannot be changed here");
  assertEquals((await visitor.get("?do=configure&id=one")).status, 409);
  const base = '{"password":"[REDACTED]","depth":1}';
  const posted = await visitor.post({
    do: "configure",
    id: "one",
    csrf,
    base,
    config: "{}",
    step: "save",
  });
  assertEquals(posted.status, 409);
  for (
    const page of [
      text,
      await posted.text(),
      await visitor.read("?format=json"),
    ]
  ) {
    assert(!page.includes("hunter2"));
  }
});

Deno.test("Two plugins with one id have a row each, and only the owner can be changed", async () => {
  await using open = await openPage({
    builtins: [builtin("one"), builtin("one")],
  });
  const { visitor } = open;
  await visitor.signIn();
  const text = await visitor.read();
  assertEquals(rowsOf(text).length, 2);
  assertEquals([...text.matchAll(/do=disable/g)].length, 2, contentOf(text));
  assertEquals(new Set(rowsOf(text)).size, 2);
});

Deno.test("A manifest with thousands of entries makes no endless page", async () => {
  const many = (count: number, text: string) =>
    Array.from({ length: count }, (_, index) => `${text}${index}`);
  await using open = await openPage({
    builtins: [builtin("huge", {
      description: "d".repeat(4_000),
      requires: many(900, "dep").map((id) => ({ id, version: "*" })),
      permissions: {
        env: many(900, "VARIABLE_"),
      },
    })],
  }, { anonymous: "read" });
  for (const query of ["", "?view=permissions", "?view=dependencies"]) {
    const { length } = await open.visitor.read(query);
    assert(length < 120_000, `${query} ${length}`);
  }
  const text = await open.visitor.read("?plugin=huge");
  assertStringIncludes(text, "and 850 more");
  assertStringIncludes(text, "dep0 *, dep1 *");
});

Deno.test("A long list is cut into pages, and quickly made", async () => {
  const builtins = Array.from(
    { length: 200 },
    (_, index) => builtin(`p${String(index).padStart(3, "0")}`),
  );
  await using open = await openPage({ builtins }, { anonymous: "read" });
  const { visitor } = open;
  const first = await visitor.read();
  assertEquals(rowsOf(first).length, 30);
  assert(first.length < 100_000, `${first.length} bytes`);
  assertStringIncludes(first, "200 plugins, page 1 of 7");
  assertEquals(rowsOf(await visitor.read("?page=7")).length, 20);
  assertEquals(rowsOf(await visitor.read("?page=999999")).length, 20);
  assertEquals(rowsOf(await visitor.read("?page=all")).length, 200);
  assertStringIncludes(first, 'href="?page=2"');
});

Deno.test("The page works under any path, with addresses relative to itself", async () => {
  await using open = await openPage({ builtins: MIXED, grants: {} });
  await open.visitor.signIn();
  for (
    const view of [
      "",
      "?view=permissions",
      "?view=dependencies",
      "?do=disable&id=calm",
    ]
  ) {
    const text = contentOf(await open.visitor.read(view));
    for (
      const [, address = ""] of text.matchAll(/(?:href|action)="([^"]*)"/g)
    ) {
      assertMatch(address, /^(?:\?|#main|https:\/\/)/, address);
    }
  }
  const response = await open.page(new Request(`${ORIGIN}/`));
  assertEquals(response.status, 401);
});
