export default {
  setup() {
    return null;
  },
};
