export interface Options {
  /** `true` to only check that everything runs. */
  readonly quick: boolean;
  /** The file that gets the report as JSON. */
  readonly json: string | undefined;
  /** Texts of which a benchmark's name must contain one; if empty, all run. */
  readonly only: readonly string[];
}

export const USAGE =
  "Usage: deno task bench [--quick] [--json FILE] [--only TEXT]...";

/** Reads the command line of the benchmarks. */
export function parseOptions(args: readonly string[]): Options {
  let quick = false;
  let json: string | undefined;
  const only: string[] = [];
  for (let place = 0; place < args.length; place++) {
    const [name = "", inline] = (args[place] ?? "").split(/=(.*)/s, 2);
    const value = () => {
      const given = inline ?? args[++place];
      if (given !== undefined && given !== "") return given;
      throw new TypeError(`Cannot read "${name}": the value is missing`);
    };
    if (name === "--quick" && inline === undefined) quick = true;
    else if (name === "--json") json = value();
    else if (name === "--only") only.push(value());
    else throw new TypeError(`Cannot read "${args[place]}". ${USAGE}`);
  }
  return { quick, json, only };
}
