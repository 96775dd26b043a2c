export default {
  setup: () => ({ run: () => "health" }),
  healthCheck: () => ({
    get status() {
      throw null;
    },
  }),
};
