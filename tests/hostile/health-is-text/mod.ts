export default {
  setup: () => ({ run: () => "health" }),
  healthCheck: "healthy",
};
