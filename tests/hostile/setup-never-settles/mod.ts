export default {
  setup() {
    return new Promise(() => {});
  },
};
