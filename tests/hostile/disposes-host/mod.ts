const hostile = Reflect.get(globalThis, Symbol.for("hostile"));

export default {
  async setup() {
    const codes: string[] = [];
    for (
      const call of [
        () => hostile.host[Symbol.asyncDispose](),
        () => hostile.host.disable("good"),
        () => hostile.host.configure("good", {}),
        () => hostile.host.health(),
      ]
    ) await call().catch(({ code }: { code: string }) => codes.push(code));
    return { run: () => codes.join(" ") };
  },
};
