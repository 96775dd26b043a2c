/** Tests which health checks are recorded, and which are reported as a change. */

import { assertEquals } from "@std/assert";
import type { HealthOptions } from "@semantik/plugins";
import { createFakeClock } from "@semantik/plugins/testing";
import { builtin } from "./builtin.ts";
import { createTestHost } from "./test_host.ts";

const STATUSES: Readonly<Record<string, string>> = {
  h: "healthy",
  d: "degraded",
  u: "unhealthy",
};

/**
 * Checks a plugin once a second, with one letter for each status.
 *
 * @returns What was recorded, as second and letter, and which changes were told.
 */
async function follow(statuses: string, health?: HealthOptions) {
  const clock = createFakeClock();
  let status = "";
  await using test = createTestHost({
    clock,
    ...health === undefined ? {} : { health },
    builtins: [builtin("a", {
      healthCheck: () => ({ status: STATUSES[status] }),
    })],
  });
  const { host } = test;
  await host.load();
  const changes: string[] = [];
  host.events.addEventListener("healthchange", ({ detail }) => {
    const { previous, health } = detail;
    changes.push(`${previous?.status[0] ?? ""}${health.status[0]}`);
  });
  const recorded: string[] = [];
  let before = 0;
  for (const [second, letter] of [...statuses].entries()) {
    status = letter;
    const found = second % 2 === 0
      ? await host.health("a")
      : (await host.health()).get("a");
    // Whoever asks is told how it is, whatever is recorded.
    assertEquals(found?.status, STATUSES[letter]);
    const checks = test.events().filter(({ action }) =>
      action === "plugin.health_check"
    );
    for (const check of checks.slice(before)) {
      recorded.push(`${second}${String(check.status)[0]}`);
    }
    before = checks.length;
    clock.advance(1_000);
  }
  return { recorded: recorded.join(" "), changes: changes.join(" ") };
}

Deno.test("PluginHost records health checks by threshold and recordEvery", async (t) => {
  const rows: readonly {
    readonly name: string;
    readonly options?: HealthOptions;
    readonly statuses: string;
    readonly recorded: string;
    readonly changes: string;
  }[] = [
    {
      name: "changes alone",
      statuses: "hhhhuuuuddhh",
      recorded: "0h 4u 8d 10h",
      changes: "h hu ud dh",
    },
    {
      name: "a plugin that is well for long",
      statuses: "h".repeat(500),
      recorded: "0h",
      changes: "h",
    },
    {
      name: "again after an interval, counted from the last record",
      options: { recordEvery: 3_000 },
      statuses: "hhhhuuuuu",
      recorded: "0h 3h 4u 7u",
      changes: "h hu",
    },
    {
      name: "every check",
      options: { recordEvery: 0 },
      statuses: "hhuh",
      recorded: "0h 1h 2u 3h",
      changes: "h hu uh",
    },
    {
      name: "two in a row",
      options: { threshold: 2 },
      statuses: "huhuhuuhhu",
      recorded: "0h 6u 8h",
      changes: "h hu uh",
    },
    {
      name: "three in a row that differ, each in its own way",
      options: { threshold: 3 },
      statuses: "hdududhh",
      recorded: "0h 3d",
      changes: "h hd",
    },
    {
      name: "one that flaps, with an interval",
      options: { threshold: 2, recordEvery: 2_000 },
      statuses: "huhuhuhu",
      recorded: "0h 2h 4h 6h",
      changes: "h",
    },
    {
      name: "one that begins unhealthy, for any threshold",
      options: { threshold: 5 },
      statuses: "uuu",
      recorded: "0u",
      changes: "u",
    },
  ];
  for (const { name, options, statuses, ...expected } of rows) {
    await t.step(name, async () => {
      assertEquals(await follow(statuses, options), expected);
    });
  }
});

Deno.test("PluginHost records the first health check after a new setup", async () => {
  await using test = createTestHost({
    builtins: [builtin("a", { healthCheck: () => true })],
  });
  const { host } = test;
  await host.load();
  await host.health();
  await host.health();
  await host.disable("a");
  await host.enable("a");
  await host.health();
  const checks = test.actions("a").filter((one) =>
    one === "plugin.health_check"
  );
  assertEquals(checks.length, 2);
});
