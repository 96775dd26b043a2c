/**
 * Searches Markdown with plugins: `deno task demo "your question"`.
 *
 * Results go to standard output; then come problems and the audit trail, on
 * standard error. Exits with 0 (found), 1 (nothing found) or 2 (usage error).
 *
 * @module
 */

import {
  AuditConsoleHandler,
  createAuditLogger,
} from "@semantik/plugins/audit";
import type { PluginRunner } from "@semantik/plugins";
import { fileURLToPath as fromFileUrl } from "node:url";
import { defaultFolders } from "./default_folders.ts";
import { HeldOutput } from "./held_output.ts";
import { parseArguments, USAGE } from "./parse_arguments.ts";
import { printable } from "./printable.ts";
import { runSearch } from "./run_search.ts";
import { matchesAsJson, showMatches } from "./show_matches.ts";
import { UserError } from "./user_error.ts";
import { writeText } from "./write_text.ts";

const DEFAULT_QUERY =
  "how do I grant a plugin exactly the permissions it needs";

const MAX_WIDTH = 96;

function tell(line: string): void {
  writeText(Deno.stderr, `${printable(line)}\n`);
}

function outputWidth(): number {
  if (!Deno.stdout.isTerminal()) return MAX_WIDTH;
  return Math.min(MAX_WIDTH, Deno.consoleSize().columns);
}

function bold(text: string): string {
  const styled = Deno.stdout.isTerminal() && !Deno.noColor;
  return styled ? `\x1b[1m${text}\x1b[22m` : text;
}

function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? "" : "s"}`;
}

/** Loaded on request only: a search in one process pays nothing for it. */
async function isolatedRunner(): Promise<PluginRunner> {
  const { subprocess } = await import("@semantik/plugins/subprocess");
  // The plugins import by the names of this project's deno.json.
  return subprocess({
    config: fromFileUrl(new URL("../../deno.json", import.meta.url)),
  });
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
  // The trail is shown below the results, also if the search fails.
  using held = new HeldOutput();
  using audit = createAuditLogger({
    handlers: [new AuditConsoleHandler({ writer: held })],
  });
  const problems: string[] = [];
  const answer = await runSearch(
    { query, folders, top },
    (line) => void problems.push(line),
    request.isolated ? { audit, runner: await isolatedRunner() } : { audit },
  );
  const { documents, embedding, matches, passages } = answer;
  const text = json
    ? matchesAsJson(matches, query, embedding)
    : showMatches(matches, bold, outputWidth());
  writeText(Deno.stdout, text);
  if (matches.length === 0) tell("No match");
  tell("");
  tell(
    `Searched ${count(passages, "passage")} of ${count(documents, "file")} ` +
      `for "${query}" with "${embedding}"`,
  );
  problems.forEach(tell);
  tell("What happened to the plugins:");
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
