export default {
  setup: () => ({ run: () => "dispose" }),
  dispose() {
    Promise.reject(null);
  },
};
