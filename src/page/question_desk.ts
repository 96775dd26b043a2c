import { argumentError } from "../base/errors.ts";
import { escapeControls } from "../base/text.ts";
import { type Clock, systemClock } from "../base/timing.ts";

/** Options of {@linkcode QuestionDesk}. */
export interface QuestionDeskOptions {
  /**
   * The time limit of an answer, in milliseconds, as in `timeouts.ask` of the host.
   * The page shows what remains of it; the host ends the question.
   *
   * @default {120_000}
   */
  readonly timeLimit?: number | undefined;
  /**
   * The clock, for the age of questions.
   *
   * @default {systemClock}
   */
  readonly clock?: Clock | undefined;
}

/** A question of a host, as far as the desk shows it. */
export interface DeskQuestion {
  /** The subject: the code of a plugin, or one permission of a running one. */
  readonly kind: "consent" | "permission";
  /** The plugin that asks. */
  readonly plugin: Readonly<{
    /** The id. */
    id: string;
  }>;
  /** The whole question in words. */
  readonly text: string;
}

/** An answer to a question. */
export type DeskAnswer =
  | Readonly<{
    /** A no. */
    allow: false;
  }>
  | Readonly<{
    /** A yes. */
    allow: true;
    /** Its duration: until the host ends, or stored for good. */
    remember: "run" | "always";
    /** The person, for the audit trail. */
    by?: string;
  }>;

/** A question that waits for an answer. */
export interface WaitingQuestion {
  /** The id of the question. */
  readonly id: string;
  /** The question. */
  readonly question: DeskQuestion;
  /** The time of the question: ISO 8601, UTC. */
  readonly since: string;
  /** Its age, in milliseconds. */
  readonly age: number;
  /** What remains of the time limit, in milliseconds. */
  readonly left: number;
}

/**
 * What became of an answer. The first one counts: a later one gets the end that the
 * question has.
 */
export type AnswerResult = Readonly<
  | {
    /** It counts. */
    kind: "taken";
    /** The question. */
    question: DeskQuestion;
  }
  | {
    /** It came too late. */
    kind: "late";
    /** The end of the question, in words. */
    reason: string;
  }
  | {
    /** There was no such question, or it is forgotten. */
    kind: "unknown";
  }
>;

interface Open {
  readonly question: DeskQuestion;
  readonly since: string;
  readonly began: number;
  end(answer: DeskAnswer, reason: string): void;
}

// More questions than that, nobody reads.
const MAX_OPEN = 1_000;
const MAX_ENDED = 200;
const NO: DeskAnswer = Object.freeze({ allow: false });

/**
 * Joins the questions of a host and the page: the host asks here, and people answer
 * on the page. The first answer counts; no answer is a no.
 *
 * @example A person says yes
 * ```ts
 * import { PluginHost } from "@semantik/plugins";
 * import { createPage, QuestionDesk } from "@semantik/plugins/page";
 * import { assertEquals } from "@std/assert";
 *
 * const questions = new QuestionDesk();
 * await using host = new PluginHost({
 *   name: "example",
 *   version: "1.0.0",
 *   consent: "required",
 *   ask: questions.ask,
 * });
 * using page = createPage({
 *   host,
 *   questions,
 *   token: "0123456789abcdef0123456789abcdef",
 * });
 *
 * assertEquals(questions.waiting, []);
 * ```
 */
export class QuestionDesk {
  readonly #limit: number;
  readonly #clock: Clock;
  readonly #open = new Map<string, Open>();
  /** The ends of the last questions, in words. */
  readonly #ended = new Map<string, string>();
  readonly #listeners = new Set<(id: string) => void>();
  #version = 0;

  /**
   * Creates a desk without questions.
   *
   * @param options The time limit that the page shows.
   * @throws {PluginError} `PLUGIN_OPTION_INVALID` if the time limit is invalid.
   */
  constructor(options: QuestionDeskOptions = {}) {
    const { clock = systemClock, timeLimit = 120_000 } = options;
    if (!Number.isSafeInteger(timeLimit) || timeLimit < 1) {
      throw argumentError(timeLimit, {
        action: "create a desk for questions",
        expected: "a time limit in milliseconds",
        remedy: "Pass that of the host, as in { timeLimit: 120_000 }",
      });
    }
    this.#limit = timeLimit;
    this.#clock = clock;
  }

  /**
   * Asks the people on the page. Pass it to the host as its option `ask`.
   *
   * @param question The question.
   * @param options The signal that ends the question.
   * @returns The first answer; a no if the signal is aborted before one.
   */
  readonly ask = (
    question: DeskQuestion,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<DeskAnswer> => {
    if (signal.aborted || this.#open.size >= MAX_OPEN) {
      return Promise.resolve(NO);
    }
    const { promise, resolve } = Promise.withResolvers<DeskAnswer>();
    const id = crypto.getRandomValues(new Uint8Array(16)).toHex();
    const end = (answer: DeskAnswer, reason: string) => {
      if (!this.#open.delete(id)) return;
      signal.removeEventListener("abort", stop);
      this.#ended.set(id, reason);
      const [oldest] = this.#ended.keys();
      if (oldest !== undefined && this.#ended.size > MAX_ENDED) {
        this.#ended.delete(oldest);
      }
      resolve(answer);
      this.#tell(question);
    };
    const stop = () =>
      end(NO, "nobody answered in time, or the plugin does not ask any more");
    signal.addEventListener("abort", stop);
    this.#open.set(id, {
      question,
      since: new Date(this.#clock.now()).toISOString(),
      began: this.#clock.elapsed(),
      end,
    });
    this.#tell(question);
    return promise;
  };

  #tell({ plugin: { id } }: DeskQuestion): void {
    this.#version++;
    for (const listener of this.#listeners) listener(id);
  }

  /** The questions that wait, the oldest first. */
  get waiting(): readonly WaitingQuestion[] {
    const now = this.#clock.elapsed();
    return [...this.#open].map(([id, { began, question, since }]) => {
      const age = now - began;
      const left = Math.max(0, this.#limit - age);
      return Object.freeze({ id, question, since, age, left });
    });
  }

  /** A number that grows with each question and each end of one. */
  get version(): number {
    return this.#version;
  }

  /**
   * Answers a question.
   *
   * @param id The id of the question.
   * @param answer The answer.
   * @param by The person who answers, for those who answer later.
   * @returns What became of the answer.
   */
  answer(id: string, answer: DeskAnswer, by: string): AnswerResult {
    const open = this.#open.get(id);
    if (open === undefined) {
      const reason = this.#ended.get(id);
      return reason === undefined
        ? { kind: "unknown" }
        : { kind: "late", reason };
    }
    const said = answer.allow
      ? answer.remember === "run" ? "yes, until the host ends" : "yes, for good"
      : "no";
    open.end(answer, `${escapeControls(by)} said ${said}`);
    return { kind: "taken", question: open.question };
  }

  /**
   * Calls a function after each question, and after each end of one.
   *
   * @param listener The function, with the id of the plugin. Must not throw.
   * @returns Stops the calls when it is disposed.
   */
  listen(listener: (id: string) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }
}
