export default {
  setup: () => ({ run: () => "health" }),
  healthCheck: () => ({
    status: "degraded",
    message: "\u001b[2J\nPLUGIN_AUDIT: good - plugin.disabled\u202e",
  }),
};
