/** Asks a person: for the yes to a plugin, for one permission, or as Deno does. */

import { isRecord } from "../base/errors.ts";
import {
  cut,
  escapeControls,
  onOneLine,
  printOnStderr,
  quote,
} from "../base/text.ts";
import { type Clock, Mutex, withTimeLimit } from "../base/timing.ts";
import type { HostSystem } from "../inspect/inspection.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import type { Hazard } from "../permissions/path_hazards.ts";
import { normalForm } from "../permissions/normalize_permissions.ts";
import {
  formatEntry,
  listEntries,
  type PermissionEntry,
  type PermissionSet,
} from "../permissions/permission_set.ts";
import {
  describeRequest,
  permissionKey,
  type PermissionState,
  queryPermissions,
  requestPermission,
} from "../permissions/permission_states.ts";
import { SetIndex } from "../permissions/set_algebra.ts";
import { type Plan, type PlanStep, revisePlan } from "../plan/plan.ts";
import {
  type ConsentDifference,
  describeDifference,
  inWords,
} from "../policy/consent.ts";
import type { RunnerKind } from "../runners/runner.ts";
import type { PluginHostOptions } from "./options.ts";

/** The function of an application that asks a person. */
export type AskPerson = NonNullable<PluginHostOptions["ask"]>;

/** A question to a person. */
export type Question = Parameters<AskPerson>[0];

/** A yes. Everything else is a no. */
export interface Yes {
  readonly remember: "run" | "always";
  readonly by: string | undefined;
}

const MAX_BY = 200;
const MAX_DESCRIPTION = 500;

/** Reads an answer: a yes in full, or a no. */
function readAnswer(answer: unknown): Yes | undefined {
  try {
    if (!isRecord(answer) || answer.allow !== true) return undefined;
    const { remember, by } = answer;
    if (remember !== "run" && remember !== "always") return undefined;
    if (by === undefined) return { remember, by };
    return typeof by === "string" && by !== "" && by.length <= MAX_BY
      ? { remember, by }
      : undefined;
  } catch {
    return undefined;
  }
}

/** The facts of a question. */
export interface QuestionFacts {
  readonly plugin: ReadPlugin;
  readonly runner: RunnerKind;
  readonly permissions: PermissionSet;
  /** The difference to what was agreed to, if the code waits for a yes. */
  readonly consent: ConsentDifference | undefined;
  /** The hazards of all that it declares. */
  readonly hazards: readonly Hazard[];
  readonly mask: (text: string) => string;
}

const RUNS: Readonly<Record<RunnerKind, string>> = {
  "in-process":
    "It runs in the process of the host, which holds it to none of this.",
  "subprocess": "It runs in a process of its own, which Deno holds to this.",
};

const MAX_NAMED = 12;

/** Shows permissions without a hazard, of many of a kind only the first ones. */
function listPlain(entries: readonly PermissionEntry[]): readonly string[] {
  const byKind = Map.groupBy(entries, ({ kind }) => kind);
  return Array.from(byKind).flatMap(([kind, some]) => [
    ...some.slice(0, MAX_NAMED).map((entry) => `  ${formatEntry(entry)}`),
    ...some.length > MAX_NAMED
      ? [`  and ${some.length - MAX_NAMED} more of ${kind}`]
      : [],
  ]);
}

/**
 * Shows what is asked for: the worst last, next to the prompt, and each permission
 * with a hazard, also with that of a wider one that the plugin declares.
 */
function listPermissions(
  set: PermissionSet,
  hazards: readonly Hazard[],
  ofDeclared: readonly Hazard[],
): readonly string[] {
  const entries = listEntries(set);
  const risky = new SetIndex(normalForm(ofDeclared.map(({ entry }) => entry)));
  const byEntry = Map.groupBy(hazards, ({ entry }) => permissionKey(entry));
  const found = (entry: PermissionEntry) =>
    byEntry.get(permissionKey(entry)) ?? [];
  // The hazards begin with the worst level.
  const levels = [...new Set(hazards.map(({ level }) => level))];
  const rank = (entry: PermissionEntry) => {
    const [worst] = found(entry);
    return worst === undefined ? levels.length : levels.indexOf(worst.level);
  };
  return [
    ...listPlain(entries.filter((entry) => !risky.covers(entry))),
    ...entries.filter((entry) => risky.covers(entry))
      .toSorted((one, other) => rank(other) - rank(one))
      .flatMap((entry) => [
        `  ${formatEntry(entry)}`,
        ...found(entry).map(({ level, reason }) =>
          `    ${level}: it ${cut(reason)}`
        ),
      ]),
  ];
}

function textOf(
  { plugin, runner, permissions, consent, hazards: all }: QuestionFacts,
  description: string | undefined,
  hazards: readonly Hazard[],
): string {
  const { source, manifest: { id, type, version } } = plugin;
  const who = `Plugin "${id}" ${version} (${type}) from ${quote(source)}`;
  const optional = consent === undefined ? "" : inWords(consent.optional);
  const lines = [
    consent === undefined
      ? `${who} needs a permission that nobody decided about:`
      : `${who} wants to run: ${describeDifference(consent)}`,
    ...description === undefined
      ? []
      : [`It says of itself: ${quote(description)}`],
    ...optional === ""
      ? []
      : [`Not agreed to by this, but of use to it: ${optional}`],
    ...listPermissions(permissions, hazards, all),
    RUNS[runner],
  ];
  return lines.map(escapeControls).join("\n");
}

/** Makes a question: plain data, and the whole of it in words. */
export function makeQuestion(facts: QuestionFacts): Question {
  const { plugin, runner, permissions, consent, mask } = facts;
  const { source, manifest: { id, type, version } } = plugin;
  const description = plugin.manifest.description === undefined
    ? undefined
    : onOneLine(mask(plugin.manifest.description), MAX_DESCRIPTION);
  const asked = new SetIndex(permissions);
  const hazards = facts.hazards.filter(({ entry }) => asked.covers(entry));
  return Object.freeze({
    kind: consent === undefined ? "permission" : "consent",
    plugin: Object.freeze({ id, type, version, source, runner, description }),
    permissions,
    consent,
    hazards: Object.freeze(hazards),
    text: textOf(facts, description, hazards),
  });
}

/** The time in which what was typed before a question is thrown away, in milliseconds. */
const TYPED_AHEAD = 100;
const MAX_LINE = 1_000;

/**
 * Reads one line of the terminal. Returns `undefined` at its end, and when the
 * signal is aborted. Nothing keeps the process alive afterwards.
 */
async function readLine(signal: AbortSignal): Promise<string | undefined> {
  // Imported late: every host would pay for it at its start.
  const { stdin } = (await import("node:process")).default;
  return await new Promise((resolve) => {
    const decoder = new TextDecoder();
    let text = "";
    const end = (line: string | undefined) => {
      stdin.off("data", take);
      stdin.off("end", stop);
      stdin.off("error", stop);
      signal.removeEventListener("abort", stop);
      stdin.pause();
      stdin.unref();
      resolve(line);
    };
    const stop = () => end(undefined);
    const take = (bytes: Uint8Array) => {
      text += decoder.decode(bytes, { stream: true });
      const [line = "", ...others] = text.split("\n");
      if (others.length > 0) end(line);
      else if (text.length > MAX_LINE) stop();
    };
    // After its end, a terminal tells nothing any more.
    if (signal.aborted || stdin.readableEnded) return resolve(undefined);
    signal.addEventListener("abort", stop, { once: true });
    stdin.on("data", take);
    stdin.on("end", stop);
    stdin.on("error", stop);
    stdin.ref();
    stdin.resume();
  });
}

/** Throws away the lines that were typed before a question: they belong to another one. */
async function dropTypedAhead(clock: Clock, signal: AbortSignal) {
  const stop = new AbortController();
  const cancel = clock.after(TYPED_AHEAD, () => stop.abort());
  const both = AbortSignal.any([stop.signal, signal]);
  while (!both.aborted) {
    if (await readLine(both) === undefined) break;
  }
  cancel();
}

const CHOICES = "Allow it? y = yes, until the host ends; a = always; " +
  "anything else = no";

const TERMINAL_ANSWERS: ReadonlyMap<string, Yes["remember"]> = new Map([
  ["y", "run"],
  ["yes", "run"],
  ["a", "always"],
  ["always", "always"],
]);

/** Asks on the terminal of the process: the default is no. */
function askOnTerminal(clock: Clock, { readTerminal = readLine }: HostSystem) {
  return async (
    { text }: Question,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<unknown> => {
    if (readTerminal === readLine) await dropTypedAhead(clock, signal);
    if (signal.aborted) return undefined;
    for (const line of text.split("\n")) printOnStderr(line);
    printOnStderr(CHOICES);
    const line = await readTerminal(signal);
    const remember = TERMINAL_ANSWERS.get(line?.trim().toLowerCase() ?? "");
    printOnStderr(
      remember === undefined
        ? "It is not allowed"
        : remember === "run"
        ? "It is allowed until the host ends"
        : "It is allowed from now on",
    );
    return remember && { allow: true, remember, by: "terminal" };
  };
}

function isGrantedState(state: PermissionState | undefined): boolean {
  return state === "granted" || state === "partial";
}

export interface QuestionsOptions {
  readonly system: HostSystem;
  readonly ask: AskPerson | undefined;
  /** The time limit of an answer, in milliseconds. */
  readonly limit: number;
  readonly clock: Clock;
  /** Aborted when the host ends. */
  readonly ending: AbortSignal;
}

/** Asks a person. On the terminal, shows one question at a time. */
export class Questions {
  readonly #options: QuestionsOptions;
  readonly #mutex = new Mutex();
  /** The permissions of the host's process that were denied. */
  readonly #refused = new Set<string>();
  /** Ends the questions whether plugins may run. */
  #stop = new AbortController();
  #holds = 0;

  constructor(options: QuestionsOptions) {
    this.#options = options;
  }

  /** True if there is somebody to ask whether a plugin may have something. */
  canAsk(): boolean {
    return this.#options.ask !== undefined || this.#options.system.canAsk();
  }

  /**
   * Ends the questions whether plugins may run, as a no, and asks no more of them
   * until the result is disposed: a revocation waits for nobody.
   */
  hold(): Disposable {
    this.#holds++;
    this.#stop.abort();
    return {
      [Symbol.dispose]: () => {
        if (--this.#holds === 0) this.#stop = new AbortController();
      },
    };
  }

  /**
   * Asks one question. Whatever is not a yes is a no: another value, an error, the
   * end of the time limit or of the host, and that nobody can be asked.
   */
  async askOne(
    question: Question,
    signal?: AbortSignal,
  ): Promise<Yes | undefined> {
    const { ask, clock, system, ending } = this.#options;
    const outer = AbortSignal.any([ending, signal ?? this.#stop.signal]);
    if (ask !== undefined) return await this.#limited(ask, question, outer);
    if (!system.canAsk()) return undefined;
    try {
      using _turn = await this.#mutex.lock(outer);
      return await this.#limited(
        askOnTerminal(clock, system),
        question,
        outer,
      );
    } catch {
      return undefined;
    }
  }

  async #limited(
    ask: (
      question: Question,
      options: { readonly signal: AbortSignal },
    ) => unknown,
    question: Question,
    outer: AbortSignal,
  ): Promise<Yes | undefined> {
    const { limit, clock } = this.#options;
    if (outer.aborted) return undefined;
    const stop = new AbortController();
    const abort = () => stop.abort(outer.reason);
    outer.addEventListener("abort", abort, { once: true });
    const { signal } = stop;
    const ended = new Promise<undefined>((resolve) =>
      signal.addEventListener("abort", () => resolve(undefined), { once: true })
    );
    try {
      const asked = Promise.try(ask, question, { signal });
      const limited = await withTimeLimit(
        Promise.race([asked, ended]),
        limit,
        clock,
      );
      // A late answer finds a question that is over.
      asked.catch(() => {});
      const isInTime = limited.kind === "settled" && !signal.aborted;
      return isInTime ? readAnswer(limited.value) : undefined;
    } catch {
      return undefined;
    } finally {
      outer.removeEventListener("abort", abort);
      stop.abort(new DOMException("The question is over", "AbortError"));
    }
  }

  async #request(
    id: string,
    reason: string | undefined,
    entry: PermissionEntry,
  ): Promise<boolean> {
    const key = permissionKey(entry);
    // A denial also applies to the next plugin and the next load.
    if (this.#refused.has(key)) return false;
    const { system } = this.#options;
    // It may have been granted for another plugin meanwhile.
    const before = queryPermissions([entry], system).get(key);
    if (isGrantedState(before)) return true;
    if (system.canAsk()) printOnStderr(describeRequest(id, reason, entry));
    const isGranted = isGrantedState(await requestPermission(entry, system));
    if (!isGranted) this.#refused.add(key);
    return isGranted;
  }

  /**
   * Asks the questions of a plan, and returns the revised plan. `agree` asks for the
   * yes to one plugin.
   */
  async ask(
    plan: Plan,
    remedyFor: (missing: readonly PermissionEntry[]) => string,
    agree: (
      step: PlanStep,
      consent: ConsentDifference,
    ) => Promise<boolean>,
  ): Promise<Plan> {
    const asking = plan.steps.filter(({ decision }) => decision.kind === "ask");
    if (asking.length === 0) return plan;
    // An application may show many questions at the same time.
    const agreed = new Map(
      await Promise.all(asking.map(async (step) => {
        const { decision } = step;
        const consent = decision.kind === "ask" ? decision.consent : undefined;
        const isAgreed = consent !== undefined && await agree(step, consent);
        return [decision.id, isAgreed] as const;
      })),
    );
    let current = plan;
    // A prompt has two lines, which must not mix with those of another change.
    using _turn = await this.#mutex.lock(new AbortController().signal);
    for (const place of plan.steps.keys()) {
      const step = current.steps[place];
      if (step?.plugin === undefined || step.decision.kind !== "ask") continue;
      const { id, description } = step.plugin.manifest;
      const isConsented = agreed.get(id) ?? false;
      const isRefused = step.decision.consent !== undefined && !isConsented;
      const missing: PermissionEntry[] = [];
      for (const entry of isRefused ? [] : step.decision.missing) {
        if (!await this.#request(id, description, entry)) missing.push(entry);
      }
      const remedy = remedyFor(missing);
      current = revisePlan(current, {
        kind: "answered",
        id,
        isConsented,
        missing,
        remedy,
      });
    }
    return current;
  }
}
