/** The queue of changes: those of the same plugins run one after the other. */

import { PluginError, type Problem } from "../base/errors.ts";
import { allOf } from "../inspect/inspection.ts";
import type { Inspector } from "../inspect/inspector.ts";
import type { Manifest, ReadPlugin } from "../manifest/manifest.ts";
import type { Registry } from "./registry.ts";

/** Rejects a call from a plugin that the host is waiting for: it would deadlock. */
export function assertOutside(
  caller: string | undefined,
  action: string,
): void {
  if (caller === undefined) return;
  throw new PluginError(
    `Cannot ${action}: plugin "${caller}" calls this while the host waits ` +
      "for that plugin",
    {
      code: "PLUGIN_REENTRANT_LOAD",
      pluginId: caller,
      remedy: "Call it after setup, from a later callback",
    },
  );
}

export function hostDisposed(action: string): PluginError {
  return new PluginError(`Cannot ${action}: the host was disposed`, {
    code: "PLUGIN_HOST_DISPOSED",
    remedy: "Create a new host",
  });
}

/** The plugins that a change concerns; `"all"` for a change of the whole host. */
export type Claim =
  | "all"
  | Readonly<{
    /** The plugins that it starts, ends or configures. */
    changes: ReadonlySet<string>;
    /** The plugins that must not change meanwhile. */
    uses: ReadonlySet<string>;
  }>;

/** The right to change the claimed plugins, until it is disposed. */
export interface Turn extends Disposable {
  /** Narrows the claim. The function is called when another change waits. */
  narrow(claim: () => Claim): void;
}

interface Member {
  /** Returns the claim, which may become known while the change waits. */
  claim: () => Claim;
  /** Starts the turn; `undefined` after that. */
  start: (() => void) | undefined;
}

function isApart(one: ReadonlySet<string>, other: ReadonlySet<string>) {
  return one.size === 0 || other.size === 0 || one.isDisjointFrom(other);
}

function conflict(one: Claim, other: Claim): boolean {
  if (one === "all" || other === "all") return true;
  return !isApart(one.changes, other.changes) ||
    !isApart(one.changes, other.uses) || !isApart(one.uses, other.changes);
}

/** A queue whose members can leave it while they wait. */
export class ChangeQueue {
  readonly #members = new Set<Member>();

  /**
   * Waits until no earlier change conflicts with this one, or the signal is aborted.
   * If it has to wait, `onWait` is called, and what it returns is disposed afterwards.
   */
  async enter(
    claim: () => Claim,
    signal: AbortSignal,
    onWait?: () => Disposable | undefined,
  ): Promise<Turn> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const member: Member = { claim, start: resolve };
    const abandon = () => {
      this.#leave(member);
      reject(signal.reason);
    };
    this.#members.add(member);
    signal.addEventListener("abort", abandon, { once: true });
    this.#advance();
    const waiting = member.start === undefined ? undefined : onWait?.();
    try {
      await promise;
    } finally {
      waiting?.[Symbol.dispose]();
      signal.removeEventListener("abort", abandon);
    }
    // The signal may be aborted between the grant and the start of the turn.
    signal.throwIfAborted();
    return {
      narrow: (narrower) => {
        member.claim = narrower;
        // Without a waiting change, the claim is not needed.
        if (this.#members.size > 1) this.#advance();
      },
      [Symbol.dispose]: () => this.#leave(member),
    };
  }

  /** Makes a change in its turn. */
  async run<Result>(
    claim: () => Claim,
    signal: AbortSignal,
    change: (turn: Turn) => Promise<Result>,
    onWait?: () => Disposable | undefined,
  ): Promise<Result> {
    const turn = await this.enter(claim, signal, onWait);
    try {
      return await change(turn);
    } finally {
      turn[Symbol.dispose]();
    }
  }

  #leave(member: Member): void {
    this.#members.delete(member);
    this.#advance();
  }

  #advance(): void {
    const before: Claim[] = [];
    for (const member of this.#members) {
      const claim = member.claim();
      if (
        member.start !== undefined &&
        !before.some((other) => conflict(other, claim))
      ) {
        member.start();
        member.start = undefined;
        member.claim = () => claim;
      }
      before.push(claim);
    }
  }
}

interface ClaimParts {
  readonly inspector: Pick<Inspector, "reading">;
  readonly registry: Pick<Registry, "inOrder">;
}

/** Returns the requirements of each plugin, by its last manifest and its live one. */
function requirementsOf(
  parts: ClaimParts,
): ReadonlyMap<string, ReadonlySet<string>> | undefined {
  const { inspector: { reading }, registry } = parts;
  if (reading === undefined) return undefined;
  const requirements = new Map<string, Set<string>>();
  function add({ id, requires }: Manifest): void {
    const known = requirements.get(id) ?? new Set();
    requirements.set(id, known);
    for (const one of requires) known.add(one.id);
  }
  for (const found of allOf(reading)) if (found.ok) add(found.manifest);
  for (const { plugin } of registry.inOrder()) add(plugin.manifest);
  return requirements;
}

function reach(
  ids: Iterable<string>,
  next: (id: string) => Iterable<string>,
): Set<string> {
  const reached = new Set(ids);
  // Iterating over a set visits the members that are added meanwhile.
  for (const id of reached) for (const one of next(id)) reached.add(one);
  return reached;
}

function claimOf(
  requirements: ReadonlyMap<string, ReadonlySet<string>>,
  changes: ReadonlySet<string>,
): Claim {
  const needs = (one: string) => requirements.get(one) ?? [];
  return { changes, uses: reach(changes, needs).difference(changes) };
}

/**
 * Finds the plugins that a change concerns: the plugin, its dependents if the
 * change can end it, and the requirements of them all. Before the sources were
 * read, that is the whole host.
 */
export function claimFor(
  parts: ClaimParts,
  id: string,
  canEnd: boolean,
): Claim {
  const requirements = requirementsOf(parts);
  if (requirements?.has(id) !== true) return "all";
  const dependents = (one: string) =>
    [...requirements].filter(([, needs]) => needs.has(one))
      .map(([dependent]) => dependent);
  return claimOf(
    requirements,
    canEnd ? reach([id], dependents) : new Set([id]),
  );
}

/** Finds the plugins that a load still concerns while these are not loaded. */
export function claimForRest(
  parts: ClaimParts,
  ids: ReadonlySet<string>,
): Claim {
  const requirements = requirementsOf(parts);
  return requirements === undefined ? "all" : claimOf(requirements, ids);
}

/** The state of every plugin whose code was imported, live or not. */
export class Lives {
  readonly #known = new Map<string, ReadPlugin>();
  readonly #used = new Map<string, Set<string>>();
  readonly #starting = new Map<string, Promise<readonly Problem[]>>();
  readonly #crashes = new Map<string, readonly Problem[]>();
  readonly #endings = new Map<Promise<unknown>, readonly string[]>();
  #isEnding = false;

  /** True if plugins that are set up from now on are ended at once. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** Ends every plugin that is set up from now on. */
  end(): void {
    this.#isEnding = true;
  }

  /** Remembers a plugin, before its code is imported. */
  begin(plugin: ReadPlugin): void {
    this.#known.set(plugin.manifest.id, plugin);
    this.#used.delete(plugin.manifest.id);
  }

  /** Finds a plugin whose code was imported. */
  find(id: string): ReadPlugin | undefined {
    return this.#known.get(id);
  }

  /** Remembers that a plugin got another by `context.use`. */
  use(id: string, other: string): void {
    const used = this.#used.get(id) ?? new Set();
    this.#used.set(id, used.add(other));
  }

  /** Lists the plugins that a plugin got by `context.use`. */
  usedBy(id: string): readonly string[] {
    return [...this.#used.get(id) ?? []];
  }

  /** Starts a plugin once, even if two concurrent changes require it. */
  startOnce(
    id: string,
    start: () => Promise<readonly Problem[]>,
  ): Promise<readonly Problem[]> {
    const begun = this.#starting.get(id);
    if (begun !== undefined) return begun;
    const starting = start().finally(() => this.#starting.delete(id));
    this.#starting.set(id, starting);
    return starting;
  }

  /** The ids of plugins that are being started. */
  get starting(): readonly string[] {
    return [...this.#starting.keys()];
  }

  /** Remembers why a plugin crashed or lost a requirement. */
  crash(id: string, problems: readonly Problem[]): void {
    this.#crashes.set(id, problems);
  }

  /** Returns the problems of a plugin that crashed since its last start. */
  crashOf(id: string): readonly Problem[] | undefined {
    return this.#crashes.get(id);
  }

  /** Forgets a crash, because the plugin starts again. */
  forgetCrash(id: string): void {
    this.#crashes.delete(id);
  }

  /** Tracks the disposal of crashed plugins until it is over. */
  ending(ended: Promise<unknown>, ids: readonly string[]): void {
    this.#endings.set(ended, ids);
    const forget = () => this.#endings.delete(ended);
    ended.then(forget, forget);
  }

  /** Waits for the disposal of crashed plugins that a change concerns. */
  async endingsOf(claim: () => Claim): Promise<void> {
    if (this.#endings.size === 0) return;
    const concerned = claim();
    const waited = [...this.#endings].filter(([, ids]) =>
      concerned === "all" ||
      ids.some((id) => concerned.changes.has(id) || concerned.uses.has(id))
    );
    await Promise.all(waited.map(([ended]) => ended));
  }
}
