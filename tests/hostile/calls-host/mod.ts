const hostile = Reflect.get(globalThis, Symbol.for("hostile"));

/** Waits for the host that waits for it. */
export default {
  async setup() {
    await hostile.host.load();
    return { run: () => "calls-host" };
  },
};
