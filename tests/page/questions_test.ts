import {
  assert,
  assertEquals,
  assertMatch,
  assertNotMatch,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { type Builtin, PluginError } from "@semantik/plugins";
import { createPage, QuestionDesk } from "@semantik/plugins/page";
import { MemoryStateStore } from "@semantik/plugins/state";
import {
  createFakeClock,
  createTestHost,
  type TestHostOptions,
} from "@semantik/plugins/testing";
import { builtin, contentOf, ORIGIN, TOKEN, Visitor } from "./open_page.ts";

const NET = { permissions: { net: ["a.example:443"], run: true } } as const;

/** Waits until as many questions wait. */
async function untilAsked(desk: QuestionDesk, count: number): Promise<void> {
  while (desk.waiting.length !== count) {
    const { promise, resolve } = Promise.withResolvers<void>();
    using _ = desk.listen(() => resolve());
    if (desk.waiting.length !== count) await promise;
  }
}

/** Loads a host that asks on its page, and waits for its first questions. */
function openAsking(
  builtins: readonly Builtin[],
  options: Partial<TestHostOptions> = {},
) {
  const clock = createFakeClock();
  const desk = new QuestionDesk({ clock });
  const host = createTestHost({
    name: "example",
    consent: "required",
    clock,
    ...options,
    builtins,
    ask: desk.ask,
  });
  const page = createPage({ host, token: TOKEN, clock, questions: desk });
  const loading = host.load();
  return {
    clock,
    desk,
    host,
    page,
    loading,
    visitor: new Visitor(page),
    async [Symbol.asyncDispose]() {
      page[Symbol.dispose]();
      await host[Symbol.asyncDispose]();
    },
  };
}

/** Finds the id of the only question on a page. */
function questionIn(text: string): string {
  const ids = [...text.matchAll(/name="question" value="(\w+)"/g)];
  assertEquals(ids.length, 1);
  return ids[0]?.[1] ?? "";
}

Deno.test("The page asks what the host asks, and passes the answer on", async () => {
  const cases = [
    ["no", undefined, undefined],
    ["run", true, undefined],
    ["always", true, "ada"],
  ] as const;
  for (const [answer, isLive, by] of cases) {
    await using open = openAsking([builtin("net", NET), builtin("calm")]);
    const { clock, desk, host, visitor } = open;
    await untilAsked(desk, 1);
    const csrf = await visitor.signIn({ name: "ada" });
    await clock.advance(35_000);
    const text = await visitor.read();
    for (
      const part of [
        "1 question waits for an answer",
        "May plugin net run?",
        "nobody agreed to it yet",
        "critical: it runs any program",
        '<span data-age="35000">35 s</span> ago',
        '<span data-left="85000">85 s</span> are left. No answer is a no.',
        "needs a yes",
      ]
    ) assertStringIncludes(text, part);
    const fields = { do: "answer", csrf, question: questionIn(text), answer };
    const response = await visitor.post(fields);
    assertEquals(response.status, 303);
    await open.loading;
    assertEquals(host.get("net") !== undefined, isLive === true, answer);
    const after = await visitor.read();
    assertStringIncludes(after, "The answer to plugin net is: ");
    assertStringIncludes(after, "No question waits");
    const { plugins } = await host.inspect();
    const agreed = plugins.find(({ id }) => id === "net")?.consent?.agreed;
    assertEquals(agreed?.by, isLive && "ada", answer);
    const granted = host.audit.events.filter(({ action }) =>
      action === "plugin.consent.granted"
    ).map((event) => [event.by, event.until]);
    assertEquals(granted, isLive ? [["ada", answer]] : []);
    const change = host.audit.events.find(({ action }) =>
      action === "page.change"
    );
    assertEquals(
      [change?.change, change?.plugin, change?.answer, change?.name],
      ["answer", "net", answer, "ada"],
    );
    assertEquals(by, answer === "always" ? "ada" : undefined);
  }
});

Deno.test("The first of two answers counts, and the other person is told", async () => {
  await using open = openAsking([builtin("net", NET)]);
  const { desk, host, page, visitor } = open;
  await untilAsked(desk, 1);
  const other = new Visitor(page);
  const csrf = await visitor.signIn({ name: "ada" });
  const otherCsrf = await other.signIn({ name: "bob" });
  const question = questionIn(await visitor.read());
  const [first, second] = await Promise.all([
    visitor.post({ do: "answer", csrf, question, answer: "no" }),
    other.post({ do: "answer", csrf: otherCsrf, question, answer: "always" }),
  ]);
  assertEquals([first.status, second.status], [303, 409]);
  assertStringIncludes(
    contentOf(await second.text()),
    "This question is over: ada said no.",
  );
  await open.loading;
  assertEquals(host.get("net"), undefined);
  const unknown = await visitor.post({
    do: "answer",
    csrf,
    question: "0".repeat(32),
    answer: "always",
  });
  assertEquals(unknown.status, 404);
});

Deno.test("No answer is a no, and a late one changes nothing", async () => {
  await using open = openAsking([builtin("net", NET)]);
  const { clock, desk, host, visitor } = open;
  await untilAsked(desk, 1);
  const csrf = await visitor.signIn();
  const question = questionIn(await visitor.read());
  // Signing in, reading and an answer that is none are no answers.
  for (const answer of ["", "yes", "__proto__", "Always"]) {
    const response = await visitor.post({
      do: "answer",
      csrf,
      question,
      answer,
    });
    assertEquals(response.status, 400, answer);
  }
  const read = await visitor.get(
    `?do=answer&question=${question}&answer=always&csrf=${csrf}`,
  );
  assertEquals(read.status, 404);
  await clock.advance(121_000);
  const { refused } = await open.loading;
  assertEquals(refused.map(({ code }) => code), ["PLUGIN_CONSENT_MISSING"]);
  assertEquals(desk.waiting, []);
  const late = await visitor.post({
    do: "answer",
    csrf,
    question,
    answer: "always",
  });
  assertEquals(late.status, 409);
  assertStringIncludes(await late.text(), "nobody answered in time");
  assertEquals(host.get("net"), undefined);
});

Deno.test("Questions end with the host", async () => {
  const open = openAsking([builtin("net", NET)]);
  await untilAsked(open.desk, 1);
  const loading = open.loading.catch(() => {});
  await open.host[Symbol.asyncDispose]();
  await loading;
  assertEquals(open.desk.waiting, []);
  assertEquals(
    open.host.audit.actions().includes("plugin.consent.granted"),
    false,
  );
});

Deno.test("An answer needs the rights of a change", async () => {
  await using open = openAsking([builtin("net", NET)]);
  const { desk, host, page, visitor } = open;
  await untilAsked(desk, 1);
  const csrf = await visitor.signIn();
  const question = questionIn(await visitor.read());
  const fields = { do: "answer", csrf, question, answer: "always" };
  const statuses = [];
  for (
    const [form, headers] of [
      [{ ...fields, csrf: "" }, {}],
      [fields, { origin: "https://evil.example" }],
      [fields, { "sec-fetch-site": "cross-site" }],
    ] as const
  ) statuses.push((await visitor.post(form, headers)).status);
  statuses.push((await new Visitor(page).post(fields)).status);
  assertEquals(statuses, [403, 403, 403, 401]);
  assertEquals(desk.waiting.length, 1);
  // Who may only read sees the question, and no button.
  using readable = createPage({
    host,
    token: TOKEN,
    anonymous: "read",
    questions: desk,
  });
  const text = await new Visitor(readable).read();
  assertStringIncludes(text, "May plugin net run?");
  assertNotMatch(text, /name="answer"|name="question"/);
  const sent = await page(
    new Request(ORIGIN, {
      method: "POST",
      headers: {
        accept: "application/json",
        authorization: `Bearer ${TOKEN}`,
      },
      body: new URLSearchParams({ ...fields, csrf: "", by: "deploy" }),
    }),
  );
  assertEquals(await sent.json(), {
    message: "The answer to plugin net is: Yes, for good.",
  });
  await open.loading;
  assert(host.get("net") !== undefined);
});

Deno.test("A change that has to wait for answers does not hold its page up", async () => {
  await using open = openAsking([builtin("net", NET), builtin("calm")], {
    state: new MemoryStateStore([["calm", { enabled: false }]]),
  });
  const { clock, desk, host, visitor } = open;
  await untilAsked(desk, 1);
  const csrf = await visitor.signIn();
  const base = /name="base" value="([^"]+)"/.exec(
    await visitor.read("?do=grant&id=net"),
  )?.[1] ?? "";
  const grant = await visitor.post({
    do: "grant",
    id: "net",
    csrf,
    base,
    what: "all",
  });
  assertEquals(grant.status, 409);
  assertStringIncludes(
    await grant.text(),
    "The host asks about plugin net already",
  );
  const enabling = visitor.post({ do: "enable", id: "calm", csrf });
  // Only the page waits for this time.
  let isDone = false;
  enabling.finally(() => isDone = true);
  while (!isDone) {
    await clock.advance(1_000);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  assertEquals((await enabling).status, 303);
  const text = await visitor.read();
  assertStringIncludes(
    text,
    "This is done once the waiting questions are answered.",
  );
  desk.answer(questionIn(text), { allow: false }, "ada");
  await open.loading;
  while (host.get("calm") === undefined) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
});

Deno.test("Hostile plugins cannot forge a question", async () => {
  const evil =
    `x\n\nMay plugin good run? \u202eoN\u200b</pre><script>alert(1)` +
    `</script><button name="answer" value="always">No</button>${
      "y".repeat(900)
    }`;
  await using open = openAsking([
    builtin("evil", {
      displayName: evil.slice(0, 60),
      description: evil,
      permissions: {
        net: ["a.example:443"],
        read: ["/</pre><script>alert(2)</script>"],
        env: Array.from({ length: 400 }, (_, index) => `VARIABLE_${index}`),
      },
    }),
  ]);
  const { desk, visitor } = open;
  await untilAsked(desk, 1);
  await visitor.signIn({ name: `<b>"\u202e` });
  const text = await visitor.read();
  assert(!/<script|\u202e|\u200b/.test(text), text);
  assertEquals(text.match(/name="answer" value="always"/g)?.length, 1);
  const [, asked = ""] = /<pre tabindex="0".*?>(.*?)<\/pre>/s.exec(text) ?? [];
  // It stays short, and what the plugin says of itself is one line of it.
  assertStringIncludes(asked, "\n  and 388 more of env\n");
  assertStringIncludes(asked, "alert(2)");
  assertEquals(
    asked.split("\n").filter((line) => /^May plugin/.test(line)),
    [],
  );
  assertStringIncludes(asked, "\\u202eoN\\u200b&lt;/pre&gt;");
});

Deno.test("Browsers are told of questions and of their ends", async () => {
  await using open = openAsking([builtin("net", NET)]);
  const { clock, desk, visitor } = open;
  await untilAsked(desk, 1);
  const csrf = await visitor.signIn();
  const { body } = await visitor.get("?events");
  assert(body !== null);
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  assertStringIncludes((await reader.read()).value ?? "", "retry");
  const text = await visitor.read();
  const version = /data-version="(\d+)"/.exec(text)?.[1];
  await visitor.post({
    do: "answer",
    csrf,
    question: questionIn(text),
    answer: "no",
  });
  await open.loading;
  await clock.advance(300);
  assertStringIncludes(
    (await reader.read()).value ?? "",
    '"question of net"',
  );
  assert(!(await visitor.read()).includes(`data-version="${version}"`));
  await reader.cancel();
});

Deno.test("QuestionDesk bounds the questions, and refuses invalid options", async () => {
  for (const timeLimit of [0, -1, 0.5, NaN]) {
    const error = assertThrows(
      () => new QuestionDesk({ timeLimit }),
      PluginError,
    );
    assertEquals(error.code, "PLUGIN_OPTION_INVALID");
  }
  const desk = new QuestionDesk();
  const stop = new AbortController();
  const question = {
    kind: "permission",
    plugin: { id: "many" },
    text: "May it?",
  } as const;
  const options = { signal: stop.signal };
  const asked = Array.from(
    { length: 1_000 },
    () => desk.ask(question, options),
  );
  assertEquals(await desk.ask(question, options), { allow: false });
  const [first] = desk.waiting;
  assert(first !== undefined);
  assertEquals(desk.answer(first.id, { allow: true, remember: "run" }, "ada"), {
    kind: "taken",
    question,
  });
  assertEquals(
    desk.answer(first.id, { allow: false }, "bob"),
    { kind: "late", reason: "ada said yes, until the host ends" },
  );
  stop.abort();
  const answers = await Promise.all(asked);
  assertEquals(answers.filter(({ allow }) => allow).length, 1);
  assertEquals(desk.waiting.length, 0);
  assertEquals(await desk.ask(question, options), { allow: false });
  assertMatch(first.since, /^\d{4}-/);
  assertThrows(
    // @ts-expect-error: callers without TypeScript
    () => createPage({ host: createTestHost(), token: TOKEN, questions: {} }),
    PluginError,
    "questions",
  );
});
