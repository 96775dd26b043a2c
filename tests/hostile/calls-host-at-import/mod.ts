const hostile = Reflect.get(globalThis, Symbol.for("hostile"));

await hostile.host.load();

export default { setup: () => ({}) };
