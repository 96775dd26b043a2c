/** The actions in the life of a host. */

import * as fc from "fast-check";
import type { StoreFault } from "./subject.ts";
import { type Fault, type Id, IDS, INVALID, UNBEARABLE } from "./world.ts";

/** A change that a host is asked for. */
export type Change =
  | Readonly<{ kind: "enable"; id: Id }>
  | Readonly<{ kind: "disable"; id: Id; dependents: "refuse" | "disable" }>
  | Readonly<{ kind: "configure"; id: Id; v: number }>;

/** Anything that may happen. */
export type Action =
  | Readonly<{ kind: "load" | "restart" | "health" }>
  /** A change, where the store may not take it. */
  | Readonly<{ kind: "change"; change: Change; fault: StoreFault | undefined }>
  /** Changes that are asked for at the same time. */
  | Readonly<{ kind: "burst"; changes: readonly Change[] }>
  | Readonly<{ kind: "crash"; id: Id }>
  /** Another process stores something. */
  | Readonly<{ kind: "foreign"; v: number }>
  /** A plugin gets a fault, or gets rid of it. */
  | Readonly<{ kind: "spoil"; id: Id; what: Fault; isOn: boolean }>;

const ids = fc.constantFrom(...IDS);

const changes: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constant("enable" as const), id: ids }),
  fc.record({
    kind: fc.constant("disable" as const),
    id: ids,
    dependents: fc.constantFrom("refuse" as const, "disable" as const),
  }),
  fc.record({
    kind: fc.constant("configure" as const),
    id: ids,
    v: fc.constantFrom(0, 1, 2, INVALID, UNBEARABLE),
  }),
);

const storeFaults = fc.option(
  fc.constantFrom<StoreFault>(
    "open lock",
    "write temporary",
    "sync temporary",
    "rename temporary",
  ),
  { nil: undefined, freq: 3 },
);

/** Random lives. */
export const lives: fc.Arbitrary<readonly Action[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom<Action>(
        { kind: "load" },
        { kind: "load" },
        { kind: "restart" },
        { kind: "health" },
      ),
    },
    {
      weight: 9,
      arbitrary: fc.record({
        kind: fc.constant("change" as const),
        change: changes,
        fault: storeFaults,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("burst" as const),
        changes: fc.array(changes, { minLength: 2, maxLength: 5 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant("crash" as const), id: ids }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("foreign" as const),
        v: fc.nat(9),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant("spoil" as const),
        id: ids,
        what: fc.constantFrom<Fault>("setup", "dispose", "reconfigure"),
        isOn: fc.boolean(),
      }),
    },
  ),
  { minLength: 1, maxLength: 30, size: "max" },
);
