import { Command, Option } from "commander";
import {
  AUDIT_LEVELS,
  type AuditEvent,
  type AuditLevel,
} from "../audit/audit_event.ts";
import {
  formatEventLine,
  formatValue,
  paintLevel,
} from "../audit/console_handler.ts";
import {
  createFilter,
  EventReader,
  readAuditLog,
} from "../audit/read_audit_log.ts";
import { auditShipCommand } from "./audit_ship_command.ts";
import { auditVerifyCommand } from "./audit_verify_command.ts";
import { type CommandRun, type ExitCode, toJsonLine } from "./command_run.ts";
import { UsageError } from "./failure.ts";
import { followAuditLog, type FollowOptions } from "./follow_audit_log.ts";
import { formatCount, formatCounts, formatTable, withTotal } from "./format.ts";
import { LastEvents } from "./last_events.ts";
import { collect, parseCount, parseTime } from "./option_values.ts";

interface AuditFlags {
  readonly json?: true;
  readonly follow?: true;
  readonly summary?: true;
  readonly details?: true;
  readonly tail?: string;
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
  /** The number of events to print, of all that are there. */
  readonly last: LastEvents;
  /** Returns the number of lines so far that are not events. */
  malformed(): number;
}

/** The name of standard input in place of a file. */
const STDIN = "-";
const MAX_TAIL = 1_000_000;
// Names may be data: a log must not decide how much memory is used.
const MAX_COUNTS = 10_000;
// Reading the clock for each event would take longer than reading the events.
const PROGRESS_EVERY = 10_000;

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

interface ActionCount {
  readonly plugin_id: string;
  readonly action: string;
  count: number;
  level: AuditLevel;
}

function graver(one: AuditLevel, other: AuditLevel): AuditLevel {
  return AUDIT_LEVELS.indexOf(one) < AUDIT_LEVELS.indexOf(other) ? other : one;
}

async function countEvents(all: AsyncIterable<AuditEvent>) {
  const byPlugin = new Map<string, Map<string, ActionCount>>();
  const levels = new Map<AuditLevel, number>();
  let [others, size] = [0, 0];
  for await (const { plugin_id, action, level } of all) {
    levels.set(level, (levels.get(level) ?? 0) + 1);
    const actions = byPlugin.get(plugin_id) ?? new Map<string, ActionCount>();
    const known = actions.get(action);
    if (known !== undefined) {
      known.count++;
      known.level = graver(known.level, level);
    } else if (size >= MAX_COUNTS) others++;
    else {
      size++;
      byPlugin.set(plugin_id, actions);
      actions.set(action, { plugin_id, action, count: 1, level });
    }
  }
  const counts = [...byPlugin]
    .sort(([one], [other]) => one < other ? -1 : 1)
    .flatMap(([, actions]) =>
      [...actions.values()].sort((one, other) => other.count - one.count)
    );
  return { levels, counts, others };
}

async function printSummary(reading: Reading): Promise<void> {
  const { run, flags, envelope, malformed } = reading;
  const { levels, counts, others } = await countEvents(reading.events);
  if (flags.json === true) {
    const result = {
      events: [...levels.values()].reduce((sum, count) => sum + count, 0),
      counts: counts.map(({ plugin_id, action, count }) => ({
        plugin_id,
        action,
        count,
      })),
      others,
      malformed: malformed(),
    };
    run.terminal.print(`${envelope}${toJsonLine(result)}}\n`);
    return;
  }
  const { screen } = run.terminal;
  const rows = counts
    .toSorted((one, other) =>
      AUDIT_LEVELS.indexOf(other.level) - AUDIT_LEVELS.indexOf(one.level)
    )
    .map(({ plugin_id, action, count, level }) => [
      {
        text: level.toUpperCase(),
        paint: (text: string) => paintLevel(text, level, screen.paint),
      },
      formatValue(plugin_id),
      formatValue(action),
      count.toLocaleString("en"),
    ]);
  const header = ["LEVEL", "PLUGIN", "ACTION", "EVENTS"];
  const plugins = new Set(counts.map(({ plugin_id }) => plugin_id));
  const total = `${formatTotal(levels)}; ${
    formatCount(plugins.size, "plugin")
  }`;
  run.terminal.print(
    withTotal(formatTable(header, rows, screen), total, screen),
  );
  if (others > 0) {
    run.note(`${others} events are not in the table, which is full`);
  }
}

/** Formats the last line below events: their number, and how many are grave. */
function formatTotal(levels: ReadonlyMap<AuditLevel, number>): string {
  const of = (level: AuditLevel) => levels.get(level) ?? 0;
  const total = AUDIT_LEVELS.reduce((sum, level) => sum + of(level), 0);
  const plural = (level: AuditLevel, word: string) =>
    [of(level), of(level) === 1 ? word : `${word}s`] as const;
  return formatCounts(total, "event", [
    [of("critical"), "critical"],
    plural("error", "error"),
    plural("warn", "warning"),
  ]);
}

async function printEvents(reading: Reading): Promise<void> {
  const { run: { terminal, clock }, events, envelope, malformed } = reading;
  const { json, follow, details } = reading.flags;
  const levels = new Map<AuditLevel, number>();
  let count = 0;
  // Printed with the first event: an unreadable log must print nothing.
  const open = () => count === 0 ? `${envelope}{"events":[` : "";
  const print = (event: AuditEvent) => {
    if (json !== true) {
      const style = { now: clock.now(), hasDetails: details };
      const { screen } = terminal;
      const lines = formatEventLine(event, { screen, ...style });
      terminal.print(`${lines.join("\n")}\n`);
      levels.set(event.level, (levels.get(event.level) ?? 0) + 1);
    } else if (follow) {
      terminal.print(`${envelope}${toJsonLine(event)}}\n`);
    } else terminal.print(`${open() || ","}\n${toJsonLine(event)}`);
    count++;
  };
  reading.last.show(print);
  for await (const event of events) reading.last.add(event);
  reading.last.release();
  if (follow) return;
  if (json !== true) return terminal.print(`${formatTotal(levels)}\n`);
  const rest = `"count":${count},"malformed":${malformed()}`;
  terminal.print(`${open() || "\n"}],${rest}}}\n`);
}

/** Reads standard input; unlike a file, it may have more to come. */
async function* readStdin(
  { stdin, signal }: CommandRun,
  { onMalformed, onIdle }: Pick<FollowOptions, "onMalformed" | "onIdle">,
): AsyncGenerator<AuditEvent, void, void> {
  const reader = new EventReader(stdin, onMalformed);
  while (!signal.aborted && await reader.fill()) {
    yield* reader.events();
    onIdle();
  }
}

async function audit(
  run: CommandRun,
  file: string,
  flags: AuditFlags,
  envelope: string,
): Promise<ExitCode> {
  const { clock, signal, terminal } = run;
  const { plugin, action, level, follow, summary, tail } = flags;
  for (const [name, other] of [["--follow", follow], ["--tail", tail]]) {
    if (!summary || other === undefined) continue;
    throw new UsageError(
      `${name} and --summary cannot be combined`,
      "Remove one of them",
    );
  }
  const last = new LastEvents(
    tail === undefined ? undefined : parseCount(tail, "--tail", MAX_TAIL),
  );
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
    if (follow && file !== STDIN) last.release();
    terminal.flush();
    terminal.clearProgress();
  };
  const all = file === STDIN
    ? readStdin(run, { onMalformed, onIdle })
    : follow
    ? followAuditLog(file, { signal, clock, onMalformed, onIdle })
    : readAuditLog(file, { signal, onMalformed });
  const events = filterEvents(run, all, isWanted);
  const print = summary ? printSummary : printEvents;
  await print({
    run,
    events,
    flags,
    envelope,
    last,
    malformed: () => malformed,
  });
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
      "Prints the events of an audit log for people, oldest first, including its rotated files. " +
        "Reads JSON lines, and the PLUGIN_AUDIT lines of a captured standard error. " +
        "With --json, --follow prints one result per line.",
    )
    .usage(
      "[options] <file>\n       semantik-plugin audit verify [options] <file>" +
        "\n       semantik-plugin audit ship [options] <file>",
    )
    .argument("<file>", "the log, or - for standard input")
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
    .option("--tail <count>", "only the last events")
    .option("--follow", "wait for new events, also after a rotation")
    .option("--summary", "count events by plugin and action")
    .option("--details", "show the action and every detail, not words")
    .option("--json", "print the result as JSON")
    .action((file: string, flags: AuditFlags) =>
      run.stream(
        "audit",
        flags.json,
        (envelope) => audit(run, file, flags, envelope),
      )
    )
    .addCommand(auditVerifyCommand(run))
    .addCommand(auditShipCommand(run));
}
