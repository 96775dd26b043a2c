/** Says so when it is disposed of twice. */
let disposals = 0;

export default {
  setup: () => ({ run: () => "good-counter" }),
  dispose() {
    disposals++;
    Reflect.get(globalThis, Symbol.for("hostile")).disposals = disposals;
  },
};
