import { Command, Option } from "commander";
import { commandSink } from "../audit/command_sink.ts";
import {
  type AuditSink,
  shipAuditLog,
  type ShippingProgress,
} from "../audit/ship_audit_log.ts";
import { escapeControls, quote } from "../base/text.ts";
import { type CommandRun, type ExitCode, toJsonLine } from "./command_run.ts";
import { UsageError } from "./failure.ts";
import { formatCount } from "./format.ts";

interface AuditShipFlags {
  readonly to: "postgres" | "otlp" | "command";
  readonly host: string;
  readonly cursor?: string;
  readonly follow?: true;
  readonly urlEnv: string;
  readonly endpoint?: string;
  readonly headersEnv?: string;
  readonly json?: true;
}

/** Where events go, with whatever has to be closed afterwards. */
interface OpenSink extends AsyncDisposable {
  readonly sink: AuditSink;
}

const REPORT_EVERY = 60_000;

function readVariable(option: string, name: string): string {
  const value = Deno.env.get(name);
  if (value !== undefined && value !== "") return value;
  throw new UsageError(
    `The variable ${quote(name)} of ${option} is not set`,
    "Set it, and let this program read it with --allow-env",
  );
}

async function openPostgres({ urlEnv }: AuditShipFlags): Promise<OpenSink> {
  const url = readVariable("--url-env", urlEnv);
  const [{ default: postgres }, { postgresAuditSink }] = await Promise.all([
    import("postgres"),
    import("../stores/postgres/postgres_audit_sink.ts"),
  ]);
  let sql: ReturnType<typeof postgres>;
  try {
    sql = postgres(url, {
      max: 1,
      onnotice: () => {},
      connect_timeout: 10,
      // Shipping waits by itself; the client would wait for up to 20 seconds.
      backoff: () => 0.1,
    });
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotCapable) throw thrown;
    // Its message may show the password.
    throw new UsageError(
      `The variable ${quote(urlEnv)} of --url-env holds no URL of Postgres`,
      "Use e.g. postgres://user:password@127.0.0.1:5432/database",
    );
  }
  return {
    sink: postgresAuditSink(sql),
    [Symbol.asyncDispose]: () => sql.end({ timeout: 1 }),
  };
}

/** Reads headers as `OTEL_EXPORTER_OTLP_HEADERS` has them: `name=value,…`. */
function readHeaders(name: string | undefined): Record<string, string> {
  if (name === undefined) return {};
  const pairs = readVariable("--headers-env", name).split(",").map((pair) => {
    const at = pair.indexOf("=");
    if (at > 0) return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
    throw new UsageError(
      `The variable ${quote(name)} of --headers-env holds no headers`,
      "Use name=value, and a comma between two",
    );
  });
  return Object.fromEntries(pairs);
}

async function openOtlp(
  { endpoint, headersEnv, host }: AuditShipFlags,
): Promise<OpenSink> {
  if (endpoint === undefined) {
    throw new UsageError(
      "A collector needs an endpoint",
      "Add --endpoint http://127.0.0.1:4318",
    );
  }
  const { otlpSink } = await import("../telemetry/otlp_sink.ts");
  const headers = readHeaders(headersEnv);
  const resource = { "service.name": host };
  return withoutEnd(otlpSink({ endpoint, headers, resource }));
}

function withoutEnd(sink: AuditSink): OpenSink {
  return { sink, [Symbol.asyncDispose]: () => Promise.resolve() };
}

function openCommand(words: readonly string[]): OpenSink {
  const [program, ...args] = words;
  if (program === undefined) {
    throw new UsageError(
      "--to command needs a program",
      "Add it at the end: -- ./store-events --table audit",
    );
  }
  return withoutEnd(commandSink(program, { args }));
}

async function openSink(
  words: readonly string[],
  flags: AuditShipFlags,
): Promise<OpenSink> {
  if (flags.to === "command") return openCommand(words);
  if (words.length > 0) {
    throw new UsageError(
      `A program is of no use with --to ${flags.to}`,
      "Remove it, or use --to command",
    );
  }
  return flags.to === "postgres"
    ? await openPostgres(flags)
    : await openOtlp(flags);
}

function describe(progress: ShippingProgress): string {
  const { sent, sequence, lag, missing, rejected, skipped, failure } = progress;
  const parts = [
    `Shipped ${formatCount(sent, "event")}, up to number ${sequence}`,
    ...lag === 0 ? [] : [`${Math.round(lag / 1_000)} s behind`],
    ...missing === 0
      ? []
      : [`${missing} were removed by rotation before they were sent`],
    ...rejected === 0 ? [] : [`${rejected} were rejected`],
    ...skipped === 0
      ? []
      : [`${formatCount(skipped, "line")} skipped that are no chained event`],
    ...failure === undefined ? [] : [`waiting: ${escapeControls(failure)}`],
  ];
  return `${parts.join("; ")}\n`;
}

async function ship(
  run: CommandRun,
  file: string,
  words: readonly string[],
  flags: AuditShipFlags,
  envelope: string,
): Promise<ExitCode> {
  const { terminal, clock, signal } = run;
  const print = (progress: ShippingProgress) => {
    terminal.print(
      flags.json === true
        ? `${envelope}${toJsonLine(progress)}}\n`
        : describe(progress),
    );
    terminal.flush();
  };
  await using opened = await openSink(words, flags);
  const { host, cursor, follow = false } = flags;
  let failure: string | undefined;
  let printedAt = -Infinity;
  const { measureShipping } = await import(
    "../telemetry/measure_shipping.ts"
  );
  const measure = measureShipping(host);
  const onProgress = (progress: ShippingProgress) => {
    measure(progress);
    if (!follow) return;
    const now = clock.elapsed();
    const isDue = flags.json === true || progress.failure !== failure ||
      now - printedAt >= REPORT_EVERY;
    if (!isDue) return;
    failure = progress.failure;
    printedAt = now;
    print(progress);
  };
  const done = await shipAuditLog(file, {
    host,
    cursor,
    follow,
    sink: opened.sink,
    signal,
    clock,
    onProgress,
  });
  if (!follow || flags.json !== true) print(done);
  return done.missing + done.rejected === 0 ? 0 : 1;
}

export function auditShipCommand(run: CommandRun): Command {
  return new Command("ship")
    .summary("send the events of the log elsewhere, each once")
    .description(
      "Sends the events of a chained audit log elsewhere, in order, from where it ended last time. " +
        "The program of --to command gets lines of JSON on standard input, and exits with 0 once they are stored. " +
        "With --json, --follow prints one result per batch.",
    )
    .usage("[options] <file> [-- program [arguments]]")
    .argument("<file>", "the log")
    .argument("[program...]", "the program of --to command, and its arguments")
    .addOption(
      new Option("--to <place>", "where to")
        .choices(["postgres", "otlp", "command"]).makeOptionMandatory(),
    )
    .requiredOption("--host <name>", "the name that the log is shipped under")
    .option(
      "--cursor <file>",
      "remembers how far it was shipped; by default, the log with .shipped after it",
    )
    .option("--follow", "go on with new events, and try again when it fails")
    .option(
      "--url-env <name>",
      "the variable that holds the URL of Postgres",
      "DATABASE_URL",
    )
    .option("--endpoint <url>", "the collector, without /v1/logs")
    .option(
      "--headers-env <name>",
      "the variable that holds headers for the collector: name=value,name=value",
    )
    .option("--json", "print the result as JSON")
    .action((file: string, program: string[], flags: AuditShipFlags) =>
      run.stream(
        "audit ship",
        flags.json,
        (envelope) => ship(run, file, program, flags, envelope),
      )
    );
}
