export default {
  setup: () => ({ run: () => "health" }),
  healthCheck: () => new Promise(() => {}),
};
