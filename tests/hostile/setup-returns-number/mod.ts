export default {
  setup() {
    return 1;
  },
};
