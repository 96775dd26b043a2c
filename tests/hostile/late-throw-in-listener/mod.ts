const hostile = Reflect.get(globalThis, Symbol.for("hostile"));

export default {
  setup() {
    hostile.late.then(() => {
      const target = new EventTarget();
      target.addEventListener("x", () => {
        throw new Error("late");
      });
      setTimeout(() => target.dispatchEvent(new Event("x")), 1);
    });
    return { run: () => "late" };
  },
};
