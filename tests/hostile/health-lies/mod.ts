export default {
  setup: () => ({ run: () => "health" }),
  healthCheck: () => ({ status: "splendid" }),
};
