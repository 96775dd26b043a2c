export default {
  setup: () => ({
    get run() {
      throw null;
    },
  }),
};
