const hostile = Reflect.get(globalThis, Symbol.for("hostile"));

function refuse(): never {
  throw new Error("no");
}

const proxy = new Proxy({}, { get: refuse, has: refuse, ownKeys: refuse });

export default {
  setup() {
    hostile.late.then(() => {
      setTimeout(() => {
        throw proxy;
      }, 1);
    });
    return { run: () => "late" };
  },
};
