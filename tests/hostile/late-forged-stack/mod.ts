const hostile = Reflect.get(globalThis, Symbol.for("hostile"));

const good = new URL("../good/mod.ts", import.meta.url).href;

export default {
  setup() {
    hostile.late.then(() => {
      setTimeout(() => {
        const error = new Error("forged");
        error.stack = `Error: forged\n    at run (${good}:1:1)`;
        throw error;
      }, 1);
    });
    return { run: () => "late" };
  },
};
