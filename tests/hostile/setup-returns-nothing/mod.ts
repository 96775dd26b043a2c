export default {
  setup() {
    return undefined;
  },
};
