export default {
  setup: () => ({ run: () => "health" }),
  healthCheck() {
    Promise.reject(null);
    return true;
  },
};
