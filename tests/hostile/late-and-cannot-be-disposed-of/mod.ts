const hostile = Reflect.get(globalThis, Symbol.for("hostile"));

export default {
  setup() {
    hostile.late.then(() => Promise.reject(null));
    return { run: () => "late" };
  },
  dispose() {
    throw null;
  },
};
