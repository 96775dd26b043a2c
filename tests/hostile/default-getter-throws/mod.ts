export default {
  get setup() {
    throw null;
  },
};
