import { Command, Option } from "commander";
import {
  AUDIT_LEVELS,
  type AuditEvent,
  type AuditLevel,
  RESERVED_FIELDS,
} from "../audit/audit_event.ts";
import { createFilter, readAuditLog } from "../audit/read_audit_log.ts";
import { auditVerifyCommand } from "./audit_verify_command.ts";
import { type CommandRun, type ExitCode, toJsonLine } from "./command_run.ts";
import { UsageError } from "./failure.ts";
import { followAuditLog } from "./follow_audit_log.ts";
import { formatTable } from "./format.ts";
import { collect, parseTime } from "./option_values.ts";
import { cut, escapeControls } from "../base/text.ts";
import type { Paint } from "../base/terminal_text.ts";

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

/** The events to print, and how. */
interface Reading {
  readonly run: CommandRun;
  readonly events: AsyncIterable<AuditEvent>;
  readonly flags: AuditFlags;
  readonly envelope: string;
  /** Returns the number of lines so far that are not events. */
  malformed(): number;
}

const MAX_VALUE = 400;
const MAX_KEY = 100;
const PLAIN_REGEXP = /^[^\s"=]+$/;
const PLAIN_KEY_REGEXP = /^[\w.-]+$/;
// The columns of a line, by every name a reader may know them by.
const COLUMN_REGEXP =
  /^(?:time|timestamp|date|level|severity|plugin|plugin_?id|event|action)$/i;
// Names may be data: a log must not decide how much memory is used.
const MAX_COUNTS = 10_000;
// Reading the clock for each event would take longer than reading the events.
const PROGRESS_EVERY = 10_000;

function colorOf(level: AuditLevel, paint: Paint): (text: string) => string {
  if (level === "error" || level === "critical") return paint.red;
  return level === "warn" ? paint.yellow : paint.dim;
}

function formatValue(value: unknown): string {
  return cut(
    typeof value === "string" && PLAIN_REGEXP.test(value)
      ? value
      : JSON.stringify(value),
    MAX_VALUE,
  );
}

/** Formats an untrusted name of a plugin or action, quoted unless it is one word. */
function formatName(name: string): string {
  return escapeControls(formatValue(name));
}

/** Formats a key so that it cannot be mistaken for a column or for the end of another detail. */
function formatKey(key: string): string {
  const short = cut(key, MAX_KEY);
  if (!PLAIN_KEY_REGEXP.test(short)) {
    return JSON.stringify(short)
      .replaceAll(
        /[\s=]/g,
        (character) =>
          `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
      );
  }
  return COLUMN_REGEXP.test(short) ? `detail_${short}` : short;
}

/** Formats an untrusted event on one line, without a newline. */
function formatEvent(event: AuditEvent, paint: Paint): string {
  const { timestamp, level, plugin_id, action } = event;
  const details = Object.entries(event)
    .filter(([name, value]) =>
      !RESERVED_FIELDS.has(name) && value !== undefined
    )
    .map(([name, value]) => `${formatKey(name)}=${formatValue(value)}`);
  const color = colorOf(level, paint);
  return [
    paint.dim(escapeControls(timestamp)),
    color(level.toUpperCase().padEnd("CRITICAL".length)),
    formatName(plugin_id),
    paint.bold(formatName(action)),
    ...details.map(escapeControls),
  ].join(" ");
}

async function* filterEvents(
  { terminal }: CommandRun,
  events: AsyncIterable<AuditEvent>,
  isWanted: (event: AuditEvent) => boolean,
): AsyncGenerator<AuditEvent, void, void> {
  let read = 0;
  for await (const event of events) {
    if (++read % PROGRESS_EVERY === 0) {
      terminal.progress(() => `Reading events: ${read.toLocaleString("en")}`);
    }
    if (isWanted(event)) yield event;
  }
}

async function countEvents(all: AsyncIterable<AuditEvent>) {
  const byPlugin = new Map<string, Map<string, number>>();
  let [events, others, size] = [0, 0, 0];
  for await (const { plugin_id, action } of all) {
    events++;
    const actions = byPlugin.get(plugin_id) ?? new Map<string, number>();
    const count = actions.get(action) ?? 0;
    if (count === 0) {
      if (size >= MAX_COUNTS) {
        others++;
        continue;
      }
      size++;
      byPlugin.set(plugin_id, actions);
    }
    actions.set(action, count + 1);
  }
  const counts = [...byPlugin]
    .sort(([one], [other]) => one < other ? -1 : 1)
    .flatMap(([plugin_id, actions]) =>
      [...actions]
        .sort(([, one], [, other]) => other - one)
        .map(([action, count]) => ({ plugin_id, action, count }))
    );
  return { events, counts, others };
}

async function printSummary(reading: Reading): Promise<void> {
  const { run, flags, envelope, malformed } = reading;
  const summary = await countEvents(reading.events);
  if (flags.json === true) {
    const result = { ...summary, malformed: malformed() };
    run.terminal.print(`${envelope}${toJsonLine(result)}}\n`);
    return;
  }
  const rows = summary.counts.map((
    { plugin_id, action, count },
  ) => [formatName(plugin_id), formatName(action), String(count)]);
  const header = ["PLUGIN", "ACTION", "EVENTS"];
  run.terminal.print(formatTable(header, rows, run.terminal.screen));
  if (summary.others > 0) {
    run.note(
      `${summary.others} events are not in the table, which is full`,
    );
  }
}

async function printEvents(reading: Reading): Promise<void> {
  const { run: { terminal }, events, envelope, malformed } = reading;
  const { json, follow } = reading.flags;
  let count = 0;
  // Printed with the first event: an unreadable log must print nothing.
  const open = () => count === 0 ? `${envelope}{"events":[` : "";
  for await (const event of events) {
    const line = json === true
      ? toJsonLine(event)
      : formatEvent(event, terminal.screen.paint);
    if (json !== true) terminal.print(`${line}\n`);
    else if (follow) terminal.print(`${envelope}${line}}\n`);
    else terminal.print(`${open() || ","}\n${line}`);
    count++;
  }
  if (json !== true || follow) return;
  const rest = `"count":${count},"malformed":${malformed()}`;
  terminal.print(`${open() || "\n"}],${rest}}}\n`);
}

async function audit(
  run: CommandRun,
  file: string,
  flags: AuditFlags,
  envelope: string,
): Promise<ExitCode> {
  const { clock, signal, terminal } = run;
  const { plugin, action, level, follow, summary } = flags;
  if (follow && summary) {
    throw new UsageError(
      "--follow and --summary cannot be combined",
      "Remove one of them",
    );
  }
  const time = (text: string | undefined, option: string) =>
    text === undefined
      ? undefined
      : new Date(parseTime(text, option, clock.now()));
  const isWanted = createFilter({
    plugin,
    action,
    level,
    since: time(flags.since, "--since"),
    until: time(flags.until, "--until"),
  });
  let malformed = 0;
  const onMalformed = () => void malformed++;
  const onIdle = () => {
    terminal.flush();
    terminal.clearProgress();
  };
  const all = follow
    ? followAuditLog(file, { signal, clock, onMalformed, onIdle })
    : readAuditLog(file, { signal, onMalformed });
  const events = filterEvents(run, all, isWanted);
  const print = summary ? printSummary : printEvents;
  await print({ run, events, flags, envelope, malformed: () => malformed });
  if (malformed > 0) {
    const lines = malformed === 1
      ? "1 line that is not an event"
      : `${malformed} lines that are not events`;
    run.note(`Skipped ${lines}`);
  }
  return 0;
}

export function auditCommand(run: CommandRun): Command {
  return new Command("audit")
    .summary("print the events of an audit log")
    .description(
      "Prints the events of an audit log, oldest first, including its rotated files. " +
        "With --json, --follow prints one result per line.",
    )
    .usage(
      "[options] <file>\n       semantik-plugin audit verify [options] <file>",
    )
    .argument("<file>", "the log")
    .option(
      "--plugin <glob>",
      "only events of this plugin; repeatable",
      collect,
    )
    .option(
      "--action <glob>",
      "only events with this action, e.g. plugin.*; repeatable",
      collect,
    )
    .addOption(
      new Option("--level <level>", "the minimum level").choices(AUDIT_LEVELS),
    )
    .option("--since <time>", "only events since then, e.g. 2026-01-31 or 2h")
    .option("--until <time>", "only events until then")
    .option("--follow", "wait for new events, also after a rotation")
    .option("--summary", "count events by plugin and action")
    .option("--json", "print the result as JSON")
    .action((file: string, flags: AuditFlags) =>
      run.stream(
        "audit",
        flags.json,
        (envelope) => audit(run, file, flags, envelope),
      )
    )
    .addCommand(auditVerifyCommand(run));
}
