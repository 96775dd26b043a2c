/** The functions, iterables and signals that two processes share by number. */

import { PluginError } from "../../base/errors.ts";
import type { LimitsInForce } from "./channel_limits.ts";
import type { ReferenceReader } from "./decode.ts";
import type { ReferenceWriter } from "./encode.ts";
import { Violation } from "./violation.ts";
import type { ReferenceKind } from "./wire_format.ts";

/** A value of this process that the other one refers to. */
interface Exported {
  readonly kind: ReferenceKind;
  /** Nothing keeps a signal alive that nobody can abort any more. */
  readonly value: object | WeakRef<AbortSignal>;
  /** Stops following a signal. */
  readonly stop: (() => void) | undefined;
  /** The times that the other process got it, less those that it dropped. */
  count: number;
}

/** A value of the other process that something in this one stands for. */
export interface Imported {
  readonly kind: ReferenceKind;
  readonly id: number;
  readonly standIn: WeakRef<object>;
  count: number;
  isReleased: boolean;
}

/** The rest of the channel, as its references see it. */
export interface ReferenceOwner {
  readonly limits: LimitsInForce;
  /** Tells the other process that references to its value are gone. */
  drop(id: number, count: number): void;
  /** Tells the other process that a signal of this one is aborted. */
  sendAbort(id: number, reason: unknown): void;
  /** Tells the other process that nobody can abort a signal any more. */
  sendGone(id: number): void;
  /** Makes what stands for a value of the other process, except for a signal. */
  makeStandIn(
    kind: Exclude<ReferenceKind, "signal">,
    imported: () => Imported,
  ): object;
}

export class References implements ReferenceReader {
  readonly #owner: ReferenceOwner;
  #lastId = 0;
  readonly #exported = new Map<number, Exported>();
  #ids = new WeakMap<object, number>();
  readonly #gone = new FinalizationRegistry<number>((id) => {
    if (this.#exported.has(id)) this.#owner.sendGone(id);
  });
  readonly #imported = new Map<number, Imported>();
  readonly #standIns = new WeakMap<object, Imported>();
  // Whoever listens to a signal need not hold it: it stays while it can be aborted.
  readonly #signals = new Map<number, object>();
  // A controller lives as long as its signal, and no longer.
  readonly #controllers = new WeakMap<object, AbortController>();
  readonly #collected = new FinalizationRegistry<Imported>((imported) =>
    this.release(imported)
  );

  constructor(owner: ReferenceOwner) {
    this.#owner = owner;
  }

  /** The values of this process that the other one holds. */
  get exportedCount(): number {
    return this.#exported.size;
  }

  /** The values of the other process that this one holds. */
  get importedCount(): number {
    return this.#imported.size;
  }

  /** Starts a message. Its references count only if it is sent. */
  begin(): OutgoingReferences {
    return new OutgoingReferences(this);
  }

  export(kind: ReferenceKind, value: object): number {
    const known = this.#ids.get(value);
    const entry = known === undefined ? undefined : this.#exported.get(known);
    if (known !== undefined && entry !== undefined) {
      entry.count++;
      return known;
    }
    const { references } = this.#owner.limits.outgoing;
    if (this.#exported.size >= references) {
      throw new PluginError(
        `Cannot pass a reference to another process: it holds ${references} already`,
        {
          code: "PLUGIN_LIMIT_EXCEEDED",
          remedy: "Pass the same function again instead of a new one each " +
            "time, and dispose references that are no longer used",
        },
      );
    }
    const id = ++this.#lastId;
    this.#ids.set(value, id);
    if (value instanceof AbortSignal) this.#exportSignal(id, value);
    else this.#exported.set(id, { kind, value, stop: undefined, count: 1 });
    return id;
  }

  #exportSignal(id: number, signal: AbortSignal): void {
    const value = new WeakRef(signal);
    const onAbort = ({ target }: Event) => {
      if (target instanceof AbortSignal) {
        this.#owner.sendAbort(id, target.reason);
      }
    };
    signal.addEventListener("abort", onAbort, { once: true });
    this.#exported.set(id, {
      kind: "signal",
      value,
      stop: () => value.deref()?.removeEventListener("abort", onAbort),
      count: 1,
    });
    this.#gone.register(signal, id);
  }

  /** Forgets references that the other process dropped, or never got. */
  forget(id: number, count: number): void {
    const entry = this.#exported.get(id);
    if (entry === undefined || count > entry.count) {
      throw new Violation("a reference is dropped that it does not have");
    }
    entry.count -= count;
    if (entry.count > 0) return;
    this.#exported.delete(id);
    const { value } = entry;
    const own = value instanceof WeakRef ? value.deref() : value;
    if (own !== undefined) this.#ids.delete(own);
    entry.stop?.();
  }

  exported(id: number): object {
    const entry = this.#exported.get(id);
    if (entry === undefined) {
      throw new Violation("a reference is used that it does not have");
    }
    const { value } = entry;
    if (!(value instanceof WeakRef)) return value;
    // Nobody can abort the one that is gone, nor this one.
    return value.deref() ?? new AbortController().signal;
  }

  /** Returns a value of this process that the other one wants to use as a kind. */
  exportedAs(id: number, ...kinds: readonly ReferenceKind[]): object {
    const value = this.exported(id);
    const kind = this.#exported.get(id)?.kind;
    if (kind === undefined || !kinds.includes(kind)) {
      throw new Violation("a reference is used for what it is not");
    }
    return value;
  }

  importedId(value: object): number | undefined {
    const imported = this.#standIns.get(value);
    return imported === undefined || imported.isReleased
      ? undefined
      : imported.id;
  }

  import(kind: ReferenceKind, id: number): object {
    const known = this.#imported.get(id);
    if (known !== undefined) {
      if (known.kind !== kind) {
        throw new Violation("a reference changed its kind");
      }
      const standIn = known.standIn.deref();
      if (standIn !== undefined) {
        known.count++;
        return standIn;
      }
    } else if (
      this.#imported.size >= this.#owner.limits.incoming.references
    ) throw new Violation("it passed too many references");
    const standIn = this.#makeStandIn(kind, () => imported);
    const imported: Imported = {
      kind,
      id,
      standIn: new WeakRef(standIn),
      count: 1,
      isReleased: false,
    };
    this.#imported.set(id, imported);
    this.#standIns.set(standIn, imported);
    if (kind === "signal") this.#signals.set(id, standIn);
    this.#collected.register(standIn, imported, imported);
    return standIn;
  }

  #makeStandIn(kind: ReferenceKind, imported: () => Imported): object {
    if (kind !== "signal") return this.#owner.makeStandIn(kind, imported);
    const controller = new AbortController();
    this.#controllers.set(controller.signal, controller);
    return controller.signal;
  }

  /** Gives a reference back to the other process, once. */
  release(imported: Imported): void {
    if (imported.isReleased) return;
    imported.isReleased = true;
    this.#collected.unregister(imported);
    if (this.#imported.get(imported.id) === imported) {
      this.#imported.delete(imported.id);
      this.#signals.delete(imported.id);
    }
    this.#owner.drop(imported.id, imported.count);
  }

  /** Gives what a value stands for back, if it stands for anything. */
  releaseStandIn(value: unknown): void {
    const isObject = typeof value === "object" && value !== null;
    if (!isObject && typeof value !== "function") return;
    const imported = this.#standIns.get(value);
    if (imported !== undefined) this.release(imported);
  }

  /** Aborts a signal of the other process here as well. */
  abort(id: number, reason: unknown): void {
    const imported = this.#importedSignal(id);
    if (imported === undefined) return;
    this.#abort(imported, reason);
    this.release(imported);
  }

  /** Lets a signal go that nobody can abort any more. */
  letGo(id: number): void {
    const imported = this.#importedSignal(id);
    if (imported !== undefined) this.release(imported);
  }

  #importedSignal(id: number): Imported | undefined {
    const imported = this.#imported.get(id);
    // It may have been dropped meanwhile.
    if (imported === undefined || imported.kind === "signal") return imported;
    throw new Violation("a reference is aborted that is no signal");
  }

  #abort(imported: Imported, reason: unknown): void {
    const signal = imported.standIn.deref();
    if (signal !== undefined) this.#controllers.get(signal)?.abort(reason);
  }

  /** Forgets everything, and aborts the signals of the other process. */
  close(reason: unknown): void {
    for (const { stop } of this.#exported.values()) stop?.();
    this.#exported.clear();
    this.#ids = new WeakMap();
    const imported = [...this.#imported.values()];
    this.#imported.clear();
    for (const each of imported) {
      each.isReleased = true;
      this.#collected.unregister(each);
      if (each.kind === "signal") this.#abort(each, reason);
    }
    this.#signals.clear();
  }
}

/** The references of one message. */
export class OutgoingReferences implements ReferenceWriter {
  readonly #references: References;
  #ids: number[] | undefined;

  constructor(references: References) {
    this.#references = references;
  }

  importedId(value: object): number | undefined {
    return this.#references.importedId(value);
  }

  export(kind: ReferenceKind, value: object): number {
    const id = this.#references.export(kind, value);
    (this.#ids ??= []).push(id);
    return id;
  }

  /** The message is not sent. */
  cancel(): void {
    const ids = this.#ids ?? [];
    this.#ids = undefined;
    for (const id of ids) this.#references.forget(id, 1);
  }
}
