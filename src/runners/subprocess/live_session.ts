/** Replies to the permission checks of one process of a plugin. */

import { isRecord } from "../../base/errors.ts";
import { resolvePath } from "../../base/path.ts";
import { cut, quote } from "../../base/text.ts";
import { type Clock, systemClock, withTimeLimit } from "../../base/timing.ts";
import { CheckSummary, type DeniedChecks } from "../../broker/check_summary.ts";
import { Policy, type PolicyFacts, type Verdict } from "../../broker/policy.ts";
import {
  type BrokerAnswer,
  BrokerFault,
  type BrokerRequest,
  BrokerVersionFault,
} from "../../broker/protocol.ts";
import { findPlace, isLink } from "../../broker/real_place.ts";
import { BrokerServer } from "../../broker/server.ts";
import type { ReadPlugin } from "../../manifest/manifest.ts";
import {
  formatFlags,
  permissionFlags,
} from "../../permissions/permission_flags.ts";
import { union } from "../../permissions/set_algebra.ts";
import type {
  PermissionEntry,
  PermissionKind,
} from "../../permissions/permission_set.ts";
import { ProcessError } from "../plugin_calls.ts";
import type { PermissionCheck, PluginGrants, RunnerParts } from "../runner.ts";
import type { Child } from "./child.ts";
import type { PausableClock } from "./pausable_clock.ts";
import { TokenBucket } from "./token_bucket.ts";

/** The rules of a process that do not change while it runs. */
export type StartRules = Pick<PolicyFacts, "codePaths" | "searchPath"> & {
  readonly importHosts: (grants: PluginGrants) => true | readonly string[];
};

export interface LiveSessionOptions {
  /** The id of the plugin; `undefined` if none has the process yet. */
  readonly id: string | undefined;
  /** The path of its socket. */
  readonly path: string;
  readonly clock: Clock;
  /** The checks that the host replies to in one second. */
  readonly checksPerSecond: number;
  /** True if the process may have another id to itself than to the host. */
  readonly isWrapped: boolean;
}

/** The plugin that a process runs. */
export interface LivePlugin {
  readonly plugin: ReadPlugin;
  readonly parts: RunnerParts;
  readonly rules: StartRules;
  /** The part of the allowed checks that is recorded. */
  readonly recordAllowed: number;
  /** The clock of the calls into the plugin, which stands still while a person is asked. */
  readonly callClock: PausableClock;
}

/** The time from the greeting of a process to its connection, at most (ms). */
const CONNECTION_GRACE = 1_000;
/** The most different checks that are remembered. */
const MAX_USED = 2_000;
const MAX_VALUE_LENGTH = 1_024;

const FLAGS_REMEDY = 'Use subprocess({ mode: "flags" }), or Deno 2.9';

/** The kinds whose files, connections and programs a process keeps. */
const HELD: ReadonlySet<string> = new Set(
  ["read", "write", "net", "run", "ffi"],
);

function shortened({ kind, value }: PermissionEntry): PermissionEntry {
  return value === undefined
    ? { kind }
    : { kind, value: cut(value, MAX_VALUE_LENGTH) };
}

/** Returns the flags that a host needs to listen at a socket. */
function socketFlags(path: string): string {
  const directory = resolvePath("..", path);
  return formatFlags(permissionFlags({
    read: [directory],
    write: [directory],
    net: [`unix:${path}`],
  }, { noPrompt: false }));
}

/** Makes the error of a process that cannot be asked for permissions. */
function unavailable(id: string, fault: string): ProcessError {
  return new ProcessError(id, "start the process of", fault, {
    code: "PLUGIN_RUNNER_UNAVAILABLE",
    remedy: FLAGS_REMEDY,
  });
}

export class LiveSession {
  readonly #options: LiveSessionOptions;
  readonly #server: BrokerServer;
  readonly #bucket: TokenBucket;
  readonly #policies = new WeakMap<PluginGrants, Policy>();
  /** The places that the paths of its grants led to when they were first used. */
  readonly #roots = new Map<string, string>();
  readonly #ending = new AbortController();
  readonly #denials = new CheckSummary();
  #cancelDenials: (() => void) | undefined;
  /** Grows with each allowed check. At 1, one is recorded. */
  #untilRecorded = 0;
  /** The requests that were allowed, each once. */
  readonly #used = new Map<string, BrokerRequest>();
  readonly #usedUp = new Set<string>();
  /** The plugin whose rules are in force. */
  #live: LivePlugin | undefined;
  /** The variables that the process may set before it runs a plugin. */
  #variables: ReadonlySet<string> = new Set();
  #child: Child | undefined;
  #pid: number | undefined;

  private constructor(options: LiveSessionOptions, server: BrokerServer) {
    const { clock, checksPerSecond } = options;
    this.#options = options;
    this.#server = server;
    this.#bucket = new TokenBucket(checksPerSecond, clock);
  }

  /** Listens for one process. Throws `PLUGIN_RUNNER_UNAVAILABLE`. */
  static async listen(options: LiveSessionOptions): Promise<LiveSession> {
    const { id = "", path } = options;
    const server = await BrokerServer.listen({
      path,
      // It waits for other processes, whose time is this one.
      clock: systemClock,
      answer: (request) => session.#answer(request),
      onFault: (fault) => session.#onFault(fault),
    }).catch((thrown) => {
      throw new ProcessError(
        id,
        "start the process of",
        `the host cannot listen at ${quote(path)}: ${thrown?.message}`,
        {
          code: "PLUGIN_RUNNER_UNAVAILABLE",
          remedy: thrown instanceof Deno.errors.NotCapable
            ? `Start the host with ${socketFlags(path)}`
            : "Pass a directory of your own as the option sockets of subprocess()",
          cause: thrown,
        },
      );
    });
    const session: LiveSession = new LiveSession(options, server);
    return session;
  }

  get #id(): string {
    return this.#live?.plugin.manifest.id ?? this.#options.id ?? "";
  }

  /** Lets the process set some variables, and nothing else. It has no plugin yet. */
  allowVariables(names: Iterable<string>): void {
    this.#variables = new Set(names);
  }

  /** Puts the rules of a plugin in force. None of its code has run before. */
  begin(live: LivePlugin): void {
    this.#live = live;
    // Paths are followed now, before the plugin could change their links.
    this.#policy(live);
  }

  /** Waits until the process asks here for permissions, before any plugin code runs. */
  async attach(child: Child): Promise<void> {
    this.#child = child;
    child.ended.then(() => this.end());
    const { connected } = this.#server;
    // It rejects when the process has ended.
    const info = await child.channel.peerInfo;
    const { clock } = this.#options;
    const limited = await withTimeLimit(connected, CONNECTION_GRACE, clock);
    if (limited.kind === "settled") return;
    const version = isRecord(info) ? String(info.deno) : "this version";
    throw unavailable(
      this.#id,
      `Deno ${quote(cut(version, 40))} does not ask its host for permissions`,
    );
  }

  /** Ends the wait for a person, and replies to nothing more. */
  end(): void {
    this.#passOnSums();
    this.#ending.abort();
    this.#bucket.stop();
    this.#server[Symbol.dispose]();
  }

  /** Ends the questions to people, so that the process goes on. */
  endQuestions(): void {
    this.#ending.abort();
  }

  #onFault(fault: BrokerFault): void {
    const { message } = fault;
    const error = fault instanceof BrokerVersionFault
      ? unavailable(this.#id, message)
      : new ProcessError(this.#id, "go on with", message, {
        code: "PLUGIN_PROTOCOL_BROKEN",
        remedy: "Check the plugin: its process asked for a permission in a " +
          "way that Deno never does",
      });
    this.#child?.kill(error, "broker");
  }

  #answer(request: BrokerRequest): BrokerAnswer | Promise<BrokerAnswer> {
    this.#checkPid(request);
    this.#bucket.take(1);
    const ready = this.#bucket.refilled();
    if (ready !== undefined) {
      return ready.then(() => this.#decide(request));
    }
    return this.#decide(request);
  }

  #checkPid({ pid }: BrokerRequest): void {
    this.#pid ??= this.#options.isWrapped ? pid : this.#child?.pid;
    if (this.#pid !== pid) {
      throw new BrokerFault("another process connected in its place");
    }
  }

  #decide(request: BrokerRequest): BrokerAnswer | Promise<BrokerAnswer> {
    const live = this.#live;
    if (live === undefined) return this.#decideEarly(request);
    const verdict = this.#policy(live).decide(request);
    return verdict.kind === "ask"
      ? this.#ask(live, request, verdict)
      : this.#conclude(live, request, verdict);
  }

  /** Decides for a process that has no plugin yet. */
  #decideEarly({ permission, value }: BrokerRequest): BrokerAnswer {
    return permission === "env" && value !== null && this.#variables.has(value)
      ? { kind: "allow" }
      : { kind: "deny", reason: "This process has no plugin yet" };
  }

  /** Asks a person. The process stands still meanwhile, and so do its time limits. */
  async #ask(
    live: LivePlugin,
    request: BrokerRequest,
    { entry }: Verdict & { readonly kind: "ask" },
  ): Promise<BrokerAnswer> {
    const { plugin, parts, callClock } = live;
    const { signal } = this.#ending;
    callClock.pause();
    try {
      if (!signal.aborted) await parts.askFor(plugin, entry, signal);
    } finally {
      callClock.resume();
    }
    // Only the grants count, which a revocation may have changed since.
    const policy = this.#policy(live);
    const verdict = policy.decide(request);
    return this.#conclude(
      live,
      request,
      verdict.kind === "ask" ? policy.refuse(verdict) : verdict,
    );
  }

  #conclude(
    live: LivePlugin,
    request: BrokerRequest,
    verdict: Verdict,
  ): BrokerAnswer {
    if (verdict.kind === "allow") {
      this.#recordAllowed(live, request, verdict);
      return { kind: "allow" };
    }
    this.#recordDenied(verdict);
    const reason = verdict.kind === "deny" ? verdict.reason : "";
    return { kind: "deny", reason };
  }

  #recordAllowed(
    { plugin, parts, recordAllowed }: LivePlugin,
    request: BrokerRequest,
    { permission, isDeclared }: Verdict,
  ): void {
    const isNew = this.#remember(permission.kind, request);
    this.#untilRecorded += recordAllowed;
    const isRecorded = this.#untilRecorded >= 1;
    if (isRecorded) this.#untilRecorded--;
    if (!isNew && !isRecorded) return;
    const outcome = "allowed";
    parts.onCheck(plugin, {
      permission: shortened(permission),
      outcome,
      isDeclared,
      count: 1,
      isRecorded,
    });
  }

  #recordDenied({ permission, isDeclared }: Verdict): void {
    const { clock } = this.#options;
    const now = clock.elapsed();
    const one = this.#denials.add(shortened(permission), isDeclared, now);
    if (one !== undefined) this.#passOn(one);
    const { due } = this.#denials;
    if (due === undefined || this.#cancelDenials !== undefined) return;
    this.#cancelDenials = clock.after(due - now, () => this.#passOnSums());
  }

  #passOnSums(): void {
    this.#cancelDenials?.();
    this.#cancelDenials = undefined;
    for (const sum of this.#denials.take()) this.#passOn(sum);
  }

  #passOn(denied: DeniedChecks): void {
    const outcome = "denied";
    const check: PermissionCheck = { ...denied, outcome, isRecorded: true };
    this.#live?.parts.onCheck(this.#live.plugin, check);
  }

  /** Returns true if the request is new, or one of more than can be remembered. */
  #remember(kind: PermissionKind, request: BrokerRequest): boolean {
    const key = `${kind}:${request.value ?? ""}`;
    if (this.#used.has(key)) return false;
    if (this.#used.size < MAX_USED) this.#used.set(key, request);
    else if (HELD.has(kind)) this.#usedUp.add(kind);
    return true;
  }

  /** Tests if the process may hold what it was allowed before and is not any more. */
  mayHoldRevoked(): boolean {
    if (this.#live === undefined) return false;
    const policy = this.#policy(this.#live);
    return this.#usedUp.size > 0 ||
      this.#used.values().some((request) =>
        HELD.has(request.permission) &&
        policy.decide(request).kind !== "allow"
      );
  }

  #policy({ plugin, parts, rules }: LivePlugin): Policy {
    const grants = parts.grantsOf(plugin);
    const before = this.#policies.get(grants);
    if (before !== undefined) return before;
    const { codePaths, searchPath } = rules;
    const { required, optional } = parts.permissionsOf(plugin);
    const policy = new Policy({
      id: this.#id,
      declared: union(required, optional),
      granted: grants.granted,
      undecided: grants.undecided,
      revoked: grants.revoked,
      codePaths,
      searchPath,
      importHosts: rules.importHosts(grants),
    }, { findPlace, findRoot: (...given) => this.#rootOf(...given) });
    this.#policies.set(grants, policy);
    return policy;
  }

  #rootOf(path: string, mayBeLink: boolean): string | undefined {
    const known = this.#roots.get(path);
    if (known !== undefined) return known;
    if (!mayBeLink && isLink(path)) return undefined;
    const place = findPlace(path, () => false);
    if (place.kind === "unknown") return undefined;
    this.#roots.set(path, place.path);
    return place.path;
  }
}
