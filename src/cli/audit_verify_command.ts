import { Command } from "commander";
import type { AuditVerification } from "../audit/chain_verifier.ts";
import type { AuditAnchor } from "../audit/chain.ts";
import { verifyAuditLog } from "../audit/verify_audit_log.ts";
import {
  CHECKPOINT_NAMESPACE,
  type CheckpointList,
  parseCheckpoints,
  type SignedCheckpoint,
} from "../audit/checkpoint.ts";
import { describeThrown, quote } from "../base/text.ts";
import {
  type AllowedSigner,
  parseAllowedSigners,
  verifySsh,
} from "../provenance/allowed_signers.ts";
import type { CommandRun, Outcome } from "./command_run.ts";
import { UsageError } from "./failure.ts";
import { formatCount, joinLines, wrapLine } from "./format.ts";
import { invalidValue } from "./option_values.ts";
import type { Paint, Screen } from "../base/terminal_text.ts";

interface AuditVerifyFlags {
  readonly json?: true;
  readonly keyEnv?: string;
  readonly anchor?: string;
  readonly checkpoints?: string;
  readonly signers?: string;
}

/** The checkpoints of a file, and what is wrong with them. */
interface ReadCheckpoints {
  readonly checkpoints: readonly SignedCheckpoint[];
  /** The lines that are no checkpoint, or badly signed. */
  readonly faults: CheckpointList["faults"];
  /** False if nobody said whose signatures count. */
  readonly isSigned: boolean;
}

// Somebody may have filled the file with anything.
const MAX_FAULTS = 10;

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

async function readGiven(option: string, path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (thrown) {
    throw new UsageError(
      `Cannot read ${quote(path)} of ${option}: ${describeThrown(thrown)}`,
      "Name a file that this process may read",
    );
  }
}

async function readSigners(
  path: string | undefined,
): Promise<readonly AllowedSigner[] | undefined> {
  if (path === undefined) return undefined;
  const { signers, faults: [first] } = parseAllowedSigners(
    await readGiven("--signers", path),
  );
  if (first === undefined) return signers;
  throw new UsageError(
    `Line ${first.line} of ${quote(path)} of --signers: ${first.fault}`,
    "Correct the line, as ssh-keygen describes it under ALLOWED SIGNERS",
  );
}

/** Reads checkpoints, and verifies their signatures if the signers are known. */
async function readCheckpoints(
  { checkpoints: path, signers: signersPath }: AuditVerifyFlags,
): Promise<ReadCheckpoints | undefined> {
  if (path === undefined) {
    if (signersPath === undefined) return undefined;
    throw new UsageError(
      "The option --signers is about the signatures of checkpoints",
      "Add --checkpoints <file>",
    );
  }
  const signers = await readSigners(signersPath);
  const { checkpoints, faults } = parseCheckpoints(
    await readGiven("--checkpoints", path),
  );
  if (checkpoints.length === 0 && faults.length === 0) {
    throw new UsageError(
      `The file ${quote(path)} of --checkpoints has no checkpoint`,
      "Name the file that the host appends its checkpoints to",
    );
  }
  if (signers === undefined) return { checkpoints, faults, isSigned: false };
  const badlySigned: { line: number; fault: string }[] = [];
  for (const { line, text, signature, time } of checkpoints) {
    const found = await verifySsh(signature, new TextEncoder().encode(text), {
      namespace: CHECKPOINT_NAMESPACE,
      signers,
      now: Date.parse(time),
    });
    if (found.verdict === "good") continue;
    badlySigned.push({ line, fault: `its signature: ${found.reason}` });
  }
  return { checkpoints, faults: [...faults, ...badlySigned], isSigned: true };
}

function describeCheckpoints(
  { checkpoints, faults, isSigned }: ReadCheckpoints,
  matched: number,
  paint: Paint,
): readonly string[] {
  const lines = faults.slice(0, MAX_FAULTS).map(({ line, fault }) =>
    paint.red(`Checkpoint on line ${line}: ${fault}`)
  );
  if (faults.length > MAX_FAULTS) {
    lines.push(paint.red(`${faults.length - MAX_FAULTS} more are faulty`));
  }
  lines.push(
    `The log matches ${matched} of ${
      formatCount(checkpoints.length, "checkpoint")
    }; ` +
      "those of lines that rotation removed cannot be compared",
  );
  if (!isSigned) {
    lines.push(
      paint.yellow("The signatures were not verified: add --signers <file>"),
    );
  }
  return lines;
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

function formatVerification(
  found: AuditVerification,
  signed: ReadCheckpoints | undefined,
  screen: Screen,
): string {
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
  if (signed !== undefined) {
    const matched = found.checkpoints ?? 0;
    lines.push(...describeCheckpoints(signed, matched, screen.paint));
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
    const signed = await readCheckpoints(flags);
    const found = await run.withProgress(
      "Verifying the log",
      verifyAuditLog(file, {
        key,
        anchor,
        checkpoints: signed?.checkpoints,
        signal: run.signal,
      }),
    );
    const isSound = found.status === "intact" && found.anchored !== false &&
      (signed === undefined || signed.faults.length === 0);
    const faults = signed === undefined
      ? {}
      : { checkpointFaults: signed.faults, signatures: signed.isSigned };
    return {
      result: { ...found, ...faults },
      text: formatVerification(found, signed, run.terminal.screen),
      exitCode: isSound ? 0 : 1,
    };
  }

  return new Command("verify")
    .summary("check that the log was not changed, or find the first bad line")
    .description(
      "Checks the hash chain of an audit log, including its rotated files, and names the first line " +
        "that was changed, removed, inserted or moved. Only --anchor and --checkpoints detect lines cut off the end.",
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
    .option(
      "--checkpoints <file>",
      "signed heads of the log, which it must match",
    )
    .option(
      "--signers <file>",
      "whose signatures of checkpoints count: allowed signers, as of ssh-keygen",
    )
    .option("--json", "print the result as JSON")
    .action((file: string, flags: AuditVerifyFlags) =>
      run.run("audit verify", flags.json, () => verify(file, flags))
    );
}
