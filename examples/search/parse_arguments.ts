import { parseArgs } from "node:util";
import { UserError } from "./user_error.ts";

export const USAGE = `Searches Markdown.

Usage: deno task demo [QUERY...] [OPTIONS]

  QUERY          what to search for, in your own words
  --folder DIR   the folder to search, or a file; may be given several times
                 (by default the documentation of this project)
  --top N        how many passages to show, at most (5)
  --json         answer in JSON
  --isolated     run each plugin in a process of its own (needs --allow-run)
  --help         show this
`;

/** The parsed arguments of the program. */
export type SearchArguments =
  | Readonly<{ kind: "help" }>
  | Readonly<{
    kind: "search";
    query: string | undefined;
    folders: readonly string[];
    top: number;
    json: boolean;
    isolated: boolean;
  }>;

const MAX_TOP = 100;
const COUNT_REGEXP = /^[1-9]\d*$/;

/** Parses the arguments; without a query, `query` is `undefined`. */
export function parseArguments(args: readonly string[]): SearchArguments {
  // `deno task demo -- QUERY` passes the dashes on.
  const { positionals, values } = parse(
    args[0] === "--" ? args.slice(1) : args,
  );
  if (values.help) return { kind: "help" };
  const query = positionals.join(" ").trim();
  if (positionals.length > 0 && query === "") {
    throw new UserError("The query is empty: say what to search for");
  }
  const folders = values.folder ?? [];
  if (folders.includes("")) throw new UserError("--folder needs a path");
  return {
    kind: "search",
    query: positionals.length > 0 ? query : undefined,
    folders,
    top: parseTop(values.top),
    json: values.json,
    isolated: values.isolated,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        folder: { type: "string", multiple: true },
        top: { type: "string", default: "5" },
        json: { type: "boolean", default: false },
        isolated: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    // The rest of the message is a long explanation of dashes.
    throw new UserError(`${said.split(". ")[0]}. See --help`, { cause: error });
  }
}

function parseTop(text: string): number {
  const top = COUNT_REGEXP.test(text) ? Number(text) : NaN;
  if (top <= MAX_TOP) return top;
  throw new UserError(
    `--top needs a number from 1 to ${MAX_TOP}, not "${text}"`,
  );
}
