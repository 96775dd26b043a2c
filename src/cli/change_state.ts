import { type Command, Option } from "commander";
import { type AuditLogger, createAuditLogger } from "../audit/audit_logger.ts";
import { JsonLinesHandler } from "../audit/json_lines_handler.ts";
import { PluginError } from "../base/errors.ts";
import { describeThrown, escapeControls, quote } from "../base/text.ts";
import {
  type LifecycleEvent,
  recordEvents,
} from "../events/lifecycle_event.ts";
import { findPlugin } from "../inspect/snapshot.ts";
import type { Inspection, Inspector } from "../inspect/inspector.ts";
import type { InspectionSettings } from "../inspect/inspection.ts";
import { ID_REGEXP, type ReadPlugin } from "../manifest/manifest.ts";
import { makePlan, type Plan } from "../plan/plan.ts";
import type { ConsentMode } from "../policy/consent.ts";
import { maskCredentials } from "../secrets/credentials.ts";
import type {
  StateChange,
  StateSnapshot,
  StateStore,
} from "../state/state_store.ts";
import { readKey } from "./audit_verify_command.ts";
import type { CommandRun } from "./command_run.ts";
import { UsageError } from "./failure.ts";
import { joinLines, wrapLine } from "./format.ts";
import { readHostDescription } from "./host_options.ts";
import { inspectorFor } from "./inspect_host.ts";

/** The options of commands that change the state file of a host. */
export interface ChangeFlags {
  readonly json?: true;
  readonly state: string;
  readonly hostVersion?: string;
  readonly dataDirectory?: string;
  readonly digest?: true;
  readonly audit?: string;
  readonly chain?: true;
  readonly keyEnv?: string;
  readonly by: string;
}

/** The result of a change, for machines. */
export interface ChangeResult {
  readonly id: string;
  /** The revision of the state afterwards. */
  readonly revision: number;
  /** True if the audit log holds the change. */
  readonly recorded: boolean;
}

/** The author of a change, unless --by names another. */
const BY = "semantik-plugin";
const MAX_BY = 200;
/** More than the longest line has. */
const HEAD_BYTES = 65_536;

export function addChangeOptions(command: Command): Command {
  return command
    .requiredOption("--state <file>", "the host's state file")
    .option("--host-version <version>", "the version of the host application")
    .option("--audit <file>", "an audit log to record the change in")
    .option("--chain", "chain the lines of --audit, if it is a new log")
    .option("--key-env <name>", "the variable with the key of the chain")
    .addOption(
      new Option("--by <name>", "who makes the change, for the audit log")
        .default(BY),
    );
}

/** Tests if the lines of a log are chained; a log is so as a whole or not at all. */
async function isChained(path: string): Promise<boolean> {
  try {
    using file = await Deno.open(path);
    const bytes = new Uint8Array(HEAD_BYTES);
    const count = await file.read(bytes) ?? 0;
    return /,"chain_sequence":\d/.test(
      new TextDecoder().decode(bytes.subarray(0, count)),
    );
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotCapable) throw thrown;
    // The handler, which opens it next, says what is wrong.
    return false;
  }
}

async function openAudit(
  run: CommandRun,
  { audit, chain, keyEnv }: ChangeFlags,
): Promise<AuditLogger | undefined> {
  if (audit === undefined) {
    if (chain === undefined && keyEnv === undefined) return undefined;
    const option = chain === undefined ? "--key-env" : "--chain";
    throw new UsageError(
      `${option} needs --audit`,
      "Name the log: --audit FILE",
    );
  }
  const key = readKey(keyEnv);
  const hasChain = chain === true || key !== undefined ||
    await isChained(audit);
  const handler = new JsonLinesHandler(audit, {
    chain: hasChain && { key },
    warn: (message) => run.note(message),
  });
  return createAuditLogger({ handlers: [handler], clock: run.clock });
}

/** Makes the plan of a host that was granted what the plugins declare. */
export function planGranted(
  { snapshot }: Inspection,
  enabled: ReadonlySet<string> = new Set(),
): Plan {
  return makePlan({
    ...snapshot,
    permissionMode: "report",
    disabled: snapshot.disabled.filter((id) => !enabled.has(id)),
    // The switches of this process are not those of the host.
    switchedOff: [],
  });
}

/** The state file of a host, open for one change. */
export class StateEditor implements Disposable {
  readonly inspector: Inspector;
  readonly settings: InspectionSettings;
  readonly inspection: Inspection;
  readonly plan: Plan;
  readonly #store: StateStore;
  readonly #audit: AuditLogger | undefined;
  readonly #record: (event: LifecycleEvent) => void;
  #revision: number;
  #isRecorded = false;

  private constructor(
    options: Pick<StateEditor, "inspector" | "settings" | "inspection">,
    store: StateStore,
    revision: number,
    audit: AuditLogger | undefined,
  ) {
    this.inspector = options.inspector;
    this.settings = options.settings;
    this.inspection = options.inspection;
    this.plan = planGranted(options.inspection);
    this.#store = store;
    this.#revision = revision;
    this.#audit = audit;
    this.#record = audit === undefined ? () => {} : recordEvents({
      host: BY,
      audit,
      redactLate: () => undefined,
      mask: maskCredentials,
    });
  }

  /**
   * Reads sources and state, and opens the audit log: nothing is changed that
   * could not be recorded.
   *
   * @throws {PluginError} when the state or the log cannot be used.
   */
  static async open(
    run: CommandRun,
    sources: readonly string[],
    flags: ChangeFlags,
    consent: ConsentMode = "none",
  ): Promise<StateEditor> {
    if (flags.by === "" || flags.by.length > MAX_BY) {
      throw new UsageError(
        `The value of --by has ${flags.by.length} characters`,
        `Use a name of 1 to ${MAX_BY} characters`,
      );
    }
    const { state, hostVersion, dataDirectory } = flags;
    const host = await readHostDescription(
      sources,
      {
        state,
        switches: false,
        consent,
        ...flags.digest === undefined ? {} : { digest: flags.digest },
        ...hostVersion === undefined ? {} : { hostVersion },
        ...dataDirectory === undefined ? {} : { dataDirectory },
      },
      run.importModule,
    );
    const inspector = inspectorFor(host);
    const inspection = await inspector.inspect();
    const { stored } = inspection;
    if (!stored.ok) {
      const { code, message, remedy } = stored.problem;
      throw new PluginError(message, { code, remedy });
    }
    const { revision } = stored.snapshot;
    const audit = await openAudit(run, flags);
    const directories = inspection.found
      .flatMap((one) => one.ok ? one.directory ?? [] : []);
    try {
      audit?.protect(directories);
    } catch (thrown) {
      audit?.[Symbol.dispose]();
      throw thrown;
    }
    if (revision === 0) {
      run.note(
        `No state was stored in ${quote(state)} before; check that the host ` +
          "uses this file",
      );
    }
    const { settings } = host;
    return new StateEditor(
      { inspector, settings, inspection },
      host.state,
      revision,
      audit,
    );
  }

  /** Finds a plugin of the sources. */
  find(action: string, id: string): ReadPlugin {
    return findPlugin(this.inspection, this.plan, action, id);
  }

  /**
   * Stores a change, and then records it. A change that no audit log holds stays
   * marked: the next host that loads its plugins records it. So does an earlier one
   * about the same plugin, even if this one is recorded.
   */
  async change(
    ids: readonly string[],
    change: StateChange,
    events: () => readonly LifecycleEvent[],
  ): Promise<void> {
    let before: StateSnapshot | undefined;
    const { revision } = await this.#store.update((current) => {
      before = current;
      return change(current);
    }, { unrecorded: true });
    this.#revision = revision;
    const isChanged = revision !== before?.revision;
    if (!isChanged || this.#audit === undefined) return;
    for (const event of events()) this.#record(event);
    if (this.#audit.dropped > 0) return;
    this.#isRecorded = true;
    const inherited = new Set(before?.unrecorded);
    await this.#store.markRecorded?.(ids.filter((id) => !inherited.has(id)));
  }

  /** Records that a change failed, and throws why. */
  fail(
    action:
      | "plugin.enable.failed"
      | "plugin.disable.failed"
      | "plugin.config.failed"
      | "plugin.grant.failed"
      | "plugin.revoke.failed",
    plugin: ReadPlugin | string,
    by: string,
    thrown: unknown,
  ): never {
    const isOurs = thrown instanceof PluginError;
    // An unknown plugin has no events.
    if (!isOurs || thrown.code !== "PLUGIN_NOT_FOUND") {
      this.#record({
        action,
        plugin,
        by,
        failure: isOurs
          ? { code: thrown.code, problems: thrown.problems }
          : { error: maskCredentials(describeThrown(thrown)) },
      });
    }
    throw thrown;
  }

  get result(): Omit<ChangeResult, "id"> {
    return { revision: this.#revision, recorded: this.#isRecorded };
  }

  [Symbol.dispose](): void {
    this.#audit?.[Symbol.dispose]();
  }
}

/** Formats what was done, and when it takes effect. */
export function formatChange(
  { terminal: { screen } }: CommandRun,
  done: string,
  effect: string | undefined,
): string {
  return joinLines([
    ...wrapLine(escapeControls(done), screen),
    ...effect === undefined ? [] : wrapLine(effect, screen)
      .map((line) => screen.paint.dim(line)),
  ]);
}

/** Refuses an id that neither a source nor the host's code can have. */
export function assertFindable(
  id: string,
  sources: readonly string[],
  { builtin }: { readonly builtin?: true },
): void {
  if (builtin === true && !ID_REGEXP.test(id)) {
    throw new UsageError(
      "The id of the builtin is not one that a plugin can have",
      "Use lower-case letters, digits, - and _",
    );
  }
  if (sources.length > 0 || builtin === true) return;
  throw new UsageError(
    "No source is named",
    "Name the host's sources, or add --builtin for a plugin in its code",
  );
}
