export default {
  configSchema: {
    "~standard": {
      version: 1,
      vendor: "hostile",
      validate: () => new Promise(() => {}),
    },
  },
  setup: () => ({ run: () => "x" }),
};
