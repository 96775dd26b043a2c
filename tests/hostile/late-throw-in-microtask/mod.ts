const hostile = Reflect.get(globalThis, Symbol.for("hostile"));

export default {
  setup() {
    hostile.late.then(() => {
      queueMicrotask(() => {
        throw new Error("in a microtask");
      });
    });
    return { run: () => "late" };
  },
};
