import { drawSome, findMutants, type Mutant } from "./find_mutants.ts";
import { judgeMutants } from "./judge_mutants.ts";
import { formatSurvivor, isListed, readSurvivors } from "./survivors.ts";

const ROOMS = [
  "src/broker",
  "src/events",
  "src/host",
  "src/inspect",
  "src/policy",
  "src/secrets",
];
const encoder = new TextEncoder();

function say(line: string): void {
  Deno.stdout.writeSync(encoder.encode(`${line}\n`));
}

export interface MutateOptions {
  /** A text that the paths of the files must contain. */
  readonly only: string;
  readonly count: number;
  readonly seed: number;
  readonly jobs: number;
  /** `true` to list the faults without running the tests. */
  readonly list: boolean;
}

/** Reads the command line of `deno task mutate`. */
export function readMutateOptions(args: readonly string[]): MutateOptions {
  const given = new Map<string, string>();
  for (let at = 0; at < args.length; at++) {
    const [, name, value] = /^--([a-z]+)(?:=(.*))?$/.exec(args[at] ?? "") ?? [];
    if (name === "list") given.set(name, "");
    else if (["only", "count", "seed", "jobs"].includes(name ?? "")) {
      given.set(name ?? "", value ?? args[++at] ?? "");
    } else throw new Error(`Unknown argument "${args[at]}"`);
  }
  function number(name: string, otherwise: number): number {
    const value = Number(given.get(name) ?? otherwise);
    if (Number.isSafeInteger(value) && value >= 1) return value;
    throw new Error(`--${name} must be a whole number above 0`);
  }
  return {
    only: given.get("only") ?? "",
    count: number("count", 40),
    seed: number("seed", 1 + Math.floor(Math.random() * 1_000_000)),
    jobs: number("jobs", Math.min(4, navigator.hardwareConcurrency)),
    list: given.has("list"),
  };
}

async function findAll(
  root: string,
  only: string,
): Promise<readonly Mutant[]> {
  const files: string[] = [];
  for (const room of ROOMS) {
    for await (const { name } of Deno.readDir(`${root}/${room}`)) {
      if (name.endsWith(".ts")) files.push(`${room}/${name}`);
    }
  }
  const wanted = files.filter((file) => file.includes(only)).sort();
  const found = await Promise.all(
    wanted.map(async (file) =>
      findMutants(file, await Deno.readTextFile(`${root}/${file}`))
    ),
  );
  return found.flat();
}

function describe({ file, line, kind, code }: Mutant): string {
  return `${file}:${line} ${kind}: ${code}`;
}

/** Draws faults, judges them, and returns the exit code. */
export async function mutate(
  root: string,
  options: MutateOptions,
): Promise<number> {
  const { only, count, seed, jobs, list } = options;
  const all = await findAll(root, only);
  const drawn = drawSome(all, count, seed);
  say(`${drawn.length} of ${all.length} faults, --seed=${seed}`);
  if (list) {
    drawn.forEach((mutant) => say(describe(mutant)));
    return 0;
  }
  const listed = readSurvivors(
    await Deno.readTextFile(`${root}/tools/mutate/survivors.md`),
  );
  const stale = listed.filter((fault) =>
    fault.file.includes(only) && !all.some((one) => isListed([fault], one))
  );
  stale.forEach((fault) =>
    say(`listed, but no longer found: ${formatSurvivor(fault)}`)
  );
  const survivors: Mutant[] = [];
  const counts = { killed: 0, late: 0, survived: 0, listed: 0 };
  const stop = new AbortController();
  const interrupt = () => stop.abort(new Error("Interrupted"));
  Deno.addSignalListener("SIGINT", interrupt);
  await judgeMutants(drawn, {
    root,
    jobs,
    signal: stop.signal,
    onVerdict(mutant, verdict) {
      const shown = verdict === "survived" && isListed(listed, mutant)
        ? "listed"
        : verdict;
      counts[shown]++;
      if (shown === "survived") survivors.push(mutant);
      say(`${shown} ${describe(mutant)}`);
    },
  });
  Deno.removeSignalListener("SIGINT", interrupt);
  say(
    `${counts.killed} killed, ${counts.late} killed by the time limit, ` +
      `${counts.listed} survived and are listed, ${counts.survived} survived`,
  );
  if (survivors.length > 0) {
    say("\nWrite a test, or list them in tools/mutate/survivors.md:");
    survivors.forEach((mutant) => say(formatSurvivor(mutant)));
  }
  return survivors.length + stale.length === 0 ? 0 : 1;
}
