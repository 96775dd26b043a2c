const hostile = Reflect.get(globalThis, Symbol.for("hostile"));

/** It is set up when nobody waits any more, and cannot be disposed of. */
export default {
  setup: () => hostile.late.then(() => ({ run: () => "late" })),
  dispose() {
    throw null;
  },
};
