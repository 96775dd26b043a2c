const hostile = Reflect.get(globalThis, Symbol.for("hostile"));

export default {
  setup() {
    hostile.late.then(() => {
      for (let count = 0; count < 100; count++) Promise.reject(count);
    });
    return { run: () => "late" };
  },
};
