/**
 * `audit verify`: whether an audit log is as it was written.
 *
 * @module
 */

import { Command } from "commander";
import type { AuditVerification } from "../audit/audit_verification.ts";
import type { AuditAnchor } from "../audit/chain_link.ts";
import { verifyAuditLog } from "../audit/verify_audit_log.ts";
import { quote } from "../base/text.ts";
import type { CommandRun } from "./command_run.ts";
import type { Outcome } from "./outcome.ts";
import type { Paint } from "./paint.ts";
import { UsageError } from "./usage_error.ts";
import { withProgress } from "./with_progress.ts";

/** The options of the command, as they were written. */
interface AuditVerifyFlags {
  readonly json?: true;
  readonly keyEnv?: string;
  readonly anchor?: string;
}

const ANCHOR_REGEXP = /^([1-9]\d{0,14}):([0-9a-f]{64})$/;

function readKey(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  if (name === "" || /[=\0]/.test(name)) {
    throw new UsageError(
      `The value of --key-env is ${quote(name)}, which names no variable`,
      "Give the name of the variable that holds the key, not the key",
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
  throw new UsageError(
    `The value of --anchor is ${quote(text)}`,
    "Give the head that an earlier verification printed: <sequence>:<hash>",
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
          "a crash left it so, and all lines before it are as they were written",
      );
    case "intact":
      return paint.green(
        found.lines === 0
          ? "The log holds no line"
          : `All ${found.lines} lines are as they were written`,
      );
  }
}

function textOf(found: AuditVerification, paint: Paint): string {
  const { head, first, crashes, anchored } = found;
  const lines = [
    verdict(found, paint),
    ...crashes.map(({ file, line }) =>
      `A crash left line ${line} of ${
        quote(file)
      } unfinished, and the next line accounts for it`
    ),
    ...first !== undefined && first > 1
      ? [`The first line is number ${first}: rotation removed older files`]
      : [],
    ...anchored === undefined
      ? []
      : [anchored ? "The anchor was met" : "The anchor was not met"],
    ...head === undefined
      ? []
      : [`Head, for --anchor: ${head.sequence}:${head.hash}`],
  ];
  return lines.map((line) => `${line}\n`).join("");
}

/**
 * Makes the command.
 *
 * @param run The run of the command line.
 * @returns The command.
 */
export function auditVerifyCommand(run: CommandRun): Command {
  async function verify(
    file: string,
    flags: AuditVerifyFlags,
  ): Promise<Outcome> {
    const key = readKey(flags.keyEnv);
    const anchor = readAnchor(flags.anchor);
    const found = await withProgress(
      run,
      "Verifying the log",
      verifyAuditLog(file, { key, anchor, signal: run.signal }),
    );
    const isSound = found.status === "intact" && found.anchored !== false;
    return {
      result: found,
      text: textOf(found, run.terminal.paint),
      exitCode: isSound ? 0 : 1,
    };
  }

  return new Command("verify")
    .summary("whether the log is as it was written; names the first bad line")
    .description(
      "Checks the chain of an audit log through all files that it was rotated to, and names the first line " +
        "that was changed, removed, inserted or moved. Lines cut off the end are found with --anchor alone.",
    )
    .argument("<file>", "the log")
    .option(
      "--key-env <name>",
      "the variable that holds the key that the log was written with",
    )
    .option(
      "--anchor <sequence:hash>",
      "a head that was printed before, which the log has to hold",
    )
    .option("--json", "print the result for machines")
    .action((file: string, flags: AuditVerifyFlags) =>
      run.run("audit verify", flags.json, () => verify(file, flags))
    );
}
