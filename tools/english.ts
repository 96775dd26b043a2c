/**
 * `deno task english [--list] [FOLDER]`: fails when docstrings, comments, names of
 * tests and pages use more stilted English than the limits allow, or misspell a
 * word.
 *
 * The project's folder is the default. `--list` prints every finding, and not
 * only those over a limit.
 *
 * @module
 */

import { judgeEnglish } from "./english/judge_english.ts";
import { readEnglishFiles } from "./english/read_files.ts";
import { createSpelling } from "./english/spelling.ts";

/** Percent of the docstrings that may begin with a question word or "Says". */
const OPENER_LIMIT = 3;
/** Stilted phrases that may stand in 10,000 words. */
const PHRASE_LIMIT = 10;

const isListing = Deno.args.includes("--list");
const [root = `${import.meta.dirname}/..`] = Deno.args
  .filter((arg) => !arg.startsWith("--"));
const isWord = createSpelling(
  await Deno.readTextFile(
    new URL("english/project_words.txt", import.meta.url),
  ),
);

const lines: string[] = [];
// Judged apart, so that neither hides in the size of the other.
for (const [name, prose] of Object.entries(await readEnglishFiles(root))) {
  const report = judgeEnglish(prose, isWord);
  const isExceeded = {
    opener: report.openerShare > OPENER_LIMIT,
    phrase: report.phraseRate > PHRASE_LIMIT,
    spelling: report.misspelled > 0,
  };
  lines.push(
    ...report.findings
      .filter(({ kind }) => isListing || isExceeded[kind])
      .map(({ found, instead, line, path }) =>
        `${path}:${line}: "${found}": write ${instead}`
      ),
    `${name}: ${report.openerShare.toFixed(1)} % of ${report.docstrings} ` +
      `docstrings begin with a question word or "Says" (limit ${OPENER_LIMIT}), ` +
      `${report.phraseRate.toFixed(1)} stilted phrases in 10,000 words ` +
      `(limit ${PHRASE_LIMIT}), ${report.misspelled} misspelled words`,
  );
  if (Object.values(isExceeded).includes(true)) Deno.exitCode = 1;
}
await new Blob([`${lines.join("\n")}\n`]).stream()
  .pipeTo(Deno.stdout.writable);
