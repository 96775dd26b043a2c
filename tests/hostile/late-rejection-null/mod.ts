const hostile = Reflect.get(globalThis, Symbol.for("hostile"));

export default {
  setup() {
    hostile.late.then(() => {
      setTimeout(() => Promise.reject(null), 1);
    });
    return { run: () => "late" };
  },
};
