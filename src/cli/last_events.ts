import type { AuditEvent } from "../audit/audit_event.ts";

/** Holds events back to show only the last of them, until they are released. */
export class LastEvents {
  readonly #max: number | undefined;
  #held: AuditEvent[] = [];
  #next = 0;
  #isReleased: boolean;
  #show: (event: AuditEvent) => void = () => {};

  /** Without a number, nothing is held back. */
  constructor(max: number | undefined) {
    this.#max = max;
    this.#isReleased = max === undefined;
  }

  /** Sets the receiver of the events. */
  show(receive: (event: AuditEvent) => void): void {
    this.#show = receive;
  }

  add(event: AuditEvent): void {
    if (this.#isReleased) return this.#show(event);
    this.#held[this.#next] = event;
    this.#next = (this.#next + 1) % (this.#max ?? 1);
  }

  /** Shows what is held, and every later event at once. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    const older = this.#held.slice(this.#next);
    const newer = this.#held.slice(0, this.#next);
    this.#held = [];
    for (const event of [...older, ...newer]) this.#show(event);
  }
}
