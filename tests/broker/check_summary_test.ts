import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { CheckSummary } from "../../src/broker/check_summary.ts";

Deno.test("CheckSummary passes on the first denial of each permission, and the rest as sums", () => {
  const summary = new CheckSummary();
  const home = { kind: "env", value: "HOME" } as const;
  const hosts = { kind: "net", value: "a.example:443" } as const;
  assertEquals(summary.add(home, true, 0), {
    permission: home,
    isDeclared: true,
    count: 1,
  });
  assertEquals(summary.due, undefined);
  for (let time = 1; time <= 5; time++) {
    assertEquals(summary.add(home, true, time), undefined);
  }
  assertEquals(summary.due, 10_001);
  assert(summary.add(hosts, false, 6) !== undefined);
  assertEquals(summary.take(), [
    { permission: home, isDeclared: true, count: 5 },
  ]);
  assertEquals(summary.take(), []);
  // The next sum waits twice as long.
  summary.add(home, true, 20_000);
  summary.add({ kind: "env", value: "HOME" }, false, 20_001);
  assertEquals(summary.due, 40_000);
  assertEquals(summary.take(), [
    { permission: home, isDeclared: false, count: 2 },
  ]);
});

Deno.test("CheckSummary makes few lines of many denials, and loses none", () => {
  const value = fc.record({
    kind: fc.constantFrom("read", "net", "env", "run", "sys"),
    value: fc.option(fc.integer({ max: 3_000 }).map(String), {
      nil: undefined,
    }),
    wait: fc.integer({ min: 0, max: 3 }),
  });
  fc.assert(fc.property(fc.array(value, { maxLength: 2_000 }), (checks) => {
    const summary = new CheckSummary();
    let now = 0;
    let lines = 0;
    let count = 0;
    for (const { kind, value, wait } of checks) {
      now += wait;
      const permission = value === undefined ? { kind } : { kind, value };
      const one = summary.add(permission, false, now);
      if (one === undefined) continue;
      lines++;
      count += one.count;
    }
    for (const one of summary.take()) {
      lines++;
      count += one.count;
    }
    assertEquals(count, checks.length);
    assert(lines <= 20);
  }));
});

Deno.test("CheckSummary writes less and less of a loop that never ends", () => {
  const summary = new CheckSummary();
  const hour = 3_600_000;
  let lines = 0;
  for (let now = 0; now < 24 * hour; now += 500) {
    const permission = { kind: "read", value: `/${now}` } as const;
    if (summary.add(permission, false, now) !== undefined) lines++;
    if (summary.due !== undefined && summary.due <= now) {
      lines += summary.take().length;
    }
  }
  assert(lines < 1_200, `${lines}`);
});
