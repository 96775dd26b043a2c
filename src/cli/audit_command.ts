/**
 * `audit`: the events of an audit log.
 *
 * @module
 */

import { Command, Option } from "commander";
import {
  AUDIT_LEVELS,
  type AuditEvent,
  type AuditLevel,
} from "../audit/audit_event.ts";
import { asUnavailable } from "../audit/unavailable.ts";
import { readAuditLog } from "../audit/read_audit_log.ts";
import { auditVerifyCommand } from "./audit_verify_command.ts";
import { collect } from "./collect.ts";
import { type CommandRun, toJsonLine } from "./command_run.ts";
import { createEventFilter, type EventWishes } from "./event_filter.ts";
import { EventSummary } from "./event_summary.ts";
import { followAuditLog } from "./follow_audit_log.ts";
import { formatEvent, formatName } from "./format_event.ts";
import { formatTable } from "./format_table.ts";
import type { ExitCode } from "./outcome.ts";
import { parseTime } from "./parse_time.ts";
import { UsageError } from "./usage_error.ts";

/** The options of the command, as they were written. */
interface AuditFlags {
  readonly json?: true;
  readonly follow?: true;
  readonly summary?: true;
  readonly plugin?: readonly string[];
  readonly action?: readonly string[];
  readonly level?: AuditLevel;
  readonly since?: string;
  readonly until?: string;
}

function wishesOf(flags: AuditFlags, now: number): EventWishes {
  const time = (text: string | undefined, option: string) =>
    text === undefined ? undefined : parseTime(text, option, now);
  return {
    plugins: flags.plugin ?? [],
    actions: flags.action ?? [],
    level: flags.level,
    since: time(flags.since, "--since"),
    until: time(flags.until, "--until"),
  };
}

/** Counts the lines that are no events, and says at the end how many there were. */
class MalformedLines {
  count = 0;
  readonly add = (): void => void this.count++;

  tell(run: CommandRun): void {
    if (this.count === 0) return;
    const lines = this.count === 1 ? "1 line is" : `${this.count} lines are`;
    run.note(`${lines} not an event and left out`);
  }
}

/** The wanted events of a log as it is. */
async function* wantedEvents(
  run: CommandRun,
  file: string,
  flags: AuditFlags,
  malformed: MalformedLines,
): AsyncGenerator<AuditEvent, void, void> {
  const isWanted = createEventFilter(wishesOf(flags, run.clock.now()));
  let read = 0;
  const events = readAuditLog(file, {
    onMalformed: malformed.add,
    signal: run.signal,
  });
  try {
    for await (const event of events) {
      // Asking the clock for each of a million events would take longer than they do.
      if (++read % 10_000 === 0) {
        run.terminal.progress(() =>
          `Reading events: ${read.toLocaleString("en")}`
        );
      }
      if (isWanted(event)) yield event;
    }
  } catch (thrown) {
    throw asUnavailable("read", file, thrown);
  }
}

async function printSummary(
  run: CommandRun,
  file: string,
  flags: AuditFlags,
  envelope: string,
): Promise<ExitCode> {
  const malformed = new MalformedLines();
  const summary = new EventSummary();
  for await (const event of wantedEvents(run, file, flags, malformed)) {
    summary.add(event);
  }
  const { events, others } = summary;
  const counts = summary.counts();
  if (flags.json === true) {
    const result = { events, counts, others, malformed: malformed.count };
    run.terminal.print(`${envelope}${toJsonLine(result)}}\n`);
  } else {
    const rows = counts.map((
      { plugin_id, action, count },
    ) => [formatName(plugin_id), formatName(action), String(count)]);
    const header = ["PLUGIN", "ACTION", "EVENTS"];
    run.terminal.print(formatTable(header, rows, run.terminal.paint));
    if (others > 0) run.note(`${others} events of more kinds are not shown`);
  }
  malformed.tell(run);
  return 0;
}

async function printEvents(
  run: CommandRun,
  file: string,
  flags: AuditFlags,
  envelope: string,
): Promise<ExitCode> {
  const malformed = new MalformedLines();
  let count = 0;
  for await (const event of wantedEvents(run, file, flags, malformed)) {
    // Nothing is printed for a log that cannot be read.
    if (flags.json === true) {
      const before = count === 0 ? `${envelope}{"events":[` : ",";
      run.terminal.print(`${before}\n${toJsonLine(event)}`);
    } else {
      run.terminal.print(`${formatEvent(event, run.terminal.paint)}\n`);
    }
    count++;
  }
  if (flags.json === true) {
    const before = count === 0 ? `${envelope}{"events":[` : "\n";
    const rest = `"count":${count},"malformed":${malformed.count}`;
    run.terminal.print(`${before}],${rest}}}\n`);
  }
  malformed.tell(run);
  return 0;
}

async function printFollowed(
  run: CommandRun,
  file: string,
  flags: AuditFlags,
  envelope: string,
): Promise<ExitCode> {
  const { terminal, clock, signal } = run;
  const isWanted = createEventFilter(wishesOf(flags, clock.now()));
  const malformed = new MalformedLines();
  const events = followAuditLog(file, {
    signal,
    clock,
    onMalformed: malformed.add,
    onIdle: () => terminal.flush(),
  });
  for await (const event of events) {
    if (!isWanted(event)) continue;
    terminal.print(
      flags.json === true
        ? `${envelope}${toJsonLine(event)}}\n`
        : `${formatEvent(event, terminal.paint)}\n`,
    );
  }
  malformed.tell(run);
  return 0;
}

async function audit(
  run: CommandRun,
  file: string,
  flags: AuditFlags,
  envelope: string,
): Promise<ExitCode> {
  if (flags.follow && flags.summary) {
    throw new UsageError(
      "--follow has no end, and --summary counts at the end",
      "Leave out one of the two",
    );
  }
  const print = flags.summary
    ? printSummary
    : flags.follow
    ? printFollowed
    : printEvents;
  return await print(run, file, flags, envelope);
}

/**
 * Makes the command.
 *
 * @param run The run of the command line.
 * @returns The command, with `verify` below it.
 */
export function auditCommand(run: CommandRun): Command {
  return new Command("audit")
    .summary("the events of an audit log")
    .description(
      "Prints the events of an audit log, the oldest first, through all files that it was rotated to. " +
        "With --json, --follow prints one result a line.",
    )
    .usage(
      "[options] <file>\n       semantik-plugin audit verify [options] <file>",
    )
    .argument("<file>", "the log")
    .option("--plugin <glob>", "only of this plugin; repeatable", collect)
    .option(
      "--action <glob>",
      "only of this action, e.g. plugin.*; repeatable",
      collect,
    )
    .addOption(
      new Option("--level <level>", "the least grave level")
        .choices(AUDIT_LEVELS),
    )
    .option("--since <time>", "from this time on, e.g. 2026-01-31 or 2h")
    .option("--until <time>", "up to this time")
    .option("--follow", "go on with what is written, also after a rotation")
    .option("--summary", "count by plugin and action")
    .option("--json", "print the result for machines")
    .action((file: string, flags: AuditFlags) =>
      run.stream(
        "audit",
        flags.json,
        (envelope) => audit(run, file, flags, envelope),
      )
    )
    .addCommand(auditVerifyCommand(run));
}
