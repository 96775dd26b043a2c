import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createPage, RecentEvents } from "@semantik/plugins/page";
import { builtin, openPage, ORIGIN, TOKEN, Visitor } from "./open_page.ts";

/** Reads from a stream of events until it contains a text, or ends. */
class Follower {
  readonly #reader: ReadableStreamDefaultReader<string>;
  text = "";

  constructor({ body }: Response) {
    assert(body !== null);
    this.#reader = body.pipeThrough(new TextDecoderStream()).getReader();
  }

  async until(wanted: string): Promise<boolean> {
    while (!this.text.includes(wanted)) {
      const { done, value } = await this.#reader.read();
      if (done) return false;
      this.text += value;
    }
    return true;
  }

  async leave(): Promise<void> {
    await this.#reader.cancel();
  }
}

const BUILTINS = [builtin("one"), builtin("two")];

Deno.test("Browsers are told what changed, several changes at once", async () => {
  const trail = new RecentEvents();
  await using open = await openPage({ builtins: BUILTINS }, {
    anonymous: "read",
    trail,
  });
  const { host, visitor } = open;
  const response = await visitor.get("?events");
  assertEquals(response.headers.get("content-type"), "text/event-stream");
  const follower = new Follower(response);
  assert(await follower.until("retry:"));
  await host.disable("one");
  await host.disable("two");
  await host.clock.advance(300);
  assert(await follower.until('event: change\ndata: ["one","two"]\n\n'));
  await host.clock.advance(30_000);
  assert(await follower.until(": still here"));
  await host[Symbol.asyncDispose]();
  assertEquals(await follower.until("never"), false);
});

Deno.test("The number of browsers is bounded, and one that leaves makes room", async () => {
  await using open = await openPage(
    { builtins: BUILTINS },
    { anonymous: "read", maxClients: 2 },
  );
  const { page, visitor } = open;
  for (let round = 0; round < 5; round++) {
    const head = await page(
      new Request(`${ORIGIN}/?events`, { method: "HEAD" }),
    );
    assertEquals([head.status, head.body], [200, null]);
  }
  const first = new Follower(await visitor.get("?events"));
  const second = new Follower(await visitor.get("?events"));
  const third = await visitor.get("?events");
  assertEquals(third.status, 503);
  assertStringIncludes(await third.text(), "Too many browsers");
  await first.leave();
  const fourth = new Follower(await visitor.get("?events"));
  assert(await fourth.until("retry:"));
  await second.leave();
  await fourth.leave();
});

Deno.test("Updates end with the session, with the signal and with the page", async () => {
  const stop = new AbortController();
  await using open = await openPage({ builtins: BUILTINS }, {
    signal: stop.signal,
  });
  const { host, page, visitor } = open;
  const csrf = await visitor.signIn();
  const follower = new Follower(await visitor.get("?events"));
  await visitor.post({ do: "sign-out", csrf });
  assertEquals(await follower.until("never"), false);
  await visitor.signIn();
  const stopped = new Follower(await visitor.get("?events"));
  stop.abort();
  assertEquals(await stopped.until("never"), false);
  assertEquals((await visitor.get("?events")).status, 503);
  // The rest of the page goes on.
  assertEquals((await visitor.get()).status, 200);
  using other = createPage({ host, token: TOKEN, anonymous: "read" });
  const last = new Follower(await new Visitor(other).get("?events"));
  other[Symbol.dispose]();
  assertEquals(await last.until("never"), false);
  assertEquals((await page(new Request(ORIGIN))).status, 401);
});

Deno.test("Updates end when the time of the session is over", async () => {
  await using open = await openPage({ builtins: BUILTINS });
  const { host, visitor } = open;
  await visitor.signIn();
  const follower = new Follower(await visitor.get("?events"));
  await host.clock.advance(13 * 3_600_000);
  assertEquals(await follower.until("never"), false);
});

Deno.test("A browser that reads nothing is let go", async () => {
  await using open = await openPage({ builtins: BUILTINS }, {
    anonymous: "read",
  });
  const { host, visitor } = open;
  const { body } = await visitor.get("?events");
  for (let round = 0; round < 80; round++) {
    await host.clock.advance(26_000);
  }
  let count = 0;
  for await (const _ of body ?? []) count++;
  assert(count > 10 && count < 80, String(count));
});
