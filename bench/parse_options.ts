/**
 * The command line of the benchmarks.
 *
 * @module
 */

/** What the command line says. */
export interface Options {
  /** Whether to see only that everything runs. */
  readonly quick: boolean;
  /** Where the report goes as JSON. */
  readonly json: string | undefined;
  /** The texts that the name of a benchmark has to hold one of; all where there is none. */
  readonly only: readonly string[];
}

/** How it is called. */
export const USAGE =
  "Usage: deno task bench [--quick] [--json FILE] [--only TEXT]...";

/**
 * Reads the command line.
 *
 * @param args The arguments.
 * @returns What they say.
 * @throws {TypeError} when one of them is not known, or lacks its value.
 */
export function parseOptions(args: readonly string[]): Options {
  let quick = false;
  let json: string | undefined;
  const only: string[] = [];
  for (let place = 0; place < args.length; place++) {
    const [name = "", inline] = (args[place] ?? "").split(/=(.*)/s, 2);
    const value = () => {
      const given = inline ?? args[++place];
      if (given !== undefined && given !== "") return given;
      throw new TypeError(`Cannot read "${name}": it lacks its value`);
    };
    if (name === "--quick" && inline === undefined) quick = true;
    else if (name === "--json") json = value();
    else if (name === "--only") only.push(value());
    else throw new TypeError(`Cannot read "${args[place]}". ${USAGE}`);
  }
  return { quick, json, only };
}
