export default {
  setup: () => ({
    run() {
      throw null;
    },
  }),
};
