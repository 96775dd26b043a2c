export default {
  setup() {
    Promise.reject(null);
    return { run: () => "setup-leaves-rejection" };
  },
};
