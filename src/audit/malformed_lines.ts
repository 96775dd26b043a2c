/**
 * Lines of a log that are no events: never left out in silence.
 *
 * @module
 */

import { quote } from "../text.ts";
import type { AuditLogPosition } from "./audit_verification.ts";
import { warnOnStderr } from "./warn_on_stderr.ts";

/** Hands on the lines that are no events, or counts them where nobody takes them. */
export class MalformedLines {
  readonly #path: string;
  readonly #take: ((at: AuditLogPosition) => void) | undefined;
  #count = 0;

  /**
   * Has met no line yet.
   *
   * @param path The path of the log.
   * @param take Takes the lines; without it, they are told of at the end.
   */
  constructor(
    path: string,
    take: ((at: AuditLogPosition) => void) | undefined,
  ) {
    this.#path = path;
    this.#take = take;
  }

  /**
   * Adds a line.
   *
   * @param at Where it is.
   */
  add(at: AuditLogPosition): void {
    const take = this.#take;
    if (take === undefined) this.#count++;
    else take(at);
  }

  /** Says on standard error how many there were that nobody took. */
  tell(): void {
    if (this.#count === 0) return;
    const lines = this.#count === 1 ? "1 line" : `${this.#count} lines`;
    warnOnStderr(
      `${lines} of the audit log ${
        quote(this.#path)
      } could not be read as events`,
    );
  }
}
