/**
 * Searches Markdown with plugins: `deno task demo "your question"`.
 *
 * Results go to standard output, the audit trail and problems to standard
 * error. Exits with 0 (found), 1 (nothing found) or 2 (usage error).
 *
 * @module
 */

import { defaultFolders } from "./default_folders.ts";
import { parseArguments, USAGE } from "./parse_arguments.ts";
import { printable } from "./printable.ts";
import { runSearch } from "./run_search.ts";
import { matchesAsJson, showMatches } from "./show_matches.ts";
import { UserError } from "./user_error.ts";
import { writeText } from "./write_text.ts";

const DEFAULT_QUERY =
  "how do I grant a plugin exactly the permissions it needs";

function tell(line: string): void {
  writeText(Deno.stderr, `${printable(line)}\n`);
}

function bold(text: string): string {
  const styled = Deno.stdout.isTerminal() && !Deno.noColor;
  return styled ? `\x1b[1m${text}\x1b[22m` : text;
}

function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? "" : "s"}`;
}

async function main(args: readonly string[]): Promise<number> {
  const request = parseArguments(args);
  if (request.kind === "help") {
    writeText(Deno.stdout, USAGE);
    return 0;
  }
  const { json, top } = request;
  if (request.query === undefined && request.folders.length > 0) {
    throw new UserError("Say what to search for, before or after --folder");
  }
  const query = request.query ?? DEFAULT_QUERY;
  const folders = request.folders.length > 0
    ? request.folders
    : defaultFolders();
  const answer = await runSearch({ query, folders, top }, tell);
  const { documents, embedding, matches, passages } = answer;
  tell(
    `Searched ${count(passages, "passage")} of ${count(documents, "file")} ` +
      `for "${query}" with "${embedding}"`,
  );
  if (matches.length === 0) tell("No match");
  const text = json
    ? matchesAsJson(matches, query, embedding)
    : showMatches(matches, bold);
  writeText(Deno.stdout, text);
  return matches.length > 0 ? 0 : 1;
}

if (import.meta.main) {
  try {
    Deno.exitCode = await main(Deno.args);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    tell(error.message);
    Deno.exitCode = 2;
  }
}
