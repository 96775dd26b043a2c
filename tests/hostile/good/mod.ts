export default {
  setup: () => ({ run: () => "good" }),
  healthCheck: () => true,
};
