import { assertEquals } from "@std/assert";
import { retryDelay } from "./retry_delay.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");

function delay(
  headers: Record<string, string>,
  attempt = 1,
  random = 0,
): number {
  return retryDelay(new Headers(headers), attempt, NOW, random);
}

Deno.test("retryDelay() waits as long as the server says", async (t) => {
  const cases: [Record<string, string>, number][] = [
    [{ "retry-after": "7" }, 7_000],
    [{ "retry-after": " 0.5 " }, 500],
    [{ "retry-after": "Thu, 01 Jan 2026 00:00:09 GMT" }, 9_000],
    [{ "retry-after": "Wed, 31 Dec 2025 00:00:00 GMT" }, 0],
    [{ "retry-after-ms": "250", "retry-after": "7" }, 250],
  ];
  for (const [headers, expected] of cases) {
    await t.step(JSON.stringify(headers), () => {
      assertEquals(delay(headers), expected);
    });
  }
});

Deno.test("retryDelay() waits longer each time if the server gives no valid delay", () => {
  for (
    const headers of [{}, { "retry-after": "soon" }, { "retry-after": "" }]
  ) {
    const delays = [1, 2, 3, 4, 5, 6, 50].map((n) => delay(headers, n));
    assertEquals(delays, [500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
  }
});

Deno.test("retryDelay() subtracts a random part", () => {
  assertEquals(delay({}, 1, 1), 375);
});
