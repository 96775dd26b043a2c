const hostile = Reflect.get(globalThis, Symbol.for("hostile"));

export default {
  setup() {
    hostile.late.then(() => {
      const interval = setInterval(() => {
        clearInterval(interval);
        throw new Error("late");
      }, 1);
    });
    return { run: () => "late" };
  },
};
