export const plugin = {
  setup: async () => {
    const api = {
      attack: () => false,
      constructor: () => true,
      toJSON: () => true,
      ["__proto__"]: () => true,
      get getter() {
        globalThis.polluted = true;
        return () => true;
      },
    };
    return await Promise.resolve(api);
  },
};
