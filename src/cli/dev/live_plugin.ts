/** Keeps a plugin live in a process of its own, while its author changes its files. */

import { AuditHandler } from "../../audit/audit_handler.ts";
import { type EncodedEvent, parseEvent } from "../../audit/audit_event.ts";
import { createAuditLogger } from "../../audit/audit_logger.ts";
import { PluginError, type Problem } from "../../base/errors.ts";
import { fromFileUrl } from "../../base/path.ts";
import type { Clock } from "../../base/timing.ts";
import { PluginHost } from "../../host/plugin_host.ts";
import type { ReadPlugin } from "../../manifest/manifest.ts";
import { jsrHost, permissionKey } from "../../permissions/permission_states.ts";
import type { PermissionSet } from "../../permissions/permission_set.ts";
import { union } from "../../permissions/set_algebra.ts";
import { readCodeFiles } from "../../runners/in_process/imported_code.ts";
import { subprocess } from "../../runners/subprocess/mod.ts";
import { AccessCollector } from "../observe/access_collector.ts";
import { codeUrls, undeclaredProblems } from "../validate/check_run.ts";
import { denoProgram } from "../validate/deno_program.ts";
import { AccessTail } from "./access_tail.ts";

/** The version of the plugin that runs, and why it is not the one of the files. */
export interface LiveState {
  readonly kind: "started" | "reloaded" | "kept" | "none";
  /** The version that runs. */
  readonly version: string | undefined;
  readonly problems: readonly Problem[];
}

/** What a running plugin did. */
export type LiveNews =
  | Readonly<{ kind: "log"; id: string; level: string; message: string }>
  | Readonly<{ kind: "ended"; id: string; reason: string }>
  | Readonly<{ kind: "tried"; problem: Problem }>;

export interface LivePluginOptions {
  readonly directory: string;
  readonly others: readonly string[];
  readonly clock: Clock;
  /** The time limit of each call, in milliseconds. */
  readonly timeout: number;
  readonly onNews: (news: LiveNews) => void;
}

/** The files of one round. */
export interface LiveFiles {
  readonly plugin: ReadPlugin;
  /** Everything that it declares. */
  readonly declared: PermissionSet;
  readonly hostVersion: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** A plugin may try ever new paths or hosts. */
const MAX_REPORTED = 1_000;
/** The time between two looks at what it tried (ms). */
const INTERVAL = 500;

/** The `deno.json` of this package, if it is not published. */
const CHECKOUT = import.meta.url.startsWith("file:")
  ? fromFileUrl(new URL("../../../deno.json", import.meta.url))
  : undefined;
const CONFIG_REGEXP = /^--(?:no-config$|config=)/;

/**
 * Returns the configuration by which a plugin imports this package from a checkout
 * of it, if it does: what is not published cannot be fetched.
 */
function checkoutFor({ code }: ReadPlugin): string | undefined {
  const directory = code.kind === "module" ? code.judged?.directory : undefined;
  if (code.kind === "object" || directory === undefined) return undefined;
  const entry = fromFileUrl(new URL(code.specifier));
  const decoder = new TextDecoder();
  const imports = [...readCodeFiles(entry, directory).files.values()].some(
    ({ content }) =>
      typeof content !== "string" &&
      decoder.decode(content).includes("jsr:@semantik/plugins"),
  );
  return imports ? CHECKOUT : undefined;
}

class EndHandler extends AuditHandler {
  readonly #onEnd: (id: string, reason: string) => void;

  constructor(onEnd: (id: string, reason: string) => void) {
    super("INFO");
    this.#onEnd = onEnd;
  }

  override write({ open }: EncodedEvent): void {
    const event = parseEvent(`${open}}`);
    if (event?.action !== "plugin.process.ended") return;
    const { plugin_id, reason, last_words } = event;
    // The host itself ended these.
    if (reason === "disposed" || reason === "killed") return;
    const words = typeof last_words === "string" ? `: ${last_words}` : "";
    this.#onEnd(plugin_id, `${reason}${words}`);
  }
}

export class LivePlugin implements AsyncDisposable {
  readonly #options: LivePluginOptions;
  /** Where Deno writes what the processes try, and `$DATA`. */
  readonly #folder: string;
  #host: PluginHost | undefined;
  #hostKey = "";
  #files: LiveFiles | undefined;
  #version: string | undefined;
  #tail: AccessTail | undefined;
  readonly #reported = new Set<string>();
  #starts = 0;
  #cancel = () => {};

  constructor(options: LivePluginOptions) {
    this.#options = options;
    this.#folder = Deno.realPathSync(
      Deno.makeTempDirSync({ prefix: "semantik-dev-" }),
    );
  }

  /** True if a process of the plugin may hold a port. */
  get isLive(): boolean {
    return this.#version !== undefined;
  }

  /** What runs, if its files cannot. */
  get state(): LiveState {
    const version = this.#version;
    const kind = version === undefined ? "none" : "kept";
    return { kind, version, problems: [] };
  }

  /** Runs the plugin from its files as they now are. */
  async refresh(files: LiveFiles): Promise<LiveState> {
    const { plugin: { manifest: { id, version } }, config, hostVersion } =
      files;
    const key = JSON.stringify([id, config, hostVersion]);
    if (key !== this.#hostKey) await this.stop();
    this.#hostKey = key;
    const before = this.#files;
    this.#files = files;
    const old = this.#version;
    try {
      const kind = await this.#run(id, files);
      this.#version = version;
      this.#look();
      return { kind, version, problems: [] };
    } catch (thrown) {
      if (!(thrown instanceof PluginError)) throw thrown;
      const { problems } = thrown;
      if (this.#host?.get(id) !== undefined) {
        this.#files = before;
        return { kind: "kept", version: old, problems };
      }
      this.#version = undefined;
      return { kind: "none", version: undefined, problems };
    }
  }

  async #run(id: string, files: LiveFiles): Promise<"started" | "reloaded"> {
    const { timeout } = this.#options;
    if (this.#host === undefined) {
      this.#host = this.#create(files, timeout);
      const { failed, refused } = await this.#host.load();
      const mine = [...failed, ...refused].find((one) => one.id === id);
      const [first] = mine?.problems ?? [];
      if (mine === undefined || first === undefined) return "started";
      throw new PluginError(first.message, {
        code: first.code,
        remedy: first.remedy,
        problems: mine.problems,
      });
    }
    if (this.#host.get(id) === undefined) {
      await this.#host.enable(id);
      return "started";
    }
    await this.#host.reload(id);
    return "reloaded";
  }

  #create(
    { plugin, hostVersion, config }: LiveFiles,
    timeout: number,
  ): PluginHost {
    const { id } = plugin.manifest;
    const { directory, others, clock, onNews } = this.#options;
    const checkout = checkoutFor(plugin);
    return new PluginHost({
      name: "dev",
      version: hostVersion,
      sources: [directory, ...others],
      runner: subprocess({
        deno: denoProgram(),
        // What it imports was fetched when it was set up for the check.
        fetch: false,
        wrap: (command, { id: started }) => {
          if (started !== id) return command;
          this.#tail = new AccessTail(
            `${this.#folder}/accesses_${this.#starts++}.jsonl`,
          );
          this.#reported.clear();
          return {
            ...command,
            args: command.args.map((arg) =>
              checkout !== undefined && CONFIG_REGEXP.test(arg)
                ? `--config=${checkout}`
                : arg
            ),
            env: {
              ...command.env,
              DENO_AUDIT_PERMISSIONS: this.#tail.path,
              DENO_TRACE_PERMISSIONS: "1",
            },
          };
        },
      }),
      // Its process gets exactly what it declares, whatever this one may do.
      permissions: "report",
      switches: false,
      config,
      dataDirectory: `${this.#folder}/data`,
      timeouts: { load: timeout, setup: timeout, health: timeout },
      log: (id, level, message) => onNews({ kind: "log", id, level, message }),
      audit: createAuditLogger({
        handlers: [
          new EndHandler((id, reason) => onNews({ kind: "ended", id, reason })),
        ],
        clock,
      }),
    });
  }

  /** Reports what it tried beyond its manifest, now and from time to time. */
  #look(): void {
    this.#cancel();
    const { clock } = this.#options;
    this.look();
    this.#cancel = clock.after(INTERVAL, () => this.#look());
  }

  /** Reports what it tried beyond its manifest since the last look. */
  look(): void {
    const files = this.#files;
    const text = this.#tail?.read() ?? "";
    if (text === "" || files === undefined) return;
    const { plugin, declared } = files;
    const { directory } = this.#options;
    const allowed = union(declared, {
      read: [directory],
      import: [jsrHost()],
    });
    const collector = new AccessCollector(codeUrls(plugin));
    collector.addLog(text, declared);
    const accesses = collector.all
      .filter(({ entry }) => {
        const key = permissionKey(entry);
        const isKnown = this.#reported.has(key);
        if (isKnown || this.#reported.size >= MAX_REPORTED) return false;
        this.#reported.add(key);
        return true;
      });
    for (
      const problem of undeclaredProblems(accesses, allowed, { directory })
    ) {
      this.#options.onNews({ kind: "tried", problem });
    }
  }

  /** Ends the process of the plugin. */
  async stop(): Promise<void> {
    this.#cancel();
    this.look();
    const host = this.#host;
    this.#host = undefined;
    this.#version = undefined;
    this.#tail = undefined;
    try {
      await host?.[Symbol.asyncDispose]();
    } catch (thrown) {
      // That it cannot be disposed is a finding of each round.
      if (!(thrown instanceof PluginError)) throw thrown;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await Deno.remove(this.#folder, { recursive: true });
  }
}
