export default {
  setup: () => ({ run: () => "health" }),
  healthCheck: () => 200,
};
