export default {
  setup() {
    throw null;
  },
};
