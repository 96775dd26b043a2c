import { Command } from "commander";
import type { AuditVerification } from "../audit/chain_verifier.ts";
import type { AuditAnchor } from "../audit/chain.ts";
import { verifyAuditLog } from "../audit/verify_audit_log.ts";
import { quote } from "../base/text.ts";
import type { CommandRun, Outcome } from "./command_run.ts";
import { UsageError } from "./failure.ts";
import { joinLines, wrapLine } from "./format.ts";
import { invalidValue } from "./option_values.ts";
import type { Paint, Screen } from "../base/terminal_text.ts";

interface AuditVerifyFlags {
  readonly json?: true;
  readonly keyEnv?: string;
  readonly anchor?: string;
}

const ANCHOR_REGEXP = /^([1-9]\d{0,14}):([0-9a-f]{64})$/;

export function readKey(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  if (name === "" || /[=\0]/.test(name)) {
    throw invalidValue(
      "--key-env",
      name,
      "Use the name of the variable that holds the key, not the key itself",
    );
  }
  const key = Deno.env.get(name);
  if (key !== undefined && key !== "") return key;
  throw new UsageError(
    `The variable ${quote(name)} of --key-env is not set`,
    "Set it to the key that the log was written with",
  );
}

function readAnchor(text: string | undefined): AuditAnchor | undefined {
  if (text === undefined) return undefined;
  const [, sequence, hash] = ANCHOR_REGEXP.exec(text) ?? [];
  if (hash !== undefined) return { sequence: Number(sequence), hash };
  throw invalidValue(
    "--anchor",
    text,
    "Use the head that an earlier verification printed: <sequence>:<hash>",
  );
}

function verdict(found: AuditVerification, paint: Paint): string {
  switch (found.status) {
    case "tampered":
      return paint.red(found.message);
    case "unchained":
      return paint.yellow(found.message);
    case "torn":
      return paint.yellow(
        `Line ${found.at.line} of ${quote(found.at.file)} is unfinished: ` +
          "a crash interrupted it, and all lines before it are unchanged",
      );
    case "intact":
      return paint.green(
        found.lines === 0
          ? "The log is empty"
          : `All ${found.lines} lines are unchanged`,
      );
  }
}

function formatVerification(found: AuditVerification, screen: Screen): string {
  const { head, first, crashes, anchored } = found;
  const lines = [verdict(found, screen.paint)];
  for (const { file, line } of crashes) {
    lines.push(
      `A crash interrupted line ${line} of ${
        quote(file)
      }, and the next line accounts for it`,
    );
  }
  if (first !== undefined && first > 1) {
    lines.push(
      `The first line is number ${first}: rotation removed older files`,
    );
  }
  if (anchored !== undefined) {
    lines.push(
      `The log ${anchored ? "contains" : "does not contain"} the anchor`,
    );
  }
  if (head !== undefined) {
    lines.push(`Head, for --anchor: ${head.sequence}:${head.hash}`);
  }
  return joinLines(lines.flatMap((line) => wrapLine(line, screen)));
}

export function auditVerifyCommand(run: CommandRun): Command {
  async function verify(
    file: string,
    flags: AuditVerifyFlags,
  ): Promise<Outcome> {
    const key = readKey(flags.keyEnv);
    const anchor = readAnchor(flags.anchor);
    const found = await run.withProgress(
      "Verifying the log",
      verifyAuditLog(file, { key, anchor, signal: run.signal }),
    );
    const isSound = found.status === "intact" && found.anchored !== false;
    return {
      result: found,
      text: formatVerification(found, run.terminal.screen),
      exitCode: isSound ? 0 : 1,
    };
  }

  return new Command("verify")
    .summary("check that the log was not changed, or find the first bad line")
    .description(
      "Checks the hash chain of an audit log, including its rotated files, and names the first line " +
        "that was changed, removed, inserted or moved. Only --anchor detects lines cut off the end.",
    )
    .argument("<file>", "the log")
    .option(
      "--key-env <name>",
      "the variable that holds the key of the log",
    )
    .option(
      "--anchor <sequence:hash>",
      "a head printed earlier, which the log must contain",
    )
    .option("--json", "print the result as JSON")
    .action((file: string, flags: AuditVerifyFlags) =>
      run.run("audit verify", flags.json, () => verify(file, flags))
    );
}
