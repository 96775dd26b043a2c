import { assertEquals } from "@std/assert";
import { askJsr, jsrAddress } from "../../../tools/setup/ask_jsr.ts";

const ADDRESS = new URL("https://jsr.example/");

function answering(response: Response): typeof fetch {
  return () => Promise.resolve(response);
}

Deno.test("askJsr() recognizes JSR by its response", async () => {
  const asked: string[] = [];
  const answer = await askJsr(ADDRESS, 1_000, (url) => {
    asked.push(String(url));
    return Promise.resolve(Response.json({ versions: {} }));
  });
  assertEquals(answer, { reached: true });
  assertEquals(asked, ["https://jsr.example/@std/log/meta.json"]);
});

Deno.test("askJsr() explains why JSR cannot be used", async (t) => {
  const cases: Readonly<Record<string, typeof fetch>> = {
    "status 503": answering(new Response("busy", { status: 503 })),
    "an answer that is not from a JSR registry": answering(Response.json(null)),
    "Connection refused (os error 111)": () =>
      Promise.reject(
        new TypeError(
          "error sending request for url (https://jsr.example/): client error (Connect): Connection refused (os error 111)",
        ),
      ),
  };
  for (const [reason, fetcher] of Object.entries(cases)) {
    await t.step(reason, async () => {
      assertEquals(await askJsr(ADDRESS, 1_000, fetcher), {
        reached: false,
        reason,
      });
    });
  }
});

Deno.test("askJsr() rejects a login page", async () => {
  const page = answering(new Response("<html>Log in</html>"));
  assertEquals((await askJsr(ADDRESS, 1_000, page)).reached, false);
});

Deno.test("askJsr() gives up after its time limit", async () => {
  // It takes connections, as nobody asks it to, and never says a word.
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const answer = await askJsr(
    new URL(`http://127.0.0.1:${silent.addr.port}/`),
    20,
  );
  assertEquals(answer.reached, false);
});

Deno.test("jsrAddress() follows JSR_URL", () => {
  assertEquals(jsrAddress("https://jsr.example/").hostname, "jsr.example");
  assertEquals(jsrAddress("").href, jsrAddress(undefined).href);
});
