import {
  assertAlmostEquals,
  assertEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { alternate } from "../../bench/measure/alternate.ts";
import { allBenches } from "../../bench/rows/all_benches.ts";
import { fitGrowth } from "../../bench/measure/growth.ts";
import { readComparison } from "../../bench/measure/read_answer.ts";
import {
  medianInterval,
  pairedRatios,
  quantile,
  summarize,
} from "../../bench/measure/statistics.ts";
import { parseOptions } from "../../bench/parse_options.ts";
import { reportMeasured } from "../../bench/report/bench_report.ts";
import { formatAmount } from "../../bench/report/format_amount.ts";
import { formatTable } from "../../bench/report/format_table.ts";
import { judge } from "../../bench/report/verdict.ts";

Deno.test("quantile() interpolates between two measurements", () => {
  assertEquals(quantile([4, 1, 3, 2], 0.5), 2.5);
  assertEquals(quantile([4, 1, 3, 2], 0), 1);
  assertEquals(quantile([4, 1, 3, 2], 1), 4);
  assertEquals(quantile([7], 0.25), 7);
});

Deno.test("summarize() ignores one outlier", () => {
  const summary = summarize([10, 11, 12, 13, 1_000]);
  assertEquals(summary, { median: 12, low: 11, high: 13, count: 5 });
});

Deno.test("medianInterval() uses the ranks of the binomial distribution", () => {
  const values = Array.from({ length: 41 }, (_, index) => index);
  // Of 41 measurements the 15th and the 27th: 0.95 of all coins thrown 41 times.
  assertEquals(medianInterval(values), { median: 20, low: 14, high: 26 });
});

Deno.test("medianInterval() of few measurements is their whole range", () => {
  assertEquals(medianInterval([3, 1, 2]), { median: 2, low: 1, high: 3 });
  assertEquals(medianInterval([5]), { median: 5, low: 5, high: 5 });
});

Deno.test("pairedRatios() divides round by round", () => {
  assertEquals(pairedRatios([2, 20], [1, 10]), [2, 2]);
  assertThrows(() => pairedRatios([1], []), RangeError);
  assertThrows(() => pairedRatios([], []), RangeError);
});

Deno.test("judge() compares ours with the fastest peer", () => {
  const { peer, ratio, verdict, peers } = judge({
    ours: [3, 3, 3],
    theirs: { slow: [6, 6, 6], fast: [2, 2, 2] },
  }, { target: 1.5 });
  assertEquals(peer, "fast");
  assertEquals(peers, { fast: 2, slow: 6 });
  assertEquals(ratio.median, 1.5);
  assertEquals(verdict, "met");
});

Deno.test("judge() reports when the measurements cannot decide", async (t) => {
  const cases: readonly [readonly number[], number | undefined, string][] = [
    [[10, 11, 12], 1.1, "met"],
    [[10, 11, 12], 1.05, "even"],
    [[10, 11, 12], 0.99, "not met"],
    [[10, 11, 12], undefined, "no target"],
  ];
  for (const [ours, target, expected] of cases) {
    await t.step(`${target}: ${expected}`, () => {
      const theirs = { peer: [10, 10, 10] };
      assertEquals(judge({ ours, theirs }, { target }).verdict, expected);
    });
  }
});

Deno.test("judge() rejects a comparison without a peer", () => {
  assertThrows(() => judge({ ours: [1], theirs: {} }, {}), RangeError);
});

Deno.test("judge() also compares ours with an amount", async (t) => {
  const cases: readonly [number, string][] = [
    [12, "met"],
    [11, "even"],
    [10, "not met"],
  ];
  const comparison = {
    ours: [11, 11, 11, 12],
    theirs: { peer: [10, 1, 1, 1] },
  };
  for (const [most, expected] of cases) {
    await t.step(`${most}: ${expected}`, () => {
      assertEquals(judge(comparison, { most }).verdict, expected);
    });
  }
  await t.step("and the worse verdict counts", () => {
    const verdict = judge(comparison, { most: 12, target: 1 }).verdict;
    assertEquals(verdict, "not met");
  });
});

Deno.test("formatTable() says which rows were not measured, and why", () => {
  const report = reportMeasured([{
    bench: {
      name: "peers",
      unit: "ms",
      rows: [
        { id: "one", what: "call one", most: 20 },
        { id: "other", what: "call another" },
      ],
      measure: () => Promise.resolve({}),
    },
    results: {
      one: { ours: [3], theirs: { peer: [2] } },
      other: { notMeasured: "it could not be installed" },
    },
  }], true);
  assertEquals(report.rows.map(({ id }) => id), ["one"]);
  const [, , one, , other] = formatTable(report).split("\n");
  assertStringIncludes(one ?? "", "| 20.0 ms | met");
  assertEquals(
    other,
    "not measured: call another: it could not be installed",
  );
});

Deno.test("fitGrowth() finds the power of N", () => {
  const cost = (power: number) =>
    [10, 100, 1000].map((size) => ({ size, cost: 3 * size ** power }));
  assertAlmostEquals(fitGrowth(cost(1)).exponent, 1);
  assertAlmostEquals(fitGrowth(cost(2)).exponent, 2);
  assertEquals(fitGrowth(cost(1)).within, true);
  assertEquals(fitGrowth(cost(2)).within, false);
});

Deno.test("fitGrowth() allows N log N, and judges the last step alone", () => {
  const sizes = [10, 100, 1000];
  const nLogN = fitGrowth(
    sizes.map((size) => ({ size, cost: size * Math.log(size) })),
  );
  assertAlmostEquals(nLogN.lastStep, nLogN.allowed);
  assertEquals(nLogN.within, true);
  const hidden = fitGrowth(
    sizes.map((size) => ({ size, cost: 10_000 + size ** 2 })),
  );
  assertEquals(hidden.exponent < 1.2, true);
  assertEquals(hidden.within, false);
  assertThrows(() => fitGrowth([{ size: 10, cost: 1 }]), RangeError);
});

Deno.test("alternate() begins with another subject each round, and drops the warm-up", async () => {
  const calls: string[] = [];
  const results = await alternate({
    a: () => calls.push("a"),
    b: () => calls.push("b"),
  }, { rounds: 2, warmUp: 1 });
  assertEquals(calls.join(""), "baabba");
  assertEquals(results, { a: [3, 6], b: [4, 5] });
});

Deno.test("readComparison() rejects an answer that lacks a subject", () => {
  const answer = { ours: [1, 2], peer: [3, 4] };
  assertEquals(readComparison(answer, "ours", ["peer"]), {
    ours: [1, 2],
    theirs: { peer: [3, 4] },
  });
  assertThrows(() => readComparison(answer, "ours", ["other"]), TypeError);
  assertThrows(() => readComparison({ ours: [0] }, "ours", []), TypeError);
  assertThrows(() => readComparison("text", "ours", []), TypeError);
});

Deno.test("formatAmount() picks a readable unit", () => {
  assertEquals(formatAmount(1_500, "ms"), "1.50 s");
  assertEquals(formatAmount(12.34, "ms"), "12.3 ms");
  assertEquals(formatAmount(0.000_25, "ms"), "250 ns");
  assertEquals(formatAmount(3 * 1_048_576, "bytes"), "3.00 MiB");
});

Deno.test("reportMeasured() and formatTable() make a row of the table", async (t) => {
  const measured = [10, 100].map((size) => ({
    bench: {
      name: `sort ${size}`,
      unit: "ms" as const,
      rows: [{
        id: `sort-${size}`,
        what: `sort ${size}`,
        target: 1.5,
        growth: { of: "sort", size },
      }],
      measure: () => Promise.resolve({}),
    },
    results: {
      [`sort-${size}`]: { ours: [size * 2], theirs: { peer: [size] } },
    },
  }));
  await t.step("with the targets", () => {
    const report = reportMeasured(measured, true);
    assertEquals(report.rows.map(({ verdict }) => verdict), [
      "not met",
      "not met",
    ]);
    assertAlmostEquals(report.growth[0]?.ours.exponent ?? NaN, 1);
    const [head, , first] = formatTable(report).split("\n");
    assertEquals(
      head?.split("|").map((cell) => cell.trim()).filter(Boolean),
      ["what", "ours", "theirs", "ratio (95 %)", "target", "met"],
    );
    assertEquals(
      first?.split("|").map((cell) => cell.trim()).filter(Boolean),
      [
        "sort 10",
        "20.0 ms ±0%",
        "peer 10.0 ms ±0%",
        "2.00 (2.00–2.00)",
        "1.50",
        "not met",
      ],
    );
  });
  await t.step("without them in a quick run", () => {
    const { rows } = reportMeasured(measured, false);
    assertEquals(rows[0]?.verdict, "no target");
  });
});

Deno.test("parseOptions() reads the command line", () => {
  assertEquals(parseOptions([]), { quick: false, json: undefined, only: [] });
  assertEquals(
    parseOptions([
      "--quick",
      "--json",
      "a=b.json",
      "--only=load",
      "--only",
      "x",
    ]),
    { quick: true, json: "a=b.json", only: ["load", "x"] },
  );
  assertThrows(() => parseOptions(["--json"]), TypeError);
  assertThrows(() => parseOptions(["--fast"]), TypeError, "--fast");
});

Deno.test("docs/performance.md shows the rows that the benchmarks measure", async () => {
  const page = await Deno.readTextFile(
    new URL("../../docs/performance.md", import.meta.url),
  );
  const shown = [...page.matchAll(/^\| (.+?) *\|/gm)].map(([, what]) => what)
    .filter((what) => what !== "what" && !what?.startsWith("---"));
  const measured = allBenches({ quick: false, directory: "", root: "" })
    .flatMap(({ rows }) => rows.map(({ what }) => what));
  assertEquals(shown, measured);
});
