const hostile = Reflect.get(globalThis, Symbol.for("hostile"));

const good = new URL("../good/mod.ts", import.meta.url).href;

export default {
  setup() {
    hostile.late.then(() => {
      setTimeout(() => {
        dispatchEvent(
          new ErrorEvent("error", { filename: good, cancelable: true }),
        );
      }, 1);
    });
    return { run: () => "late" };
  },
};
