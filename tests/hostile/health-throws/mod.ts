export default {
  setup: () => ({ run: () => "health" }),
  healthCheck() {
    throw null;
  },
};
