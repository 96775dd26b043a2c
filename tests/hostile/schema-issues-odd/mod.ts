export default {
  configSchema: {
    "~standard": {
      version: 1,
      vendor: "hostile",
      validate: () => ({
        issues: [null, 1, {
          message: Symbol("x"),
          path: [{ key: Symbol("y") }],
        }],
      }),
    },
  },
  setup: () => ({ run: () => "x" }),
};
