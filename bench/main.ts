/** `deno task bench`: measures this package against its peers. */

import { fromFileUrl } from "./from_file_url.ts";
import { describeMachine } from "./measure/machine.ts";
import { parseOptions } from "./parse_options.ts";
import { type Measured, reportMeasured } from "./report/bench_report.ts";
import { formatTable } from "./report/format_table.ts";
import { allBenches } from "./rows/all_benches.ts";

const encoder = new TextEncoder();

function tell(text: string): void {
  Deno.stderr.writeSync(encoder.encode(`${text}\n`));
}

async function run(directory: string): Promise<void> {
  const { quick, json, only } = parseOptions(Deno.args);
  const root = fromFileUrl(new URL("..", import.meta.url));
  const machine = describeMachine();
  const benches = allBenches({ quick, directory, root })
    .filter(({ name }) =>
      only.length === 0 || only.some((text) => name.includes(text))
    );
  const measured: Measured[] = [];
  for (const [place, bench] of benches.entries()) {
    tell(`[${place + 1}/${benches.length}] ${bench.name}`);
    measured.push({ bench, results: await bench.measure() });
  }
  // A quick run only checks that everything runs, so it has no verdicts.
  const report = reportMeasured(measured, !quick);
  await Deno.stdout.write(encoder.encode(formatTable(report)));
  if (json === undefined) return;
  const text = JSON.stringify({ quick, machine, ...report }, undefined, 2);
  await Deno.writeTextFile(json, `${text}\n`);
}

const directory = await Deno.realPath(
  await Deno.makeTempDir({ prefix: "plugins-bench-" }),
);
try {
  await run(directory);
} finally {
  await Deno.remove(directory, { recursive: true });
}
