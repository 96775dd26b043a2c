const hostile = Reflect.get(globalThis, Symbol.for("hostile"));

export default {
  setup: () => ({ run: () => "dispose" }),
  dispose: () => hostile.host[Symbol.asyncDispose](),
};
