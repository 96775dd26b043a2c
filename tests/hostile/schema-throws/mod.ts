export default {
  configSchema: {
    "~standard": {
      version: 1,
      vendor: "hostile",
      validate() {
        throw null;
      },
    },
  },
  setup: () => ({ run: () => "x" }),
};
